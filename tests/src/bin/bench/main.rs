//! `cargo xtask bench`: what Linkspan costs, beside what the engine alone takes for the same. A report, not a test:
//! the figures depend on the machine, the ratios less so.

mod hostile;
mod policy;
mod review;
mod visit;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::browser::Browser;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::world::PASSWORD;
use linkspan_tests::{scratch, site, wire};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::block_in_place;
use xtask::engine::{self, Engine};
use xtask::{images, process};

const LINES: usize = 1_000_000;
const CREATED: usize = 1_000;
const RUNNING: usize = 50;
const ROUNDS: usize = 3;
/// As `linkspan_shared::channel` has it.
const MAX_STATS: usize = 256;

#[tokio::main]
async fn main() -> ExitCode {
    process::sweep();
    engine::sweep(&scratch::engines());
    let outcome = measure().await;
    process::end_own();
    engine::remove_own(&scratch::engines());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), String> {
    if std::env::args().nth(1).is_some_and(|only| only == "visit") {
        return visit::first_visit().await;
    }
    if std::env::args().nth(1).is_some_and(|only| only == "policy") {
        return policy::policy().await;
    }
    let engine = block_in_place(|| {
        let engine = Engine::start(&scratch::engines().join(format!("bench-{}", std::process::id())), engine::Options::default())?;
        images::alpine(&engine)?;
        Ok::<_, String>(engine)
    })?;
    let bridge = Bridge::start(Options::new(&engine.host(), PASSWORD)).await?;
    if std::env::args().nth(1).is_some_and(|only| only == "review") {
        return review::review(&engine, &bridge).await;
    }
    if std::env::args().nth(1).is_some_and(|only| only == "hostile") {
        return hostile::hostile(&bridge).await;
    }
    sizes(&bridge).await?;
    visit::first_visit().await?;
    log_relay(&engine, &bridge).await?;
    review::review(&engine, &bridge).await?;
    many_containers(&engine, &bridge).await?;
    hostile::hostile(&bridge).await?;
    policy::policy().await?;
    changing_rows().await
}

fn percentile(all: &mut [f64], of_100: usize) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() * of_100 / 100]
}

/// How long a thousand rows keep the page busy whose figures change every second. No engine has them to order: scripted.
async fn changing_rows() -> Result<(), String> {
    let id = |n: usize| format!("{n:064x}");
    let state = json!({ "Status": "running" });
    let engine = Scripted::start(move |request: &scripted::Request| {
        let of = request.path.strip_prefix("/containers/");
        match of.and_then(|rest| rest.split_once('/')) {
            Some((id, "json")) => {
                let labels = json!({ "Labels": { "com.docker.compose.project": "many" } });
                Some(Reply::json(200, &json!({ "Id": id, "Name": format!("/many-{id}"), "State": state, "Config": labels })))
            }
            Some((_, "stats")) => {
                let (sender, receiver) = mpsc::channel(1);
                tokio::spawn(async move {
                    for n in 1_u64.. {
                        let cpu = |n: u64| json!({ "cpu_usage": { "total_usage": n * n * 10_000_000 }, "system_cpu_usage": n * 4_000_000_000, "online_cpus": 4 });
                        let document = json!({ "cpu_stats": cpu(n), "precpu_stats": cpu(n - 1), "memory_stats": { "usage": n << 20, "limit": 1 << 28 } });
                        if sender.send(format!("{document}\n").into_bytes()).await.is_err() {
                            return;
                        }
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                });
                Some(Reply::Stream("application/json", receiver))
            }
            _ if request.path == "/containers/json" => {
                let row = |n| json!({ "Id": id(n), "Names": [format!("/many-{}", id(n))], "State": "running", "Labels": { "com.docker.compose.project": "many" } });
                Some(Reply::json(200, &json!((0..CREATED).map(row).collect::<Vec<_>>())))
            }
            _ => None,
        }
    })
    .await?;
    let bridge = Bridge::start(Options::new(&engine.host(), PASSWORD)).await?;
    let browser = block_in_place(Browser::start)?;
    let page = browser.session(&Default::default()).await?.with_deadline(Duration::from_secs(60));
    site::sign_in(&page, &bridge).await;
    let figures = "return document.querySelectorAll('.dt-row .mem-t').length > 10";
    page.wait_until("figures", async || page.eval(figures, vec![]).await == Value::Bool(true)).await;
    page.eval("window.long = []; new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' })", vec![])
        .await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let long = page.eval("return window.long", vec![]).await;
    let longest = long.as_array().into_iter().flatten().filter_map(Value::as_f64).fold(0.0, f64::max);
    println!(
        "{CREATED} rows of one project, figures of {} of them (the most that is watched) every second for 20 s: {} tasks over 50 ms, longest {longest:.0} ms (budget: none)",
        MAX_STATS,
        long.as_array().map_or(0, Vec::len),
    );
    page.close().await;
    Ok(())
}

/// The bytes that a browser fetches, as they are on the wire.
async fn sizes(bridge: &Bridge) -> Result<(), String> {
    let browser = block_in_place(Browser::start)?;
    let page = browser.session(&Default::default()).await?;
    // The part that is loaded ahead once the table is there is counted apart.
    let fetched = "return performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
        .filter(entry => entry.name.includes('further') === arguments[0])
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0)";
    page.goto(&bridge.url()).await;
    page.wait_for_role("button", "Sign in").await;
    let entry = page.eval(fetched, vec![json!(false)]).await.as_f64().unwrap_or_default();
    println!("the sign-in page: {:.0} KB compressed", entry / 1000.0);
    site::sign_in(&page, bridge).await;
    let table = page.eval(fetched, vec![json!(false)]).await.as_f64().unwrap_or_default();
    println!("on to the live table: {:.0} KB in all (budget 320)", table / 1000.0);
    let further = async || page.eval(fetched, vec![json!(true)]).await.as_f64().unwrap_or_default();
    page.wait_until("the other pages are loaded ahead", async || further().await > 0.0).await;
    println!("the other pages, loaded ahead: {:.0} KB", further().await / 1000.0);
    page.close().await;
    Ok(())
}

/// A million lines through the bridge, and straight from the engine's socket.
async fn log_relay(engine: &Engine, bridge: &Bridge) -> Result<(), String> {
    let script = format!("yes 'a line of some eighty bytes, as programs write them when they say what they do now' | head -n {LINES}");
    block_in_place(|| engine.docker(&["run", "--detach", "--name", "loud", "--network", "none", "alpine", "sh", "-c", &script]))?;
    block_in_place(|| engine.docker(&["wait", "loud"]))?;
    let id = block_in_place(|| engine.docker(&["inspect", "--format", "{{.Id}}", "loud"]))?.trim().to_owned();
    let (mut raw, mut relayed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(block_in_place(|| read_raw(engine, &id)).map_err(|error| error.to_string())?);
        relayed.push(read_relayed(bridge, &id).await?);
    }
    let (raw, relayed) = (median(raw), median(relayed));
    println!("{LINES} lines with timestamps, median of {ROUNDS}: raw socket {raw:.2?}, through the bridge {relayed:.2?}");
    println!("relay at {:.2} of the raw speed (budget 0.8)", raw.as_secs_f64() / relayed.as_secs_f64());
    block_in_place(|| engine.docker(&["rm", "--force", "loud"])).map(drop)
}

fn read_raw(engine: &Engine, id: &str) -> std::io::Result<Duration> {
    let begun = Instant::now();
    let mut stream = UnixStream::connect(engine.socket())?;
    write!(stream, "GET /v1.41/containers/{id}/logs?stdout=1&stderr=1&timestamps=1&follow=1&tail=all HTTP/1.0\r\nHost: docker\r\n\r\n")?;
    let mut buffer = vec![0; 256 << 10];
    while stream.read(&mut buffer)? > 0 {}
    Ok(begun.elapsed())
}

async fn read_relayed(bridge: &Bridge, id: &str) -> Result<Duration, String> {
    let mut socket = wire::signed_in(bridge).await;
    let begun = Instant::now();
    let spec = json!({ "logs": { "container": id, "tail": null, "since": null } });
    socket.send(json!({ "open": { "channel": 1, "engine": "local", "spec": spec, "resume": null } })).await;
    let mut bytes = 0;
    let mut acknowledged = 0;
    // The end of the stream is a text message, after which no frame comes.
    while let Some(frame) = socket.receive_binary_or_text().await {
        match frame {
            Ok(frame) => bytes += frame.len() - 5,
            Err(text) if text["done"]["channel"] == 1 => return Ok(begun.elapsed()),
            Err(_) => {}
        }
        if bytes - acknowledged > 512 << 10 {
            acknowledged = bytes;
            socket.send(json!({ "acknowledge": { "channel": 1, "bytes": bytes } })).await;
        }
    }
    Err(format!("the stream broke after {bytes} bytes"))
}

/// From the address to a live table of a thousand.
async fn many_containers(engine: &Engine, bridge: &Bridge) -> Result<(), String> {
    block_in_place(|| {
        let client = engine.command()?;
        let script = "for n in $(seq 1 $1); do echo $n; done | xargs -P 4 -I{} \"$0\" create --name many-{} --network none alpine sleep 9999 >/dev/null
            for n in $(seq 1 $2); do echo many-$n; done | xargs -P 4 -n 5 \"$0\" start >/dev/null";
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", script]).arg(client.get_program()).args([CREATED.to_string(), RUNNING.to_string()]);
        shell.envs(client.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let made = shell.status().map_err(|error| error.to_string())?;
        if made.success() { Ok(()) } else { Err("the containers could not be made".to_owned()) }
    })?;
    let browser = block_in_place(Browser::start)?;
    let page = browser.session(&Default::default()).await?.with_deadline(Duration::from_secs(60));
    site::sign_in(&page, bridge).await;
    let wanted = (CREATED + 1).to_string();
    let full = "return document.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount') === arguments[0]
        && document.querySelectorAll('.dt-body .dt-row').length > 10";
    let mut loads = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        page.reload().await;
        page.wait_until("all rows are counted", async || page.eval(full, vec![wanted.clone().into()]).await == Value::Bool(true)).await;
        loads.push(begun.elapsed());
    }
    let rows = page.eval("return document.querySelectorAll('.dt-body .dt-row').length", vec![]).await;
    println!(
        "{CREATED} containers, {RUNNING} running: live table {:.2?} after a reload (budget 1 s), {rows} rows in the document",
        median(loads)
    );
    page.close().await;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
