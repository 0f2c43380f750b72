//! Images made on the spot, for engines that reach no registry.
//!
//! An image is written as the archive that `docker load` takes: one tar per layer, a configuration
//! and a manifest. Everything about it is the same on every run (dates, data, order), so that an
//! image and its digests can be named in a test.

mod busybox;

use crate::engine::Engine;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::process::Stdio;

/// 2026-01-01, in both forms that archives want.
const CREATED: &str = "2026-01-01T00:00:00Z";
const CREATED_SECONDS: u64 = 1_767_225_600;

/// The image every engine of ours holds: busybox under the name people expect.
pub const ALPINE: &str = "alpine:latest";

/// An image to be: its names, what runs in it, and its layers from the lowest up.
#[derive(Debug, Clone)]
pub struct Image {
    /// References like `name:tag`.
    pub tags: Vec<String>,
    /// The `config` object of the OCI image configuration: `Cmd`, `Env`, `Healthcheck`, …
    pub config: Value,
    /// What each layer holds.
    pub layers: Vec<Layer>,
}

/// The contents of one layer.
#[derive(Debug, Clone)]
pub enum Layer {
    /// Busybox with links for all its applets, and the few files a system has.
    Base,
    /// A file of bytes that do not compress; another seed makes another layer.
    Noise { seed: u64, bytes: usize },
    /// Files by path, with mode 644.
    Files(Vec<(String, Vec<u8>)>),
}

impl Image {
    /// Busybox alone, under one name; runs a shell.
    pub fn base(reference: &str) -> Image {
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        Image { tags: vec![reference.to_owned()], config: json!({ "Cmd": ["/bin/sh"], "Env": [path] }), layers: vec![Layer::Base] }
    }

    /// Sets one field of the configuration, by its name in the OCI image configuration.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Image {
        self.config[field] = value;
        self
    }

    /// Puts a layer on top.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Image {
        self.layers.push(layer);
        self
    }

    /// Writes the archive that `docker load` reads.
    ///
    /// # Errors
    /// When busybox is missing or the output fails.
    pub fn write(&self, output: impl Write) -> io::Result<()> {
        let mut archive = tar::Builder::new(output);
        let mut layers = Vec::new();
        let mut digests = Vec::new();
        let mut history = Vec::new();
        for layer in &self.layers {
            // One at a time: all of them together may be larger than the memory at hand.
            let bytes = layer.archive()?;
            let digest = hex(&Sha256::digest(&bytes));
            let path = format!("{digest}/layer.tar");
            if !layers.contains(&path) {
                append(&mut archive, &path, 0o644, &bytes)?;
            }
            layers.push(path);
            digests.push(format!("sha256:{digest}"));
            history.push(json!({ "created": CREATED, "created_by": layer.describe() }));
        }
        let config = json!({
            "architecture": architecture(),
            "os": "linux",
            "created": CREATED,
            "config": self.config,
            "rootfs": { "type": "layers", "diff_ids": digests },
            "history": history,
        })
        .to_string();
        let config_path = format!("{}.json", hex(&Sha256::digest(&config)));
        append(&mut archive, &config_path, 0o644, config.as_bytes())?;
        let manifest = json!([{ "Config": config_path, "RepoTags": self.tags, "Layers": layers }]).to_string();
        append(&mut archive, "manifest.json", 0o644, manifest.as_bytes())?;
        archive.into_inner()?.flush()
    }

    /// Gives the image to an engine.
    ///
    /// # Errors
    /// When it cannot be made, or the engine does not take it.
    pub fn load(&self, engine: &Engine) -> Result<(), String> {
        let name = self.tags.join(", ");
        let mut command = engine.command()?;
        command.args(["load", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut load = command.spawn().map_err(|error| format!("docker load of {name}: cannot be started: {error}"))?;
        let pipe = load.stdin.take().ok_or_else(|| format!("docker load of {name}: has no standard input"))?;
        let written = self.write(io::BufWriter::with_capacity(1 << 20, pipe));
        let ended = load.wait_with_output().map_err(|error| format!("docker load of {name}: {error}"))?;
        if !ended.status.success() {
            return Err(format!("docker load of {name}: {}", String::from_utf8_lossy(&ended.stderr).trim()));
        }
        written.map_err(|error| format!("image {name}: {error}"))
    }
}

/// Loads `alpine:latest`, on which `docker run alpine echo hello world` works.
///
/// # Errors
/// As [`Image::load`].
pub fn alpine(engine: &Engine) -> Result<(), String> {
    Image::base(ALPINE).load(engine)
}

/// Loads an image of `count` layers of incompressible data on top of busybox, for pushes and pulls
/// whose progress can be watched. Another reference makes other data, so nothing is there already
/// but the lowest layer, which all images share.
///
/// # Errors
/// As [`Image::load`].
pub fn layers(engine: &Engine, reference: &str, count: usize, bytes_per_layer: usize) -> Result<(), String> {
    let digest = Sha256::digest(reference);
    let first = digest.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
    let noise = (1..=count as u64).map(|number| Layer::Noise { seed: first ^ number, bytes: bytes_per_layer });
    noise.fold(Image::base(reference), Image::layer).load(engine)
}

/// Loads an image whose health follows a file: `touch /tmp/healthy` in the container makes it
/// healthy within a second or two, `rm /tmp/healthy` unhealthy. It sleeps until it is stopped.
///
/// # Errors
/// As [`Image::load`].
pub fn healthcheck(engine: &Engine, reference: &str) -> Result<(), String> {
    const SECOND: u64 = 1_000_000_000;
    let check = json!({ "Test": ["CMD-SHELL", "test -e /tmp/healthy"], "Interval": SECOND, "Timeout": SECOND, "Retries": 1 });
    // A shell as the first process ignores SIGTERM unless it is told otherwise.
    let wait = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done";
    Image::base(reference).with("Healthcheck", check).with("Cmd", json!(["/bin/sh", "-c", wait])).load(engine)
}

/// Gives an image of an engine one more name.
///
/// # Errors
/// When there is no such image.
pub fn tag(engine: &Engine, image: &str, reference: &str) -> Result<(), String> {
    engine.docker(&["tag", image, reference]).map(drop)
}

impl Layer {
    fn archive(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        match self {
            Layer::Base => busybox::append(&mut archive)?,
            Layer::Noise { seed, bytes } => append(&mut archive, &format!("data/{seed:016x}"), 0o644, &noise(*seed, *bytes))?,
            Layer::Files(files) => {
                for (path, bytes) in files {
                    append(&mut archive, path.trim_start_matches('/'), 0o644, bytes)?;
                }
            }
        }
        archive.into_inner()
    }

    fn describe(&self) -> String {
        match self {
            Layer::Base => "ADD busybox /".to_owned(),
            Layer::Noise { bytes, .. } => format!("RUN head -c {bytes} /dev/urandom > /data"),
            Layer::Files(files) => {
                let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
                format!("COPY {} /", paths.join(" "))
            }
        }
    }
}

/// Bytes that no compression makes smaller, the same for the same seed (xorshift64*).
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    // The state must never be 0, where it would stay.
    let mut state = seed | 1 << 63;
    let mut out = Vec::with_capacity(bytes + 8);
    while out.len() < bytes {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        out.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    out.truncate(bytes);
    out
}

fn append(archive: &mut tar::Builder<impl Write>, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let mut header = header(tar::EntryType::Regular, mode);
    header.set_size(bytes.len() as u64);
    archive.append_data(&mut header, path, bytes)
}

/// A header owned by root with the one date of all our images.
fn header(kind: tar::EntryType, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(CREATED_SECONDS);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// This machine's architecture, by the name images use.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::noise;

    #[test]
    fn noise_is_as_long_as_asked_and_differs_by_seed() {
        assert_eq!(noise(1, 13).len(), 13);
        assert_eq!(noise(7, 100), noise(7, 100));
        assert_ne!(noise(7, 100), noise(8, 100));
        assert!(noise(0, 64).iter().any(|byte| *byte != 0));
    }
}
