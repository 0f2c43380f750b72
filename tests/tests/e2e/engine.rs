//! The engine's own page.

use std::sync::Arc;

use linkspan_tests::page::{containing, starting};
use linkspan_tests::site;
use linkspan_tests::world::World;

pub async fn it_says_what_it_has_and_what_takes_most(world: Arc<World>) {
    let run = |name: &str, script: &str| {
        world.docker(&["run", "--detach", "--init", "--network", "none", "--name", name, "alpine", "sh", "-c", script])
    };
    run("idle", "sleep 600");
    run("busy", "while :; do :; done");
    // It keeps 64 MiB.
    run("large", "head -c 64m /dev/zero | tail -c 64m | (sleep 600; cat > /dev/null)");
    let (bridge, page) = site::open(&world).await;
    page.get_by_role("navigation", "Main").get_by_role("link", "About this engine").click().await;
    page.wait_for_url("its page", |url| url.ends_with("/engine")).await;
    let host = page.get_by_role("region", "Host");
    let asked = |format: &str| world.docker(&["info", "--format", format]).trim().to_owned();
    host.expect_text(&format!("CPUs {}", asked("{{.NCPU}}"))).await;
    host.expect_text(&asked("{{.KernelVersion}}")).await;
    let engine = page.get_by_role("region", "Engine");
    engine.expect_text(&format!("Storage driver {}", asked("{{.Driver}}"))).await;
    engine.expect_text(&asked("{{.DockerRootDir}}")).await;
    for warning in asked("{{range .Warnings}}{{println .}}{{end}}").lines() {
        page.get_by_role("region", "Warnings").expect_text(warning).await;
    }
    // All of it together, and what takes most, as it changes.
    page.get_by_role("region", "CPU").get_by_role("img", containing("%")).wait().await;
    let most = page.get_by_role("region", "Most CPU");
    most.get_by_role("listitem", starting("")).nth(0).wait_for("the busy one first", |row| row.text.starts_with("busy")).await;
    world.docker(&["stop", "--time", "0", "busy"]);
    most.get_by_role("link", "busy").wait_gone().await;
    most.get_by_role("link", "idle").click().await;
    page.wait_for_url("its figures", |url| url.ends_with("/stats")).await;
    // Nobody looks: nothing is measured.
    site::visit(&page, &bridge, "/jobs").await;
}
