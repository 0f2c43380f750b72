//! What a container changed, before it is committed.

use std::sync::Arc;

use linkspan_tests::page::{Locator, Name, Page, containing};
use linkspan_tests::world::World;
use linkspan_tests::{site, wire};

async fn is_new(page: &Page, path: &str) -> bool {
    item(page, path).attribute("aria-description").await.is_some_and(|says| says.contains("new"))
}

pub fn item(page: &Page, path: &str) -> Locator {
    page.get_by_role("tree", "Changes").get_by_role("treeitem", path)
}

pub async fn what_changed_is_seen_beside_the_image_s(world: Arc<World>) {
    // A folder is deleted and made again; a link leads elsewhere; a file is no text; noise is noise.
    let make = "mkdir -p /srv/app /srv/gone && seq 40 | sed s/^/line-/ > /srv/app/text && printf 'a\\000b' > /srv/app/bytes \
        && echo x > /srv/gone/x && ln -s text /srv/app/link";
    world.docker(&["run", "--name", "base", "alpine", "sh", "-c", make]);
    world.docker(&["commit", "base", "made:1"]);
    world.docker(&["rm", "base"]);
    let change = "sed -i 's/line-20$/line-twenty/' /srv/app/text && printf 'a\\000c' > /srv/app/bytes && chmod 600 /srv/app/bytes \
        && rm -r /srv/gone && ln -sf bytes /srv/app/link && echo new > /srv/app/added && echo noise > /tmp/noise && sleep 600";
    world.docker(&["volume", "create", "kept"]);
    world.docker(&["run", "--detach", "--init", "--volume", "kept:/data", "--name", "box", "made:1", "sh", "-c", change]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("all is done", async || world.docker(&["exec", "box", "sh", "-c", "ls /tmp"]).contains("noise")).await;
    world.docker(&["exec", "box", "sh", "-c", "echo inside > /data/inside"]);
    site::visit(&page, &bridge, "/containers/box").await;
    page.get_by_role("link", "Changes").click().await;
    page.wait_for_url("its changes", |url| url.ends_with("/changes")).await;
    for (path, kind) in [
        ("/srv/app/added", "Added"),
        ("/srv/app/bytes", "Changed"),
        ("/srv/app/link", "Changed"),
        ("/srv/app/text", "Changed"),
        ("/srv/gone", "Deleted"),
        ("/tmp", "Changed, Likely noise: /tmp"),
    ] {
        assert_eq!(item(&page, path).attribute("aria-description").await.as_deref(), Some(kind), "{path}");
    }
    // Each with how large it is, or by how much it grew.
    for (path, size) in [("/srv/app/added", "4 B"), ("/srv/app/text", "+4 B"), ("/srv/app/bytes", "+0 B"), ("/srv/app", "+8 B")] {
        let script = "return document.querySelector(`[role=treeitem][aria-label=\"${arguments[0]}\"] .size`)?.dataset.text ?? ''";
        page.wait_until(&format!("the size of {path}"), async || page.eval(script, vec![path.into()]).await == size).await;
    }
    // Noise is folded, and what is in a volume is no part of it.
    assert!(!item(&page, "/tmp/noise").exists().await);
    assert!(!item(&page, "/data/inside").exists().await);
    item(&page, "/tmp").focus().await;
    page.press("ArrowRight").await;
    item(&page, "/tmp/noise").wait().await;

    // Text, unified and side by side, with the words that changed.
    item(&page, "/srv/app/text").click().await;
    page.wait_for_url("the path", |url| url.contains("path=%2Fsrv%2Fapp%2Ftext")).await;
    let difference = page.get_by_role("region", "Difference");
    difference.expect_text("@@ −17 +17 @@").await;
    difference.expect_text("line-twenty").await;
    let marked = "return [...document.querySelectorAll('.diff del, .diff ins')].map((one) => one.textContent).join('|')";
    page.wait_until("the words", async || page.eval(marked, vec![]).await.as_str().is_some_and(|words| words.contains("twenty"))).await;
    difference.get_by_role("tab", "Side by side").click().await;
    page.wait_until("two columns", async || {
        page.eval("return document.querySelectorAll('.diff.is-split').length", vec![]).await == serde_json::json!(1)
    })
    .await;
    difference.get_by_role("tab", "Unified").click().await;
    // What is no text as what it is; a link by where it leads; what is only here, or only there.
    item(&page, "/srv/app/bytes").click().await;
    difference.expect_text("at byte 2").await;
    difference.expect_text("0644 → 0600").await;
    item(&page, "/srv/app/link").click().await;
    difference.expect_text("text → bytes").await;
    item(&page, "/srv/app/added").click().await;
    difference.expect_text("new").await;
    item(&page, "/srv/gone").click().await;
    difference.expect_text("Folder").await;

    // Filtered, and somebody else sees the same.
    page.get_by_role("searchbox", "Filter changes").fill("srv/app").await;
    page.wait_until("the rest", async || page.get_by_role("tree", "Changes").find_all_by_role("treeitem").await.len() == 5).await;
    page.get_by_role("group", "Filter by kind").get_by_role("button", containing("Added")).click().await;
    page.wait_until("one", async || page.get_by_role("tree", "Changes").find_all_by_role("treeitem").await.len() == 1).await;
    let address = page.url().await;
    assert!(address.contains("q=srv%2Fapp") && address.contains("kind=added"), "{address}");
    page.reload().await;
    item(&page, "/srv/app/added").wait().await;
    site::visit(&page, &bridge, "/containers/box/changes").await;

    // What came since is told when somebody asks.
    world.docker(&["exec", "box", "sh", "-c", "echo later > /srv/app/later"]);
    page.get_by_role("button", "Scan again").click().await;
    page.wait_until("it is new", async || is_new(&page, "/srv/app/later").await).await;
    assert!(!is_new(&page, "/srv/app/added").await);
    // What it took of the engine is in no table, and goes with the container.
    let helpers = || world.docker(&["ps", "--all", "--filter", "label=io.linkspan.helper", "--format", "{{.Names}}"]);
    assert!(helpers().starts_with("linkspan-image-"));
    world.docker(&["rm", "--force", "box"]);
    site::until("no helper", async || helpers().trim().is_empty()).await;
}

/// The layers of an image as it is saved, each as the names and the bytes that are in it.
pub fn layers(world: &World, image: &str) -> Vec<(Vec<String>, Vec<u8>)> {
    let folder = linkspan_tests::scratch::folder("saved").expect("a folder");
    let file = folder.path().join("saved.tar");
    world.docker(&["save", "--output", &file.display().to_string(), image]);
    let mut layers = Vec::new();
    let mut saved = tar::Archive::new(std::fs::File::open(&file).expect("the file"));
    for entry in saved.entries().expect("a tar file") {
        let mut entry = entry.expect("an entry");
        if entry.path().expect("a path").file_name().is_none_or(|name| name != "layer.tar") {
            continue;
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).expect("a layer");
        let mut layer = tar::Archive::new(bytes.as_slice());
        let names =
            layer.entries().expect("a layer").map(|entry| entry.expect("an entry").path().expect("a path").display().to_string()).collect();
        layers.push((names, bytes));
    }
    layers
}

pub async fn selected_changes_become_one_clean_layer(world: Arc<World>) {
    let make =
        "mkdir -p /srv/app && echo old > /srv/app/text && echo x > /srv/app/gone && mkdir -m 750 /srv/strict && chown 7:8 /srv/strict";
    world.docker(&["run", "--name", "base", "alpine", "sh", "-c", make]);
    world.docker(&["commit", "--change", "CMD [\"cat\", \"/srv/app/text\"]", "base", "made:1"]);
    world.docker(&["rm", "base"]);
    let change = "echo new > /srv/app/text && chmod 4755 /srv/app/text && rm /srv/app/gone && echo in > /srv/strict/in && mkdir -p /opt/tool/bin         && echo tool > /opt/tool/bin/tool && ln /opt/tool/bin/tool /opt/tool/bin/twin && ln -s tool /opt/tool/bin/link && mkfifo /opt/tool/pipe \
        && echo pair > /srv/app/one && ln /srv/app/one /srv/app/two && cp -p /srv/app/one /srv/app/three && echo hunter2-secret > /root/secret && echo hunter2-cache > /tmp/cache && sleep 600";
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "made:1", "sh", "-c", change]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("all is done", async || world.docker(&["exec", "box", "sh", "-c", "ls /tmp"]).contains("cache")).await;
    site::visit(&page, &bridge, "/containers/box/commit").await;
    // Everything, until somebody chooses.
    let way = page.get_by_role("radiogroup", "What to commit");
    way.get_by_role("radio", "Everything").wait_for("chosen", |radio| radio.checked == "true").await;
    let (secret, noise) = (item(&page, "/root"), item(&page, "/tmp"));
    noise.get_by_role("checkbox", "Include /tmp").wait_for("left out", |one| one.checked == "false").await;
    assert_eq!(secret.attribute("aria-level").await.as_deref(), Some("1"));
    secret.get_by_role("checkbox", "Include /root").click().await;
    way.get_by_role("radio", "Selected changes").wait_for("chosen", |radio| radio.checked == "true").await;
    let selection = page.get_by_role("status", "Selection");
    selection.expect_text("paths selected").await;
    page.get_by_role("textbox", "Repository and tag").fill("made:2").await;
    page.get_by_role("textbox", "Message").fill("a tool").await;

    // What changed since it was looked at is not committed unseen.
    world.docker(&["exec", "box", "sh", "-c", "echo unseen > /srv/app/unseen"]);
    page.get_by_role("button", "Commit").click().await;
    page.expect_text("changed since it was reviewed: /srv/app/unseen").await;
    assert_eq!(world.docker(&["images", "--quiet", "made:2"]), "");
    page.get_by_role("button", "Scan again").click().await;
    page.wait_until("it is new", async || is_new(&page, "/srv/app/unseen").await).await;
    item(&page, "/srv/app/unseen").get_by_role("checkbox", Name::Any).click().await;
    // So it is with what was written since, though it is no other path.
    let later = "was=$(date +%s); until [ $(date +%s) -gt $((was + 3)) ]; do :; done; echo new > /srv/strict/in";
    world.docker(&["exec", "box", "sh", "-c", &format!("{later} && echo in >> /srv/strict/in")]);
    page.get_by_role("button", "Commit").click().await;
    page.expect_text("changed since it was reviewed: /srv/strict/in").await;
    assert_eq!(world.docker(&["images", "--quiet", "made:2"]), "");
    page.get_by_role("button", "Scan again").click().await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").wait().await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Paused}}", "box"]).trim(), "false");

    // It runs, deletions hold, and owners, modes and links are what they were; folders on the way are as they are.
    assert_eq!(world.docker(&["run", "--rm", "made:2"]), "new\n");
    let script = "ls /srv/app; stat -c '%a %u:%g' /srv/app/text /srv/strict; cat /srv/strict/in /opt/tool/bin/link; \
        [ /opt/tool/bin/tool -ef /opt/tool/bin/twin ] && echo twins; [ -p /opt/tool/pipe ] && echo pipe; ls /root /tmp; \
        cd /srv/app; [ one -ef two ] && echo one file; [ one -ef three ] || echo another";
    let told = world.docker(&["run", "--rm", "made:2", "sh", "-c", script]);
    assert_eq!(told, "one\ntext\nthree\ntwo\n4755 0:0\n750 7:8\nnew\nin\ntool\ntwins\npipe\n/root:\n\n/tmp:\none file\nanother\n");
    // One layer more, and no byte of what was left out in any.
    let (before, after) = (layers(&world, "made:1"), layers(&world, "made:2"));
    assert_eq!(after.len(), before.len() + 1);
    for (names, bytes) in &after {
        for lost in [&b"hunter2"[..], b"unseen"] {
            assert!(!bytes.windows(lost.len()).any(|window| window == lost), "{names:?}");
        }
    }
    let label = world.docker(&["inspect", "--format", "{{index .Config.Labels \"io.linkspan.message\"}}", "made:2"]);
    assert_eq!(label.trim(), "a tool");
    // Where it came from is told.
    let running = "sleep 600";
    world.docker(&["run", "--detach", "--init", "--name", "offspring", "made:2", "sh", "-c", running]);
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    site::visit(&other, &bridge, "/images/made:2").await;
    let lineage = other.get_by_role("region", "Lineage");
    lineage.expect_text("a tool").await;
    lineage.expect_text("Selected changes of box, committed by admin").await;
    lineage.get_by_role("link", "made:1").wait().await;
    lineage.get_by_role("link", "offspring").wait().await;
    world.docker(&["rm", "--force", "offspring"]);
    // And it is undone.
    page.get_by_role("button", "Undo commit").click().await;
    page.expect_text("Undone").await;
    assert_eq!(world.docker(&["images", "--quiet", "made:2"]), "");
}

pub async fn an_image_s_configuration_is_edited_field_by_field(world: Arc<World>) {
    let running = "touch /new && sleep 600";
    world.docker(&[
        "run",
        "--detach",
        "--init",
        "--name",
        "box",
        "--env",
        "KEEP=1",
        "--env",
        "API_TOKEN=hunter2",
        "alpine",
        "sh",
        "-c",
        running,
    ]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("the file is there", async || world.docker(&["exec", "box", "ls", "/"]).contains("new")).await;
    site::visit(&page, &bridge, "/containers/box/commit").await;
    let configuration = page.get_by_role("region", "Configuration");
    let field = |name: &'static str| configuration.get_by_role("textbox", name);
    field("Cmd").expect_value("sh -c 'touch /new && sleep 600'").await;
    page.get_by_role("region", "Warnings").expect_text("API_TOKEN").await;
    field("Entrypoint").fill("echo 'a b").await;
    configuration.expect_text("A quote is not closed").await;
    page.get_by_role("textbox", "Repository and tag").fill("configured:1").await;
    page.get_by_role("button", "Commit").click().await;
    field("Entrypoint").wait_for("the focus", |one| one.focused).await;
    assert_eq!(world.docker(&["images", "--quiet", "configured"]), "");
    field("Entrypoint").fill("echo 'a b'").await;
    field("Env").fill("KEEP=2\nAPI_TOKEN=").await;
    page.get_by_role("region", "Warnings").wait_gone().await;
    field("User").fill("1000").await;
    field("WorkingDir").fill("/srv").await;
    field("ExposedPorts").fill("8080 53/quic").await;
    configuration.expect_text("Ports are numbers").await;
    field("ExposedPorts").fill("8080 53/udp").await;
    field("Labels").fill("team=quay\nempty=").await;
    field("Healthcheck").fill("CMD-SHELL 'true || false'").await;
    field("StopSignal").fill("SIGINT").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").wait().await;
    let made = |image: &str| {
        let format = "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{.Config.User}} {{.Config.WorkingDir}}";
        world.docker(&["inspect", "--format", format, image]).trim().to_owned()
    };
    let env = |image: &str| world.docker(&["inspect", "--format", "{{join .Config.Env \" \"}}", image]);
    assert_eq!(made("configured:1"), r#"["echo","a b"] ["sh","-c","touch /new && sleep 600"] 1000 /srv"#);
    let more = |image: &str| {
        let format =
            "{{json .Config.ExposedPorts}} {{json .Config.Healthcheck.Test}} {{.Config.StopSignal}} {{index .Config.Labels \"team\"}}";
        world.docker(&["inspect", "--format", format, image]).trim().to_owned()
    };
    assert_eq!(more("configured:1"), r#"{"53/udp":{},"8080/tcp":{}} ["CMD-SHELL","true || false"] SIGINT quay"#);
    // The engine adds what the container has and the browser left out.
    assert!(
        env("configured:1").contains("KEEP=2") && env("configured:1").contains("API_TOKEN= ") && env("configured:1").contains("PATH=/")
    );
    page.expect_text("The engine made something else of Env").await;

    // A layer of its own is put upon the image, so that what the image has is where one begins.
    page.get_by_role("radiogroup", "What to commit").get_by_role("radio", "Selected changes").click().await;
    configuration.get_by_role("button", "Entrypoint as before").click().await;
    field("Entrypoint").expect_value("").await;
    field("Cmd").expect_value("/bin/sh").await;
    field("Cmd").fill("ls /new").await;
    field("Env").fill("ONLY=this").await;
    page.get_by_role("textbox", "Repository and tag").fill("configured:2").await;
    page.get_by_role("button", "Commit").click().await;
    page.expect_text("Committed configured:2").await;
    assert_eq!(made("configured:2"), r#"null ["ls","/new"] 1000 /srv"#);
    assert_eq!(env("configured:2").trim(), "ONLY=this");
    assert_eq!(more("configured:2"), more("configured:1"));
    assert_eq!(world.docker(&["run", "--rm", "--network", "none", "configured:2"]), "/new\n");
}

/// What a newer image has otherwise than an older one, whichever of them the address names first.
pub async fn two_images_are_compared(world: Arc<World>) {
    let make = "mkdir -p /srv/app /srv/old && echo one > /srv/app/text && echo x > /srv/old/x && echo same > /srv/app/same";
    world.docker(&["run", "--name", "base", "alpine", "sh", "-c", make]);
    world.docker(&["commit", "base", "compared:1"]);
    // Written again, a file that has the same in it is the same.
    // An engine lists images with the second they were made in.
    let change = "was=$(date +%s); echo two > /srv/app/text; rm -r /srv/old; echo new > /srv/app/new; echo same > /srv/app/same; \
        chmod 700 /srv/app; until [ $(date +%s) -gt $was ]; do :; done";
    world.docker(&["run", "--name", "young", "compared:1", "sh", "-c", change]);
    world.docker(&["commit", "young", "compared:2"]);
    world.docker(&["rm", "base", "young"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images/compared:1").await;
    page.get_by_role("button", "Compare…").click().await;
    page.expect_text("Choose an image to compare with").await;
    let id = world.docker(&["images", "--no-trunc", "--quiet", "compared:2"]).trim().to_owned();
    let choice = page.get_by_role("combobox", "Compare compared:1 with");
    page.wait_until("the newest of its repository comes first", async || choice.text().await.contains("compared:2")).await;
    choice.select_option("compared:2").await;
    page.wait_for_url("the other", |url| url.ends_with(&format!("with={id}"))).await;
    page.expect_text("compared:1 → compared:2").await;
    let all = async || {
        let mut said = Vec::new();
        for path in ["/srv/app", "/srv/app/new", "/srv/app/text", "/srv/old"] {
            said.push((path, item(&page, path).attribute("aria-description").await.unwrap_or_default()));
        }
        said
    };
    let wanted = vec![("/srv/app", "Changed"), ("/srv/app/new", "Added"), ("/srv/app/text", "Changed"), ("/srv/old", "Deleted")];
    let wanted: Vec<(&str, String)> = wanted.into_iter().map(|(path, kind)| (path, kind.to_owned())).collect();
    assert_eq!(all().await, wanted);
    assert!(!item(&page, "/srv/app/same").exists().await && !item(&page, "/srv/old/x").exists().await);
    item(&page, "/srv/app/text").click().await;
    let difference = page.get_by_role("region", "Difference");
    difference.expect_text("one").await;
    difference.expect_text("two").await;
    assert!(page.url().await.contains(&format!("with={id}")), "the other one stays");
    item(&page, "/srv/app").click().await;
    difference.expect_text("0755 → 0700").await;
    site::visit(&page, &bridge, "/images/compared:2/compare?with=compared:1").await;
    item(&page, "/srv/old").wait().await;
    assert_eq!(all().await, wanted);
    site::visit(&page, &bridge, "/images/compared:2/compare?with=compared:2").await;
    page.expect_text("It is the same image").await;
    site::visit(&page, &bridge, "/images/compared:2/compare?with=compared:3").await;
    page.expect_text("compared:3").await;
    page.expect_text("It may have been removed").await;
}

/// What a draft builds differs in nothing that was ticked from what the container has.
pub async fn a_dockerfile_is_drafted_and_builds_the_same(world: Arc<World>) {
    let make = "mkdir -p /srv/app /srv/old /srv/again && echo one > /srv/app/text && echo x > /srv/old/x && echo y > /srv/again/y";
    world.docker(&["run", "--name", "base", "alpine", "sh", "-c", make]);
    world.docker(&["commit", "--change", "ENV KEPT=yes", "base", "drafted:1"]);
    world.docker(&["rm", "base"]);
    let change = "echo second > /srv/app/text; rm -r /srv/old /srv/again; mkdir /srv/again; mkdir -p /opt/tool/bin /opt/mine; \
        echo tool > /opt/tool/bin/tool; chmod 755 /opt/tool/bin/tool; ln -s tool /opt/tool/bin/link; echo mine > /opt/mine/file; \
        chown -R 7:8 /opt/mine; chmod 4750 /opt/mine/file; ln /opt/mine/file /opt/mine/twin; echo 'a b' > '/srv/app/with blank*'; \
        mkfifo /opt/pipe; mkdir -m 700 /srv/empty; echo hunter2 > /srv/app/.env; echo cache > /tmp/cache; touch /done; sleep 600";
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "drafted:1", "sh", "-c", change]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("all is done", async || world.docker(&["exec", "box", "ls", "/"]).contains("done")).await;
    site::visit(&page, &bridge, "/containers/box/commit").await;
    item(&page, "/srv/app/text").wait().await;
    page.get_by_role("button", "Dockerfile draft").click().await;
    let dialog = page.get_by_role("dialog", "Dockerfile draft");
    let text = dialog.get_by_role("region", "Dockerfile");
    text.expect_text("FROM drafted:1").await;
    let said = text.text().await;
    for line in [
        r#"RUN ["rm","-rf","--","/srv/again/y","/srv/old"]"#,
        r#"COPY ["files/opt/tool/","/opt/tool/"]"#,
        r#"COPY ["files/srv/app/text","/srv/app/"]"#,
    ] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert!(!said.contains(".env") && !said.contains("/tmp"), "{said}");
    // Built by hand of what a browser gets, it is what was committed.
    let address = dialog.get_by_role("link", containing("Build context")).attribute("href").await.expect("an address");
    let folder = linkspan_tests::scratch::folder("context").expect("a folder");
    let (status, context) = wire::download(&bridge, &address).await;
    assert_eq!(status, 200);
    tar::Archive::new(context.as_slice()).unpack(folder.path()).expect("a tar file");
    world.docker(&["build", "--quiet", "--tag", "drafted:2", &folder.path().display().to_string()]);
    dialog.get_by_role("button", "Close").click().await;
    page.get_by_role("textbox", "Repository and tag").fill("drafted:3").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").wait().await;
    let all = "find / -xdev -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path '/etc/*' -prune -o \
        -exec stat -c '%n %A %u:%g %s %N %h' {} + | sort; find /srv /opt -type f -exec sha256sum {} + | sort";
    let built = |image: &str| world.docker(&["run", "--rm", "--network", "none", image, "sh", "-c", all]);
    let without_sizes = |told: String| {
        // What a file system counts of a folder depends on how it was made.
        let line = |line: &str| {
            let mut words: Vec<&str> = line.split(' ').collect();
            if words.get(1).is_some_and(|mode| mode.starts_with('d')) {
                words.truncate(3);
            }
            words.join(" ")
        };
        told.lines().map(line).collect::<Vec<_>>()
    };
    assert_eq!(without_sizes(built("drafted:2")), without_sizes(built("drafted:3")));
    assert!(built("drafted:2").contains("/opt/mine/twin -rwsr-x---"));

    // And an image that was committed has one, too: of what it has otherwise than the one below it.
    site::visit(&page, &bridge, "/images/drafted:3").await;
    page.get_by_role("button", "Dockerfile draft").click().await;
    page.get_by_role("dialog", "Dockerfile draft")
        .get_by_role("region", "Dockerfile")
        .expect_text(r#"COPY ["files/opt/tool/","/opt/tool/"]"#)
        .await;
    page.press("Escape").await;
    site::visit(&page, &bridge, "/images/drafted:1").await;
    page.get_by_role("button", "Dockerfile draft").wait_for("off", |button| button.disabled).await;
}

/// What no name tells is found in what is committed, and needs a reason.
pub async fn a_secret_is_known_by_its_content(world: Arc<World>) {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let change = format!("mkdir /srv; echo plain > /srv/plain; echo token={token} > /srv/settings; touch /done; sleep 600");
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "alpine", "sh", "-c", &change]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("all is done", async || world.docker(&["exec", "box", "ls", "/"]).contains("done")).await;
    site::visit(&page, &bridge, "/containers/box/commit").await;
    page.get_by_role("radiogroup", "What to commit").get_by_role("radio", "Selected changes").check().await;
    item(&page, "/srv/settings").wait().await;
    page.get_by_role("textbox", "Repository and tag").fill("kept-secret:1").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("article", "Commit box").expect_text("/srv/settings: a GitHub token").await;
    assert_eq!(world.docker(&["images", "--quiet", "kept-secret"]), "");
    // Left out, nothing is asked; wanted, it is said why.
    page.get_by_role("textbox", "Reason").fill("a test's own").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").wait().await;
    let reason = world.docker(&["inspect", "--format", "{{index .Config.Labels \"io.linkspan.override\"}}", "kept-secret:1"]);
    assert_eq!(reason.trim(), "a test's own");
}
