//! Frontend to WebAssembly, compressed files into `target/dist`, and the bridge around them.

use std::{
    collections::BTreeMap,
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

/// In the order in which they are joined; the layers decide what wins, not this.
const STYLES: &[&str] = &[
    "tokens",
    "reset",
    "base",
    "shell",
    "state",
    "status",
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
    "jobs",
    "run",
    "commit",
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
    let glue = target().join("bindgen");
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&wasm)
        .out_name("linkspan")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(&glue))
        .map_err(|error| format!("wasm-bindgen: {error:?}"))?;

    let sources = root().join("frontend");
    let mut dist = Dist::new(profile)?;
    dist.add("linkspan_bg.wasm", read(&glue.join("linkspan_bg.wasm"))?)?;
    dist.add("linkspan.js", read(&glue.join("linkspan.js"))?)?;
    dist.add("style.css", styles(&sources.join("styles"))?)?;
    dist.add("icon.svg", read(&sources.join("icon.svg"))?)?;
    for script in ["theme.js", "boot.js"] {
        let text = dist.name_in(&read_text(&sources.join("js").join(script))?);
        dist.add(script, text.into_bytes())?;
    }
    dist.finish(&read_text(&sources.join("index.html"))?)
}

/// The files that the bridge serves, each compressed and named by its content.
struct Dist {
    folder: PathBuf,
    quality: i32,
    names: BTreeMap<&'static str, String>,
}

impl Dist {
    fn new(profile: Profile) -> Result<Self, String> {
        let folder = root().join("target/dist");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { folder, quality: if profile == Profile::Release { 11 } else { 3 }, names: BTreeMap::new() })
    }

    fn add(&mut self, name: &'static str, content: Vec<u8>) -> Result<(), String> {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let hashed = format!("{stem}-{}.{extension}", &hash(&content)[..12]);
        let size = self.write(&hashed, &content)?;
        eprintln!("   {name}: {} KB, {:.1} KB compressed", content.len() / 1000, size as f64 / 1000.0);
        self.names.insert(name, hashed);
        Ok(())
    }

    /// `{boot.js}` becomes the name that boot.js has got.
    fn name_in(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, hashed)| text.replace(&format!("{{{name}}}"), hashed))
    }

    fn finish(self, index: &str) -> Result<String, String> {
        let build_id = hash(self.names.values().cloned().collect::<String>().as_bytes())[..16].to_owned();
        self.write("index.html", self.name_in(index).replace("{build}", &build_id).as_bytes())?;
        self.write("build-id", build_id.as_bytes())?;
        Ok(build_id)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<usize, String> {
        let mut compressed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: self.quality, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters).map_err(|error| format!("{name}: {error}"))?;
        let path = self.folder.join(format!("{name}.br"));
        fs::write(&path, &compressed).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(compressed.len())
    }
}

fn styles(folder: &Path) -> Result<Vec<u8>, String> {
    let mut all = String::new();
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

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
