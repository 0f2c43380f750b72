//! Where a log goes on after a break, whatever the clock of its engine did meanwhile.
//!
//! No real engine's clock can be set here, so a scripted one keeps a log and reads it as Docker does: `tail` counts from
//! its end, and `since` leaves out all that is stamped earlier, also of what comes later.

use std::sync::{Arc, Mutex};

use linkspan_tests::bridge::Options;
use linkspan_tests::page::Name;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site;
use linkspan_tests::watch::Log;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::sync::mpsc;

use super::breaks::record;

const BASE: i64 = 1_795_309_000;

#[derive(Default)]
struct Kept {
    /// Second and number of each line.
    lines: Vec<(i64, i64)>,
    followers: Vec<(Option<i64>, mpsc::UnboundedSender<Vec<u8>>)>,
}

impl Kept {
    fn write(&mut self, second: i64, number: i64) {
        self.lines.push((second, number));
        let is_meant = |since: &Option<i64>| since.is_none_or(|since| second >= since);
        for (_, follower) in self.followers.iter().filter(|(since, _)| is_meant(since)) {
            let _ = follower.send(chunk(&record(second, number)));
        }
    }

    /// Breaks all streams.
    fn cut(&mut self) {
        self.followers.clear();
    }

    fn answer(&mut self, request: &scripted::Request) -> Reply {
        let value = |key: &str| request.query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
        let since = value("since").and_then(|since| since.split('.').next()?.parse::<i64>().ok());
        let tail = value("tail").and_then(|tail| tail.parse::<usize>().ok()).unwrap_or(usize::MAX);
        let last = &self.lines[self.lines.len().saturating_sub(tail)..];
        let body: Vec<u8> = last
            .iter()
            .filter(|(second, _)| since.is_none_or(|since| *second >= since))
            .flat_map(|(second, number)| record(*second, *number))
            .collect();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        let _ = sender.send(head.as_bytes().to_vec());
        if !body.is_empty() {
            let _ = sender.send(chunk(&body));
        }
        if value("follow").is_some_and(|follow| follow == "true" || follow == "1") {
            self.followers.push((since, sender));
        } else {
            let _ = sender.send(b"0\r\n\r\n".to_vec());
        }
        let (bounded, replies) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(bytes) = receiver.recv().await {
                let _ = bounded.send(bytes).await;
            }
        });
        Reply::RawStream(replies)
    }
}

fn chunk(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}

pub async fn a_clock_that_is_set_hides_no_line(world: Arc<World>) {
    let kept: Arc<Mutex<Kept>> = Arc::default();
    let write = |lines: &[(i64, i64)]| lines.iter().for_each(|(later, number)| kept.lock().unwrap().write(BASE + later, *number));
    let id = "e".repeat(64);
    let (own, of) = (Arc::clone(&kept), id.clone());
    let engine = Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
        "/containers/json" => Some(Reply::json(200, &json!([{ "Id": of, "Names": ["/skewed"], "State": "running", "Status": "Up" }]))),
        path if path.ends_with("/logs") => Some(own.lock().unwrap().answer(request)),
        path if path.ends_with("/json") && path.contains(&of) => {
            Some(Reply::json(200, &json!({ "Id": of, "Name": "/skewed", "State": { "Status": "running" }, "Created": "" })))
        }
        _ => None,
    })
    .await
    .expect("an engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    // One of its lines is of a program whose clock is an hour ahead, and it is the last that comes before a break.
    write(&[(0, 1), (1, 2), (2, 3), (3600, 4)]);
    let mut log = Log::open(&bridge, "local", &id).await;
    log.until(4).await;
    kept.lock().unwrap().cut();
    write(&[(3, 5), (4, 6)]);
    log.until(6).await;
    // The clock is set back by an hour, first while the stream is open, then while it is broken.
    write(&[(-3600, 7)]);
    log.until(7).await;
    kept.lock().unwrap().cut();
    write(&[(-7200, 8), (-7199, 9)]);
    log.until(9).await;
    write(&[(-10_000, 10)]);
    log.until(10).await;
    // Lines of one time, some of which came before.
    write(&[(10, 11), (10, 12)]);
    log.until(12).await;
    kept.lock().unwrap().cut();
    write(&[(10, 13), (9, 14)]);
    log.until(14).await;
    // More than is read again to find the place.
    kept.lock().unwrap().cut();
    let many: Vec<(i64, i64)> = (15..=3000).map(|number| (number, number)).collect();
    write(&many);
    log.until(3000).await;
    log.is_contiguous();
    assert_eq!(log.gaps, 0);
    // A browser that comes back says what came last, and gets what follows it.
    for (later, count, next) in [(3600, 1, 5), (10, 2, 13), (20, 1, 21)] {
        let behind = json!({ "container": id, "tail": 10, "since": null, "behind": { "time": [BASE + later, 0], "count": count } });
        let mut again = Log::open_at(&bridge, "local", behind).await;
        again.until(3000 - next + 1).await;
        again.is_contiguous();
        assert_eq!((again.lines[0].clone(), again.gaps), (format!("line {next}"), 0));
    }
    // From a time on, and then whatever comes: of a stream that is open, and of one that is opened for it.
    let since = json!({ "container": id, "tail": null, "since": [BASE + 9000, 0] });
    let other = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let before = kept.lock().unwrap().followers.len();
    let mut later = [Log::open_at(&bridge, "local", since.clone()).await, Log::open_at(&other, "local", since).await];
    site::until("both follow", async || kept.lock().unwrap().followers.len() > before).await;
    write(&[(-20_000, 3001)]);
    for log in &mut later {
        log.until(1).await;
        assert_eq!(log.lines, ["line 3001"]);
    }
    log.until(3001).await;

    // What is not there any more cannot be gone on with, and that is said.
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    site::visit(&page, &bridge, &format!("/containers/{id}/logs")).await;
    let shown = page.get_by_role("log", Name::Any);
    shown.expect_text("line 3001").await;
    {
        let mut kept = kept.lock().unwrap();
        kept.cut();
        kept.lines.clear();
        (1..5).for_each(|number| kept.write(BASE + 20_000 + number, number));
    }
    shown.expect_text("There may be a gap here").await;
    shown.expect_text("line 4").await;
    log.until(3005).await;
    assert_eq!(log.gaps, 1);
    // The page's own place is gone, too: another clock, more lines than are read again.
    kept.lock().unwrap().cut();
    let many: Vec<(i64, i64)> = (1..3000).map(|number| (-30_000 + number, number)).collect();
    write(&many);
    log.until(3006).await;
    assert_eq!(log.gaps, 2);
    kept.lock().unwrap().write(BASE - 1, 7777);
    shown.expect_text("line 7777").await;
}
