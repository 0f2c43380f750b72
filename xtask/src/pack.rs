//! Makes of the compiled frontend the files that the bridge serves, in `target/dist`. What was made of the same input
//! before is not made again, and what stays the same is not written again, so that cargo builds nothing anew for it.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    imports,
    shell::{root, target},
};

/// What every page needs, in the order in which they are joined: within a layer the later one wins, and the shell adapts its
/// parts to the width.
const STYLES: &[&str] =
    &["tokens", "reset", "base", "state", "status", "people", "nav", "shell", "button", "field", "table", "toast", "login", "containers"];

/// What comes with the code of the other pages, see `frontend/src/further.rs`.
const FURTHER_STYLES: &[&str] = &[
    "dialog",
    "menu",
    "palette",
    "keymap",
    "container",
    "logs",
    "images",
    "resources",
    "tabs",
    "jobs",
    "run",
    "commit",
    "review",
    "activity",
    "settings",
    "equivalent",
];

const SCRIPTS: &[&str] = &[
    "theme.js",
    "failure.js",
    "visible.js",
    "boot.js",
    "terminal.js",
    "charts.js",
    "vendor/xterm.mjs",
    "vendor/addon-fit.mjs",
    "vendor/addon-search.mjs",
    "vendor/uplot.mjs",
];

const OTHERS: &[&str] = &["icon.svg", "manifest.webmanifest", "icons/icon-180.png", "icons/icon-192.png", "icons/icon-512.png"];

/// What besides the input decides about the output: these words and the libraries that do the work.
const MAKER: &[&[u8]] = &[include_bytes!("pack.rs"), include_bytes!("imports.rs"), include_bytes!("../../Cargo.lock")];

/// How hard brotli tries, of 11.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// A second for all files.
    Quick = 4,
    /// A minute.
    Best = 11,
}

/// Answers with the build's name, which changes with any of the files.
pub fn pack(wasm: &Path, quality: Quality) -> Result<String, String> {
    let kept = target().join("packed").join((quality as i32).to_string());
    let parts = parts(wasm, kept.join("bindgen"))?;
    let sources = root().join("frontend");
    let mut files = vec![
        ("style.css".to_owned(), styles(&sources, STYLES)?.into_bytes()),
        ("further.css".to_owned(), (vendor_styles(&sources)? + &styles(&sources, FURTHER_STYLES)?).into_bytes()),
    ];
    let scripts = SCRIPTS.iter().map(|script| sources.join("js").join(script));
    for path in scripts.chain(OTHERS.iter().map(|other| sources.join(other))).chain(parts) {
        let is_script = path.extension().is_some_and(|extension| extension == "js");
        let content = if is_script { bare_script(&read_text(&path)?).into_bytes() } else { read(&path)? };
        files.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), content));
    }
    files.sort();
    let index = read_text(&sources.join("index.html"))?;
    let build_id = digest(files.iter().flat_map(|(name, content)| [name.as_bytes(), content]).chain([index.as_bytes()]));
    let build_id = build_id.get(..16).unwrap_or_default().to_owned();
    files.push(("index.html".to_owned(), index.replace("{build}", &build_id).into_bytes()));
    files.push(("build-id".to_owned(), build_id.clone().into_bytes()));
    dist(&files, quality, &kept.join("compressed"))?;
    Ok(build_id)
}

/// Hexadecimal.
fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The modules and scripts that a compiled frontend comes to.
fn parts(wasm: &Path, folder: PathBuf) -> Result<Vec<PathBuf>, String> {
    let input = read(wasm)?;
    let key = digest(MAKER.iter().copied().chain([input.as_slice()]));
    let stamp = folder.join("made-of");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&key) {
        // Chunks of an earlier build must not end up in this one.
        let _ = fs::remove_dir_all(&folder);
        split(&input, &folder)?;
        write(&stamp, key.as_bytes())?;
    }
    let made = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let is_part = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "js" || extension == "wasm");
    Ok(made.flatten().map(|entry| entry.path()).filter(is_part).collect())
}

/// Cuts the pages off (`#[lazy]`) and makes the JavaScript that loads the rest.
fn split(input: &[u8], folder: &Path) -> Result<(), String> {
    // The whole module, before wasm-bindgen has seen it.
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(input);
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
        .map_err(|error| format!("wasm-bindgen: {error:?}"))?;
    fs::remove_file(&main).map_err(|error| format!("{}: {error}", main.display()))?;
    let mut names = HashMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let (part, renamed) = bare(&read(&path)?)?;
            write(&path, &part)?;
            names.extend(renamed);
        }
    }
    let script = folder.join("linkspan.js");
    write(&script, imports::renamed(&read_text(&script)?, &names).as_bytes())
}

/// Without custom sections: the split leaves every function's name in each part, which is half of its size. And what its
/// imports are called now.
fn bare(wasm: &[u8]) -> Result<(Vec<u8>, HashMap<String, String>), String> {
    let (mut module, mut names) = (wasm_encoder::Module::new(), HashMap::new());
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| format!("a part of the page: {error}"))?;
        let section = payload.as_section();
        if let wasmparser::Payload::ImportSection(reader) = payload {
            let (section, shortened) = imports::shortened(reader)?;
            module.section(&section);
            names = shortened;
        } else if let Some((id, range)) = section
            && id != CUSTOM_SECTION
        {
            module.section(&wasm_encoder::RawSection { id, data: &wasm[range.start as usize..range.end as usize] });
        }
    }
    Ok((module.finish(), names))
}

/// Core specification of WebAssembly, 5.5.3.
const CUSTOM_SECTION: u8 = 0;

/// The files that the bridge serves, each compressed, and no others.
fn dist(files: &[(String, Vec<u8>)], quality: Quality, kept: &Path) -> Result<(), String> {
    let folder = root().join("target/dist");
    let (mut served, mut used) = (HashSet::new(), HashSet::new());
    for (name, content) in files {
        let key = format!("{}.br", digest([content.as_slice()]));
        let path = kept.join(&key);
        let compressed = match fs::read(&path) {
            Ok(compressed) => compressed,
            Err(_) => {
                let compressed = compress(content, quality).map_err(|error| format!("{name}: {error}"))?;
                write(&path, &compressed)?;
                eprintln!("   {name}: {} KB, {:.1} KB compressed", content.len() / 1000, compressed.len() as f64 / 1000.0);
                compressed
            }
        };
        let file = format!("{name}.br");
        if fs::read(folder.join(&file)).ok().as_ref() != Some(&compressed) {
            write(&folder.join(&file), &compressed)?;
        }
        served.insert(file);
        used.insert(key);
    }
    keep_only(&folder, &served);
    keep_only(kept, &used);
    Ok(())
}

fn compress(content: &[u8], quality: Quality) -> std::io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: quality as i32, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn keep_only(folder: &Path, names: &HashSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !names.contains(entry.file_name().to_string_lossy().as_ref()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn styles(sources: &Path, names: &[&str]) -> Result<String, String> {
    let each = names.iter().map(|name| Ok(without_comments(&read_text(&sources.join(format!("styles/{name}.css")))?)));
    each.collect()
}

/// Others' rules give way to ours.
fn vendor_styles(sources: &Path) -> Result<String, String> {
    let each = ["xterm", "uplot"].iter().map(|name| {
        let rules = without_comments(&read_text(&sources.join(format!("js/vendor/{name}.css")))?);
        Ok(format!("@layer vendor {{\n{rules}}}\n"))
    });
    each.collect()
}

/// Without whole lines of comments and without indentation, which nothing that is published as it is has (`.mjs`).
fn bare_script(script: &str) -> String {
    let (mut bare, mut is_comment) = (String::new(), false);
    for line in script.lines().map(str::trim) {
        is_comment |= line.starts_with("/**");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            bare.push_str(line);
            bare.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    bare
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

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    // Whoever reads it later takes what is there for whole.
    let part = path.with_added_extension("part");
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&part, content));
    written.and_then(|()| fs::rename(&part, path)).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::bare_script;

    #[test]
    fn a_script_loses_nothing_but_its_comments() {
        let script = "// Starts.\nconst a = 1; // stays\n/**\n * @returns {number}\n */\nfunction f() {\n    return `//${a}`;\n}\n";
        assert_eq!(bare_script(script), "const a = 1; // stays\nfunction f() {\nreturn `//${a}`;\n}\n");
    }
}
