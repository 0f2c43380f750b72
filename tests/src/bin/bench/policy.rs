//! What deciding costs: the same call and the same table for an administrator, and for somebody with a role for a label that half of the
//! containers carry, turn about in one run.

use std::time::Instant;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site;
use linkspan_tests::wire::{self, Socket};
use linkspan_tests::world::PASSWORD;
use serde_json::{Value, json};

use super::percentile;

const CONTAINERS: usize = 1_000;
const ROUNDS: usize = 5;
const CALLS: usize = 400;
const TABLES: usize = 20;

fn id(n: usize) -> String {
    format!("{n:064x}")
}

fn labels(n: usize) -> Value {
    json!({ "com.docker.compose.project": if n.is_multiple_of(2) { "ours" } else { "theirs" } })
}

/// An engine that takes no time.
async fn engine() -> Result<Scripted, String> {
    Scripted::start(|request: &scripted::Request| {
        if request.path == "/containers/json" {
            let row = |n| json!({ "Id": id(n), "Names": [format!("/box-{n}")], "State": "running", "Labels": labels(n) });
            return Some(Reply::json(200, &json!((0..CONTAINERS).map(row).collect::<Vec<_>>())));
        }
        let of = request.path.strip_prefix("/containers/")?.strip_suffix("/json")?;
        let n = usize::from_str_radix(of, 16).ok()?;
        Some(Reply::json(
            200,
            &json!({ "Id": of, "Name": format!("/box-{n}"), "State": { "Status": "running" }, "Config": { "Labels": labels(n) } }),
        ))
    })
    .await
}

pub async fn policy() -> Result<(), String> {
    let engine = engine().await?;
    let bridge = Bridge::start(Options::new(&engine.host(), PASSWORD)).await?;
    site::add_person(&bridge, "ours", &["--role", "developer", "--on", "com.docker.compose.project=ours"]);
    let mut sockets = [wire::signed_in(&bridge).await, wire::signed_in_as(&bridge, "ours").await];
    let (mut calls, mut tables): ([Vec<f64>; 2], [Vec<f64>; 2]) = Default::default();
    for _ in 0..ROUNDS {
        for (who, socket) in sockets.iter_mut().enumerate() {
            for n in 0..TABLES {
                tables[who].push(table(socket, n, CONTAINERS / (who + 1)).await);
            }
            for n in 0..CALLS {
                calls[who].push(call(socket, n).await);
            }
        }
    }
    for (what, [all, some]) in [("container.inspect", &mut calls), ("the table of containers", &mut tables)] {
        let (all, some) = (percentile(all, 50), percentile(some, 50));
        println!(
            "{CONTAINERS} containers: {what} takes {some:.2} ms with a role for a label that half of them carry, {all:.2} ms with one for all: {:.2} ×",
            some / all
        );
    }
    Ok(())
}

async fn call(socket: &mut Socket, n: usize) -> f64 {
    let begun = Instant::now();
    let arguments = json!({ "container": id(n * 2 % CONTAINERS) });
    socket.send(json!({ "call": { "id": n, "engine": "local", "call": "container.inspect", "arguments": arguments } })).await;
    socket.expect("reply").await;
    begun.elapsed().as_secs_f64() * 1000.0
}

/// Until all rows are there.
async fn table(socket: &mut Socket, n: usize, rows: usize) -> f64 {
    let begun = Instant::now();
    let channel = n + 1;
    socket.send(json!({ "open": { "channel": channel, "engine": "local", "spec": "containers", "resume": null } })).await;
    loop {
        let state = socket.expect("state").await;
        let found = state["change"]["containers"]["snapshot"].as_array().map(Vec::len);
        if state["channel"] == channel && found == Some(rows) {
            break;
        }
    }
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    socket.send(json!({ "close": { "channel": channel } })).await;
    took
}
