//! The first visit: what a browser that was never here fetches and does until the table of containers stands, beside a
//! static page with the same rows and styles, which no app can be better than.

use std::time::Duration;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::browser::Browser;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::wire;
use linkspan_tests::world::PASSWORD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::{JoinSet, block_in_place};

const ROWS: usize = 100;
const ROUNDS: usize = 5;

/// Before anything else of a page: notes when the rows in view are there and painted.
const WATCH: &str = r#"
    const seen = () => document.querySelectorAll(".dt-body[role=rowgroup] .dt-row").length >= 20;
    const watch = new MutationObserver(() => {
        if (!seen()) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => { globalThis.benchTable = performance.now(); }));
    });
    watch.observe(document, { subtree: true, childList: true });
"#;

/// The page as it stands, without what makes it more than that.
const FROZEN: &str = r#"
    const page = document.documentElement.cloneNode(true);
    page.querySelectorAll("script, link, meta[name=session]").forEach((element) => element.remove());
    const style = document.createElement("style");
    style.textContent = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.cssText).join("\n");
    page.querySelector("head").append(style);
    return "<!doctype html>" + page.outerHTML;
"#;

/// What one visit came to.
struct Visit {
    table: f64,
    main_thread: f64,
    layouts: f64,
    styles: f64,
    nodes: f64,
    bytes: f64,
    nodes_of_a_row: f64,
    page: String,
}

pub async fn first_visit() -> Result<(), String> {
    let engine = engine_of_many().await?;
    let bridge = Bridge::start(Options::new(&engine.host(), PASSWORD)).await?;
    let cookie = wire::cookie(&bridge).await;
    let browser = block_in_place(Browser::start)?;
    let frozen = visit(&browser, &bridge.url(), &cookie, false).await?.page;
    let (frozen_size, address, _server) = serve(&frozen).await?;
    for slow in [false, true] {
        let (mut ours, mut still) = (Vec::new(), Vec::new());
        // In turn, so that whatever else the machine does is shared.
        for _ in 0..ROUNDS {
            ours.push(visit(&browser, &bridge.url(), &cookie, slow).await?);
            still.push(visit(&browser, &address, &cookie, slow).await?);
        }
        let way = if slow { "40 ms, 10 Mbit/s" } else { "loopback" };
        println!("first visit, {ROWS} containers, {way}, median of {ROUNDS} cold profiles: {} (budget 1.2 s)", said(&ours));
        println!("    a static page of the same rows ({:.0} KB): {}", frozen_size as f64 / 1000.0, said(&still));
    }
    Ok(())
}

fn said(visits: &[Visit]) -> String {
    let of = |figure: fn(&Visit) -> f64| {
        let mut figures: Vec<f64> = visits.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    format!(
        "table after {:.0} ms, {:.0} KB, main thread {:.0} ms, {} layouts, {} style passes, {} nodes, {} of a row",
        of(|one| one.table),
        of(|one| one.bytes) / 1000.0,
        of(|one| one.main_thread) * 1000.0,
        of(|one| one.layouts),
        of(|one| one.styles),
        of(|one| one.nodes),
        of(|one| one.nodes_of_a_row),
    )
}

/// With a profile of its own, which is signed in and has nothing else.
async fn visit(browser: &Browser, address: &str, cookie: &str, slow: bool) -> Result<Visit, String> {
    let page = browser.session(&Default::default()).await?;
    let (name, value) = cookie.split_once('=').ok_or("a cookie has a name")?;
    page.cdp("Network.enable", json!({})).await;
    page.cdp("Network.setCookie", json!({ "name": name, "value": value, "url": address })).await;
    page.cdp("Page.enable", json!({})).await;
    page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
    page.cdp("Performance.enable", json!({})).await;
    if slow {
        let rate = 10_000_000 / 8;
        let conditions = json!({ "offline": false, "latency": 40, "downloadThroughput": rate, "uploadThroughput": rate });
        page.cdp("Network.emulateNetworkConditions", conditions).await;
    }
    page.goto(address).await;
    page.wait_until("the table", async || page.eval("return globalThis.benchTable ?? null", vec![]).await != Value::Null).await;
    let metrics = page.cdp("Performance.getMetrics", json!({})).await;
    let metric = |name: &str| {
        let found = metrics["metrics"].as_array().into_iter().flatten().find(|metric| metric["name"] == name);
        found.and_then(|metric| metric["value"].as_f64()).unwrap_or_default()
    };
    let number = async |script: &str| page.eval(script, vec![]).await.as_f64().unwrap_or_default();
    let fetched = "return performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
        .filter((entry) => entry.responseEnd <= benchTable).reduce((sum, entry) => sum + entry.encodedBodySize, 0)";
    let within = "const nodes = (node) => 1 + [...node.childNodes].reduce((sum, child) => sum + nodes(child), 0);
        return nodes(document.querySelector('.dt-body[role=rowgroup] .dt-row:not(.group)'))";
    let visit = Visit {
        table: number("return benchTable").await,
        main_thread: metric("TaskDuration"),
        layouts: metric("LayoutCount"),
        styles: metric("RecalcStyleCount"),
        nodes: metric("Nodes"),
        bytes: number(fetched).await,
        nodes_of_a_row: number(within).await,
        page: page.eval(FROZEN, vec![]).await.as_str().unwrap_or_default().to_owned(),
    };
    page.close().await;
    Ok(visit)
}

/// Containers as a team has them: of a project each ten, with ports.
async fn engine_of_many() -> Result<Scripted, String> {
    let row = |n: usize| {
        json!({
            "Id": format!("{n:064x}"), "Names": [format!("/shop-{}-web-{n}", n / 10)], "Image": "registry.example/shop/web:1.2",
            "State": "running", "Status": "Up 3 hours", "Created": 1_700_000_000,
            "Ports": [{ "IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8000 + n, "Type": "tcp" }],
            "Labels": { "com.docker.compose.project": format!("shop-{}", n / 10), "com.docker.compose.service": "web" },
        })
    };
    let rows: Vec<Value> = (0..ROWS).map(row).collect();
    let details = |row: &Value| {
        let config = json!({ "Image": row["Image"], "Labels": row["Labels"] });
        let state = json!({ "Status": "running", "StartedAt": "2026-01-02T03:04:05Z" });
        json!({ "Id": row["Id"], "Name": row["Names"][0], "State": state, "Config": config })
    };
    Scripted::start(move |request: &scripted::Request| match request.path.strip_prefix("/containers/")? {
        "json" => Some(Reply::json(200, &json!(rows))),
        path if path.ends_with("/stats") => Some(Reply::Hang),
        path => Some(Reply::json(200, &details(rows.iter().find(|row| row["Id"] == *path.trim_end_matches("/json"))?))),
    })
    .await
}

/// One page, compressed as Linkspan's are, on a port of its own, as long as the set lives.
async fn serve(page: &str) -> Result<(usize, String, JoinSet<()>), String> {
    let mut body = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut page.as_bytes(), &mut body, &parameters).map_err(|error| error.to_string())?;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: br\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = [head.into_bytes(), body.clone()].concat();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let mut server = JoinSet::new();
    server.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 8 << 10];
            // A browser also opens connections that it then does not use.
            let asked = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut request)).await;
            if matches!(asked, Ok(Ok(1..))) {
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    Ok((body.len(), format!("http://127.0.0.1:{port}/"), server))
}
