//! The docker command.

use linkspan_docker::{Operation as Op, endpoint::Address};
use serde_json::Value;

use super::{
    Asked, Step, Written, docker_commit, docker_create, secrets, shell,
    words::{answer, sh},
};

const COMMENT: &str = "#";

pub fn write(asked: &Asked<'_>, steps: &[Step]) -> Written {
    let docker = docker(asked);
    let mut written = Written::default();
    let mut rest = steps.iter().peekable();
    while let Some(step) = rest.next() {
        if secrets::signs_in(step) {
            let registry = if step.operation() == Op::ImageBuild { String::new() } else { format!(" {}", sh(&registry(step))) };
            written.line(format!(
                "printf %s \"${{REGISTRY_PASSWORD:?}}\" | {docker} login --username \"${{REGISTRY_USER:?}}\" --password-stdin{registry}"
            ));
        }
        let begins = |made: &Step| made.operation() == Op::ContainerCreate && made.made.is_some();
        let line = if begins(step) && starts(steps, step) {
            let attached = steps.iter().any(|one| one.operation() == Op::ContainerAttach);
            // The command asks for the rest by itself.
            let own = |next: &&Step| matches!(next.operation(), Op::ContainerAttach | Op::ContainerWait | Op::ContainerStart);
            while rest.next_if(own).is_some() {}
            docker_create::line(step, if attached { docker_create::As::Run } else { docker_create::As::RunDetached })
        } else if matches!(step.operation(), Op::ContainerAttach | Op::ContainerWait) && is_attached(steps, &step.request.object) {
            continue;
        } else if step.operation() == Op::ContainerStart && is_attached(steps, &step.request.object) {
            Ok(Command::from(command("start", &[("--attach", true)], &[&step.request.object])))
        } else if step.operation() == Op::ContainerExec {
            let start = rest.next_if(|next| next.operation() == Op::ExecStart);
            while rest.next_if(|next| next.operation() == Op::ExecInspect).is_some() {}
            exec(step, start.is_some_and(|start| start.body()["Detach"] == true))
        } else {
            line(step)
        };
        match line {
            Ok(command) => {
                for missing in &command.missing {
                    written.missing(COMMENT, missing.as_str());
                }
                let made = |made: &str| {
                    if step.operation() == Op::ContainerCreate && !starts(steps, step) {
                        format!("{made}=$({docker} {})", command.line)
                    } else {
                        String::new()
                    }
                };
                let whole = format!("{}{docker} {}", command.before, command.line);
                written.line(step.made.map(made).filter(|made| !made.is_empty()).unwrap_or(whole));
            }
            Err(why) => written.missing(COMMENT, why),
        }
    }
    written
}

/// A command without what it begins with.
#[derive(Default)]
pub struct Command {
    pub before: &'static str,
    pub line: String,
    pub missing: Vec<String>,
}

impl From<String> for Command {
    fn from(line: String) -> Self {
        Self { line, ..Self::default() }
    }
}

/// It is started at once: `docker run` does both.
fn starts(steps: &[Step], created: &Step) -> bool {
    let mut after = steps.iter().skip_while(|step| *step != created).skip(1);
    let next = after.find(|step| !matches!(step.operation(), Op::ContainerAttach | Op::ContainerWait));
    created.made.is_some_and(|made| next.is_some_and(|next| next.operation() == Op::ContainerStart && next.request.object == answer(made)))
}

/// Attached to before it starts: the command does that by itself.
fn is_attached(steps: &[Step], object: &str) -> bool {
    steps.iter().any(|step| step.operation() == Op::ContainerAttach && step.request.object == object)
        && steps.iter().any(|step| step.operation() == Op::ContainerStart && step.request.object == object)
}

fn docker(asked: &Asked<'_>) -> String {
    let address = &asked.endpoint.address;
    if matches!(address, Address::Unix(path) if path.as_os_str() == linkspan_docker::endpoint::DEFAULT_SOCKET) {
        return "docker".to_owned();
    }
    let mut words = vec![format!("docker -H {}", sh(&shell::docker_host(address)))];
    if let Some(tls) = &asked.endpoint.tls {
        words.push(if tls.verify { "--tlsverify".to_owned() } else { "--tls".to_owned() });
        let files = [
            ("--tlscacert", tls.ca.as_ref()),
            ("--tlscert", tls.identity.as_ref().map(|(cert, _)| cert)),
            ("--tlskey", tls.identity.as_ref().map(|(_, key)| key)),
        ];
        words.extend(files.iter().filter_map(|(name, path)| Some(format!("{name} {}", sh(&path.as_ref()?.to_string_lossy())))));
    }
    words.join(" ")
}

fn registry(step: &Step) -> String {
    let name = match step.operation() {
        Op::ImageCreate => step.text("fromImage"),
        _ => step.request.object.clone(),
    };
    let registry = linkspan_shared::reference::Reference::parse(&name).map(|reference| reference.registry).unwrap_or_default();
    if registry == "docker.io" { String::new() } else { registry }
}

/// `docker [options] words`: those that are on, then the words.
fn command(name: &str, options: &[(&str, bool)], words: &[&str]) -> String {
    let options = options.iter().filter(|(_, on)| *on).map(|(name, _)| (*name).to_owned());
    let words = words.iter().map(|word| sh(word));
    std::iter::once(name.to_owned()).chain(options).chain(words).collect::<Vec<_>>().join(" ")
}

fn line(step: &Step) -> Result<Command, &'static str> {
    let object = step.request.object.as_str();
    let of = |name: &str| Ok(Command::from(command(name, &[], &[object])));
    let path = || format!("{object}:{}", step.text("path"));
    match step.operation() {
        Op::ContainerList => Ok(command("ps", &[("--all", step.is_set("all"))], &[]).into()),
        Op::ContainerInspect => Ok(command("container inspect", &[("--size", step.is_set("size"))], &[object]).into()),
        Op::ContainerTop => {
            let columns = step.text("ps_args");
            Ok(if columns.is_empty() { command("top", &[], &[object]) } else { format!("top {} {columns}", sh(object)) }.into())
        }
        Op::ContainerLogs => Ok(logs(step).into()),
        Op::ContainerStats => of("stats"),
        Op::ContainerChanges => of("diff"),
        Op::ContainerExport => Ok(format!("export --output {} {}", sh(&step.file), sh(object)).into()),
        Op::ContainerStart => of("start"),
        Op::ContainerStop => of("stop"),
        Op::ContainerRestart => of("restart"),
        Op::ContainerKill => of("kill"),
        Op::ContainerPause => of("pause"),
        Op::ContainerUnpause => of("unpause"),
        Op::ContainerRename => Ok(command("rename", &[], &[object, &step.text("name")]).into()),
        Op::ContainerUpdate => Ok(docker_create::update(step)),
        Op::ContainerDelete => Ok(command("rm", &[("--volumes", step.is_set("v")), ("--force", step.is_set("force"))], &[object]).into()),
        Op::ContainerWait => of("wait"),
        Op::ContainerAttach => Ok(command("attach", &[("--no-stdin", !step.is_set("stdin"))], &[object]).into()),
        Op::ContainerArchive => Ok(format!("cp {} - > {}", sh(&path()), sh(&step.file)).into()),
        Op::ContainerArchiveInfo => Ok(format!("cp {} - | tar --list --verbose", sh(&path())).into()),
        Op::PutContainerArchive => Ok(format!("cp - {} < {}", sh(&path()), sh(&step.file)).into()),
        Op::ContainerCreate => docker_create::line(step, docker_create::As::Create),
        Op::ContainerExec => exec(step, false),
        Op::ExecStart | Op::ExecInspect => Err("docker exec makes, starts and looks at one by itself"),
        Op::ContainerResize | Op::ExecResize => Err("the docker command takes the size of the terminal that it runs in"),
        Op::ImageList => Ok("images".to_owned().into()),
        Op::ImageInspect => of("image inspect"),
        Op::ImageHistory => of("history --no-trunc"),
        Op::ImageCreate => Ok(pull(step).into()),
        Op::ImagePush => Ok(command("push", &[], &[&tagged(object, &step.text("tag"))]).into()),
        Op::ImageTag => Ok(command("tag", &[], &[object, &tagged(&step.text("repo"), &step.text("tag"))]).into()),
        Op::ImageDelete => Ok(command("rmi", &[("--force", step.is_set("force"))], &[object]).into()),
        Op::ImageCommit => Ok(docker_commit::commit(step)),
        Op::ImageGetAll => {
            let names = step.request.query.iter().filter(|(name, _)| *name == "names");
            let names: Vec<_> = names.map(|(_, image)| sh(&String::from_utf8_lossy(image))).collect();
            Ok(format!("save --output {} {}", sh(&step.file), names.join(" ")).into())
        }
        Op::ImageLoad => Ok(format!("load --input {}", sh(&step.file)).into()),
        Op::ImageBuild => Ok(Command { before: "DOCKER_BUILDKIT=0 ", line: build(step), missing: Vec::new() }),
        Op::BuildPrune => {
            let filters: Value = serde_json::from_str(&step.text("filters")).unwrap_or_default();
            let ids = filters["id"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let ids: String = ids.map(|id| format!(" --filter {}", sh(&format!("id={id}")))).collect();
            Ok(format!("builder prune --all --force{ids}").into())
        }
        Op::DistributionInspect => of("manifest inspect"),
        Op::NetworkList => Ok("network ls".to_owned().into()),
        Op::NetworkInspect => of("network inspect"),
        Op::NetworkDelete => of("network rm"),
        Op::NetworkCreate => Ok(network(step).into()),
        Op::NetworkConnect => Ok(connect(step)),
        Op::NetworkDisconnect => {
            Ok(command("network disconnect", &[("--force", step.body()["Force"] == true)], &[object, &step.body_text("Container")]).into())
        }
        Op::VolumeList => Ok("volume ls".to_owned().into()),
        Op::VolumeInspect => of("volume inspect"),
        Op::VolumeDelete => of("volume rm"),
        Op::VolumeCreate => Ok(volume(step).into()),
        Op::SystemDataUsage => Ok("system df --verbose".to_owned().into()),
        Op::SystemInfo => Ok("info".to_owned().into()),
        Op::SystemPing | Op::SystemVersion => Ok("version".to_owned().into()),
        Op::SystemEvents => Ok("events".to_owned().into()),
    }
}

/// `NAME:TAG` or `NAME@DIGEST`
pub fn tagged(name: &str, tag: &str) -> String {
    match tag {
        "" => name.to_owned(),
        digest if digest.contains(':') => format!("{name}@{digest}"),
        tag => format!("{name}:{tag}"),
    }
}

fn logs(step: &Step) -> String {
    let mut words = vec!["logs".to_owned()];
    words.extend(
        [("--follow", "follow"), ("--timestamps", "timestamps")]
            .iter()
            .filter(|(_, name)| step.is_set(name))
            .map(|(flag, _)| (*flag).to_owned()),
    );
    words.extend(step.query("tail").filter(|tail| tail != "all").map(|tail| format!("--tail {}", sh(&tail))));
    words.extend(step.query("since").map(|since| format!("--since {}", sh(&since))));
    words.push(sh(&step.request.object));
    words.join(" ")
}

fn pull(step: &Step) -> String {
    let (name, tag, platform) = (step.text("fromImage"), step.text("tag"), step.text("platform"));
    let platform = if platform.is_empty() { String::new() } else { format!(" --platform {}", sh(&platform)) };
    let all = if tag.is_empty() { " --all-tags" } else { "" };
    format!("pull{all}{platform} {}", sh(&tagged(&name, &tag)))
}

fn build(step: &Step) -> String {
    let mut words = vec!["build".to_owned()];
    let options = [("--tag", "t"), ("--file", "dockerfile"), ("--target", "target")];
    words.extend(options.iter().filter_map(|(flag, name)| Some(format!("{flag} {}", sh(&step.query(name)?)))));
    let arguments: Value = serde_json::from_str(&step.text("buildargs")).unwrap_or_default();
    let one = |(name, value): (&String, &Value)| format!("--build-arg {}", sh(&format!("{name}={}", value.as_str().unwrap_or_default())));
    words.extend(arguments.as_object().into_iter().flatten().map(one));
    words.extend(
        [("--no-cache", "nocache"), ("--pull", "pull"), ("--force-rm", "forcerm")]
            .iter()
            .filter(|(_, name)| step.is_set(name))
            .map(|(flag, _)| (*flag).to_owned()),
    );
    words.push(format!("- < {}", sh(&step.file)));
    words.join(" ")
}

fn exec(step: &Step, detached: bool) -> Result<Command, &'static str> {
    let body = step.body();
    let mut words = vec!["exec".to_owned()];
    words.extend((body["AttachStdin"] == true).then(|| "--interactive".to_owned()));
    words.extend((body["Tty"] == true).then(|| "--tty".to_owned()));
    words.extend(detached.then(|| "--detach".to_owned()));
    let texts = [("--user", "User"), ("--workdir", "WorkingDir"), ("--detach-keys", "DetachKeys")];
    words.extend(texts.iter().filter_map(|(flag, name)| Some(format!("{flag} {}", sh(body[*name].as_str()?)))));
    words.extend(texts_of(&body["Env"]).map(|line| format!("--env {}", sh(line))));
    words.push(sh(&step.request.object));
    words.extend(texts_of(&body["Cmd"]).map(sh));
    Ok(words.join(" ").into())
}

pub fn texts_of(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

pub fn pairs_of(map: &Value) -> impl Iterator<Item = String> + '_ {
    map.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
}

fn options(flag: &str, values: impl Iterator<Item = String>) -> String {
    values.map(|value| format!(" {flag} {}", sh(&value))).collect()
}

fn volume(step: &Step) -> String {
    let body = step.body();
    let driver = options("--driver", body["Driver"].as_str().map(str::to_owned).into_iter());
    let name = options("--name", body["Name"].as_str().map(str::to_owned).into_iter());
    format!(
        "volume create{driver}{}{}{name}",
        options("--opt", pairs_of(&body["DriverOpts"])),
        options("--label", pairs_of(&body["Labels"]))
    )
}

fn network(step: &Step) -> String {
    let body = step.body();
    let text = |value: &Value| value.as_str().map(str::to_owned).into_iter();
    let config = &body["IPAM"]["Config"][0];
    let flags = [("Internal", " --internal"), ("Attachable", " --attachable"), ("EnableIPv6", " --ipv6")];
    let flags: String = flags.iter().filter(|(name, _)| body[*name] == true).map(|(_, flag)| *flag).collect();
    format!(
        "network create{}{}{}{flags}{} {}",
        options("--driver", text(&body["Driver"])),
        options("--subnet", text(&config["Subnet"])),
        options("--gateway", text(&config["Gateway"])),
        options("--label", pairs_of(&body["Labels"])),
        sh(&step.body_text("Name"))
    )
}

fn connect(step: &Step) -> Command {
    let endpoint = &step.body()["EndpointConfig"];
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned).into_iter();
    let ipam = &endpoint["IPAMConfig"];
    let line = format!(
        "network connect{}{}{}{}{}{} {} {}",
        options("--alias", texts_of(&endpoint["Aliases"]).map(str::to_owned)),
        options("--ip", text(&ipam["IPv4Address"])),
        options("--ip6", text(&ipam["IPv6Address"])),
        options("--link-local-ip", texts_of(&ipam["LinkLocalIPs"]).map(str::to_owned)),
        options("--link", texts_of(&endpoint["Links"]).map(str::to_owned)),
        options("--driver-opt", pairs_of(&endpoint["DriverOpts"])),
        sh(&step.request.object),
        sh(&step.body_text("Container"))
    );
    line.into()
}
