//! Docker's SDK for Python, by its `APIClient`, whose methods are the Engine API's requests.

use linkspan_docker::{Operation as Op, endpoint::Address};
use serde_json::Value;

use super::{
    Asked, Step, Written,
    docker::texts_of,
    may_be_gone, one_by_one, secrets, shell,
    words::{one_line, python},
};

const COMMENT: &str = "#";

pub fn write(asked: &Asked<'_>, steps: &[Step]) -> Written {
    let gone = may_be_gone(steps);
    let steps = one_by_one(steps);
    let mut written = Written { head: head(asked), ..Written::default() };
    if let Some(why) = gone {
        written.missing(COMMENT, why);
    }
    for step in &steps {
        match call(step) {
            Ok(Called { before, call, shows }) => {
                written.body.push_str(&before);
                written.line(match (step.made, shows) {
                    (Some(made), _) => format!("{made} = {call}[\"Id\"]"),
                    (None, Shows::Nothing) => call,
                    (None, Shows::Answer) => format!("print({call})"),
                    (None, Shows::Bytes) => format!("for piece in {call}:\n    sys.stdout.buffer.write(piece)"),
                    (None, Shows::Documents) => format!("for document in {call}:\n    print(document)"),
                    (None, Shows::File) => {
                        format!("with open({}, \"wb\") as file:\n    for piece in {call}:\n        file.write(piece)", python(&step.file))
                    }
                });
            }
            Err(why) => written.missing(COMMENT, why),
        }
    }
    let used = ["os", "sys"].into_iter().filter(|module| written.body.contains(&format!("{module}.")));
    written.imports = used.map(|module| format!("import {module}\n")).collect();
    written.imports.push_str(if written.imports.is_empty() { "" } else { "\n" });
    written
}

fn head(asked: &Asked<'_>) -> String {
    let address = &asked.endpoint.address;
    let (major, minor) = asked.api;
    let mut arguments = vec![format!("base_url={}", python(&shell::docker_host(address))), format!("version=\"{major}.{minor}\"")];
    if let Some(tls) = &asked.endpoint.tls {
        let path = |path: &std::path::Path| python(&path.to_string_lossy());
        let mut settings: Vec<String> =
            tls.identity.iter().map(|(cert, key)| format!("client_cert=({}, {})", path(cert), path(key))).collect();
        settings.extend(tls.ca.as_deref().filter(|_| tls.verify).map(|ca| format!("ca_cert={}", path(ca))));
        settings.push(format!("verify={}", if tls.verify { "True" } else { "False" }));
        arguments.push(format!("tls=docker.tls.TLSConfig({})", settings.join(", ")));
    }
    if matches!(address, Address::Ssh(_)) {
        arguments.push("use_ssh_client=True".to_owned());
    }
    format!("import docker\n\nclient = docker.APIClient({})\n", arguments.join(", "))
}

/// What is done with an answer.
enum Shows {
    Nothing,
    Answer,
    Bytes,
    Documents,
    File,
}

struct Called {
    before: String,
    call: String,
    shows: Shows,
}

type Answer = Result<Called, String>;

fn called(method: &str, arguments: &[Option<String>], shows: Shows) -> Answer {
    let arguments: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
    Ok(Called { before: String::new(), call: format!("client.{method}({})", arguments.join(", ")), shows })
}

fn call(step: &Step) -> Answer {
    let object = Some(python(&step.request.object));
    let done = |method: &str| called(method, std::slice::from_ref(&object), Shows::Nothing);
    let answer = |method: &str| called(method, std::slice::from_ref(&object), Shows::Answer);
    let listed = |method: &str| called(method, &[], Shows::Answer);
    let text = |keyword: &str, name: &str| step.query(name).map(|text| format!("{keyword}={}", python(&text)));
    let flag = |keyword: &str, on: bool| on.then(|| format!("{keyword}=True"));
    let body = step.body();
    match step.operation() {
        Op::ContainerList => called("containers", &[flag("all", step.is_set("all"))], Shows::Answer),
        Op::ContainerInspect if step.is_set("size") => {
            Err("inspect_container does not ask for sizes; containers(size=True) does".to_owned())
        }
        Op::ContainerInspect => answer("inspect_container"),
        Op::ContainerTop => called("top", &[object, text("ps_args", "ps_args")], Shows::Answer),
        Op::ContainerLogs => {
            let tail = step.query("tail").filter(|tail| tail != "all").map(|tail| format!("tail={tail}"));
            let since = step.query("since").map(|since| format!("since={since}"));
            let follow = flag("follow", step.is_set("follow"));
            called(
                "logs",
                &[object, Some("stream=True".to_owned()), follow, flag("timestamps", step.is_set("timestamps")), tail, since],
                Shows::Bytes,
            )
        }
        Op::ContainerStats => called("stats", &[object, flag("decode", true)], Shows::Documents),
        Op::ContainerChanges => answer("diff"),
        Op::ContainerExport => called("export", &[object], Shows::File),
        Op::ContainerStart => done("start"),
        Op::ContainerStop => done("stop"),
        Op::ContainerRestart => {
            let restarted = done("restart")?;
            Ok(Called { before: "# It asks for 10 s; the others leave that to the container.\n".to_owned(), ..restarted })
        }
        Op::ContainerKill => done("kill"),
        Op::ContainerPause => done("pause"),
        Op::ContainerUnpause => done("unpause"),
        Op::ContainerRename => called("rename", &[object, text("name", "name")], Shows::Nothing),
        Op::ContainerUpdate => update(step),
        Op::ContainerDelete => {
            called("remove_container", &[object, flag("v", step.is_set("v")), flag("force", step.is_set("force"))], Shows::Nothing)
        }
        Op::ContainerWait => called("wait", &[object, text("condition", "condition")], Shows::Answer),
        Op::ContainerAttach if step.is_set("stdin") => called(
            "attach_socket",
            &[object, Some("params={\"stdin\": 1, \"stdout\": 1, \"stderr\": 1, \"stream\": 1}".to_owned())],
            Shows::Answer,
        ),
        Op::ContainerAttach => called("attach", &[object, flag("stream", true)], Shows::Bytes),
        Op::ContainerResize | Op::ExecResize => {
            let method = if step.operation() == Op::ExecResize { "exec_resize" } else { "resize" };
            called(method, &[object, Some(format!("height={}, width={}", step.text("h"), step.text("w")))], Shows::Nothing)
        }
        Op::ContainerArchive => {
            let archive = called("get_archive", &[object, text("path", "path")], Shows::File)?;
            Ok(Called { call: format!("{}[0]", archive.call), ..archive })
        }
        Op::ContainerArchiveInfo => {
            let archive = called("get_archive", &[object, text("path", "path")], Shows::Answer)?;
            Ok(Called { call: format!("{}[1]", archive.call), ..archive })
        }
        Op::PutContainerArchive => called(
            "put_archive",
            &[object, text("path", "path"), Some(format!("data=open({}, \"rb\")", python(&step.file)))],
            Shows::Nothing,
        ),
        Op::ContainerCreate => called(
            "create_container_from_config",
            &[Some(literal(body, 0)), text("name", "name"), text("platform", "platform")],
            Shows::Answer,
        ),
        Op::ContainerExec => exec(step),
        Op::ExecStart if body["Detach"] == true => called("exec_start", &[object, flag("detach", true)], Shows::Nothing),
        Op::ExecStart if body["Tty"] == true => called("exec_start", &[object, flag("tty", true), flag("socket", true)], Shows::Answer),
        Op::ExecStart => called("exec_start", &[object, flag("stream", true)], Shows::Bytes),
        Op::ExecInspect => answer("exec_inspect"),
        Op::ImageList => listed("images"),
        Op::ImageInspect => answer("inspect_image"),
        Op::ImageHistory => answer("history"),
        Op::ImageCreate => {
            let tag = step.query("tag").filter(|tag| !tag.is_empty()).map(|tag| format!("tag={}", python(&tag)));
            let all = flag("all_tags", tag.is_none());
            called(
                "pull",
                &[
                    text("repository", "fromImage"),
                    tag,
                    all,
                    text("platform", "platform"),
                    credentials(step),
                    flag("stream", true),
                    flag("decode", true),
                ],
                Shows::Documents,
            )
        }
        Op::ImagePush => {
            called("push", &[object, text("tag", "tag"), credentials(step), flag("stream", true), flag("decode", true)], Shows::Documents)
        }
        Op::ImageTag => called("tag", &[object, text("repository", "repo"), text("tag", "tag")], Shows::Nothing),
        Op::ImageDelete => called("remove_image", &[object, flag("force", step.is_set("force"))], Shows::Nothing),
        Op::ImageCommit => commit(step),
        Op::ImageGetAll => save(step),
        Op::ImageLoad => called("load_image", &[Some(format!("open({}, \"rb\")", python(&step.file)))], Shows::Documents),
        Op::ImageBuild => build(step),
        Op::BuildPrune => {
            let filters: Value = serde_json::from_str(&step.text("filters")).unwrap_or_default();
            called("prune_builds", &[Some(format!("filters={}", literal(&filters, 0))), flag("all", step.is_set("all"))], Shows::Answer)
        }
        Op::DistributionInspect => called("inspect_distribution", &[object, credentials(step)], Shows::Answer),
        Op::NetworkList => listed("networks"),
        Op::NetworkInspect => answer("inspect_network"),
        Op::NetworkDelete => done("remove_network"),
        Op::NetworkCreate => network(step),
        Op::NetworkConnect => connect(step),
        Op::NetworkDisconnect => {
            let container = Some(python(&step.body_text("Container")));
            called("disconnect_container_from_network", &[container, object, flag("force", body["Force"] == true)], Shows::Nothing)
        }
        Op::VolumeList => listed("volumes"),
        Op::VolumeInspect => answer("inspect_volume"),
        Op::VolumeDelete => done("remove_volume"),
        Op::VolumeCreate => {
            let part = |keyword: &str, name: &str| (!is_empty(&body[name])).then(|| format!("{keyword}={}", literal(&body[name], 0)));
            called(
                "create_volume",
                &[part("name", "Name"), part("driver", "Driver"), part("driver_opts", "DriverOpts"), part("labels", "Labels")],
                Shows::Answer,
            )
        }
        Op::SystemDataUsage => listed("df"),
        Op::SystemInfo => listed("info"),
        Op::SystemPing => listed("ping"),
        Op::SystemVersion => listed("version"),
        Op::SystemEvents => called("events", &[flag("decode", true)], Shows::Documents),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || *value == ""
        || value.as_object().is_some_and(serde_json::Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}

fn credentials(step: &Step) -> Option<String> {
    secrets::signs_in(step)
        .then(|| "auth_config={\"username\": os.environ[\"REGISTRY_USER\"], \"password\": os.environ[\"REGISTRY_PASSWORD\"]}".to_owned())
}

/// As Python writes it, over several lines where it is long.
fn literal(value: &Value, depth: usize) -> String {
    let inner = "    ".repeat(depth + 1);
    let outer = "    ".repeat(depth);
    let block = |open: char, parts: Vec<String>, close: char| {
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        let line = format!("{open}{}{close}", parts.join(", "));
        if line.len() <= 60 && !line.contains('\n') {
            line
        } else {
            format!("{open}\n{inner}{},\n{outer}{close}", parts.join(&format!(",\n{inner}")))
        }
    };
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => python(text),
        Value::Array(list) => block('[', list.iter().map(|one| literal(one, depth + 1)).collect(), ']'),
        Value::Object(map) => {
            block('{', map.iter().map(|(name, value)| format!("{}: {}", python(name), literal(value, depth + 1))).collect(), '}')
        }
    }
}

fn update(step: &Step) -> Answer {
    let known = [
        ("Memory", "mem_limit"),
        ("MemorySwap", "memswap_limit"),
        ("MemoryReservation", "mem_reservation"),
        ("CpuPeriod", "cpu_period"),
        ("CpuQuota", "cpu_quota"),
        ("CpuShares", "cpu_shares"),
        ("CpusetCpus", "cpuset_cpus"),
        ("CpusetMems", "cpuset_mems"),
        ("RestartPolicy", "restart_policy"),
    ];
    let (mut arguments, mut before) = (vec![Some(python(&step.request.object))], String::new());
    for (name, value) in step.body().as_object().into_iter().flatten() {
        match known.iter().find(|(field, _)| field == name) {
            Some((_, keyword)) => arguments.push(Some(format!("{keyword}={}", literal(value, 0)))),
            None => before.push_str(&format!("# {}\n", one_line(&format!("update_container has no argument for {name}: {value}")))),
        }
    }
    if arguments.len() == 1 {
        return Err(format!("update_container has no argument for {}", step.body()));
    }
    let update = called("update_container", &arguments, Shows::Answer)?;
    Ok(Called { before, ..update })
}

fn exec(step: &Step) -> Answer {
    let body = step.body();
    let text = |keyword: &str, name: &str| body[name].as_str().map(|text| format!("{keyword}={}", python(text)));
    let flag = |keyword: &str, name: &str| (body[name] == true).then(|| format!("{keyword}=True"));
    let environment = (!is_empty(&body["Env"])).then(|| format!("environment={}", literal(&body["Env"], 0)));
    let arguments = [
        Some(python(&step.request.object)),
        Some(literal(&body["Cmd"], 0)),
        flag("stdin", "AttachStdin"),
        flag("tty", "Tty"),
        environment,
        text("user", "User"),
        text("workdir", "WorkingDir"),
        text("detach_keys", "DetachKeys"),
    ];
    called("exec_create", &arguments, Shows::Answer)
}

fn commit(step: &Step) -> Answer {
    let text =
        |keyword: &str, name: &str| step.query(name).filter(|text| !text.is_empty()).map(|text| format!("{keyword}={}", python(&text)));
    let pause = (!step.is_set("pause")).then(|| "pause=False".to_owned());
    let config = (!is_empty(step.body())).then(|| format!("conf={}", literal(step.body(), 0)));
    called(
        "commit",
        &[
            Some(python(&step.text("container"))),
            text("repository", "repo"),
            text("tag", "tag"),
            text("message", "comment"),
            text("author", "author"),
            pause,
            config,
        ],
        Shows::Answer,
    )
}

fn save(step: &Step) -> Answer {
    let names: Vec<_> = step
        .request
        .query
        .iter()
        .filter(|(name, _)| *name == "names")
        .map(|(_, image)| String::from_utf8_lossy(image).into_owned())
        .collect();
    match names.as_slice() {
        [one] => called("get_image", &[Some(python(one))], Shows::File),
        _ => Err("the SDK saves one image at a time".to_owned()),
    }
}

fn build(step: &Step) -> Answer {
    let text = |keyword: &str, name: &str| step.query(name).map(|text| format!("{keyword}={}", python(&text)));
    let flag = |keyword: &str, name: &str| step.is_set(name).then(|| format!("{keyword}=True"));
    let arguments: Value = serde_json::from_str(&step.text("buildargs")).unwrap_or_default();
    let arguments = (!is_empty(&arguments)).then(|| format!("buildargs={}", literal(&arguments, 0)));
    let file = Some(format!("fileobj=open({}, \"rb\"), custom_context=True", python(&step.file)));
    let build = called(
        "build",
        &[
            file,
            text("tag", "t"),
            text("dockerfile", "dockerfile"),
            text("target", "target"),
            arguments,
            flag("nocache", "nocache"),
            flag("pull", "pull"),
            flag("rm", "rm"),
            flag("forcerm", "forcerm"),
            Some("decode=True".to_owned()),
        ],
        Shows::Documents,
    )?;
    let before = if secrets::signs_in(step) {
        "client.login(os.environ[\"REGISTRY_USER\"], os.environ[\"REGISTRY_PASSWORD\"], registry=os.environ[\"REGISTRY\"])\n".to_owned()
    } else {
        String::new()
    };
    Ok(Called { before, ..build })
}

fn network(step: &Step) -> Answer {
    let body = step.body();
    let part = |keyword: &str, name: &str| (!is_empty(&body[name])).then(|| format!("{keyword}={}", literal(&body[name], 0)));
    let flag = |keyword: &str, name: &str| (body[name] == true).then(|| format!("{keyword}=True"));
    let config = &body["IPAM"]["Config"][0];
    let pool = |keyword: &str, name: &str| config[name].as_str().map(|text| format!("{keyword}={}", python(text)));
    let pools: Vec<String> = [pool("subnet", "Subnet"), pool("gateway", "Gateway")].into_iter().flatten().collect();
    let ipam =
        (!pools.is_empty()).then(|| format!("ipam=docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool({})])", pools.join(", ")));
    let name = Some(python(&step.body_text("Name")));
    let arguments = [
        name,
        part("driver", "Driver"),
        ipam,
        flag("check_duplicate", "CheckDuplicate"),
        flag("internal", "Internal"),
        flag("attachable", "Attachable"),
        flag("enable_ipv6", "EnableIPv6"),
        part("labels", "Labels"),
    ];
    called("create_network", &arguments, Shows::Answer)
}

fn connect(step: &Step) -> Answer {
    let endpoint = &step.body()["EndpointConfig"];
    let list = |keyword: &str, value: &Value| (texts_of(value).next().is_some()).then(|| format!("{keyword}={}", literal(value, 0)));
    let text =
        |keyword: &str, value: &Value| value.as_str().filter(|text| !text.is_empty()).map(|text| format!("{keyword}={}", python(text)));
    let ipam = &endpoint["IPAMConfig"];
    let arguments = [
        Some(python(&step.body_text("Container"))),
        Some(python(&step.request.object)),
        list("aliases", &endpoint["Aliases"]),
        text("ipv4_address", &ipam["IPv4Address"]),
        text("ipv6_address", &ipam["IPv6Address"]),
        list("link_local_ips", &ipam["LinkLocalIPs"]),
    ];
    let connected = called("connect_container_to_network", &arguments, Shows::Nothing)?;
    let unsaid = ["Links", "DriverOpts"].into_iter().filter(|name| !is_empty(&endpoint[*name])).collect::<Vec<_>>().join(", ");
    let before = if unsaid.is_empty() { String::new() } else { format!("# It leaves out: {unsaid}\n") };
    Ok(Called { before, ..connected })
}
