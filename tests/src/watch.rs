//! What a browser is told over its websocket, kept and compared with what the engine itself says.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use xtask::engine::Engine;

use crate::bridge::Bridge;
use crate::wire::{self, Socket};

/// Far above what anything takes: only failures wait so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The table of containers as one viewer has it.
pub struct Table {
    socket: Socket,
    rows: BTreeMap<String, Value>,
}

impl Table {
    pub async fn open(bridge: &Bridge, engine: &str) -> Table {
        let mut socket = wire::signed_in(bridge).await;
        socket.send(json!({ "open": { "channel": 1, "engine": engine, "spec": "containers", "resume": null } })).await;
        Table { socket, rows: BTreeMap::new() }
    }

    /// Waits until it is exactly what `docker ps -a` says: every container, its name, image, state and exit code.
    pub async fn equals_docker_ps(&mut self, engine: &Engine) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (mine, theirs) = (self.lines(), docker_ps(engine));
            if mine == theirs {
                return;
            }
            let news = timeout_at(deadline, self.socket.expect_within("state", PATIENCE)).await;
            let Ok(state) = news else { panic!("the table is\n{mine:#?}\nand docker ps -a says\n{theirs:#?}") };
            self.apply(&state["change"]["containers"]);
        }
    }

    fn apply(&mut self, change: &Value) {
        let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let id = |row: &Value| row["id"].as_str().unwrap_or_default().to_owned();
        if change["snapshot"].is_array() {
            self.rows.clear();
        }
        for row in rows(&change["snapshot"]).into_iter().chain(rows(&change["delta"]["upserted"])) {
            self.rows.insert(id(&row), row);
        }
        for gone in rows(&change["delta"]["removed"]) {
            self.rows.remove(gone.as_str().unwrap_or_default());
        }
    }

    fn lines(&self) -> Vec<String> {
        let line = |(id, row): (&String, &Value)| {
            let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
            let code = if text("state") == "exited" { row["exit_code"].to_string() } else { String::new() };
            format!("{id} {} {} {} {code}", text("name"), text("image"), text("state"))
        };
        let mut lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.sort();
        lines
    }
}

fn docker_ps(engine: &Engine) -> Vec<String> {
    let format = "{{.ID}} {{.Names}} {{.Image}} {{.State}} {{.Status}}";
    let listed = tokio::task::block_in_place(|| engine.docker(&["ps", "--all", "--no-trunc", "--format", format]));
    let line = |line: &str| {
        let mut words = line.splitn(5, ' ');
        let [id, name, image, state, status] = std::array::from_fn(|_| words.next().unwrap_or_default());
        let code = if state == "exited" { status.split(['(', ')']).nth(1).unwrap_or_default() } else { "" };
        format!("{id} {name} {image} {state} {code}")
    };
    let mut lines: Vec<String> = listed.unwrap_or_else(|problem| panic!("{problem}")).lines().map(line).collect();
    lines.sort();
    lines
}

/// The log of one container as one viewer has it, from its beginning on.
pub struct Log {
    socket: Socket,
    bytes: Vec<u8>,
    pub lines: Vec<String>,
    consumed: u64,
    /// The time in front of the newest line, as the engine wrote it.
    pub newest: String,
    /// The bridge said that the log has ended.
    pub ended: bool,
    /// How often it was told that something may be missing.
    pub gaps: usize,
    /// Why the bridge gave it up, where that is not the end of the test.
    pub closed: Option<String>,
    /// Says that it has consumed what came.
    pub acknowledges: bool,
}

impl Log {
    pub async fn open(bridge: &Bridge, engine: &str, container: &str) -> Log {
        Self::open_at(bridge, engine, json!({ "container": container, "tail": null, "since": null })).await
    }

    pub async fn open_at(bridge: &Bridge, engine: &str, spec: Value) -> Log {
        let mut socket = wire::signed_in(bridge).await;
        socket.send(json!({ "open": { "channel": 1, "engine": engine, "spec": { "logs": spec }, "resume": null } })).await;
        Log {
            socket,
            bytes: Vec::new(),
            lines: Vec::new(),
            consumed: 0,
            newest: String::new(),
            ended: false,
            gaps: 0,
            closed: None,
            acknowledges: true,
        }
    }

    /// Reads on until there are so many lines, or the end.
    pub async fn until(&mut self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.lines.len() < count && !self.ended && self.closed.is_none() {
            let Ok(received) = timeout_at(deadline, self.socket.receive_binary_or_text()).await else {
                panic!("{} lines instead of {count}; the last: {:?}", self.lines.len(), self.lines.last());
            };
            match received {
                Some(Ok(frame)) => self.take(&frame),
                Some(Err(message)) if message["closed"]["problem"]["code"] == "fell_behind" => self.closed = Some("fell_behind".to_owned()),
                Some(Err(message)) if message.get("closed").is_some() => panic!("the log was closed: {message}"),
                Some(Err(message)) => self.ended |= message.get("done").is_some(),
                None => panic!("the bridge hung up after {} lines", self.lines.len()),
            }
            if self.acknowledges && self.consumed > 1 << 20 {
                self.acknowledge().await;
            }
        }
    }

    pub async fn acknowledge(&mut self) {
        self.socket.send(json!({ "acknowledge": { "channel": 1, "bytes": self.consumed } })).await;
    }

    fn take(&mut self, frame: &[u8]) {
        if frame.get(4) == Some(&3) {
            self.gaps += 1;
            return;
        }
        // Channel and tag; 1 is the engine's multiplexed stream.
        assert_eq!(frame.get(4), Some(&1), "a log without a terminal");
        self.consumed += (frame.len() - 5) as u64;
        self.bytes.extend_from_slice(&frame[5..]);
        while let Some(header) = self.bytes.first_chunk::<8>() {
            let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let Some(payload) = self.bytes.get(8..8 + length) else { return };
            let text = String::from_utf8_lossy(payload).into_owned();
            self.bytes.drain(..8 + length);
            let (time, line) = text.split_once(' ').unwrap_or_default();
            time.clone_into(&mut self.newest);
            self.lines.push(line.trim_end().to_owned());
        }
    }

    /// Lines such as `line 7`: each one more than the one before.
    pub fn is_contiguous(&self) {
        let numbers: Vec<u64> = self.lines.iter().filter_map(|line| line.strip_prefix("line ")?.parse().ok()).collect();
        assert_eq!(numbers.len(), self.lines.len(), "lines of another kind: {:?}", self.lines);
        let broken = numbers.windows(2).find(|pair| pair[1] != pair[0] + 1);
        assert_eq!(broken, None, "of {} lines", numbers.len());
    }
}
