//! `docker commit`: a configuration stands in instructions of a Dockerfile.

use serde_json::Value;

use super::{
    Step,
    docker::{Command, tagged, texts_of},
    docker_create::Fields,
    words::sh,
};

pub fn commit(step: &Step) -> Command {
    let mut fields = Fields::new("commit");
    for (flag, name) in [("--message", "comment"), ("--author", "author")] {
        fields.text(flag, step.query(name).map(Value::from));
    }
    if !step.is_set("pause") {
        fields.words.push("--pause=false".to_owned());
    }
    for (name, value) in step.body().as_object().into_iter().flatten() {
        match changes(name, value) {
            Ok(lines) => lines.iter().for_each(|line| fields.option("--change", line)),
            Err(why) => fields.missing.push(why),
        }
    }
    fields.words.push(sh(&step.text("container")));
    let reference = tagged(&step.text("repo"), &step.text("tag"));
    if !reference.is_empty() {
        fields.words.push(sh(&reference));
    }
    Command { line: fields.words.join(" "), missing: fields.missing, ..Command::default() }
}

/// A field of a configuration as instructions of a Dockerfile, which is what `--change` takes.
fn changes(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let no_way = |why: &str| Err(format!("--change has no way for {name}: {why}"));
    if has_lines(value) {
        return no_way("an instruction is one line");
    }
    let word = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"));
    let words = |list: &Value| serde_json::to_string(list).unwrap_or_default();
    let pair = |(name, value): (&str, &str)| format!("{}={}", word(name), word(value));
    Ok(match name {
        "Cmd" => vec![format!("CMD {}", words(value))],
        "Entrypoint" => vec![format!("ENTRYPOINT {}", words(value))],
        "Env" => {
            texts_of(value).filter_map(|line| line.split_once('=')).map(|(name, value)| format!("ENV {name}={}", word(value))).collect()
        }
        "Labels" => value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("LABEL {}", pair((name, value.as_str().unwrap_or_default()))))
            .collect(),
        "User" => vec![format!("USER {}", value.as_str().unwrap_or_default().replace('$', "\\$"))],
        "WorkingDir" => vec![format!("WORKDIR {}", value.as_str().unwrap_or_default().replace('$', "\\$"))],
        "ExposedPorts" => value.as_object().into_iter().flatten().map(|(port, _)| format!("EXPOSE {port}")).collect(),
        "StopSignal" => return no_way("not every engine knows STOPSIGNAL there"),
        "Healthcheck" => match texts_of(&value["Test"]).collect::<Vec<_>>().as_slice() {
            ["NONE", ..] => vec!["HEALTHCHECK NONE".to_owned()],
            ["CMD-SHELL", line] => vec![format!("HEALTHCHECK CMD {line}")],
            ["CMD", rest @ ..] => vec![format!("HEALTHCHECK CMD {}", serde_json::to_string(rest).unwrap_or_default())],
            _ => Vec::new(),
        },
        _ => return no_way("no instruction says it"),
    })
}

fn has_lines(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\n'),
        Value::Array(list) => list.iter().any(has_lines),
        Value::Object(map) => map.iter().any(|(name, value)| name.contains('\n') || has_lines(value)),
        _ => false,
    }
}
