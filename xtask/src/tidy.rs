//! `cargo xtask tidy`: the rules that the compiler does not know.
//!
//! A module must not know the modules above it, only one place may name the browser's websocket, and a file that has
//! grown too long holds two concerns.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::shell::root;

/// Files below the first path must not contain the words.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("shared/src", &["tokio", "axum", "leptos", "std::fs", "std::net", "std::time"]),
    ("frontend/src", &["linkspan::", "tokio", "axum"]),
    ("bridge/src", &["leptos", "linkspan_frontend"]),
    ("bridge/src/docker", &["crate::hub", "crate::session", "crate::web", "crate::access", "axum"]),
    ("bridge/src/hub", &["crate::session", "crate::web", "crate::access", "axum"]),
    ("bridge/src/session", &["docker::model", "crate::web", "axum"]),
    ("bridge/src/access", &["crate::hub", "crate::session", "crate::web", "crate::docker", "axum"]),
    ("frontend/src/components/ui", &["crate::store", "crate::link"]),
    ("frontend/src/pages", &["web_sys::WebSocket", "gloo_net"]),
    ("frontend/src/components", &["web_sys::WebSocket", "gloo_net"]),
    ("frontend/src/store", &["web_sys::WebSocket", "gloo_net"]),
    ("frontend/src/log", &["leptos", "web_sys", "js_sys"]),
];

/// Lines, past which a file is to be split by concern. Catalogues of words are lists, not code.
const LONGEST: usize = 450;
const LISTS: &[&str] = &["frontend/src/i18n/en.rs", "frontend/src/i18n/ja.rs"];

const SOURCES: &[&str] = &["shared", "bridge", "frontend/src", "frontend/js", "frontend/styles", "tests", "xtask"];

pub fn tidy() -> Result<(), String> {
    eprintln!("── tidy");
    let mut findings = Vec::new();
    for (folder, words) in FORBIDDEN {
        for file in files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                for word in words.iter().filter(|word| line.contains(*word)) {
                    findings.push(format!("{}:{}: {folder} must not know {word}", show(&file), number + 1));
                }
            }
        }
    }
    for folder in SOURCES {
        for file in files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let lines = text.lines().count();
            if lines > LONGEST && !LISTS.contains(&show(&file).as_str()) {
                findings.push(format!("{}: {lines} lines; past {LONGEST} a file holds two concerns", show(&file)));
            }
            if !text.is_empty() && !text.ends_with('\n') {
                findings.push(format!("{}: does not end with a line end", show(&file)));
            }
            for (number, line) in text.lines().enumerate() {
                if line.ends_with([' ', '\t']) {
                    findings.push(format!("{}:{}: blanks at the end of the line", show(&file), number + 1));
                }
            }
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(format!("not tidy:\n{}", findings.join("\n"))) }
}

fn show(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

/// All sources below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if entry.file_name() != "vendor" && entry.file_name() != "target" {
                found.extend(files(&path));
            }
        } else if path.extension().is_some_and(|extension| ["rs", "css", "js"].iter().any(|known| extension == *known)) {
            found.push(path);
        }
    }
    found
}
