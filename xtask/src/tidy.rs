//! `cargo xtask tidy`: the rules that the compiler does not know.
//!
//! A module must not know the modules above it, only one place may name the browser's websocket, and a file that has
//! grown too long holds two concerns.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use syn::visit::Visit;

use crate::shell::root;

/// Files below the first path must not name what is below the others, however a `use` is written.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "shared/src",
        &["tokio", "axum", "leptos", "std::fs", "std::net::TcpStream", "std::net::TcpListener", "std::net::UdpSocket", "std::time"],
    ),
    ("frontend/src", &["tokio", "axum"]),
    ("bridge/src", &["leptos", "linkspan_frontend"]),
    ("bridge/src/hub", &["crate::session", "crate::web", "crate::access", "axum"]),
    ("bridge/src/session", &["linkspan_docker::model", "crate::web", "axum"]),
    ("bridge/src/policy", &["crate::session", "crate::web", "axum"]),
    ("bridge/src/access", &["crate::hub", "crate::session", "crate::web", "linkspan_docker", "axum"]),
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
        for file in files(&root().join(folder)).into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
            for (line, path) in paths(&file)? {
                for word in words.iter().filter(|word| holds(&path, word)) {
                    findings.push(format!("{}:{line}: {folder} must not know {word}", show(&file)));
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
            if file.extension().is_some_and(|extension| extension == "rs") && !text.starts_with("//!") {
                findings.push(format!("{}: does not begin with what it is for (`//!`)", show(&file)));
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
    findings.extend(dead_classes());
    if findings.is_empty() { Ok(()) } else { Err(format!("not tidy:\n{}", findings.join("\n"))) }
}

/// Of what others publish.
const VENDOR_CLASSES: &[&str] = &["xterm-", "u-"];

/// Classes that stylesheets have rules for and nothing bears.
fn dead_classes() -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let sources = ["frontend/src", "frontend/js"].iter().flat_map(|folder| files(&root().join(folder)));
    let pages: String = sources.filter_map(|file| fs::read_to_string(file).ok()).collect();
    let borne: HashSet<&str> = pages.split(|c| !is_word(c)).collect();
    // `u{colour}`
    let is_numbered = |class: &str| {
        let stem = class.trim_end_matches(|c: char| c.is_ascii_digit());
        stem.len() < class.len() && pages.contains(&format!("{stem}{{"))
    };
    let mut dead = Vec::new();
    for file in files(&root().join("frontend/styles")) {
        for (number, line) in fs::read_to_string(&file).unwrap_or_default().lines().enumerate() {
            // Only what a selector may be: not `.5`, and not what stands in a value.
            let selector = line.split_once('{').map_or(line, |(selector, _)| selector);
            let is_selector = line.contains('{') || line.trim_end().ends_with(',');
            for part in selector.split('.').skip(1).filter(|_| is_selector) {
                let class = part.split(|c| !is_word(c)).next().unwrap_or_default();
                let is_class = class.starts_with(|c: char| c.is_ascii_alphabetic());
                let is_known = borne.contains(class) || is_numbered(class) || VENDOR_CLASSES.iter().any(|begin| class.starts_with(begin));
                if is_class && !is_known {
                    dead.push(format!("{}:{}: nothing bears the class {class}", show(&file), number + 1));
                }
            }
        }
    }
    dead
}

/// Whether a path names something below another, from wherever it begins.
fn holds(path: &[String], word: &str) -> bool {
    let word: Vec<&str> = word.split("::").filter(|part| !part.is_empty()).collect();
    path.windows(word.len()).any(|part| part == word)
}

/// Every path in a file, with its line: `use a::{b::c, d}` names `a::b::c` and `a::d`, and `super` is what it stands for.
fn paths(file: &Path) -> Result<Vec<(usize, Vec<String>)>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut found = Paths(Vec::new());
    found.visit_file(&parsed);
    let own = module(file);
    let absolute = |path: Vec<String>| {
        let up = path.iter().take_while(|part| *part == "super").count();
        if up == 0 {
            return path;
        }
        let parent = own.len().saturating_sub(up);
        own.iter().take(parent).chain(path.iter().skip(up)).cloned().collect()
    };
    Ok(found.0.into_iter().map(|(line, path)| (line, absolute(path))).collect())
}

/// `crate::hub::jobs` of `bridge/src/hub/jobs/mod.rs`.
fn module(file: &Path) -> Vec<String> {
    let inside: Vec<String> = file.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let below = inside.iter().rposition(|part| part == "src").map_or(0, |at| at + 1);
    let parts = inside.get(below..).unwrap_or_default().iter().map(|part| part.trim_end_matches(".rs").to_owned());
    std::iter::once("crate".to_owned()).chain(parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str()))).collect()
}

struct Paths(Vec<(usize, Vec<String>)>);

impl Paths {
    fn tree(&mut self, begin: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| begin.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.0.push((name.ident.span().start().line, with(&name.ident))),
            syn::UseTree::Rename(rename) => self.0.push((rename.ident.span().start().line, with(&rename.ident))),
            syn::UseTree::Glob(glob) => self.0.push((glob.star_token.spans[0].start().line, begin.to_vec())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(begin, item)),
        }
    }

    /// What a macro is given is no syntax yet.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let mut path = Vec::<String>::new();
        let mut line = 0;
        let mut joined = 0;
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(name) if joined == 2 || path.is_empty() => {
                    line = name.span().start().line;
                    path.push(name.to_string());
                    joined = 0;
                }
                proc_macro2::TokenTree::Punct(point) if point.as_char() == ':' => joined += 1,
                other => {
                    self.0.push((line, std::mem::take(&mut path)));
                    joined = 0;
                    match other {
                        proc_macro2::TokenTree::Group(group) => self.tokens(group.stream()),
                        proc_macro2::TokenTree::Ident(name) => path.push(name.to_string()),
                        _ => {}
                    }
                }
            }
        }
        self.0.push((line, path));
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let line = path.segments.first().map_or(0, |first| first.ident.span().start().line);
        self.0.push((line, path.segments.iter().map(|segment| segment.ident.to_string()).collect()));
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_however_it_is_written() {
        let folder = std::env::temp_dir().join(format!("linkspan-tidy-{}/src/hub/logs", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("ring.rs");
        let text =
            "use crate::{docker::{self, model as m}, web::App};\nuse super::super::keeper::*;\nfn f() { println!(\"{}\", axum::x()) }\n";
        fs::write(&file, text).unwrap();
        let found = paths(&file).unwrap();
        fs::remove_dir_all(folder.ancestors().nth(2).unwrap()).unwrap();
        let names = |word: &str| found.iter().filter(|(_, path)| holds(path, word)).map(|(line, _)| *line).collect::<Vec<_>>();
        assert_eq!(names("crate::web"), [1]);
        assert_eq!(names("docker::model"), [1]);
        assert_eq!(names("crate::hub::keeper"), [2]);
        assert_eq!(names("axum"), [3]);
        assert!(names("crate::session").is_empty());
    }
}
