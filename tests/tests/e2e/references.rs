//! Names of images, read the same way everywhere, and what is said of how a registry is signed in at.

use std::sync::Arc;

use linkspan_tests::page::{Found, Name, containing};
use linkspan_tests::registry::Registry;
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::json;
use xtask::images;

use super::registries::{helper, publish, pull, with_docker_login};

/// A helper that is missing, or fails, is told before anything is pulled without it.
pub async fn trouble_with_a_login_is_told_when_it_happens(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    let reference = publish(&world, &registry, "open:1", 1, 1000);
    for (name, script, why) in
        [("nowhere", None, "docker-credential-nowhere"), ("locked", Some("echo 'the keyring is locked'; exit 1"), "the keyring is locked")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(script) = script {
            helper(folder.path(), name, script);
        }
        let bridge = with_docker_login(&world, &world.engine().host(), &json!({ "credsStore": name }), folder.path(), &[]).await;
        let page = world.page().await;
        site::sign_in(&page, &bridge).await;
        site::visit(&page, &bridge, "/images").await;
        page.get_by_role("textbox", "Image to pull").fill(&reference).await;
        page.get_by_role("form", "Pull").expect_text(&format!("Asks docker-credential-{name} first")).await;
        let job = pull(&page, &reference).await;
        // It does without, and says so.
        job.expect_text("What was to be signed in with could not be read").await;
        job.expect_text(why).await;
        job.expect_text("Done").await;
        world.docker(&["rmi", &reference]);
    }
}

pub async fn names_are_read_the_same_everywhere(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    let reference = registry.reference("digested:1");
    images::layers(world.engine(), &reference, 1, 1000).expect("an image");
    world.docker(&["push", &reference]);
    let by_digest = world.docker(&["inspect", "--format", "{{index .RepoDigests 0}}", &reference]).trim().to_owned();
    world.docker(&["rmi", &reference]);
    world.docker(&["pull", &by_digest]);
    // What a container was made of loses its name.
    world.docker(&["tag", "alpine", "gone:1"]);
    world.docker(&["create", "--name", "orphan", "gone:1"]);
    world.docker(&["rmi", "gone:1"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    // The same image, however it is written.
    let field = page.get_by_role("textbox", "Image to pull");
    for text in ["alpine", "docker.io/library/alpine", "library/alpine:latest", "index.docker.io/library/alpine"] {
        field.fill(text).await;
        page.get_by_role("form", "Pull").expect_text("Already on this engine").await;
    }
    field.fill(&by_digest).await;
    page.get_by_role("form", "Pull").expect_text("Already on this engine").await;
    // By its digest it has a name, and nobody prunes it for want of one.
    let (name, _) = by_digest.split_once('@').expect("a digest");
    let row = page.get_by_role("row", containing(name));
    let text = row.wait().await.text;
    assert!(!text.contains("Dangling") && !text.contains("<none>"), "{text}");
    // The run form faults what the pull bar faults.
    site::visit(&page, &bridge, "/run").await;
    page.get_by_role("combobox", "Image").fill("localhost:5075/Other").await;
    page.expect_text("lower case").await;
    page.get_by_role("button", "Use localhost:5075/other").click().await;
    page.get_by_role("combobox", "Image").expect_value("localhost:5075/other").await;

    // A row does not depend on when the bridge came.
    let other = world.bridge().await;
    for bridge in [&bridge, &other] {
        let page = world.page().await;
        site::sign_in(&page, bridge).await;
        let said = |row: &Found| row.text.contains("gone") && row.text.contains("untagged since");
        container(&page, "orphan").wait_for("its image, and that it lost its name", said).await;
    }
    assert!(!page.get_by_role("alert", Name::Any).exists().await);
}
