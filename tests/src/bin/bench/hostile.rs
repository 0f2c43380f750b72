//! What others notice of connections that mean no good: how long a person's websocket and their requests take, without them and with
//! them, turn about in one run.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use linkspan_tests::bridge::Bridge;
use linkspan_tests::wire::{self, Socket};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use super::percentile;

const CONNECTIONS: usize = 500;
/// That they come from.
const ADDRESSES: usize = 50;
const ROUNDS: usize = 5;
const ASKED: usize = 400;
/// Between two bytes of those that are slow.
const DRIP: Duration = Duration::from_millis(500);

pub async fn hostile(bridge: &Bridge) -> Result<(), String> {
    let mut socket = wire::signed_in(bridge).await;
    socket.expect("hello").await;
    let cookie = wire::cookie(bridge).await;
    let (mut alone, mut beside): ([Vec<f64>; 2], [Vec<f64>; 2]) = Default::default();
    for _ in 0..ROUNDS {
        measure(bridge, &mut socket, &cookie, &mut alone).await;
        let mut flood = JoinSet::new();
        for n in 0..CONNECTIONS {
            flood.spawn(means_no_good(bridge.port(), n));
        }
        // Until they are all there; those that are ended come again.
        tokio::time::sleep(Duration::from_secs(2)).await;
        measure(bridge, &mut socket, &cookie, &mut beside).await;
        flood.shutdown().await;
    }
    for ((what, alone), beside) in ["a call", "a request on a connection of its own"].into_iter().zip(&mut alone).zip(&mut beside) {
        let (median, others) = (percentile(alone, 50), percentile(beside, 50));
        println!(
            "{CONNECTIONS} hostile connections: {what} takes {others:.2} ms (without them {median:.2} ms): {:.2} × (budget 1.05); of twenty the slowest {:.2} ms ({:.2} ms)",
            others / median,
            percentile(beside, 95),
            percentile(alone, 95),
        );
    }
    Ok(())
}

async fn measure(bridge: &Bridge, socket: &mut Socket, cookie: &str, into: &mut [Vec<f64>; 2]) {
    let (host, _) = wire::own_address(bridge);
    for id in 0..ASKED {
        let begun = Instant::now();
        socket.send(json!({ "call": { "id": id, "engine": "local", "call": "token.list", "arguments": {} } })).await;
        socket.expect("reply").await;
        into[0].push(begun.elapsed().as_secs_f64() * 1000.0);
        if id % 4 == 0 {
            let begun = Instant::now();
            let answer = wire::request(bridge, "GET /api/session", &[("Host", &host), ("Cookie", cookie)], "").await;
            assert_eq!(answer.status, 200);
            into[1].push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
}

/// Half a head byte by byte, nothing at all, nonsense, requests whose answers nobody reads, a frame of gigabytes: until it is ended.
async fn means_no_good(port: u16, n: usize) {
    loop {
        // From other addresses than the person who is measured.
        let from = SocketAddr::from(([127, 0, 1, 1 + u8::try_from(n % ADDRESSES).unwrap_or_default()], 0));
        let socket = TcpSocket::new_v4().and_then(|socket| socket.bind(from).map(|()| socket));
        let connected = match socket {
            Ok(socket) => socket.connect(([127, 0, 0, 1], port).into()).await,
            Err(error) => Err(error),
        };
        let Ok(mut stream) = connected else {
            tokio::time::sleep(DRIP).await;
            continue;
        };
        let host = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
        let text = match n % 5 {
            0 => host.clone(),
            1 => String::new(),
            2 => "\u{16}\u{3}\u{1}\u{ff}nonsense".repeat(200),
            3 => format!("{host}\r\n").repeat(100),
            _ => format!("POST /api/sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 4000000000\r\n\r\n"),
        };
        let _ = tokio::time::timeout(DRIP, stream.write_all(text.as_bytes())).await;
        while tokio::time::timeout(DRIP, stream.write_all(b"x")).await.is_ok_and(|sent| sent.is_ok()) {
            // What is answered is left where it is, but for the end.
            let mut byte = [0];
            if n % 5 != 3 && tokio::time::timeout(DRIP, stream.read(&mut byte)).await.is_ok_and(|read| read.is_ok_and(|read| read == 0)) {
                break;
            }
            tokio::time::sleep(DRIP).await;
        }
    }
}
