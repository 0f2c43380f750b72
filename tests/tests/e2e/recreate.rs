//! A container made anew of another image, and put back where that does not run.

use std::sync::Arc;

use linkspan_tests::page::{Page, containing};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;

/// An image with a version of its own, and what its containers do.
fn image(world: &World, name: &str, version: &str, command: &str) {
    world.docker(&["run", "--name", "making", "--network", "none", "alpine", "sh", "-c", &format!("echo {version} > /version")]);
    let command = format!("CMD [\"sh\", \"-c\", \"{command}\"]");
    world.docker(&["commit", "--change", &command, "--change", &format!("ENV VERSION={version}"), "making", name]);
    world.docker(&["rm", "making"]);
}

async fn recreate(page: &Page, name: &str, image: &str, keep: bool) {
    site::choose(page, name, "Recreate…").await;
    let dialog = page.get_by_role("dialog", format!("Recreate {name}"));
    dialog.get_by_role("combobox", "Image").select_option(image).await;
    if keep {
        dialog.get_by_role("checkbox", "Keep the old container").check().await;
    }
    dialog.get_by_role("button", "Recreate").click().await;
}

pub async fn a_container_goes_to_another_image_and_back(world: Arc<World>) {
    let up = "trap 'exit 0' TERM; while true; do sleep 0.1; done";
    image(&world, "shop:1", "one", up);
    image(&world, "shop:2", "two", up);
    image(&world, "shop:broken", "three", "echo no such config; exit 3");
    world.docker(&["network", "create", "front"]);
    world.docker(&["network", "create", "back"]);
    let options = ["--env", "OWN=yes", "--volume", "data:/data", "--volume", "/anonymous", "--network", "front", "--network-alias", "web"];
    let more = ["--mount", "type=volume,dst=/unnamed/", "--restart", "unless-stopped", "--label", "team=quay", "--memory", "64m"];
    world.docker(&[&["run", "--detach", "--name", "shop"][..], &options, &more, &["shop:2"]].concat());
    world.docker(&["network", "connect", "back", "shop"]);
    world.docker(&[
        "exec",
        "shop",
        "sh",
        "-c",
        "echo kept > /data/file; echo kept too > /anonymous/file; echo and this > /unnamed/file; echo gone > /own",
    ]);
    let inspect = |format: &str| world.docker(&["inspect", "--format", format, "shop"]).trim().to_owned();
    let volume = "{{range .Mounts}}{{.Name}}={{.Destination}} {{end}}";
    let all = "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}} {{.Config.Labels.team}} \
        {{range $name, $one := .NetworkSettings.Networks}}{{$name}} {{end}}{{.State.Running}}";
    let (volumes, before, first) = (inspect(volume), inspect(all), inspect("{{.Id}}"));
    let (bridge, page) = site::open(&world).await;
    container(&page, "shop").wait().await;

    recreate(&page, "shop", "shop:1", false).await;
    page.get_by_role("article", "Recreate shop").expect_text("Done in").await;
    assert_eq!(inspect("{{.Config.Image}}"), "shop:1");
    let sorted = |text: String| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!((sorted(inspect(volume)), inspect(all)), (sorted(volumes), before));
    let told = world.docker(&[
        "exec",
        "shop",
        "sh",
        "-c",
        "cat /version /data/file /anonymous/file /unnamed/file; echo $OWN $VERSION; ls /own 2>&1 || true",
    ]);
    assert!(told.starts_with("one\nkept\nkept too\nand this\nyes one\n") && told.contains("No such file"), "{told}");
    // What it is called in its network is what it was.
    let aliases = inspect("{{json .NetworkSettings.Networks.front.Aliases}}");
    assert!(aliases.contains("\"web\"") && !aliases.contains(&first[..12]), "{aliases}");
    let every = || world.docker(&["ps", "--all", "--format", "{{.Names}}"]);
    assert_eq!(every().trim(), "shop");

    // One that does not run leaves all as it was, and says why.
    let second = inspect("{{.Id}}");
    site::visit(&page, &bridge, "/containers").await;
    recreate(&page, "shop", "shop:broken", false).await;
    let card = page.get_by_role("article", containing("Recreate shop"));
    card.expect_text("exit code 3").await;
    card.expect_text("no such config").await;
    card.expect_text("shop is as it was before").await;
    assert_eq!((inspect("{{.Id}}"), inspect("{{.State.Running}}")), (second.clone(), "true".to_owned()));
    assert_eq!(every().trim(), "shop");

    // The old one may stay, and does not come back by itself.
    site::visit(&page, &bridge, "/containers").await;
    recreate(&page, "shop", "shop:2", true).await;
    page.get_by_role("article", "Recreate shop").expect_text("The old one stays").await;
    assert_eq!(inspect("{{.Config.Image}} {{.State.Running}}"), "shop:2 true");
    let old = world.docker(&["inspect", "--format", "{{.Name}} {{.State.Running}} {{.HostConfig.RestartPolicy.Name}}", &second]);
    assert!(old.starts_with("/shop-old-") && old.trim().ends_with(" false no"), "{old}");

    // What shares its network would lose it.
    world.docker(&["run", "--detach", "--init", "--network", "container:shop", "--name", "sharer", "alpine", "sleep", "600"]);
    site::visit(&page, &bridge, "/containers").await;
    recreate(&page, "shop", "shop:1", false).await;
    page.get_by_role("article", "Recreate shop").expect_text("sharer shares its network").await;
    assert_eq!(inspect("{{.Config.Image}} {{.State.Running}}"), "shop:2 true");
    world.docker(&["rm", "--force", "sharer"]);

    // Of one that removes itself nothing would be left to go back to.
    world.docker(&["run", "--detach", "--init", "--rm", "--name", "passing", "alpine", "sleep", "600"]);
    site::visit(&page, &bridge, "/containers").await;
    recreate(&page, "passing", "shop:1", false).await;
    page.get_by_role("article", "Recreate passing").expect_text("nothing to go back to").await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Running}}", "passing"]).trim(), "true");
}
