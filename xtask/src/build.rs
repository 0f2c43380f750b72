//! Frontend to WebAssembly, compressed files into `target/dist`, and the bridge around them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use crate::shell::{cargo, output, root, run, target};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

/// In the order in which they are joined: within a layer the later one wins, and the shell adapts its parts to the width.
const STYLES: &[&str] = &[
    "tokens",
    "reset",
    "base",
    "state",
    "status",
    "people",
    "shell",
    "button",
    "field",
    "table",
    "dialog",
    "menu",
    "toast",
    "login",
    "containers",
    "container",
    "logs",
    "images",
    "resources",
    "tabs",
    "palette",
    "jobs",
    "run",
    "commit",
    "settings",
];

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Answers with the binary's path.
pub fn build(profile: Profile) -> Result<PathBuf, String> {
    need_wasm_target()?;
    let build_id = frontend(profile)?;
    let mut command = cargo(&["build", "-p", "linkspan"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    // Tells cargo that the files inside the binary are other ones.
    command.env("LINKSPAN_BUILD_ID", &build_id);
    run("bridge", &mut command)?;
    Ok(target().join(if profile == Profile::Release { "release" } else { "debug" }).join("linkspan"))
}

pub fn need_wasm_target() -> Result<(), String> {
    let installed = output(Command::new("rustup").args(["target", "list", "--installed"]).current_dir(root()))
        .map_err(|error| format!("rustup is needed (https://rustup.rs): {error}"))?;
    if installed.lines().any(|line| line == WASM_TARGET) {
        return Ok(());
    }
    run("installing the target wasm32-unknown-unknown", Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(root()))
}

fn frontend(profile: Profile) -> Result<String, String> {
    let (cargo_profile, folder) = if profile == Profile::Release { ("wasm", "wasm") } else { ("dev", "debug") };
    run("frontend", &mut cargo(&["build", "-p", "linkspan-frontend", "--target", WASM_TARGET, "--profile", cargo_profile]))?;
    let wasm = target().join(WASM_TARGET).join(folder).join("linkspan-frontend.wasm");
    let parts = target().join("bindgen");
    // Chunks of an earlier build must not end up in this one.
    let _ = fs::remove_dir_all(&parts);
    split(&wasm, &parts)?;

    let sources = root().join("frontend");
    let mut files = vec![("style.css".to_owned(), styles(&sources.join("styles"))?)];
    for file in ["icon.svg", "manifest.webmanifest", "icons/icon-180.png", "icons/icon-192.png", "icons/icon-512.png"] {
        let name = file.rsplit('/').next().unwrap_or(file);
        files.push((name.to_owned(), read(&sources.join(file))?));
    }
    for script in [
        "theme.js",
        "failure.js",
        "visible.js",
        "boot.js",
        "terminal.js",
        "charts.js",
        "vendor/xterm.mjs",
        "vendor/addon-fit.mjs",
        "vendor/uplot.mjs",
    ] {
        let name = script.rsplit('/').next().unwrap_or(script);
        files.push((name.to_owned(), read(&sources.join("js").join(script))?));
    }
    let made = fs::read_dir(&parts).map_err(|error| format!("{}: {error}", parts.display()))?;
    for path in made.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != MAIN && path.extension().is_some_and(|extension| extension == "js" || extension == "wasm") {
            let content = read(&path)?;
            files.push((name, if path.extension().is_some_and(|extension| extension == "wasm") { bare(&content)? } else { content }));
        }
    }
    files.sort();
    dist(profile, files, &read_text(&sources.join("index.html"))?)
}

/// The whole module, before wasm-bindgen has seen it.
const MAIN: &str = "main.wasm";

/// Cuts the pages off (`#[lazy]`) and makes the JavaScript that loads the rest.
fn split(wasm: &Path, folder: &Path) -> Result<(), String> {
    let input = read(wasm)?;
    let main = folder.join(MAIN);
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./linkspan.js";
    wasm_split_cli_support::transform(options).map_err(|error| format!("splitting the pages off: {error:?}"))?;
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&main)
        .out_name("linkspan")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The chunks are linked to the main module by them.
        .keep_lld_exports(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .map_err(|error| format!("wasm-bindgen: {error:?}"))
}

/// Without custom sections: the split leaves every function's name in each part, which is half of its size.
fn bare(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let mut module = wasm_encoder::Module::new();
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| format!("a part of the page: {error}"))?;
        if let Some((id, range)) = payload.as_section()
            && id != CUSTOM_SECTION
        {
            module.section(&wasm_encoder::RawSection { id, data: &wasm[range.start as usize..range.end as usize] });
        }
    }
    Ok(module.finish())
}

/// Core specification of WebAssembly, 5.5.3.
const CUSTOM_SECTION: u8 = 0;

/// The files that the bridge serves, each compressed, below an address that changes with any of them.
fn dist(profile: Profile, files: Vec<(String, Vec<u8>)>, index: &str) -> Result<String, String> {
    let folder = root().join("target/dist");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let quality = if profile == Profile::Release { 11 } else { 3 };
    let write = |name: &str, content: &[u8]| -> Result<usize, String> {
        let mut compressed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters).map_err(|error| format!("{name}: {error}"))?;
        let path = folder.join(format!("{name}.br"));
        fs::write(&path, &compressed).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(compressed.len())
    };
    let mut hash = Sha256::new();
    for (name, content) in &files {
        hash.update(name.as_bytes());
        hash.update(content);
        let size = write(name, content)?;
        eprintln!("   {name}: {} KB, {:.1} KB compressed", content.len() / 1000, size as f64 / 1000.0);
    }
    hash.update(index);
    let build_id: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    write("index.html", index.replace("{build}", &build_id).as_bytes())?;
    write("build-id", build_id.as_bytes())?;
    Ok(build_id)
}

fn styles(folder: &Path) -> Result<Vec<u8>, String> {
    // Others' rules give way to ours.
    let mut all = "@layer vendor;\n".to_owned();
    for name in ["xterm", "uplot"] {
        let rules = without_comments(&read_text(&folder.join("../js/vendor").join(format!("{name}.css")))?);
        all.push_str(&format!("@layer vendor {{\n{rules}}}\n"));
    }
    for name in STYLES {
        all.push_str(&without_comments(&read_text(&folder.join(format!("{name}.css")))?));
    }
    Ok(all.into_bytes())
}

fn without_comments(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).fold(String::new(), |all, line| all + line + "\n")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
