//! The name of an image, by the grammar of the distribution project (`github.com/distribution/reference`, with the
//! defaults of the docker command): the bridge and the form read it with the same eyes.

use std::fmt;

/// What the docker command calls the registry that nobody names.
pub const DEFAULT_REGISTRY: &str = "docker.io";
/// The tag that nobody names.
pub const DEFAULT_TAG: &str = "latest";
/// The older name of [`DEFAULT_REGISTRY`], still taken.
const LEGACY_REGISTRY: &str = "index.docker.io";
/// Where images without a namespace are in the default registry.
const OFFICIAL: &str = "library/";
/// Characters of registry and repository together.
const LONGEST_NAME: usize = 255;
/// Characters of a tag.
const LONGEST_TAG: usize = 128;

/// `[registry/]repository[:tag][@digest]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host, with the port if one is given.
    pub registry: String,
    /// As the registry knows it: `library/alpine`.
    pub repository: String,
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}

/// What nobody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implied {
    pub registry: bool,
    pub namespace: bool,
    pub tag: bool,
}

/// Why a text is none. Each carries the part that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceFault {
    Empty,
    /// It begins with `https://` or the like.
    Scheme,
    TooLong,
    /// 64 hexadecimal digits are an image's ID.
    Id,
    /// What stands before the first slash is no host.
    Registry(String),
    /// With the same in lower case.
    UpperCase(String),
    /// One part between slashes; empty when two slashes meet, or one ends the text.
    Component(String),
    Tag(String),
    Digest(String),
    /// A new image gets a name and a tag; its digest comes of it.
    DigestNotWanted,
}

impl Reference {
    pub fn parse(text: &str) -> Result<Self, ReferenceFault> {
        if text.is_empty() {
            return Err(ReferenceFault::Empty);
        }
        if text.contains("://") {
            return Err(ReferenceFault::Scheme);
        }
        if is_id(text) {
            return Err(ReferenceFault::Id);
        }
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => (named, Some(check_digest(digest)?)),
            None => (text, None),
        };
        // The colon of a port comes before a slash.
        let (name, tag) = match named.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(check_tag(tag)?)),
            _ => (named, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if is_host(first) => (check_registry(first)?, rest.to_owned()),
            _ => (DEFAULT_REGISTRY.to_owned(), name.to_owned()),
        };
        for component in repository.split('/') {
            check_component(component, name, text)?;
        }
        if registry.len() + 1 + repository.len() > LONGEST_NAME {
            return Err(ReferenceFault::TooLong);
        }
        let repository = match registry == DEFAULT_REGISTRY && !repository.contains('/') {
            true => format!("{OFFICIAL}{repository}"),
            false => repository,
        };
        Ok(Self { registry, repository, tag, digest })
    }

    /// Without tag and digest, as the docker command shows it: `alpine`, `team/api`, `localhost:5000/api`. It reads back as
    /// the same: what is left out must not make another registry of it, which would be sent this one's password.
    pub fn name(&self) -> String {
        if self.registry != DEFAULT_REGISTRY {
            return format!("{}/{}", self.registry, self.repository);
        }
        let short = self.repository.strip_prefix(OFFICIAL).filter(|rest| !rest.contains('/')).unwrap_or(&self.repository);
        match short.split_once('/') {
            Some((first, _)) if is_host(first) => format!("{DEFAULT_REGISTRY}/{short}"),
            _ => short.to_owned(),
        }
    }

    /// What the Engine API calls `tag`: a digest is more exact than a tag.
    pub fn tag_or_digest(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or(DEFAULT_TAG)
    }

    /// Which of its parts a text that reads as this leaves to the defaults: registry, namespace of the repository, tag.
    pub fn implied_in(&self, text: &str) -> Implied {
        let named = text.split('@').next().unwrap_or_default();
        Implied {
            registry: !named.split_once('/').is_some_and(|(first, _)| is_host(first)),
            namespace: self.registry == DEFAULT_REGISTRY && !named.contains("library/") && self.repository.starts_with(OFFICIAL),
            tag: self.tag.is_none() && self.digest.is_none(),
        }
    }

    /// With the default tag if it has neither a tag nor a digest.
    #[must_use]
    pub fn or_latest(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some(DEFAULT_TAG.to_owned());
        }
        self
    }
}

/// As the docker command shows it.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// English; a catalogue may have its own words.
impl fmt::Display for ReferenceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("An image reference is needed, such as alpine:3.20."),
            Self::Scheme => f.write_str("A reference begins with the registry's host, without https:// in front."),
            Self::TooLong => write!(f, "Registry and repository have at most {LONGEST_NAME} characters together."),
            Self::Id => f.write_str("This is an image's ID; a registry knows images by name."),
            Self::Registry(host) => {
                write!(f, "“{host}” is no registry: a host is letters, digits, dashes and dots, and a port is a number.")
            }
            Self::UpperCase(_) => f.write_str("Repository names are lower case."),
            Self::Component(part) if part.is_empty() => f.write_str("Something is missing at a slash or in front of the tag."),
            Self::Component(part) => write!(
                f,
                "“{part}” is not allowed in a repository name: lower-case letters and digits, with single dots, one or two underscores, or dashes in between."
            ),
            Self::Tag(tag) if tag.is_empty() => f.write_str("The tag after the colon is missing."),
            Self::Tag(tag) => write!(
                f,
                "“{tag}” is no tag: up to {LONGEST_TAG} letters, digits, underscores, dots and dashes, not beginning with a dot or a dash."
            ),
            Self::Digest(_) => f.write_str("A digest is sha256: and 64 hexadecimal digits."),
            Self::DigestNotWanted => f.write_str("A new image gets a name and a tag, not a digest."),
        }
    }
}

/// What stands before the first slash is a registry if it could be no namespace.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase())
}

fn check_registry(host: &str) -> Result<String, ReferenceFault> {
    // An IPv6 address stands in brackets.
    let end = if host.starts_with('[') { host.find(']').map_or(host.len(), |at| at + 1) } else { host.find(':').unwrap_or(host.len()) };
    let (name, port) = host.split_at(end);
    let is_name = match name.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| address.parse::<core::net::Ipv6Addr>().is_ok()),
        None => name.split('.').all(|label| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !label.is_empty() && label.chars().all(fits) && !label.starts_with('-') && !label.ends_with('-')
        }),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok() && !port.starts_with('+'));
    match host {
        LEGACY_REGISTRY => Ok(DEFAULT_REGISTRY.to_owned()),
        host if is_name && is_port => Ok(host.to_owned()),
        host => Err(ReferenceFault::Registry(host.to_owned())),
    }
}

/// `alpha-numeric [separator alpha-numeric]*`, where a separator is `.`, `_`, `__` or any number of dashes.
///
/// `name`: what `whole` begins with, in which letters are small; a tag may have large ones.
fn check_component(component: &str, name: &str, whole: &str) -> Result<(), ReferenceFault> {
    let wrong = || ReferenceFault::Component(component.to_owned());
    let is_alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if component.chars().any(|c| c.is_ascii_uppercase()) {
        let lower = component.to_ascii_lowercase();
        let rest = whole.get(name.len()..).unwrap_or_default();
        return match check_component(&lower, name, whole) {
            Ok(()) => Err(ReferenceFault::UpperCase(name.to_ascii_lowercase() + rest)),
            Err(_) => Err(wrong()),
        };
    }
    let mut rest = component;
    loop {
        let after = rest.trim_start_matches(is_alphanumeric);
        if after.len() == rest.len() {
            return Err(wrong());
        }
        if after.is_empty() {
            return Ok(());
        }
        let behind = after.trim_start_matches(|c: char| !is_alphanumeric(c));
        let separator = after.get(..after.len() - behind.len()).unwrap_or_default();
        if !(matches!(separator, "." | "_" | "__") || separator.chars().all(|c| c == '-')) {
            return Err(wrong());
        }
        rest = behind;
    }
}

fn check_tag(tag: &str) -> Result<String, ReferenceFault> {
    let fits = (1..=LONGEST_TAG).contains(&tag.len())
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !tag.starts_with(['.', '-']);
    fits.then(|| tag.to_owned()).ok_or_else(|| ReferenceFault::Tag(tag.to_owned()))
}

/// Of the registered algorithms (OCI image specification, "Digests").
fn check_digest(digest: &str) -> Result<String, ReferenceFault> {
    let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    let fits = digest.split_once(':').is_some_and(|(algorithm, hex)| {
        let length = match algorithm {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => 0,
        };
        length > 0 && hex.len() == length && is_hex(hex)
    });
    fits.then(|| digest.to_owned()).ok_or_else(|| ReferenceFault::Digest(digest.to_owned()))
}

fn is_id(text: &str) -> bool {
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    text.len() == 64 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// Registry, repository, tag, digest.
    fn parts(text: &str) -> (String, String, Option<String>, Option<String>) {
        let Reference { registry, repository, tag, digest } = Reference::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        (registry, repository, tag, digest)
    }

    #[test]
    fn references_are_read_as_the_docker_command_reads_them() {
        for (text, registry, repository, tag, shown) in [
            ("alpine", "docker.io", "library/alpine", None, "alpine"),
            ("alpine:3.20", "docker.io", "library/alpine", Some("3.20"), "alpine:3.20"),
            ("docker.io/alpine", "docker.io", "library/alpine", None, "alpine"),
            ("docker.io/library/alpine", "docker.io", "library/alpine", None, "alpine"),
            ("index.docker.io/alpine", "docker.io", "library/alpine", None, "alpine"),
            ("team/api", "docker.io", "team/api", None, "team/api"),
            ("localhost/api", "localhost", "api", None, "localhost/api"),
            ("localhost:5000/api", "localhost:5000", "api", None, "localhost:5000/api"),
            ("localhost:5000", "docker.io", "library/localhost", Some("5000"), "localhost:5000"),
            ("registry.lan/a/b/c:V1_x.y-z", "registry.lan", "a/b/c", Some("V1_x.y-z"), "registry.lan/a/b/c:V1_x.y-z"),
            ("Registry/api", "Registry", "api", None, "Registry/api"),
            ("[::1]:5000/api:1", "[::1]:5000", "api", Some("1"), "[::1]:5000/api:1"),
            ("a__b/c--d/e_f.g", "docker.io", "a__b/c--d/e_f.g", None, "a__b/c--d/e_f.g"),
        ] {
            let tag = tag.map(str::to_owned);
            assert_eq!(parts(text), (registry.to_owned(), repository.to_owned(), tag, None), "{text}");
            assert_eq!(Reference::parse(text).unwrap().to_string(), shown);
        }
        let pinned = Reference::parse(&format!("a.b/c:1@{DIGEST}")).unwrap();
        assert_eq!((pinned.tag.as_deref(), pinned.digest.as_deref()), (Some("1"), Some(DIGEST)));
        assert_eq!(pinned.tag_or_digest(), DIGEST);
        assert_eq!(Reference::parse("alpine").unwrap().or_latest().to_string(), "alpine:latest");
        assert_eq!(Reference::parse(&format!("alpine@{DIGEST}")).unwrap().or_latest().tag, None);
    }

    proptest::proptest! {
        /// What is asked of an engine is what was checked here, above all the registry.
        #[test]
        fn what_is_shown_reads_back(text in "(docker\\.io/|index\\.docker\\.io/|localhost/|[a-c]{1,2}(\\.[a-c]|:5)?/)?(library/)?(localhost/|[a-c]{1,2}(\\.[a-c])?/)?([a-c]{1,2}/)?[a-c]{1,3}(:[a-c.]{1,3})?") {
            if let Ok(reference) = Reference::parse(&text) {
                proptest::prop_assert_eq!(Reference::parse(&reference.to_string()), Ok(reference.clone()));
                proptest::prop_assert_eq!(Reference::parse(&reference.name()).map(|named| (named.registry, named.repository)), Ok((reference.registry, reference.repository)));
            }
        }
    }

    #[test]
    fn a_password_goes_to_no_other_registry() {
        for (text, shown) in [
            ("docker.io/evil.example/x", "docker.io/evil.example/x"),
            ("docker.io/library/evil.example/x", "library/evil.example/x"),
            ("index.docker.io/localhost/x", "docker.io/localhost/x"),
            ("docker.io/library/a/b", "library/a/b"),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!((reference.registry.as_str(), reference.name().as_str()), ("docker.io", shown));
        }
    }

    #[test]
    fn what_is_no_reference_is_said_by_its_part() {
        use ReferenceFault as Fault;
        let component = |text: &str| Fault::Component(text.to_owned());
        for (text, fault) in [
            ("", Fault::Empty),
            ("https://registry.lan/api", Fault::Scheme),
            ("a b", component("a b")),
            ("/a", component("")),
            ("a//b", component("")),
            ("a/", component("")),
            ("registry.lan/", component("")),
            ("../containers", Fault::Registry("..".into())),
            ("a/../b", component("..")),
            ("a___b", component("a___b")),
            ("a..b", component("a..b")),
            ("-a", component("-a")),
            ("ä", component("ä")),
            ("Alpine:3", Fault::UpperCase("alpine:3".into())),
            ("registry.lan/Team/api", Fault::UpperCase("registry.lan/team/api".into())),
            ("a:", Fault::Tag(String::new())),
            ("a:.b", Fault::Tag(".b".into())),
            ("a:b c", Fault::Tag("b c".into())),
            ("re_gistry.lan/a", Fault::Registry("re_gistry.lan".into())),
            ("registry.lan:port/a", Fault::Registry("registry.lan:port".into())),
            ("registry.lan:99999/a", Fault::Registry("registry.lan:99999".into())),
            ("a@sha256:00", Fault::Digest("sha256:00".into())),
            (&DIGEST[7..], Fault::Id),
        ] {
            assert_eq!(Reference::parse(text), Err(fault), "{text}");
        }
        assert_eq!(Reference::parse(&"a".repeat(300)), Err(ReferenceFault::TooLong));
        assert!(Reference::parse(&format!("a:{}", "t".repeat(129))).is_err());
    }

    #[test]
    fn what_is_implied_is_told() {
        let implied = |text: &str| {
            let Implied { registry, namespace, tag } = Reference::parse(text).unwrap().implied_in(text);
            (registry, namespace, tag)
        };
        assert_eq!(implied("alpine"), (true, true, true));
        assert_eq!(implied("team/api:2"), (true, false, false));
        assert_eq!(implied("docker.io/library/alpine"), (false, false, true));
        assert_eq!(implied("localhost:5000/alpine:1"), (false, false, false));
        // A tag has large letters of its own.
        assert_eq!(Reference::parse("Host:5000/Team/API:RC1"), Err(ReferenceFault::UpperCase("host:5000/team/api:RC1".into())));
    }
}
