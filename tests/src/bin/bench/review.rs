//! The review of what a container changed, and its commit, each beside what the engine takes for it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use linkspan_tests::bridge::Bridge;
use linkspan_tests::wire::{self, Socket};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::engine::Engine;

use super::{ROUNDS, median};

const PATHS: usize = 100_000;
/// MiB of the layer that is committed.
const LAYER: usize = 1_024;

pub async fn review(engine: &Engine, bridge: &Bridge) -> Result<(), String> {
    let mut socket = wire::signed_in(bridge).await;
    changes(engine, &mut socket).await?;
    difference(engine, &mut socket).await?;
    commit(engine, bridge, &mut socket).await
}

/// A container that has done something, by its ID.
fn container(engine: &Engine, name: &str, script: &str) -> Result<String, String> {
    block_in_place(|| {
        engine.docker(&["run", "--name", name, "--network", "none", "alpine", "sh", "-c", script])?;
        engine.docker(&["inspect", "--format", "{{.Id}}", name]).map(|id| id.trim().to_owned())
    })
}

/// The engine's own answer, read to its end.
fn raw(engine: &Engine, path: &str) -> Result<Duration, String> {
    let begun = Instant::now();
    let read = || {
        let mut stream = UnixStream::connect(engine.socket())?;
        write!(stream, "GET /v1.41{path} HTTP/1.0\r\nHost: docker\r\n\r\n")?;
        let mut buffer = vec![0; 256 << 10];
        while stream.read(&mut buffer)? > 0 {}
        std::io::Result::Ok(())
    };
    block_in_place(read).map_err(|error| error.to_string())?;
    Ok(begun.elapsed())
}

async fn call(socket: &mut Socket, call: &str, arguments: Value) -> Result<(Duration, Value), String> {
    let begun = Instant::now();
    socket.send(json!({ "call": { "id": 1, "engine": "local", "call": call, "arguments": arguments } })).await;
    while let Some(message) = socket.receive().await {
        if message["refusal"]["id"] == 1 {
            return Err(format!("{call}: {}", message["refusal"]["problem"]));
        }
        if message["reply"]["id"] == 1 {
            return Ok((begun.elapsed(), message["reply"]["output"].clone()));
        }
    }
    Err(format!("{call}: the bridge hung up"))
}

async fn changes(engine: &Engine, socket: &mut Socket) -> Result<(), String> {
    let script = format!(
        "mkdir /many; cd /many; for d in $(seq 1 100); do mkdir $d; done; seq 1 {PATHS} | while read n; do : > $((n % 100 + 1))/$n; done"
    );
    let id = container(engine, "many", &script)?;
    let (mut alone, mut listed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(raw(engine, &format!("/containers/{id}/changes"))?);
        let arguments = json!({ "of": { "container": id }, "folder": "/", "filter": "", "kinds": [], "fresh": true });
        listed.push(call(socket, "review.changes", arguments).await?.0);
    }
    let (alone, listed) = (median(alone), median(listed));
    println!("{PATHS} changed paths, median of {ROUNDS}: GET /changes {alone:.2?}, the first folder through the bridge {listed:.2?}");
    println!("a review at {:.2} of the engine's time (budget 1.2)", listed.as_secs_f64() / alone.as_secs_f64());
    Ok(())
}

async fn difference(engine: &Engine, socket: &mut Socket) -> Result<(), String> {
    let id = container(engine, "differs", "seq 1 20000 | sed s/^/a-line-of-text-/ > /etc/group")?;
    let other = container(engine, "differs-not", "true")?;
    let arguments = || json!({ "of": { "container": id }, "path": "/etc/group" });
    // The image's own container is made with the first one.
    call(socket, "review.compare", arguments()).await?;
    let (mut alone, mut compared) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let path = |id: &str| format!("/containers/{id}/archive?path=/etc/group");
        alone.push(raw(engine, &path(&other))? + raw(engine, &path(&id))?);
        compared.push(call(socket, "review.compare", arguments()).await?.0);
    }
    let (alone, compared) = (median(alone), median(compared));
    println!("a difference of 20,000 lines: both archives {alone:.2?}, through the bridge {compared:.2?}");
    println!("a difference at {:.2} of the engine's time (budget 1.5)", compared.as_secs_f64() / alone.as_secs_f64());
    Ok(())
}

async fn commit(engine: &Engine, bridge: &Bridge, socket: &mut Socket) -> Result<(), String> {
    let script = format!("mkdir /big; for n in $(seq 1 16); do head -c {} /dev/urandom > /big/$n; done", (LAYER / 16) << 20);
    let id = container(engine, "big", &script)?;
    // As somebody does it by hand: the same paths out of the container, and a layer of them loaded.
    let folder = linkspan_tests::scratch::folder("bench").map_err(|error| error.to_string())?;
    let by_hand = folder.path().join("big.tar");
    let alone = block_in_place(|| {
        let begun = Instant::now();
        let archive = std::fs::File::create(&by_hand).map_err(|error| error.to_string())?;
        let mut copy = engine.command()?;
        copy.args(["cp", "big:/big", "-"]).stdout(archive);
        let copied = copy.status().map_err(|error| error.to_string())?;
        if !copied.success() {
            return Err("docker cp failed".to_owned());
        }
        let copied = begun.elapsed();
        let (file, saved) = (by_hand.display().to_string(), folder.path().join("saved.tar").display().to_string());
        engine.docker(&["import", &file, "by-hand:1"])?;
        engine.docker(&["save", "--output", &saved, "by-hand:1"])?;
        engine.docker(&["rmi", "by-hand:1"])?;
        let begun = Instant::now();
        engine.docker(&["load", "--input", &saved])?;
        Ok(copied + begun.elapsed())
    })?;
    let arguments = json!({ "of": { "container": id }, "folder": "/", "filter": "", "kinds": [], "fresh": true });
    let (_, list) = call(socket, "review.changes", arguments).await?;
    let memory = Memory::begin(bridge)?;
    let begun = Instant::now();
    let arguments = json!({
        "container": id, "reference": "clicked:1", "message": "", "author": "", "pause": false, "reason": "",
        "selection": { "rest": true, "rules": {} }, "reviewed": list["scanned"], "configuration": {},
    });
    call(socket, "job.commit_selection", arguments).await?;
    while block_in_place(|| engine.docker(&["images", "--quiet", "clicked:1"]))?.trim().is_empty() {
        if begun.elapsed() > Duration::from_secs(300) {
            return Err("nothing was committed".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let clicked = begun.elapsed();
    println!("a layer of {LAYER} MiB: docker cp and load {alone:.2?}, selected changes {clicked:.2?}");
    println!(
        "a commit at {:.2} of that time (budget 1.5), {} MiB more memory in the bridge (budget 32)",
        clicked.as_secs_f64() / alone.as_secs_f64(),
        memory.more()?
    );
    Ok(())
}

/// The most that a bridge takes of memory from a moment on.
struct Memory {
    pid: u32,
    before: u64,
}

impl Memory {
    fn begin(bridge: &Bridge) -> Result<Self, String> {
        let pid = bridge.pid().ok_or("no bridge")?;
        // Forgets the highest so far (proc(5)).
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5").map_err(|error| error.to_string())?;
        Ok(Self { pid, before: Self::read(pid, "VmRSS:")? })
    }

    fn more(&self) -> Result<u64, String> {
        Ok(Self::read(self.pid, "VmHWM:")?.saturating_sub(self.before) >> 10)
    }

    /// KiB
    fn read(pid: u32, name: &str) -> Result<u64, String> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(|error| error.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or(name)?;
        line.trim().trim_end_matches(" kB").parse().map_err(|_| line.to_owned())
    }
}
