//! What an engine says of variables, without their values.

use serde_json::Value;

/// In the place of a value.
const HIDDEN: &str = "••••••";

/// Of a container or an image, as `inspect` answers.
pub fn hide_values(inspect: &mut Value) {
    for config in ["Config", "ContainerConfig"] {
        let variables = inspect.get_mut(config).and_then(|config| config.get_mut("Env")).and_then(Value::as_array_mut);
        for variable in variables.into_iter().flatten() {
            let name = variable.as_str().and_then(|variable| variable.split('=').next()).unwrap_or_default();
            *variable = format!("{name}={HIDDEN}").into();
        }
    }
}

/// A line of an image's history: of `ENV` and `ARG` what is set is left out, and of a `RUN` the build's arguments before it (`|1 A=b`).
pub fn without_values(line: &str) -> String {
    let words = line.trim_start();
    let words = words.strip_prefix("/bin/sh -c #(nop)").unwrap_or(words).trim_start();
    // BuildKit says which instruction it is.
    let words = words.strip_prefix("RUN ").filter(|rest| rest.starts_with('|')).unwrap_or(words);
    let sets = words.starts_with("ENV ") || words.starts_with("ARG ") || words.starts_with('|');
    match line.split_once('=') {
        Some((name, _)) if sets => format!("{name}={HIDDEN}"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_stay() {
        let mut inspect = json!({ "Config": { "Env": ["TOKEN=a=b", "EMPTY"], "Cmd": ["x=y"] }, "ContainerConfig": null });
        hide_values(&mut inspect);
        assert_eq!(inspect["Config"], json!({ "Env": ["TOKEN=••••••", "EMPTY=••••••"], "Cmd": ["x=y"] }));
        for (line, left) in [
            ("/bin/sh -c #(nop)  ENV TOKEN=secret OTHER=too", "/bin/sh -c #(nop)  ENV TOKEN=••••••"),
            ("ENV A=b", "ENV A=••••••"),
            ("|1 A=secret /bin/sh -c make", "|1 A=••••••"),
            ("RUN |1 A=secret /bin/sh -c make", "RUN |1 A=••••••"),
            ("RUN /bin/sh -c make A=b", "RUN /bin/sh -c make A=b"),
        ] {
            assert_eq!(without_values(line), left);
        }
    }
}
