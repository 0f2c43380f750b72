//! Packages that were installed, by what the databases of package managers have more than before. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

/// Files of databases that are read, by their paths without a slash in front.
pub const APK: &str = "lib/apk/db/installed";
pub const APK_WORLD: &str = "etc/apk/world";
pub const DPKG: &str = "var/lib/dpkg/status";
pub const APT: &str = "var/lib/apt/extended_states";

/// What managers write for themselves, while they install what the Dockerfile says.
const APKS_OWN: [&str; 3] = ["lib/apk/db/", "var/cache/apk/", APK_WORLD];
const APTS_OWN: [&str; 6] =
    ["var/lib/dpkg/", "var/lib/apt/", "var/cache/apt/", "var/log/apt/", "var/log/dpkg.log", "var/log/alternatives.log"];

/// Text files by their paths.
pub type Texts = HashMap<String, String>;

/// Instructions that install what was installed, and what they bring along.
#[derive(Debug, Default, PartialEq)]
pub struct Packages {
    /// As the shell is told.
    pub commands: Vec<String>,
    files: HashSet<String>,
    /// What the managers that are called write for themselves.
    own: Vec<&'static str>,
}

/// Whether a file is wanted for [`Packages`].
pub fn is_database(path: &str) -> bool {
    [APK, APK_WORLD, DPKG, APT].contains(&path)
        || path.starts_with("var/lib/dpkg/info/") && path.ends_with(".list")
        || path.ends_with(".dist-info/METADATA")
        || path.ends_with(".dist-info/RECORD")
}

impl Packages {
    pub fn new(before: &Texts, after: &Texts) -> Self {
        let mut packages = Self::default();
        packages.apk(before, after);
        packages.dpkg(before, after);
        packages.pip(before, after);
        packages
    }

    /// It comes with a package, or is a database of its manager. What is in `/etc`, or was edited since, is somebody's.
    pub fn bring(&self, path: &str, is_edited: bool) -> bool {
        if self.commands.is_empty() || path.starts_with("etc/") && path != APK_WORLD {
            return false;
        }
        self.files.contains(path) && !is_edited || self.own.iter().any(|own| path.starts_with(own))
    }

    fn apk(&mut self, before: &Texts, after: &Texts) {
        let Some(installed) = after.get(APK) else { return };
        let old = apk_versions(before.get(APK).map_or("", String::as_str));
        let versions = apk_versions(installed);
        let new: BTreeMap<&str, &str> = versions.into_iter().filter(|(name, version)| old.get(name) != Some(version)).collect();
        let words = |texts: &Texts| {
            let world = texts.get(APK_WORLD).map_or("", String::as_str);
            world
                .split_whitespace()
                .map(|word| word.split(['=', '<', '>', '~', '@']).next().unwrap_or(word).to_owned())
                .collect::<HashSet<_>>()
        };
        let (known, asked) = (words(before), words(after));
        // Those that somebody asked for bring the others, but those that were there in another version.
        let is_asked = |name: &str| asked.contains(name) && !known.contains(name) || old.contains_key(name);
        let asked: Vec<_> = new.iter().filter(|(name, _)| is_asked(name)).collect();
        let wanted: Vec<String> = match asked.is_empty() {
            true => new.iter().map(|(name, version)| format!("{name}={version}")).collect(),
            false => asked.into_iter().map(|(name, version)| format!("{name}={version}")).collect(),
        };
        if wanted.is_empty() {
            return;
        }
        self.own.extend(APKS_OWN);
        self.commands.push(format!("apk add --no-cache {}", wanted.join(" ")));
        for record in records(installed) {
            if !field(record, "P:").is_some_and(|name| new.contains_key(name)) {
                continue;
            }
            let mut folder = "";
            for line in record.lines() {
                if let Some(path) = line.strip_prefix("F:") {
                    folder = path;
                } else if let Some(name) = line.strip_prefix("R:") {
                    self.files.insert(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
                }
            }
        }
    }

    fn dpkg(&mut self, before: &Texts, after: &Texts) {
        let Some(status) = after.get(DPKG) else { return };
        let old = dpkg_versions(before.get(DPKG).map_or("", String::as_str));
        let versions = dpkg_versions(status);
        let new: BTreeMap<&str, &str> = versions.into_iter().filter(|(name, version)| old.get(name) != Some(version)).collect();
        let automatic: HashSet<&str> = after
            .get(APT)
            .into_iter()
            .flat_map(|states| records(states))
            .filter(|record| field(record, "Auto-Installed: ") == Some("1"))
            .filter_map(|record| field(record, "Package: "))
            .collect();
        let is_asked = |name: &str| !automatic.contains(name) || old.contains_key(name);
        let wanted: Vec<String> =
            new.iter().filter(|(name, _)| is_asked(name)).map(|(name, version)| format!("{name}={version}")).collect();
        if wanted.is_empty() {
            return;
        }
        self.own.extend(APTS_OWN);
        let install = format!("apt-get install -y --no-install-recommends {}", wanted.join(" "));
        self.commands.push(format!("apt-get update && {install} && rm -rf /var/lib/apt/lists/*"));
        for (path, list) in after.iter().filter(|(path, _)| path.starts_with("var/lib/dpkg/info/")) {
            let name = path.trim_start_matches("var/lib/dpkg/info/").trim_end_matches(".list");
            if new.contains_key(name.split(':').next().unwrap_or(name)) {
                self.files.extend(list.lines().map(|line| line.trim_start_matches('/').to_owned()));
            }
        }
    }

    fn pip(&mut self, before: &Texts, after: &Texts) {
        let mut wanted = Vec::new();
        for (path, metadata) in after.iter().filter(|(path, _)| path.ends_with("/METADATA") && !before.contains_key(*path)) {
            let Some(info) = path.strip_suffix("/METADATA") else { continue };
            let Some((name, version)) = plain(field(metadata, "Name: "), field(metadata, "Version: ")) else { continue };
            let Some(record) = after.get(&format!("{info}/RECORD")) else { continue };
            wanted.push(format!("{name}=={version}"));
            let site = info.rsplit_once('/').map_or("", |(site, _)| site);
            for line in record.lines() {
                let file = line.strip_prefix('"').map_or_else(|| line.split(',').next(), |quoted| quoted.split('"').next());
                self.files.extend(file.and_then(|file| joined(site, file)));
            }
        }
        wanted.sort();
        if !wanted.is_empty() {
            self.commands.push(format!("pip install --no-cache-dir {}", wanted.join(" ")));
        }
    }
}

/// Nothing that a shell or a Dockerfile takes for anything but a part of a word; what a container says is hostile.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+._~:-".contains(&byte))
}

fn plain<'a>(name: Option<&'a str>, version: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    name.zip(version).filter(|(name, version)| is_plain(name) && is_plain(version) && !name.starts_with('-'))
}

/// `../../bin/tool` of a folder.
fn joined(folder: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn records(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").filter(|record| !record.trim().is_empty())
}

fn field<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    record.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn apk_versions(text: &str) -> BTreeMap<&str, &str> {
    records(text).filter_map(|record| plain(field(record, "P:"), field(record, "V:"))).collect()
}

fn dpkg_versions(text: &str) -> BTreeMap<&str, &str> {
    let installed = records(text).filter(|record| field(record, "Status: ").is_some_and(|status| status.ends_with(" installed")));
    installed.filter_map(|record| plain(field(record, "Package: "), field(record, "Version: "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(files: &[(&str, &str)]) -> Texts {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn apk_brings_what_was_asked_for_and_what_that_needs() {
        let musl = "P:musl\nV:1.2\nF:lib\nR:ld.so\n\n";
        let before = texts(&[(APK, musl), (APK_WORLD, "musl\n")]);
        let curl = "P:curl\nV:8.1-r0\nF:usr/bin\nR:curl\nF:etc\nR:curlrc\n\nP:libcurl\nV:8.1-r0\nF:usr/lib\nR:libcurl.so\n";
        let after = texts(&[(APK, &format!("{musl}{curl}")), (APK_WORLD, "musl\ncurl>8\n")]);
        let packages = Packages::new(&before, &after);
        assert_eq!(packages.commands, ["apk add --no-cache curl=8.1-r0"]);
        for (path, brought) in [
            ("usr/bin/curl", true),
            ("usr/lib/libcurl.so", true),
            ("lib/ld.so", false),
            ("etc/curlrc", false),
            (APK, true),
            (APK_WORLD, true),
            ("srv/app", false),
        ] {
            assert_eq!(packages.bring(path, false), brought, "{path}");
        }
        assert!(!packages.bring("usr/bin/curl", true), "it was edited");
        assert_eq!(Packages::new(&after, &after), Packages::default());
        // One that was there in another version is asked for, too.
        let upgraded = texts(&[(APK, &format!("{}{curl}", musl.replace("1.2", "1.3"))), (APK_WORLD, "musl\ncurl>8\n")]);
        assert_eq!(Packages::new(&before, &upgraded).commands, ["apk add --no-cache curl=8.1-r0 musl=1.3"]);
    }

    #[test]
    fn apt_brings_what_was_not_installed_for_another() {
        let base = "Package: libc6\nStatus: install ok installed\nVersion: 2.36\n\n";
        let more = "Package: jq\nStatus: install ok installed\nVersion: 1.6-2\n\nPackage: libjq1\nStatus: install ok installed\n\
            Version: 1.6-2\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
        let after = texts(&[
            (DPKG, &format!("{base}{more}")),
            (APT, "Package: libjq1\nArchitecture: amd64\nAuto-Installed: 1\n"),
            ("var/lib/dpkg/info/jq.list", "/.\n/usr/bin/jq\n"),
            ("var/lib/dpkg/info/libjq1:amd64.list", "/usr/lib/libjq.so\n"),
        ]);
        let packages = Packages::new(&texts(&[(DPKG, base)]), &after);
        let install = "apt-get update && apt-get install -y --no-install-recommends jq=1.6-2 && rm -rf /var/lib/apt/lists/*";
        assert_eq!(packages.commands, [install]);
        assert!(
            packages.bring("usr/bin/jq", false)
                && packages.bring("usr/lib/libjq.so", false)
                && packages.bring("var/lib/dpkg/status", false)
        );
    }

    #[test]
    fn pip_brings_what_a_distribution_records() {
        let info = "usr/lib/python3/site-packages/requests-2.31.dist-info";
        let after = texts(&[
            (&format!("{info}/METADATA"), "Metadata-Version: 2.1\nName: requests\nVersion: 2.31\n"),
            (&format!("{info}/RECORD"), "requests/api.py,sha256=x,1\n../../../bin/tool,,\n\"a,b.py\",,\n"),
        ]);
        let packages = Packages::new(&Texts::new(), &after);
        assert_eq!(packages.commands, ["pip install --no-cache-dir requests==2.31"]);
        for path in ["usr/lib/python3/site-packages/requests/api.py", "usr/bin/tool", "usr/lib/python3/site-packages/a,b.py"] {
            assert!(packages.bring(path, false), "{path}");
        }
    }

    #[test]
    fn what_is_no_word_is_no_package() {
        for hostile in ["P:a;rm -rf /\nV:1\n", "P:a\nV:$(id)\n", "P:--root\nV:1\n", "P:\nV:1\n"] {
            assert_eq!(Packages::new(&Texts::new(), &texts(&[(APK, hostile)])), Packages::default());
        }
    }
}
