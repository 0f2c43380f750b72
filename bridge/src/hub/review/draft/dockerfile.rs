//! The text of a Dockerfile (Dockerfile reference, version 1). Pure. What comes from a container is hostile: whatever cannot be
//! said as a word of an instruction is left to the archive, or named in a comment.

use linkspan_shared::image::Configuration;
use serde_json::json;

/// Paths of one `RUN rm`.
const REMOVED: usize = 100;

/// What is copied from the context, and where to.
#[derive(Debug, PartialEq)]
pub struct Copy {
    pub sources: Vec<String>,
    /// With a slash behind.
    pub folder: String,
}

#[derive(Debug)]
pub struct Dockerfile<'a> {
    /// What the image is built from, and its ID.
    pub base: (&'a str, &'a str),
    pub of: &'a str,
    pub commands: &'a [String],
    /// Absolute paths.
    pub removed: &'a [String],
    pub copies: &'a [Copy],
    /// The archive of what `COPY` does not carry, in the context.
    pub archive: Option<&'a str>,
    /// The user of the base.
    pub user: &'a str,
    pub configuration: &'a Configuration,
    /// Variables that the base has and the image does not.
    pub unset: &'a [String],
}

/// A line of an instruction, or a comment that says what is left out.
fn said(instruction: &str, name: &str, value: Option<String>) -> String {
    match value {
        Some(value) => format!("{instruction} {value}"),
        None => format!("# {instruction} of {}: its value has several lines", comment(name)),
    }
}

fn comment(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// As few quotes as it takes for `ENV`, `LABEL`, `USER` and the like, where a dollar stands for a variable; `None`: it has a line end.
fn quoted(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    if is_word(text) {
        return Some(text.to_owned());
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    Some(format!("\"{escaped}\""))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/:@+".contains(&byte))
}

impl Dockerfile<'_> {
    pub fn text(&self) -> String {
        let mut lines =
            vec![format!("# A draft, made by Linkspan of what {} changed. Read it before you build it.", comment(self.of)), String::new()];
        if self.base.0 != self.base.1 {
            lines.push(format!("# {}", comment(self.base.1)));
        }
        lines.push(format!("FROM {}", comment(self.base.0)));
        let is_root = matches!(self.user, "" | "0" | "root");
        if !is_root && (!self.commands.is_empty() || !self.removed.is_empty()) {
            lines.push("USER 0".to_owned());
        }
        lines.extend(self.commands.iter().map(|command| format!("RUN {command}")));
        for removed in self.removed.chunks(REMOVED) {
            let words = ["rm", "-rf", "--"].into_iter().chain(removed.iter().map(String::as_str)).collect::<Vec<_>>();
            lines.push(format!("RUN {}", json!(words)));
        }
        // First what COPY goes into.
        if let Some(archive) = self.archive {
            lines.push("# Folders, links, owners and modes that COPY does not carry; it is unpacked.".to_owned());
            lines.push(format!("ADD {archive} /"));
        }
        for copy in self.copies {
            let words = copy.sources.iter().chain([&copy.folder]).collect::<Vec<_>>();
            lines.push(format!("COPY {}", json!(words)));
        }
        self.configuration(&mut lines, is_root);
        lines.join("\n") + "\n"
    }

    fn configuration(&self, lines: &mut Vec<String>, is_root: bool) {
        let Configuration { entrypoint, cmd, env, user, working_dir, exposed_ports, labels, healthcheck, stop_signal } = self.configuration;
        for line in env.iter().flatten() {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            let value = quoted(value).filter(|_| is_word(name));
            lines.push(said("ENV", name, value.map(|value| format!("{name}={value}"))));
        }
        for name in self.unset {
            lines.push(format!("# A Dockerfile cannot take the variable {} of the base away.", comment(name)));
        }
        for (name, value) in labels.iter().flatten() {
            let value = quoted(name).zip(quoted(value));
            lines.push(said("LABEL", name, value.map(|(name, value)| format!("{name}={value}"))));
        }
        lines.extend(exposed_ports.iter().flatten().filter(|port| is_word(port)).map(|port| format!("EXPOSE {port}")));
        if let Some(folder) = working_dir {
            let folder = if folder.is_empty() { "/" } else { folder };
            lines.push(said("WORKDIR", folder, quoted(folder)));
        }
        let wanted = user.as_deref().unwrap_or(self.user);
        if user.is_some() || !is_root && lines.iter().any(|line| line == "USER 0") {
            let wanted = if wanted.is_empty() { "0" } else { wanted };
            lines.push(said("USER", wanted, quoted(wanted)));
        }
        match healthcheck.as_deref() {
            None => {}
            Some([kind, words @ ..]) if kind == "CMD" => lines.push(format!("HEALTHCHECK CMD {}", json!(words))),
            Some([kind, line]) if kind == "CMD-SHELL" => {
                lines.push(format!("HEALTHCHECK CMD {}", json!(["/bin/sh", "-c", line])));
            }
            Some(_) => lines.push("HEALTHCHECK NONE".to_owned()),
        }
        lines.extend(stop_signal.iter().filter(|signal| is_word(signal)).map(|signal| format!("STOPSIGNAL {signal}")));
        // Cmd goes when Entrypoint is said, so it comes after it.
        lines.extend(entrypoint.iter().map(|words| format!("ENTRYPOINT {}", json!(words))));
        lines.extend(cmd.iter().map(|words| format!("CMD {}", json!(words))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_changed_and_no_more() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let configuration = Configuration {
            cmd: Some(lines(&["run", "a \"b\""])),
            env: Some(lines(&["A=x $y \"z\"", "B=two\nlines"])),
            exposed_ports: Some(lines(&["80/tcp"])),
            healthcheck: Some(lines(&["CMD-SHELL", "true || false"])),
            labels: Some(vec![("team".into(), "quay".into())]),
            ..Configuration::default()
        };
        let dockerfile = Dockerfile {
            base: ("shop:1", "sha256:0a"),
            of: "box",
            commands: &lines(&["apk add --no-cache curl=8"]),
            removed: &lines(&["/srv/old"]),
            copies: &[Copy { sources: lines(&["files/etc/a b"]), folder: "/etc/".into() }],
            archive: Some("rest.tar"),
            user: "1000",
            configuration: &configuration,
            unset: &[],
        };
        let wanted = r#"# A draft, made by Linkspan of what box changed. Read it before you build it.

# sha256:0a
FROM shop:1
USER 0
RUN apk add --no-cache curl=8
RUN ["rm","-rf","--","/srv/old"]
# Folders, links, owners and modes that COPY does not carry; it is unpacked.
ADD rest.tar /
COPY ["files/etc/a b","/etc/"]
ENV A="x \$y \"z\""
# ENV of B: its value has several lines
LABEL team=quay
EXPOSE 80/tcp
USER 1000
HEALTHCHECK CMD ["/bin/sh","-c","true || false"]
CMD ["run","a \"b\""]
"#;
        assert_eq!(dockerfile.text(), wanted);
    }
}
