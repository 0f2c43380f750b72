//! What containers, images and registries send is bytes: it never becomes markup, a command or a link of its own.

use std::sync::Arc;

use linkspan_tests::page::{Name, Page, containing, starting};
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::{Value, json};

/// Becomes true where any of it is taken for more than text.
const PAYLOAD: &str = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>\"'><svg/onload=window.pwned=1>";

/// What a page of ours has nothing of, wherever it is.
async fn is_harmless(page: &Page, place: &str) {
    let script = "return { pwned: window.pwned ?? null, title: document.title, \
        made: document.querySelectorAll('img[src=x], script:not([src]), svg[onload], [onerror], [onload], iframe, object').length, \
        links: [...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href')).filter(href => /^(javascript|data|vbscript):/i.test(href)), \
        here: location.origin }";
    let found = page.eval(script, vec![]).await;
    assert_eq!(found["pwned"], Value::Null, "{place}: {found}");
    assert_eq!((&found["made"], &found["links"]), (&json!(0), &json!([])), "{place}: {found}");
    assert!(!found["title"].as_str().unwrap_or_default().contains("pwned"), "{place}: {found}");
}

pub async fn nothing_that_comes_from_outside_becomes_markup(world: Arc<World>) {
    let label = format!("evil={PAYLOAD}");
    let environment = format!("EVIL={PAYLOAD}");
    // Titles, the clipboard, links, and what answers back as if it were typed.
    let escapes = "printf '\\033]0;pwned title\\007\\033]52;c;cHduZWQ=\\007\\033]8;;javascript:window.pwned=1\\007link\\033]8;;\\007\\033[21t\\033P$q\"p\\033\\\\\\n'";
    let prints = format!("echo '{}'; {escapes}; echo end-of-it; sleep 600", PAYLOAD.replace('\'', "'\\''"));
    world.docker(&[
        "run",
        "--detach",
        "--init",
        "--name",
        "evil",
        "--label",
        &label,
        "--env",
        &environment,
        "--health-cmd",
        &format!("echo '{}'; exit 1", PAYLOAD.replace('\'', "")),
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
        "alpine",
        "sh",
        "-c",
        &prints,
    ]);
    world.docker(&[
        "exec",
        "evil",
        "sh",
        "-c",
        &format!("mkdir -p /evil && cd /evil && touch -- '{}' && printf 'x' > '$(reboot)'", PAYLOAD.replace('/', "|").replace('\'', "")),
    ]);
    world.docker(&["volume", "create", "--label", &label, "evil-volume"]);
    world.docker(&["network", "create", "--driver", "bridge", "--internal", "--label", &label, "evil-network"]);
    world.docker(&[
        "commit",
        "--change",
        &format!("LABEL evil=\"{}\"", PAYLOAD.replace(['"', '\''], "")),
        "--message",
        PAYLOAD,
        "evil",
        "evil:1",
    ]);
    let (bridge, page) = site::open(&world).await;
    // What is done here is told.
    let id = world.docker(&["inspect", "--format", "{{.Id}}", "evil"]);
    let read = "await fetch(`/api/containers/${arguments[0]}/archive?path=${encodeURIComponent('/evil/' + arguments[1])}`)";
    page.eval(read, vec![json!(id.trim()), json!(PAYLOAD)]).await;
    for (path, shows) in [
        ("/containers", "evil"),
        ("/containers/evil", "window.pwned"),
        ("/containers/evil/inspect", "Labels"),
        ("/containers/evil/logs", "end-of-it"),
        ("/containers/evil/changes", "evil"),
        ("/containers/evil/files?path=/evil", "onerror"),
        ("/images/evil:1", "window.pwned"),
        ("/volumes/evil-volume", "window.pwned"),
        ("/networks/evil-network", "window.pwned"),
        ("/activity", "evil"),
    ] {
        site::visit(&page, &bridge, path).await;
        page.expect_text(shows).await;
        is_harmless(&page, path).await;
    }
    // A terminal takes what a program says for what it is to show, and not for what the browser is to do.
    site::visit(&page, &bridge, "/containers/evil/terminal").await;
    page.get_by_role("button", "Open terminal").click().await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.eval("window.written = null; navigator.clipboard.writeText = async text => { window.written = text }; return true", vec![]).await;
    page.type_text(&format!("{escapes}; echo done-$((40+2))\n")).await;
    page.wait_until("the terminal's end of it", async || {
        page.eval("return document.querySelector('.xterm')?.textContent ?? document.body.textContent", vec![])
            .await
            .to_string()
            .contains("done-42")
            || page.outline().await.contains("done-42")
    })
    .await;
    is_harmless(&page, "the terminal").await;
    assert_eq!(page.eval("return window.written", vec![]).await, Value::Null, "nobody else writes to the clipboard");
    // What a registry answers.
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("textbox", "Image to pull").fill("127.0.0.1:1/evil:1").await;
    page.get_by_role("button", "Pull").click().await;
    page.get_by_role("article", containing("127.0.0.1:1/evil:1")).get_by_role("alert", Name::Any).wait().await;
    is_harmless(&page, "/images").await;
}
