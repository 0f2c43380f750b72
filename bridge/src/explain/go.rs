//! Docker's SDK for Go, as of Docker 20.10 (`github.com/docker/docker/client`).

use linkspan_docker::{Operation as Op, endpoint::Address};
use serde_json::Value;

use super::{
    Asked, Step, Written,
    docker::{tagged, texts_of},
    secrets, shell,
    words::{Piece, go, go_id, is_hidden, pieces},
};

const COMMENT: &str = "\t//";

/// What a package is known by in a program, and where it is.
const PACKAGES: &[(&str, &str)] = &[
    ("context.", "context"),
    ("base64.", "encoding/base64"),
    ("json.", "encoding/json"),
    ("fmt.", "fmt"),
    ("io.", "io"),
    ("log.", "log"),
    ("os.", "os"),
    ("types.", "github.com/docker/docker/api/types"),
    ("container.", "github.com/docker/docker/api/types/container"),
    ("filters.", "github.com/docker/docker/api/types/filters"),
    ("network.", "github.com/docker/docker/api/types/network"),
    ("volume.", "github.com/docker/docker/api/types/volume"),
    ("client.", "github.com/docker/docker/client"),
    ("stdcopy.", "github.com/docker/docker/pkg/stdcopy"),
];

pub fn write(asked: &Asked<'_>, steps: &[Step]) -> Written {
    let mut written = Written::default();
    let mut waits = None;
    let starts = steps.iter().any(|step| step.operation() == Op::ContainerStart);
    for (index, step) in steps.iter().enumerate() {
        let tty = step.operation() == Op::ContainerAttach && is_tty(steps, step);
        match call(step, index, tty, starts) {
            Ok(lines) => lines.iter().for_each(|line| written.line(format!("\t{}", line.replace('\n', "\n\t")))),
            Err(why) => written.missing(COMMENT, why),
        }
        match step.operation() {
            Op::ContainerWait if step.query("condition").is_some() => waits = Some(index),
            // What was begun before the start is read now.
            Op::ContainerStart => {
                if let Some(attached) = steps.iter().position(|step| step.operation() == Op::ContainerAttach) {
                    let copy =
                        if is_tty(steps, &steps[attached]) { "io.Copy(os.Stdout, " } else { "stdcopy.StdCopy(os.Stdout, os.Stderr, " };
                    written.line(format!("\tmust({copy}attached{attached}.Reader))"));
                }
                if let Some(wait) = waits {
                    written.line(format!(
                        "\tselect {{\n\tcase exit := <-exit{wait}:\n\t\tshow(exit)\n\tcase err := <-failed{wait}:\n\t\tlog.Fatal(err)\n\t}}"
                    ));
                }
            }
            _ => {}
        }
    }
    let before = match &asked.endpoint.address {
        Address::Ssh(_) => {
            let commands: String = shell::way(asked).before.lines().map(|line| format!("// {line}\n")).collect();
            format!("// The SDK reaches it through a socket of ssh's:\n{commands}// export SOCKET=\"$socket\"\n")
        }
        _ => String::new(),
    };
    let main = format!(
        "func main() {{\n\tctx := context.Background()\n\tcli := must(client.NewClientWithOpts({}))\n{}}}\n",
        options(asked),
        written.body
    );
    let shows = written.body.contains("show(");
    let helpers = format!(
        "\nfunc check(err error) {{\n\tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n}}\n\nfunc must[T any](value T, err error) T {{\n\tcheck(err)\n\treturn value\n}}\n{}",
        if shows { "\nfunc show(value any) {\n\tfmt.Println(string(must(json.MarshalIndent(value, \"\", \"  \"))))\n}\n" } else { "" }
    );
    let in_json =
        "\nfunc inJSON(text string) string {\n\tquoted := must(json.Marshal(text))\n\treturn string(quoted[1 : len(quoted)-1])\n}\n";
    let environment = "\nfunc environment(name string) string {\n\tvalue, found := os.LookupEnv(name)\n\tif !found {\n\t\tlog.Fatal(name, \" has to be set\")\n\t}\n\treturn value\n}\n";
    let needed = |call: &str, function: &'static str| if main.contains(call) { function } else { "" };
    let program = format!("{main}{helpers}{}{}", needed("inJSON(", in_json), needed("environment(\"", environment));
    let code = code_of(&program);
    let used = |name: &str| {
        code.match_indices(name).any(|(at, _)| !code[..at].ends_with(|char: char| char.is_ascii_alphanumeric() || "_.\"/".contains(char)))
    };
    let import = |own: bool| -> String {
        let of = PACKAGES.iter().filter(|(name, path)| path.contains('.') == own && used(name));
        of.map(|(_, path)| format!("\t\"{path}\"\n")).collect()
    };
    let imports = format!("{}\n{}", import(false), import(true));
    Written { body: format!("{before}package main\n\nimport (\n{imports})\n\n{program}"), missing: written.missing, ..Written::default() }
}

/// Without what its strings say.
fn code_of(program: &str) -> String {
    let (mut code, mut quote, mut chars) = (String::new(), None, program.chars());
    while let Some(char) = chars.next() {
        match quote {
            None if matches!(char, '"' | '`') => quote = Some(char),
            None => code.push(char),
            Some('"') if char == '\\' => drop(chars.next()),
            Some(open) if char == open => quote = None,
            Some(_) => {}
        }
    }
    code
}

fn options(asked: &Asked<'_>) -> String {
    let host = match &asked.endpoint.address {
        Address::Ssh(_) => "\"unix://\" + environment(\"SOCKET\")".to_owned(),
        address => go(&shell::docker_host(address)),
    };
    let (major, minor) = asked.api;
    let mut options = vec![format!("client.WithHost({host})"), format!("client.WithVersion(\"{major}.{minor}\")")];
    if let Some(tls) = &asked.endpoint.tls {
        let path = |path: Option<&std::path::PathBuf>| go(&path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default());
        let (cert, key) = tls.identity.as_ref().map(|(cert, key)| (cert, key)).unzip();
        options.push(format!("client.WithTLSClientConfig({}, {}, {})", path(tls.ca.as_ref()), path(cert), path(key)));
    }
    options.join(", ")
}

/// The container that is attached to has a terminal.
fn is_tty(steps: &[Step], attach: &Step) -> bool {
    let made = |step: &&Step| {
        step.operation() == Op::ContainerCreate && step.made.is_some_and(|made| super::words::answer(made) == attach.request.object)
    };
    steps.iter().find(made).is_none_or(|create| create.body()["Tty"] == true)
}

type Lines = Result<Vec<String>, String>;

fn call(step: &Step, index: usize, tty: bool, starts: bool) -> Lines {
    let object = go(&step.request.object);
    let text = |name: &str| go(&step.text(name));
    let body = step.body();
    let one = |line: String| Ok(vec![line]);
    let done = |method: &str, more: &str| one(format!("check(cli.{method}(ctx, {object}{more}))"));
    let shown = |method: &str, more: &str| one(format!("show(must(cli.{method}(ctx, {object}{more})))"));
    let listed = |method: &str, arguments: &str| one(format!("show(must(cli.{method}(ctx{arguments})))"));
    let copied = |reader: String| one(format!("must(io.Copy(os.Stdout, {reader}))"));
    let opened = || format!("must(os.Open({}))", go(&step.file));
    match step.operation() {
        Op::ContainerList => listed(
            "ContainerList",
            if step.is_set("all") { ", types.ContainerListOptions{All: true}" } else { ", types.ContainerListOptions{}" },
        ),
        Op::ContainerInspect if step.is_set("size") => Ok(vec![
            format!("inspected{index}, _, err := cli.ContainerInspectWithRaw(ctx, {object}, true)"),
            "check(err)".to_owned(),
            format!("show(inspected{index})"),
        ]),
        Op::ContainerInspect => shown("ContainerInspect", ""),
        Op::ContainerTop => {
            let arguments = step.query("ps_args").map_or_else(String::new, |columns| go(&columns));
            shown("ContainerTop", &format!(", []string{{{arguments}}}"))
        }
        Op::ContainerLogs => {
            let mut options = vec!["ShowStdout: true".to_owned(), "ShowStderr: true".to_owned()];
            options.extend(
                [("Follow", "follow"), ("Timestamps", "timestamps")]
                    .iter()
                    .filter(|(_, name)| step.is_set(name))
                    .map(|(field, _)| format!("{field}: true")),
            );
            options.extend(
                [("Tail", "tail"), ("Since", "since")]
                    .iter()
                    .filter_map(|(field, name)| Some(format!("{field}: {}", go(&step.query(name)?)))),
            );
            copied(format!("must(cli.ContainerLogs(ctx, {object}, types.ContainerLogsOptions{{{}}}))", options.join(", ")))
        }
        Op::ContainerStats => copied(format!("must(cli.ContainerStats(ctx, {object}, true)).Body")),
        Op::ContainerChanges => shown("ContainerDiff", ""),
        Op::ContainerExport => Ok(to_file(step, format!("must(cli.ContainerExport(ctx, {object}))"), index)),
        Op::ContainerStart => done("ContainerStart", ", types.ContainerStartOptions{}"),
        Op::ContainerStop => done("ContainerStop", ", nil"),
        Op::ContainerRestart => done("ContainerRestart", ", nil"),
        Op::ContainerKill => done("ContainerKill", ", \"\""),
        Op::ContainerPause => done("ContainerPause", ""),
        Op::ContainerUnpause => done("ContainerUnpause", ""),
        Op::ContainerRename => done("ContainerRename", &format!(", {}", text("name"))),
        Op::ContainerUpdate => {
            let mut lines = vec![format!("var update{index} container.UpdateConfig"), decode(body, &format!("update{index}"))];
            lines.push(format!("show(must(cli.ContainerUpdate(ctx, {object}, update{index})))"));
            Ok(lines)
        }
        Op::ContainerDelete => {
            let fields: Vec<&str> = [("RemoveVolumes: true", "v"), ("Force: true", "force")]
                .iter()
                .filter(|(_, name)| step.is_set(name))
                .map(|(field, _)| *field)
                .collect();
            done("ContainerRemove", &format!(", types.ContainerRemoveOptions{{{}}}", fields.join(", ")))
        }
        Op::ContainerWait => {
            let condition =
                if step.query("condition").is_some() { "container.WaitConditionNextExit" } else { "container.WaitConditionNotRunning" };
            let mut lines = vec![format!("exit{index}, failed{index} := cli.ContainerWait(ctx, {object}, {condition})")];
            if step.query("condition").is_none() {
                lines.push(format!(
                    "select {{\ncase exit := <-exit{index}:\n\tshow(exit)\ncase err := <-failed{index}:\n\tlog.Fatal(err)\n}}"
                ));
            }
            Ok(lines)
        }
        Op::ContainerAttach => {
            let stdin = if step.is_set("stdin") { ", Stdin: true" } else { "" };
            let mut lines = vec![format!(
                "attached{index} := must(cli.ContainerAttach(ctx, {object}, types.ContainerAttachOptions{{Stream: true, Stdout: true, Stderr: true{stdin}}}))"
            )];
            if !stdin.is_empty() && tty {
                lines.push(format!("go io.Copy(attached{index}.Conn, os.Stdin)"));
            }
            if !starts {
                lines.push(format!("must(io.Copy(os.Stdout, attached{index}.Reader))"));
            }
            Ok(lines)
        }
        Op::ContainerResize | Op::ExecResize => {
            let method = if step.operation() == Op::ExecResize { "ContainerExecResize" } else { "ContainerResize" };
            done(method, &format!(", types.ResizeOptions{{Height: {}, Width: {}}}", step.text("h"), step.text("w")))
        }
        Op::ContainerArchive => {
            let mut lines =
                vec![format!("archive{index}, _, err := cli.CopyFromContainer(ctx, {object}, {})", text("path")), "check(err)".to_owned()];
            lines.extend(to_file(step, format!("archive{index}"), index));
            Ok(lines)
        }
        Op::ContainerArchiveInfo => shown("ContainerStatPath", &format!(", {}", text("path"))),
        Op::PutContainerArchive => done("CopyToContainer", &format!(", {}, {}, types.CopyToContainerOptions{{}}", text("path"), opened())),
        Op::ContainerCreate => {
            let fields = "\tcontainer.Config\n\tHostConfig       container.HostConfig\n\tNetworkingConfig network.NetworkingConfig\n";
            let config = format!("config{index}");
            let create = format!(
                "must(cli.ContainerCreate(ctx, &{config}.Config, &{config}.HostConfig, &{config}.NetworkingConfig, nil, {}))",
                text("name")
            );
            let platform = step.query("platform").map(|platform| {
                format!("// The platform {} is a *specs.Platform, in the place of the second nil", super::words::one_line(&platform))
            });
            let lines = [format!("var {config} struct {{\n{fields}}}"), decode(body, &config), made(step, create)];
            Ok(platform.into_iter().chain(lines).collect())
        }
        Op::ContainerExec => {
            let lines = vec![format!("var exec{index} types.ExecConfig"), decode(body, &format!("exec{index}"))];
            Ok(lines.into_iter().chain([made(step, format!("must(cli.ContainerExecCreate(ctx, {object}, exec{index}))"))]).collect())
        }
        Op::ExecStart if body["Detach"] == true => done("ContainerExecStart", ", types.ExecStartCheck{Detach: true}"),
        Op::ExecStart => {
            let is_tty = body["Tty"] == true;
            let mut lines =
                vec![format!("running{index} := must(cli.ContainerExecAttach(ctx, {object}, types.ExecStartCheck{{Tty: {is_tty}}}))")];
            if is_tty {
                lines.push(format!("go io.Copy(running{index}.Conn, os.Stdin)"));
            }
            let copy = if is_tty { "io.Copy(os.Stdout, " } else { "stdcopy.StdCopy(os.Stdout, os.Stderr, " };
            lines.push(format!("must({copy}running{index}.Reader))"));
            Ok(lines)
        }
        Op::ExecInspect => shown("ContainerExecInspect", ""),
        Op::ImageList => listed("ImageList", ", types.ImageListOptions{}"),
        Op::ImageInspect => Ok(vec![
            format!("image{index}, _, err := cli.ImageInspectWithRaw(ctx, {object})"),
            "check(err)".to_owned(),
            format!("show(image{index})"),
        ]),
        Op::ImageHistory => shown("ImageHistory", ""),
        Op::ImageCreate => {
            let reference = tagged(&step.text("fromImage"), &step.text("tag"));
            let mut options: Vec<String> = step.text("tag").is_empty().then(|| "All: true".to_owned()).into_iter().collect();
            options.extend(step.query("platform").map(|platform| format!("Platform: {}", go(&platform))));
            options.extend(secrets::signs_in(step).then(|| "RegistryAuth: auth".to_owned()));
            let pull = copied(format!("must(cli.ImagePull(ctx, {}, types.ImagePullOptions{{{}}}))", go(&reference), options.join(", ")))?;
            Ok(signed_in(step).into_iter().chain(pull).collect())
        }
        Op::ImagePush => {
            let auth = if secrets::signs_in(step) { "auth".to_owned() } else { go("e30=") };
            let push = copied(format!(
                "must(cli.ImagePush(ctx, {}, types.ImagePushOptions{{RegistryAuth: {auth}}}))",
                go(&tagged(&step.request.object, &step.text("tag")))
            ))?;
            Ok(signed_in(step).into_iter().chain(push).collect())
        }
        Op::ImageTag => done("ImageTag", &format!(", {}", go(&tagged(&step.text("repo"), &step.text("tag"))))),
        Op::ImageDelete => {
            let force = if step.is_set("force") { "Force: true, " } else { "" };
            shown("ImageRemove", &format!(", types.ImageRemoveOptions{{{force}PruneChildren: true}}"))
        }
        Op::ImageCommit => commit(step, index),
        Op::ImageGetAll => {
            let names: Vec<_> = step
                .request
                .query
                .iter()
                .filter(|(name, _)| *name == "names")
                .map(|(_, image)| go(&String::from_utf8_lossy(image)))
                .collect();
            Ok(to_file(step, format!("must(cli.ImageSave(ctx, []string{{{}}}))", names.join(", ")), index))
        }
        Op::ImageLoad => copied(format!("must(cli.ImageLoad(ctx, {}, false)).Body", opened())),
        Op::ImageBuild => build(step, index),
        Op::BuildPrune => {
            let filters: Value = serde_json::from_str(&step.text("filters")).unwrap_or_default();
            let ids: Vec<_> = texts_of(&filters["id"]).map(|id| format!("filters.Arg(\"id\", {})", go(id))).collect();
            listed("BuildCachePrune", &format!(", types.BuildCachePruneOptions{{All: true, Filters: filters.NewArgs({})}}", ids.join(", ")))
        }
        Op::DistributionInspect => {
            let auth = if secrets::signs_in(step) { "auth".to_owned() } else { go("") };
            let asked = shown("DistributionInspect", &format!(", {auth}"))?;
            Ok(signed_in(step).into_iter().chain(asked).collect())
        }
        Op::NetworkList => listed("NetworkList", ", types.NetworkListOptions{}"),
        Op::NetworkInspect => shown("NetworkInspect", ", types.NetworkInspectOptions{}"),
        Op::NetworkDelete => done("NetworkRemove", ""),
        Op::NetworkCreate => {
            let mut body = body.clone();
            let name = body.as_object_mut().and_then(|body| body.remove("Name")).unwrap_or_default();
            let config = format!("network{index}");
            Ok(vec![
                format!("var {config} types.NetworkCreate"),
                decode(&body, &config),
                format!("show(must(cli.NetworkCreate(ctx, {}, {config})))", go(name.as_str().unwrap_or_default())),
            ])
        }
        Op::NetworkConnect => {
            let container = go(&step.body_text("Container"));
            let endpoint = &body["EndpointConfig"];
            if endpoint.is_null() {
                return done("NetworkConnect", &format!(", {container}, nil"));
            }
            let name = format!("endpoint{index}");
            Ok(vec![
                format!("var {name} network.EndpointSettings"),
                decode(endpoint, &name),
                format!("check(cli.NetworkConnect(ctx, {object}, {container}, &{name}))"),
            ])
        }
        Op::NetworkDisconnect => done("NetworkDisconnect", &format!(", {}, {}", go(&step.body_text("Container")), body["Force"] == true)),
        Op::VolumeList => listed("VolumeList", ", filters.Args{}"),
        Op::VolumeInspect => shown("VolumeInspect", ""),
        Op::VolumeDelete => done("VolumeRemove", ", false"),
        Op::VolumeCreate => Ok(vec![
            format!("var volume{index} volume.VolumeCreateBody"),
            decode(body, &format!("volume{index}")),
            format!("show(must(cli.VolumeCreate(ctx, volume{index})))"),
        ]),
        Op::SystemDataUsage => listed("DiskUsage", ""),
        Op::SystemInfo => listed("Info", ""),
        Op::SystemPing => listed("Ping", ""),
        Op::SystemVersion => listed("ServerVersion", ""),
        Op::SystemEvents => Ok(vec![
            format!("happened{index}, failed{index} := cli.Events(ctx, types.EventsOptions{{}})"),
            format!(
                "for {{\n\tselect {{\n\tcase event := <-happened{index}:\n\t\tshow(event)\n\tcase err := <-failed{index}:\n\t\tlog.Fatal(err)\n\t}}\n}}"
            ),
        ]),
    }
}

/// What was made, by the variable that those after it know it by.
fn made(step: &Step, create: String) -> String {
    match step.made {
        Some(made) => format!("{} := {create}.ID", go_id(made)),
        None => format!("show({create})"),
    }
}

/// A body of the Engine API read into the SDK's type for it.
fn decode(body: &Value, into: &str) -> String {
    let text = serde_json::to_string_pretty(body).unwrap_or_default();
    // Between backquotes everything but a backquote, and what cannot be seen, is as it is.
    let is_raw = |text: &str| !text.contains('`') && !text.chars().any(is_hidden);
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) if is_raw(text) => format!("`{text}`"),
        Piece::Text(text) => go(text),
        // Within a string of the document.
        Piece::Environment(name) => format!("inJSON(environment(\"{name}\"))"),
        Piece::Answer(name) => go_id(name),
    };
    let text = pieces(&text).iter().map(one).collect::<Vec<_>>().join(" + ");
    // A raw string is no part of the program's own indentation.
    format!("check(json.Unmarshal([]byte({text}), &{into}))")
}

fn to_file(step: &Step, reader: String, index: usize) -> Vec<String> {
    let file = format!("file{index}");
    vec![
        format!("{file} := must(os.Create({}))", go(&step.file)),
        format!("must(io.Copy({file}, {reader}))"),
        format!("check({file}.Close())"),
    ]
}

fn signed_in(step: &Step) -> Vec<String> {
    if !secrets::signs_in(step) {
        return Vec::new();
    }
    vec!["auth := base64.URLEncoding.EncodeToString(must(json.Marshal(types.AuthConfig{Username: environment(\"REGISTRY_USER\"), Password: environment(\"REGISTRY_PASSWORD\")})))".to_owned()]
}

fn commit(step: &Step, index: usize) -> Lines {
    let config = format!("config{index}");
    let fields =
        [("Reference", tagged(&step.text("repo"), &step.text("tag"))), ("Comment", step.text("comment")), ("Author", step.text("author"))];
    let mut options: Vec<String> =
        fields.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}: {}", go(text))).collect();
    options.push(format!("Pause: {}", step.is_set("pause")));
    options.push(format!("Config: &{config}"));
    Ok(vec![
        format!("var {config} container.Config"),
        decode(step.body(), &config),
        format!(
            "show(must(cli.ContainerCommit(ctx, {}, types.ContainerCommitOptions{{{}}})))",
            go(&step.text("container")),
            options.join(", ")
        ),
    ])
}

fn build(step: &Step, index: usize) -> Lines {
    let arguments: Value = serde_json::from_str(&step.text("buildargs")).unwrap_or_default();
    let mut lines = vec![format!("arguments{index} := map[string]*string{{}}"), decode(&arguments, &format!("arguments{index}"))];
    let mut options: Vec<String> = step.query("t").map(|tag| format!("Tags: []string{{{}}}", go(&tag))).into_iter().collect();
    options.extend(
        [("Dockerfile", "dockerfile"), ("Target", "target")]
            .iter()
            .filter_map(|(field, name)| Some(format!("{field}: {}", go(&step.query(name)?)))),
    );
    options.extend(
        [("NoCache", "nocache"), ("PullParent", "pull"), ("Remove", "rm"), ("ForceRemove", "forcerm")]
            .iter()
            .filter(|(_, name)| step.is_set(name))
            .map(|(field, _)| format!("{field}: true")),
    );
    options.push(format!("BuildArgs: arguments{index}"));
    if secrets::signs_in(step) {
        options.push("AuthConfigs: map[string]types.AuthConfig{environment(\"REGISTRY\"): {Username: environment(\"REGISTRY_USER\"), Password: environment(\"REGISTRY_PASSWORD\")}}".to_owned());
    }
    lines.push(format!(
        "must(io.Copy(os.Stdout, must(cli.ImageBuild(ctx, must(os.Open({})), types.ImageBuildOptions{{{}}})).Body))",
        go(&step.file),
        options.join(", ")
    ));
    Ok(lines)
}
