//! Requests to the engine as a person would make them: with the docker command, curl, HTTPie, Docker's SDKs for Python and Go,
//! and as plain HTTP. From the same [`Request`] that is sent; no IO.
//!
//! A language says how each [`Operation`](linkspan_docker::Operation) is written in it, and the compiler sees that none is
//! forgotten. What it has no way for it says in a comment.

pub mod compose;
mod curl;
mod docker;
mod docker_commit;
mod docker_create;
mod go;
mod http;
mod httpie;
mod python;
mod secrets;
mod shell;
pub mod words;

use linkspan_docker::{Operation, Request, api::Api, endpoint::Endpoint};
use linkspan_shared::explain::{Equivalent, Language};
use serde_json::Value;

/// Requests that are written down at once: nobody reads more, and a job may be done to thousands.
const MOST: usize = 200;

/// Bytes of a text in one language: of each job they are kept.
const LONGEST: usize = 64 << 10;

/// The engine that is asked.
pub struct Asked<'a> {
    pub endpoint: &'a Endpoint,
    pub api: Api,
}

/// A request, and what the next ones need of its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub request: Request,
    /// What the `Id` of its answer is called in those that come after it, see [`words::answer`].
    pub made: Option<&'static str>,
    /// The tar file that it sends, as whoever runs this may call it.
    pub file: String,
}

impl From<Request> for Step {
    fn from(request: Request) -> Self {
        Self { request, made: None, file: "archive.tar".to_owned() }
    }
}

impl Step {
    pub fn makes(self, made: &'static str) -> Self {
        Self { made: Some(made), ..self }
    }

    pub fn sends(self, file: &str) -> Self {
        Self { file: file.to_owned(), ..self }
    }

    fn operation(&self) -> Operation {
        self.request.operation
    }

    /// A value of its query.
    fn query(&self, name: &str) -> Option<String> {
        let value = self.request.query.iter().find(|(known, _)| *known == name)?;
        Some(String::from_utf8_lossy(&value.1).into_owned())
    }

    fn text(&self, name: &str) -> String {
        self.query(name).unwrap_or_default()
    }

    fn is_set(&self, name: &str) -> bool {
        self.query(name).as_deref() == Some("1")
    }

    fn body(&self) -> &Value {
        self.request.body.as_ref().unwrap_or(&Value::Null)
    }

    fn body_text(&self, name: &str) -> String {
        self.body()[name].as_str().unwrap_or_default().to_owned()
    }
}

/// What a language makes of some requests.
#[derive(Debug, Default)]
pub struct Written {
    /// What the program needs of its language.
    pub imports: String,
    /// Once for all that is asked of one engine.
    pub head: String,
    pub body: String,
    /// What it has no way for, and why.
    pub missing: Vec<String>,
}

impl Written {
    fn line(&mut self, line: impl AsRef<str>) {
        self.body.push_str(line.as_ref());
        self.body.push('\n');
    }

    /// `comment`: how one begins.
    fn missing(&mut self, comment: &str, why: impl Into<String>) {
        let why = words::one_line(&words::bare(&why.into()));
        self.line(format!("{comment} {why}"));
        self.missing.push(why);
    }
}

/// The first [`MOST`] of them, and how many there are more.
pub fn write(language: Language, asked: &Asked<'_>, steps: &[Step]) -> Written {
    let first = steps.get(..MOST).unwrap_or(steps);
    let mut written = write_all(language, asked, first);
    if steps.len() > first.len() {
        let comment = if language == Language::Go { "//" } else { "#" };
        written.missing(comment, format!("and {} more like these", steps.len() - first.len()));
    }
    written
}

fn write_all(language: Language, asked: &Asked<'_>, steps: &[Step]) -> Written {
    let steps = secrets::hidden(steps);
    match language {
        Language::Docker => docker::write(asked, &steps),
        Language::Curl => curl::write(asked, &steps),
        Language::Httpie => httpie::write(asked, &steps),
        Language::Python => python::write(asked, &steps),
        Language::Go => go::write(asked, &steps),
        Language::Http => http::write(asked, &steps),
    }
}

/// In all languages.
pub fn explain(asked: &Asked<'_>, steps: &[Step]) -> Vec<Equivalent> {
    let one = |language: &Language| {
        let Written { imports, head, body, mut missing } = write(*language, asked, steps);
        let mut text = format!("{imports}{head}{body}");
        if text.len() > LONGEST {
            let why = "too long to be shown";
            text = format!("# {why}\n");
            missing.push(why.to_owned());
        }
        Equivalent { language: *language, text, missing }
    };
    if steps.is_empty() { Vec::new() } else { Language::ALL.iter().map(one).collect() }
}

/// What whoever asks one after the other may miss.
fn may_be_gone(steps: &[Step]) -> Option<&'static str> {
    let is_removed = steps.iter().any(|step| step.body()["HostConfig"]["AutoRemove"] == true);
    let is_attached = steps.iter().any(|step| step.operation() == Operation::ContainerAttach);
    (is_removed && is_attached)
        .then_some("with AutoRemove, what it prints may be gone before it is asked for: attach before the start, as over HTTP")
}

/// For whoever asks one after the other: what is to be attached to and waited for before a container starts is read afterwards.
fn one_by_one(steps: &[Step]) -> Vec<Step> {
    let starts = steps.iter().find(|step| step.operation() == Operation::ContainerStart).map(|step| step.request.object.clone());
    let is_before = |step: &&Step| {
        matches!(step.operation(), Operation::ContainerAttach | Operation::ContainerWait) && Some(&step.request.object) == starts.as_ref()
    };
    let has_both = steps.iter().any(|step| is_before(&step));
    let mut all: Vec<Step> = steps.iter().filter(|step| !is_before(step)).cloned().collect();
    if let (true, Some(object)) = (has_both, starts) {
        all.push(linkspan_docker::containers::printed(&object).into());
        all.push(linkspan_docker::containers::wait(&object).into());
    }
    all
}

#[cfg(test)]
mod tests {
    use linkspan_docker::{containers, endpoint::Address, tls::Material};

    use super::*;

    fn texts(endpoint: &Endpoint, request: Request) -> Vec<Equivalent> {
        explain(&Asked { endpoint, api: (1, 41) }, &[request.into()])
    }

    #[test]
    fn the_readme_shows_one_action_in_all_languages() {
        let endpoint = Endpoint { address: Address::Unix("/var/run/docker.sock".into()), tls: None };
        let readme = include_str!("../../../README.md");
        for Equivalent { language, text, .. } in texts(&endpoint, containers::stop("web")) {
            let block: String =
                text.trim_end().lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect();
            assert!(readme.contains(&block), "the README does not show in {}:\n{block}", language.name());
        }
    }

    #[test]
    fn an_engine_is_reached_as_its_address_says() {
        let tls = Material { ca: Some("/c/ca.pem".into()), identity: Some(("/c/cert.pem".into(), "/c/key.pem".into())), verify: true };
        let tcp = Endpoint { address: Address::parse("tcp://pier:2376", true).unwrap(), tls: Some(tls) };
        let ssh = Endpoint { address: Address::parse("ssh://me@pier:22", false).unwrap(), tls: None };
        let of = |endpoint: &Endpoint, language: Language| {
            let all = texts(endpoint, containers::start("web"));
            all.into_iter().find(|one| one.language == language).map(|one| one.text).unwrap_or_default()
        };
        let files = "--tlscacert /c/ca.pem --tlscert /c/cert.pem --tlskey /c/key.pem";
        assert_eq!(of(&tcp, Language::Docker), format!("docker -H tcp://pier:2376 --tlsverify {files} start web\n"));
        assert!(
            of(&tcp, Language::Curl)
                .contains("--cacert /c/ca.pem --cert /c/cert.pem --key /c/key.pem -X POST https://pier:2376/v1.41/containers/web/start")
        );
        assert!(
            of(&tcp, Language::Httpie)
                .contains("--verify /c/ca.pem --cert /c/cert.pem --cert-key /c/key.pem POST https://pier:2376/v1.41/")
        );
        assert!(
            of(&tcp, Language::Python)
                .contains("tls=docker.tls.TLSConfig(client_cert=(\"/c/cert.pem\", \"/c/key.pem\"), ca_cert=\"/c/ca.pem\", verify=True)")
        );
        assert!(of(&tcp, Language::Go).contains("client.WithTLSClientConfig(\"/c/ca.pem\", \"/c/cert.pem\", \"/c/key.pem\")"));
        assert!(of(&tcp, Language::Http).contains("Host: pier:2376"));
        assert_eq!(of(&ssh, Language::Docker), "docker -H ssh://me@pier:22 start web\n");
        assert!(
            of(&ssh, Language::Curl)
                .starts_with("socket=$(mktemp -d)/docker.sock\nssh -fNT -o ExitOnForwardFailure=yes -L \"$socket\":/var/run/docker.sock -p 22 me@pier || exit\ncurl")
        );
        assert!(
            of(&ssh, Language::Python).contains("base_url=\"ssh://me@pier:22\"")
                && of(&ssh, Language::Python).contains("use_ssh_client=True")
        );
    }

    /// Each operation is written somehow in each language, or said to have no way.
    #[test]
    fn every_operation_is_written_or_named() {
        let endpoint = Endpoint { address: Address::Unix("/var/run/docker.sock".into()), tls: None };
        for operation in Operation::ALL {
            for one in texts(&endpoint, Request::new(*operation, "web").query("path", "/etc").query("h", "1").query("w", "1")) {
                assert!(!one.text.trim().is_empty(), "{operation:?} in {}", one.language.name());
            }
        }
    }
}
