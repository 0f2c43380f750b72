//! Others are told, elsewhere, when something happens.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, block_in_place};

/// What came, in the order that it came in.
#[derive(Clone, Debug)]
struct Told {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

/// Takes requests, and answers with the status that a test says.
struct Receiver {
    url: String,
    told: Arc<Mutex<Vec<Told>>>,
    status: Arc<Mutex<u16>>,
    task: JoinHandle<()>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook?key=hunter2", listener.local_addr().expect("an address"));
        let (told, status) = (Arc::<Mutex<Vec<Told>>>::default(), Arc::new(Mutex::new(204)));
        let (kept, answered) = (told.clone(), status.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufReader::new(stream);
                let (mut line, mut headers) = (String::new(), Vec::new());
                while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) && line.trim_end() != "" {
                    headers.extend(line.trim_end().split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())));
                    line.clear();
                }
                let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
                let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
                stream.read_exact(&mut body).await.expect("all of it");
                let body = String::from_utf8(body).expect("text");
                let one =
                    Told { id: header("webhook-id"), timestamp: header("webhook-timestamp"), signature: header("webhook-signature"), body };
                kept.lock().expect("the list").push(one);
                let status = *answered.lock().expect("the status");
                let answer = format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, told, status, task }
    }

    /// The first of a kind, once it is there; and how often it came.
    async fn told(&self, kind: &str, times: usize) -> (Told, Value) {
        let found = || {
            let told = self.told.lock().expect("the list").clone();
            let of = |one: Told| serde_json::from_str::<Value>(&one.body).ok().filter(|body| body["type"] == kind).map(|body| (one, body));
            told.into_iter().filter_map(of).collect::<Vec<_>>()
        };
        site::until(&format!("{kind}, {times} times"), async || found().len() >= times).await;
        let all = found();
        assert!(all.iter().all(|(one, _)| one.id == all[0].0.id), "one message has one ID: {all:?}");
        all[0].clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// HMAC-SHA256 as another program computes it.
fn signed(secret: &str, text: &str) -> String {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{key}"), "-binary"]);
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("openssl starts");
    running.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    BASE64_STANDARD.encode(block_in_place(|| running.wait_with_output()).expect("it ends").stdout)
}

pub async fn others_are_told_elsewhere(world: Arc<World>) {
    let receiver = Receiver::start().await;
    let (mut bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/settings").await;
    page.get_by_role("button", "New webhook…").click().await;
    let dialog = page.get_by_role("dialog", "New webhook");
    dialog.get_by_role("textbox", "Name").fill("chat").await;
    dialog.get_by_role("textbox", "URL").fill("ftp://nowhere").await;
    dialog.get_by_role("checkbox", "A container ended by itself with exit code").click().await;
    dialog.get_by_role("button", "Create").click().await;
    // What was typed stays.
    dialog.expect_text("A webhook has an address such as").await;
    dialog.get_by_role("textbox", "URL").fill(&receiver.url).await;
    dialog.get_by_role("button", "Create").click().await;
    let shown = dialog.get_by_role("textbox", "Shown this once");
    shown.wait_for("a secret", |found| found.value.as_deref().is_some_and(|value| value.starts_with("whsec_"))).await;
    let secret = page.eval("return document.querySelector('#shown-once').value", vec![]).await;
    let secret = secret.as_str().expect("a secret").to_owned();
    dialog.get_by_role("button", "Done").click().await;
    let row = page.get_by_role("table", "Webhooks").get_by_role("row", "chat");
    row.expect_text("A container ended by itself with an error").await;
    row.get_by_role("button", "Test the webhook chat").click().await;
    page.expect_text("chat took the test request.").await;
    let (told, body) = receiver.told("test", 1).await;
    assert_eq!(told.signature, format!("v1,{}", signed(&secret, &format!("{}.{}.{}", told.id, told.timestamp, told.body))), "{body}");
    // What the engine tells of is told; what is not taken is sent again, as the same message.
    *receiver.status.lock().expect("the status") = 500;
    world.docker(&["run", "--name", "box", "alpine", "sh", "-c", "exit 0"]);
    world.docker(&["run", "--detach", "--name", "crate", "alpine", "sh", "-c", "exit 3"]);
    let (_, body) = receiver.told("container.exited", 1).await;
    assert!(body["data"]["object"]["name"] == "crate" && body["data"]["exit_code"] == 3 && body["data"]["engine"] == "local", "{body}");
    assert_eq!(body["text"], "crate ended by itself with exit code 3 on local.");
    page.reload().await;
    row.expect_text("the answer is 500").await;
    *receiver.status.lock().expect("the status") = 200;
    receiver.told("container.exited", 2).await;
    // It is known after a restart, its secret is told nowhere, and its address is no more than its administrators'.
    bridge.restart().await.expect("it starts again");
    site::add_person(&bridge, "jun", &["--role", "developer"]);
    let other = world.page().await;
    site::sign_in_as(&other, &bridge, "jun").await;
    site::visit(&other, &bridge, "/settings").await;
    other.expect_text("Administrators set these up: admin").await;
    page.reload().await;
    row.wait().await;
    let record =
        bridge.command(&["audit", "export"]).and_then(|mut command| block_in_place(|| command.output()).map_err(|error| error.to_string()));
    let record = String::from_utf8_lossy(&record.expect("the record").stdout).into_owned();
    assert!(record.contains("webhook.new") && !record.contains("hunter2"), "{record}");
    assert!(![&secret, "hunter2"].iter().any(|text| bridge.log().contains(*text)));
    // Where nobody is, that is said.
    drop(receiver);
    row.get_by_role("button", "Test the webhook chat").click().await;
    page.expect_text("chat did not take the test request").await;
    // What is under way at the end is not sent, and that is said.
    world.docker(&["run", "--detach", "--name", "late", "alpine", "sh", "-c", "exit 4"]);
    site::visit(&page, &bridge, "/activity").await;
    page.expect_text("late exited by itself").await;
    bridge.restart().await.expect("it starts again");
    assert!(bridge.log().contains("webhooks were not told of everything"), "{}", bridge.log());
    site::visit(&page, &bridge, "/settings").await;
    row.get_by_role("button", "Remove the webhook chat").click().await;
    page.get_by_role("dialog", "Remove the webhook chat?").get_by_role("button", "Remove").click().await;
    row.wait_gone().await;
    assert_eq!(page.eval("return document.querySelectorAll('[aria-label=Webhooks] tbody tr').length", vec![]).await, json!(1));
}
