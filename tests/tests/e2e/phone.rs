//! On a phone: nothing is wider than it, and what it is taken out for is in reach.

use std::sync::Arc;

use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::json;

pub async fn nothing_is_wider_than_a_phone(world: Arc<World>) {
    let long = "a-container-whose-name-somebody-made-as-long-as-it-could-be-because-nobody-minded-and-it-never-ends";
    let image = "registry.example.com/some/long/path/of/folders/and-an-image-name-that-is-long-enough:with-a-tag-1.2.3-rc4";
    world.docker(&["tag", "alpine", image]);
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", long, "--env", "TOKEN=x", image, "sleep", "600"]);
    world.docker(&["volume", "create", long]);
    let (bridge, page) = site::open(&world).await;
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    page.cdp("Emulation.setDeviceMetricsOverride", phone).await;
    page.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
    // What scrolls inside the page may be wider; the page, and what the reader presses, is not.
    let wide = "const out = element => { const box = element.getBoundingClientRect(); return box.width > 0 && (box.right > 391 || box.left < -1) }; \
        const shortened = element => element !== null && (getComputedStyle(element).textOverflow === 'ellipsis' || shortened(element.parentElement)); \
        const scrolls = element => element.closest('.scroller, .log, .chips, .ctabs, .output, .nav, .skip, .vh') !== null || shortened(element); \
        return [document.documentElement.scrollWidth, \
            [...document.querySelectorAll('button, a, select, input')].filter(element => out(element) && !scrolls(element)) \
                .map(element => element.ariaLabel || element.textContent || element.tagName)]";
    let container = format!("/containers/{long}");
    let tabs = ["", "/logs", "/stats", "/terminal", "/files", "/changes", "/inspect", "/commit"].map(|tab| format!("{container}{tab}"));
    let pages = [
        "/containers",
        "/images",
        "/volumes",
        "/activity",
        "/networks",
        "/jobs",
        "/disk",
        "/engine",
        "/settings",
        "/run?image=alpine",
        "/images/alpine:latest",
    ];
    let volume = format!("/volumes/{long}");
    for path in pages.into_iter().chain(tabs.iter().map(String::as_str)).chain([volume.as_str()]) {
        site::visit(&page, &bridge, path).await;
        page.wait_until(&format!("its place in {path}"), async || page.eval(wide, vec![]).await == json!([390, []])).await;
    }
    // Stop with one press; Run without a long way.
    site::visit(&page, &bridge, &container).await;
    page.get_by_role("button", format!("Stop {long}")).wait().await;
    site::visit(&page, &bridge, "/run?image=alpine").await;
    let run = page.get_by_role("button", "Run");
    run.wait().await;
    let in_view = "const box = document.querySelector('.form-foot .btn.primary').getBoundingClientRect(); return box.bottom <= innerHeight && box.top >= 0";
    assert_eq!(page.eval(in_view, vec![]).await, json!(true));
    run.click().await;
    page.get_by_role("region", "Run result").expect_text("Exit code 0").await;
}
