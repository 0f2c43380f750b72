//! Frontend to WebAssembly, and the bridge around it.

use std::{path::PathBuf, process::Command};

use crate::{
    pack::{Quality, pack},
    shell::{cargo, output, root, run, target},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build; the bridge reads the frontend from `target/dist`.
    Dev,
    /// What is given to others: one binary with the frontend inside.
    Release,
}

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Answers with the binary's path.
pub fn build(profile: Profile) -> Result<PathBuf, String> {
    need_wasm_target()?;
    let (cargo_profile, quality) = match profile {
        Profile::Dev => ("wasm-dev", Quality::Quick),
        Profile::Release => ("wasm", Quality::Best),
    };
    run("frontend", &mut cargo(&["build", "-p", "linkspan-frontend", "--target", WASM_TARGET, "--profile", cargo_profile]))?;
    let wasm = target().join(WASM_TARGET).join(cargo_profile).join("linkspan-frontend.wasm");
    let build_id = pack(&wasm, quality)?;
    let mut command = cargo(&["build", "-p", "linkspan"]);
    if profile == Profile::Release {
        // Tells cargo that the files inside the binary are other ones.
        command.arg("--release").env("LINKSPAN_BUILD_ID", &build_id);
    }
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
