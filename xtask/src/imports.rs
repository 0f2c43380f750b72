//! Short names for what the main module imports. wasm-bindgen ends each with a digest, which nothing compresses, in the module
//! and again in its JavaScript: 7 KB of a first visit.

use std::collections::HashMap;

use wasm_encoder::{
    ImportSection,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::ImportSectionReader;

/// How names of wasm-bindgen begin.
const LONG: &str = "__wb";
/// Where the JavaScript takes its functions from for the module.
const MODULE: &str = "./linkspan_bg.js";

/// The section with other names, and which they are.
pub fn shortened(section: ImportSectionReader<'_>) -> Result<(ImportSection, HashMap<String, String>), String> {
    let (mut imports, mut names) = (ImportSection::new(), HashMap::new());
    for import in section.into_imports() {
        let import = import.map_err(|error| format!("an import: {error}"))?;
        let kind = RoundtripReencoder.entity_type(import.ty).map_err(|error| format!("the import {}: {error}", import.name))?;
        if import.module == MODULE && import.name.starts_with(LONG) {
            let next = format!("${:x}", names.len());
            let short = names.entry(import.name.to_owned()).or_insert(next);
            imports.import(import.module, short, kind);
        } else {
            imports.import(import.module, import.name, kind);
        }
    }
    Ok((imports, names))
}

/// The JavaScript that has these names.
pub fn renamed(script: &str, names: &HashMap<String, String>) -> String {
    let mut renamed = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(begin) = rest.find(LONG) {
        let (before, word) = rest.split_at(begin);
        let (word, after) = word.split_at(word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len()));
        renamed.push_str(before);
        renamed.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    renamed + rest
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, Module};
    use wasmparser::{Parser, Payload};

    use super::*;

    #[test]
    fn module_and_script_agree() {
        let mut section = ImportSection::new();
        for (module, name) in [(MODULE, "__wbg_a_0123"), ("./other.js", "__wbg_a_0123"), (MODULE, "__wbg_a_01"), (MODULE, "__wbg_a_0123")] {
            section.import(module, name, EntityType::Function(0));
        }
        let mut module = Module::new();
        module.section(&section);
        let bytes = module.finish();
        let reader = Parser::new(0).parse_all(&bytes).find_map(|payload| match payload {
            Ok(Payload::ImportSection(reader)) => Some(reader),
            _ => None,
        });
        let (section, names) = shortened(reader.expect("a section")).expect("imports");
        let mut module = Module::new();
        module.section(&section);
        let bytes = module.finish();
        let found = Parser::new(0).parse_all(&bytes).find_map(|payload| match payload {
            Ok(Payload::ImportSection(reader)) => Some(reader.into_imports().map(|import| import.expect("an import").name).collect()),
            _ => None,
        });
        assert_eq!(found, Some(vec!["$0", "__wbg_a_0123", "$1", "$0"]));
        let script = "const i = { __wbg_a_0123: 1, __wbg_a_01: 2, __wbg_set_x: 3 }; wasm.__wbg_a_0123";
        assert_eq!(renamed(script, &names), "const i = { $0: 1, $1: 2, __wbg_set_x: 3 }; wasm.$0");
    }
}
