//! A line for `docker run` as what the run form says (docs.docker.com/reference/cli/docker/container/run). Pure.

pub mod fields;
mod options;

use fields::{is_on, set};
use options::{
    OPTIONS,
    Takes::{Flag, Value},
};

use crate::run::{Mount, MountKind, PortMapping, Protocol, RestartPolicy, RunSpec};

/// Ports of a range, at most.
const RANGE: u16 = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub spec: RunSpec,
    /// Options that the form has no field for, or not for such a value; as they were written.
    pub left_out: Vec<String>,
    /// Files of variables, which only whoever pastes the line can read.
    pub env_files: Vec<String>,
    /// What only a shell fills in: `$HOME`, `$(pwd)`. They stand as they are.
    pub unexpanded: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A quotation mark is not closed.
    Unclosed,
    /// It runs something else.
    OtherCommand,
    /// No option that `docker run` or `podman run` has.
    UnknownOption(String),
    ValueMissing(String),
    ImageMissing,
}

pub fn parse(text: &str) -> Result<Line, LineFault> {
    // Somebody's prompt stands before it.
    let (text, rest) = first_command(text.trim().trim_start_matches(['$', '#', '>']).trim_start());
    let words = shell_words::split(text).map_err(|_| LineFault::Unclosed)?;
    let mut line = Line { unexpanded: unexpanded(text), ..Line::default() };
    line.left_out.extend(Some(rest.trim()).filter(|rest| !rest.is_empty()).map(str::to_owned));
    let mut words = arguments(words, &mut line)?.into_iter().peekable();
    let mut interactive = None;
    while let Some(word) = words.next_if(|word| word.len() > 1 && word.starts_with('-')) {
        if word == "--" {
            break;
        }
        for (name, written, value) in options(&word, || words.next())? {
            match take(&mut line, name, &value) {
                _ if name == "interactive" => interactive = is_on(&value).then_some(written),
                true => {}
                false => line.left_out.push(written),
            }
        }
    }
    // Typing reaches a terminal alone.
    line.left_out.extend(interactive.filter(|_| !line.spec.tty));
    line.spec.image = words.next().ok_or(LineFault::ImageMissing)?;
    line.spec.command = words.collect();
    Ok(line)
}

/// What comes after `docker run`.
fn arguments(words: Vec<String>, line: &mut Line) -> Result<Vec<String>, LineFault> {
    let program = |word: &String| matches!(word.rsplit('/').next(), Some("docker" | "podman" | "nerdctl"));
    let begin = words.iter().position(program).ok_or(LineFault::OtherCommand)?;
    let before = words
        .iter()
        .take(begin)
        .all(|word| word.starts_with('-') || word.contains('=') || matches!(word.as_str(), "sudo" | "doas" | "env" | "exec"));
    let verb = words.iter().skip(begin).position(|word| matches!(word.as_str(), "run" | "create")).map(|at| at + begin);
    let verb = verb.filter(|_| before).ok_or(LineFault::OtherCommand)?;
    // Between them options of the program itself, such as which engine.
    let mut between = words.iter().take(verb).skip(begin + 1).filter(|word| word.as_str() != "container").peekable();
    while let Some(word) = between.next() {
        if !word.starts_with('-') {
            return Err(LineFault::OtherCommand);
        }
        let value = between.next_if(|next| !word.contains('=') && !next.starts_with('-'));
        line.left_out.push([Some(word), value].into_iter().flatten().cloned().collect::<Vec<_>>().join(" "));
    }
    if words.get(verb).is_some_and(|verb| verb == "create") {
        line.left_out.push("create".to_owned());
    }
    Ok(words.into_iter().skip(verb + 1).collect())
}

type Written = (&'static str, String, String);

/// One word may be several: `-dit`, `-p80:80`.
fn options(word: &str, mut next: impl FnMut() -> Option<String>) -> Result<Vec<Written>, LineFault> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, given) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
        let known = OPTIONS.iter().find(|(known, ..)| *known == name);
        let (name, _, takes) = known.ok_or_else(|| LineFault::UnknownOption(format!("--{name}")))?;
        let (value, written) = match (takes, given) {
            (_, Some(value)) => (value, word.to_owned()),
            (Flag, None) => ("true".to_owned(), word.to_owned()),
            (Value, None) => {
                let value = next().ok_or_else(|| LineFault::ValueMissing(word.to_owned()))?;
                let written = format!("{word} {value}");
                (value, written)
            }
        };
        return Ok(vec![(name, written, value)]);
    }
    let mut all = Vec::new();
    let mut letters = word.get(1..).unwrap_or_default().chars();
    while let Some(letter) = letters.next() {
        let known = OPTIONS.iter().find(|(_, short, _)| *short == Some(letter));
        let (name, _, takes) = known.ok_or_else(|| LineFault::UnknownOption(format!("-{letter}")))?;
        let rest = letters.as_str();
        let value = match (takes, rest.strip_prefix('=')) {
            (_, Some(value)) => value.to_owned(),
            (Flag, None) => {
                all.push((*name, format!("-{letter}"), "true".to_owned()));
                continue;
            }
            (Value, None) if !rest.is_empty() => rest.to_owned(),
            (Value, None) => next().ok_or_else(|| LineFault::ValueMissing(format!("-{letter}")))?,
        };
        all.push((*name, format!("-{letter} {value}"), value));
        break;
    }
    Ok(all)
}

/// Whether the form has a place for it.
fn take(line: &mut Line, name: &str, value: &str) -> bool {
    let Line { spec, left_out, env_files, .. } = line;
    let options = &mut spec.options;
    match name {
        "detach" => spec.background = is_on(value),
        "tty" => spec.tty = is_on(value),
        "rm" => spec.auto_remove = is_on(value),
        "privileged" => spec.privileged = is_on(value),
        "name" => value.clone_into(&mut spec.name),
        "user" => value.clone_into(&mut spec.user),
        "workdir" => value.clone_into(&mut spec.working_dir),
        "entrypoint" if !value.is_empty() => spec.entrypoint = Some(vec![value.to_owned()]),
        "env-file" => env_files.push(value.to_owned()),
        // Without a value it is whatever the shell has.
        "env" => match value.split_once('=') {
            Some((name, value)) if !name.is_empty() => spec.environment.push((name.to_owned(), value.to_owned())),
            _ => return false,
        },
        "label" => {
            let (name, value) = value.split_once('=').unwrap_or((value, ""));
            spec.labels.push((name.to_owned(), value.to_owned()));
        }
        "publish" => match ports(value) {
            Some(ports) => spec.ports.extend(ports),
            None => return false,
        },
        "volume" => match volume(value) {
            Some((mount, other)) => {
                spec.mounts.push(mount);
                left_out.extend(other.map(|option| format!("--volume …:{option}")));
            }
            None => return false,
        },
        "mount" => match mount(value) {
            Some(mount) => spec.mounts.push(mount),
            None => return false,
        },
        "tmpfs" => {
            let (target, options) = value.split_once(':').map_or((value, None), |(target, options)| (target, Some(options)));
            spec.mounts.push(Mount { kind: MountKind::Tmpfs, source: String::new(), target: target.to_owned(), read_only: false });
            left_out.extend(options.map(|options| format!("--tmpfs …:{options}")));
        }
        "restart" => {
            let (policy, retries) = value.split_once(':').map_or((value, None), |(policy, retries)| (policy, Some(retries)));
            let all = [RestartPolicy::No, RestartPolicy::OnFailure, RestartPolicy::UnlessStopped, RestartPolicy::Always];
            let Some(policy) = all.into_iter().find(|one| one.as_str() == policy) else { return false };
            spec.restart_policy = policy;
            left_out.extend(retries.map(|retries| format!("--restart …:{retries}")));
        }
        "network" | "net" if value.contains(['=', ',', ':']) => return false,
        "network" | "net" if spec.network.is_empty() => value.clone_into(&mut spec.network),
        name => return set(options, name, value),
    }
    true
}

/// `[[address:]port:]port[/protocol]`, each port perhaps a range.
fn ports(text: &str) -> Option<Vec<PortMapping>> {
    let (text, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
    let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|one| one.as_str() == protocol)?;
    let (host, inside) = text.rsplit_once(':').map_or((None, text), |(host, inside)| (Some(host), inside));
    let (host_ip, host) = match host.map(|host| host.rsplit_once(':').unwrap_or(("", host))) {
        Some((address, port)) => (address.trim_matches(['[', ']']).to_owned(), Some(port).filter(|port| !port.is_empty())),
        None => (String::new(), None),
    };
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse::<u16>().ok().filter(|port| *port > 0)?, last.parse::<u16>().ok()?);
        (last >= first && last - first < RANGE).then_some(first..=last)
    };
    let inside = range(inside)?;
    let host: Vec<Option<u16>> = match host {
        Some(host) => range(host)?.map(Some).collect(),
        None => vec![None; inside.clone().count()],
    };
    // One of several, whichever is free, is no mapping.
    (host.len() == inside.clone().count()).then(|| {
        let pairs = host.into_iter().zip(inside);
        pairs.map(|(host_port, container_port)| PortMapping { host_ip: host_ip.clone(), host_port, container_port, protocol }).collect()
    })
}

/// `[source:]target[:options]`, and those options that have no field. A path that begins elsewhere than at the root only a shell
/// and its folder make whole.
pub fn volume(text: &str) -> Option<(Mount, Option<String>)> {
    let mut parts = text.splitn(3, ':');
    let (source, target, options) = match (parts.next()?, parts.next()) {
        (target, None) => ("", target, ""),
        (source, Some(target)) => (source, target, parts.next().unwrap_or_default()),
    };
    if !target.starts_with('/') || source.starts_with(['.', '~', '$']) {
        return None;
    }
    let other: Vec<&str> = options.split(',').filter(|option| !matches!(*option, "" | "ro" | "rw")).collect();
    let kind = if source.starts_with('/') { MountKind::Bind } else { MountKind::Volume };
    let read_only = options.split(',').any(|option| option == "ro");
    let mount = Mount { kind, source: source.to_owned(), target: target.to_owned(), read_only };
    Some((mount, (!other.is_empty()).then(|| other.join(","))))
}

/// `type=bind,source=/a,target=/b,readonly`
fn mount(text: &str) -> Option<Mount> {
    let mut mount = Mount { kind: MountKind::Volume, source: String::new(), target: String::new(), read_only: false };
    for part in text.split(',') {
        let (key, value) = part.split_once('=').unwrap_or((part, "true"));
        match key {
            "type" => {
                mount.kind = [MountKind::Volume, MountKind::Bind, MountKind::Tmpfs].into_iter().find(|kind| kind.as_str() == value)?
            }
            "source" | "src" => value.clone_into(&mut mount.source),
            "target" | "destination" | "dst" => value.clone_into(&mut mount.target),
            "readonly" | "ro" => mount.read_only = is_on(value),
            _ => return None,
        }
    }
    (!mount.target.is_empty()).then_some(mount)
}

/// The characters of a line that are not escaped, with the quotation mark that they are within.
fn unescaped(text: &str) -> impl Iterator<Item = (usize, char, Option<char>)> {
    let mut quote = None;
    let mut chars = text.char_indices();
    std::iter::from_fn(move || {
        loop {
            let (at, char) = chars.next()?;
            match (quote, char) {
                (None | Some('"'), '\\') => drop(chars.next()),
                (None, '"' | '\'') => quote = Some(char),
                (Some(open), char) if open == char => quote = None,
                _ => return Some((at, char, quote)),
            }
        }
    })
}

/// The first command, and what a shell would do beside it: another one, or what goes to a file.
fn first_command(text: &str) -> (&str, &str) {
    let end = unescaped(text).find(|(_, char, quote)| quote.is_none() && matches!(char, ';' | '|' | '&' | '<' | '>' | '\n'));
    let (command, rest) = text.split_at(end.map_or(text.len(), |(at, ..)| at));
    let is_output = rest.starts_with('>') && command.ends_with(|c: char| c.is_ascii_digit());
    let number = command.trim_end_matches(|c: char| c.is_ascii_digit());
    if is_output && number.ends_with(char::is_whitespace) { text.split_at(number.len()) } else { (command, rest) }
}

/// `$NAME`, `${NAME}`, `$(…)` and backticks outside of single quotes.
fn unexpanded(text: &str) -> Vec<String> {
    let (mut found, mut until) = (Vec::new(), 0);
    for (at, char, _) in unescaped(text).filter(|(_, char, quote)| *quote != Some('\'') && matches!(char, '$' | '`')) {
        let after = text.get(at + 1..).unwrap_or_default();
        let closing = match after.chars().next() {
            _ if at < until => continue,
            _ if char == '`' => after.find('`'),
            Some('(') => after.find(')'),
            Some('{') => after.find('}'),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                end.checked_sub(1)
            }
            _ => continue,
        };
        until = closing.map_or(text.len(), |closing| at + 1 + closing + 1);
        found.push(text.get(at..until).unwrap_or_default().to_owned());
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunOptions;

    fn line(text: &str) -> Line {
        parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
    }

    #[test]
    fn a_line_of_several_lines_fills_the_form() {
        let text = "$ sudo docker run -dit --rm \\\n  --name web -p 127.0.0.1:8080:80 -p8443:443/tcp --publish=5353/udp \\\n  \
            -e 'GREETING=a b \"c\" $d' --env EMPTY= -l tier=front -v data:/var/lib/data -v /etc/app:/etc/app:ro \\\n  \
            --mount type=tmpfs,target=/scratch --restart unless-stopped --network=backbone -u 1000:1000 -w /srv \\\n  \
            -m 64m --cpus=1.5 -h box --cap-drop NET_RAW --cap-drop ALL --add-host pier=10.0.0.1 --init --read-only --stop-timeout 3 \
            --entrypoint /bin/sh quay.example/app:1 -c 'echo \"$HOME\"; exec app --flag'";
        let found = line(text);
        assert_eq!((found.left_out, found.env_files, found.unexpanded), (vec![], vec![], vec![]));
        let port = |host_ip: &str, host_port, container_port, protocol| PortMapping {
            host_ip: host_ip.into(),
            host_port,
            container_port,
            protocol,
        };
        let mount = |kind, source: &str, target: &str, read_only| Mount { kind, source: source.into(), target: target.into(), read_only };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found.spec,
            RunSpec {
                image: "quay.example/app:1".into(),
                name: "web".into(),
                command: vec!["-c".into(), "echo \"$HOME\"; exec app --flag".into()],
                entrypoint: Some(vec!["/bin/sh".into()]),
                working_dir: "/srv".into(),
                user: "1000:1000".into(),
                environment: vec![pair("GREETING", "a b \"c\" $d"), pair("EMPTY", "")],
                ports: vec![
                    port("127.0.0.1", Some(8080), 80, Protocol::Tcp),
                    port("", Some(8443), 443, Protocol::Tcp),
                    port("", None, 5353, Protocol::Udp),
                ],
                mounts: vec![
                    mount(MountKind::Volume, "data", "/var/lib/data", false),
                    mount(MountKind::Bind, "/etc/app", "/etc/app", true),
                    mount(MountKind::Tmpfs, "", "/scratch", false),
                ],
                labels: vec![pair("tier", "front")],
                restart_policy: RestartPolicy::UnlessStopped,
                network: "backbone".into(),
                background: true,
                auto_remove: true,
                tty: true,
                privileged: false,
                options: RunOptions {
                    hostname: "box".into(),
                    memory: Some(64 << 20),
                    nano_cpus: Some(1_500_000_000),
                    stop_timeout: Some(3),
                    cap_drop: vec!["NET_RAW".into(), "ALL".into()],
                    extra_hosts: vec!["pier:10.0.0.1".into()],
                    init: true,
                    read_only: true,
                    ..RunOptions::default()
                },
            }
        );
    }

    #[test]
    fn what_the_form_has_no_place_for_is_named() {
        for (text, left_out) in [
            ("docker run --cpu-shares 64 --link=db --memory lots alpine", vec!["--cpu-shares 64", "--link=db", "--memory lots"]),
            ("podman --remote run --pod web alpine", vec!["--remote", "--pod web"]),
            ("docker -H ssh://pier container create alpine", vec!["-H ssh://pier", "create"]),
            ("docker run -i alpine", vec!["-i"]),
            ("docker run -e TOKEN alpine", vec!["-e TOKEN"]),
            ("docker run -v ./here:/there -v a:/b:z alpine", vec!["-v ./here:/there", "--volume …:z"]),
            ("docker run -p 8000-8010:80 alpine", vec!["-p 8000-8010:80"]),
            ("docker run --network container:web --restart on-failure:5 alpine", vec!["--network container:web", "--restart …:5"]),
            (
                "docker run --mount type=bind,source=/a,target=/b,bind-propagation=shared alpine",
                vec!["--mount type=bind,source=/a,target=/b,bind-propagation=shared"],
            ),
        ] {
            assert_eq!(line(text).left_out, left_out, "{text}");
        }
        for (text, image, command, left_out) in [
            ("docker run -d nginx && docker ps", "nginx", vec![], "&& docker ps"),
            ("docker run redis\ndocker run nginx\n", "redis", vec![], "docker run nginx"),
            ("docker run alpine ls > out.txt 2>&1", "alpine", vec!["ls"], "> out.txt 2>&1"),
            ("docker run alpine ls 2>/dev/null", "alpine", vec!["ls"], "2>/dev/null"),
            ("docker run alpine sh -c 'a && b; c | d'", "alpine", vec!["sh", "-c", "a && b; c | d"], ""),
            ("docker run alpine echo a\\;b", "alpine", vec!["echo", "a;b"], ""),
        ] {
            let found = line(text);
            assert_eq!((found.spec.image.as_str(), found.left_out.join(" ")), (image, left_out.to_owned()), "{text}");
            assert_eq!(found.spec.command, command, "{text}");
        }
        assert_eq!(line("docker run -e \"MSG=it's\" -e TOKEN=$TOKEN -e 'A=\"$b\"' alpine").unexpanded, ["$TOKEN"]);
        assert_eq!(line("docker run --env-file ./prod.env --env-file=b alpine").env_files, ["./prod.env", "b"]);
        assert_eq!(line("docker run -v \"$PWD/a:/a\" -e A=${B:-c} alpine `id -u` '$no'").unexpanded, ["$PWD", "${B:-c}", "`id -u`"]);
        let ranges = line("docker run -p 21000-21002:31000-31002 -p [::1]:80:80 alpine").spec.ports;
        assert_eq!(
            ranges.iter().map(|port| (port.host_port, port.container_port)).collect::<Vec<_>>(),
            [(Some(21000), 31000), (Some(21001), 31001), (Some(21002), 31002), (Some(80), 80),]
        );
        assert_eq!(ranges.last().map(|port| port.host_ip.as_str()), Some("::1"));
    }

    #[test]
    fn what_is_no_such_line_is_told() {
        for (text, fault) in [
            ("docker run 'alpine", LineFault::Unclosed),
            ("", LineFault::OtherCommand),
            ("docker ps", LineFault::OtherCommand),
            ("docker exec web run it", LineFault::OtherCommand),
            ("rm -rf docker run x", LineFault::OtherCommand),
            ("docker run --colour red alpine", LineFault::UnknownOption("--colour".into())),
            ("docker run -dX alpine", LineFault::UnknownOption("-X".into())),
            ("docker run --name", LineFault::ValueMissing("--name".into())),
            ("docker run -d", LineFault::ImageMissing),
        ] {
            assert_eq!(parse(text), Err(fault), "{text}");
        }
    }
}
