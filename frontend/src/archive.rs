//! A folder as a tar file that is never in memory as a whole: headers of ours between the browser's own files.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, File, FileList};

/// A tar file is made of blocks.
const BLOCK: usize = 512;

/// Of files that somebody chose, or of everything in a folder by its path inside of it. A browser does not tell which of
/// them are programs: all get the same `mode`. Without their times the same
/// files are the same context for a builder.
pub fn of_files(files: &FileList, mode: u32, keep_times: bool) -> Option<Blob> {
    let parts = Array::new();
    for file in (0..files.length()).filter_map(|at| files.get(at)) {
        let size = file.size() as u64;
        parts.push(&bytes(
            &header(&path_in_folder(&file), size, mode, if keep_times { file.last_modified() as u64 / 1_000 } else { 0 }).ok()?,
        ));
        parts.push(&file);
        parts.push(&bytes(&vec![0; padding(size)]));
    }
    // Two empty blocks are the end.
    parts.push(&bytes(&[0; BLOCK * 2]));
    Blob::new_with_blob_sequence(&parts).ok()
}

/// `webkitRelativePath` begins with the name of the folder itself.
pub fn path_in_folder(file: &File) -> String {
    let path = Reflect::get(file, &JsValue::from_str("webkitRelativePath")).ok().and_then(|path| path.as_string()).unwrap_or_default();
    match path.split_once('/') {
        Some((_, inside)) => inside.to_owned(),
        None => file.name(),
    }
}

/// All that comes before a file's bytes, also for a long path.
fn header(path: &str, size: u64, mode: u32, modified: u64) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(modified);
    header.set_entry_type(tar::EntryType::Regular);
    archive.append_data(&mut header, path, std::io::empty())?;
    let mut written = archive.into_inner()?;
    written.truncate(written.len().saturating_sub(BLOCK * 2));
    Ok(written)
}

fn padding(size: u64) -> usize {
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

fn bytes(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use std::io::Read;

    use super::*;

    #[wasm_bindgen_test]
    fn a_tar_reader_finds_every_file() {
        let long = format!("{}/file", "folder".repeat(30));
        let mut whole = Vec::new();
        for (path, text) in [("Dockerfile", "FROM a\n"), (long.as_str(), &"x".repeat(512)), ("empty", "")] {
            whole.extend(header(path, text.len() as u64, 0o644, 0).unwrap());
            whole.extend(text.bytes());
            whole.extend(vec![0; padding(text.len() as u64)]);
        }
        whole.extend([0; BLOCK * 2]);
        let mut archive = tar::Archive::new(whole.as_slice());
        let found: Vec<(String, usize)> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                (entry.path().unwrap().display().to_string(), text.len())
            })
            .collect();
        assert_eq!(found, [("Dockerfile".to_owned(), 7), (long, 512), ("empty".to_owned(), 0)]);
    }
}
