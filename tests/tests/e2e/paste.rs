//! A line of the docker command in the run form.

use std::process::Command;
use std::sync::Arc;

use linkspan_tests::page::Page;
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::{Value, json};

async fn paste(page: &Page, line: &str) {
    page.get_by_role("button", "Paste docker run…").click().await;
    let dialog = page.get_by_role("dialog", "Paste docker run…");
    dialog.get_by_role("textbox", "Command line").fill(line).await;
    dialog.get_by_role("button", "Fill in").click().await;
}

pub async fn a_pasted_line_runs_as_in_a_shell(world: Arc<World>) {
    world.docker(&["network", "create", "backbone"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    let options = "--detach --publish 127.0.0.1:0:80 -p 7000-7002/udp --name NAME -e 'GREETING=a  \"b\" $c' --env EMPTY= \
        -l tier=front -v kept:/var/kept:ro --mount type=tmpfs,target=/scratch --restart on-failure --network=backbone -u 1000:1000 \
        -m 64m --cpus 0.5 --hostname box --cap-drop NET_RAW --cap-add SYS_TIME --add-host pier:10.0.0.1 --dns 10.0.0.2 --init \
        --read-only --shm-size 32m --stop-signal INT --stop-timeout 3 --pids-limit 50 --device /dev/null:/dev/nothing:r \
        -w /srv --entrypoint /bin/sh alpine:latest -c 'sleep 600; echo \"$HOME\"'";
    let options = options.replace("--publish 127.0.0.1:0:80 ", "--publish 127.0.0.1::80 ");
    // Several lines, somebody's prompt, and a file that only they can read.
    let line = format!("$ sudo docker run --cpu-shares 512 \\\n  --env-file ./prod.env \\\n  {}", options.replace("NAME", "pasted"));
    paste(&page, &line).await;
    let dialog = page.get_by_role("dialog", "Paste docker run…");
    dialog.get_by_role("textbox", "Contents of ./prod.env").fill("# where\nSTAGE=prod\nGREETING=other\n").await;
    dialog.get_by_role("button", "Fill in").click().await;
    dialog.wait_gone().await;
    let note = page.get_by_role("status", "Not taken over:");
    note.expect_text("--cpu-shares 512").await;
    assert!(!note.text().await.contains("--name"));
    page.get_by_role("textbox", "Name").expect_value("pasted").await;
    page.get_by_role("button", "Run").click().await;
    page.get_by_role("region", "Run result").expect_text("Start").await;
    site::until("it runs", async || world.docker(&["ps", "--format", "{{.Names}}"]).contains("pasted")).await;

    let shell =
        format!("docker --host unix://{} run --env STAGE=prod {}", world.engine().socket().display(), options.replace("NAME", "typed"));
    let ran = Command::new("sh").args(["-c", &shell]).output().expect("a shell");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let inspect = |name: &str| -> Value {
        let all: Value = serde_json::from_str(&world.docker(&["inspect", name])).expect("JSON");
        let (config, host) = (&all[0]["Config"], &all[0]["HostConfig"]);
        let mut environment: Vec<String> = serde_json::from_value(config["Env"].clone()).expect("a list");
        environment.sort();
        let mounts = all[0]["Mounts"].as_array().expect("a list");
        let mut mounts: Vec<String> =
            mounts.iter().map(|mount| format!("{} {} {}", mount["Name"], mount["Destination"], mount["RW"])).collect();
        mounts.sort();
        json!([
            environment,
            config["Cmd"],
            config["Entrypoint"],
            config["User"],
            config["WorkingDir"],
            config["Labels"],
            host["PortBindings"],
            host["RestartPolicy"]["Name"],
            host["NetworkMode"],
            config["Hostname"],
            config["StopSignal"],
            config["StopTimeout"],
            host["Memory"],
            host["NanoCpus"],
            host["PidsLimit"],
            host["ShmSize"],
            host["CapAdd"],
            host["CapDrop"],
            host["ExtraHosts"],
            host["Dns"],
            host["Devices"],
            host["Init"],
            host["ReadonlyRootfs"],
            mounts
        ])
    };
    assert_eq!(inspect("pasted"), inspect("typed"));
}

pub async fn each_option_of_docker_run_is_taken_or_named(world: Arc<World>) {
    let taken = [
        ("name", "called"),
        ("user", "1000"),
        ("workdir", "/w"),
        ("entrypoint", "/bin/sh"),
        ("env", "A=b"),
        ("env-file", "variables"),
        ("label", "l=v"),
        ("publish", "8080:80"),
        ("volume", "kept:/v"),
        ("mount", "type=tmpfs,target=/m"),
        ("tmpfs", "/t"),
        ("restart", "always"),
        ("network", "none"),
        ("detach", ""),
        ("tty", ""),
        ("interactive", ""),
        ("rm", ""),
        ("privileged", ""),
        ("hostname", "box"),
        ("stop-signal", "INT"),
        ("init", ""),
        ("read-only", ""),
        ("cap-add", "SYS_TIME"),
        ("cap-drop", "NET_RAW"),
        ("add-host", "pier:10.0.0.1"),
        ("dns", "10.0.0.2"),
        ("device", "/dev/null"),
        ("memory", "64m"),
        ("shm-size", "32m"),
        ("cpus", "1.5"),
        ("pids-limit", "50"),
        ("stop-timeout", "3"),
        ("network-alias", "db"),
        ("ip", "10.0.0.7"),
        ("health-cmd", "true"),
        ("health-interval", "30s"),
        ("health-timeout", "5s"),
        ("health-start-period", "1m"),
        ("health-retries", "3"),
        ("no-healthcheck", ""),
        ("gpus", "all"),
        ("ulimit", "nofile=1024:2048"),
        ("sysctl", "net.core.somaxconn=1024"),
        ("log-driver", "local"),
        ("log-opt", "max-size=10m"),
        ("platform", "linux/amd64"),
    ];
    let help = world.docker(&["run", "--help"]);
    let (mut line, mut named) = ("docker run".to_owned(), Vec::new());
    let mut options = 0;
    for (at, told) in help.match_indices("--") {
        // An option stands where its column begins, not within its words.
        let before = help[..at].rsplit('\n').next().unwrap_or_default();
        if !before.chars().all(|c| c.is_whitespace() || c == ',' || c == '-' || c.is_ascii_alphabetic()) || before.trim().len() > 3 {
            continue;
        }
        let rest = &help[at + told.len()..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if name.is_empty() {
            continue;
        }
        options += 1;
        let has_value = rest[name.len()..].strip_prefix(' ').is_some_and(|rest| !rest.starts_with([' ', '\n']));
        let sample = taken.iter().find(|(known, _)| *known == name);
        line += &format!(" --{name}");
        if has_value {
            line += &format!(" {}", sample.map_or("1", |(_, value)| value));
        }
        if sample.is_none() {
            named.push(format!("--{name}"));
        }
    }
    assert!(options > 90, "{options}: {help}");
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    paste(&page, &format!("{line} alpine true")).await;
    let dialog = page.get_by_role("dialog", "Paste docker run…");
    dialog.get_by_role("textbox", "Contents of variables").fill("FILE=here").await;
    dialog.get_by_role("button", "Fill in").click().await;
    dialog.wait_gone().await;
    let note = page.get_by_role("status", "Not taken over:").wait().await.text;
    for option in &named {
        assert!(note.split_whitespace().any(|word| word == option), "{option} is neither taken nor named: {note}");
    }
    for (option, _) in taken {
        assert!(!note.split_whitespace().any(|word| word == format!("--{option}")), "{option} is taken: {note}");
    }
    page.get_by_role("textbox", "Command").expect_value("true").await;
    // What cannot be read says why, and what was typed stays.
    for (wrong, why) in
        [("docker ps", "no docker run"), ("docker run --colour red a", "--colour is no option"), ("docker run 'a", "quote is not closed")]
    {
        paste(&page, wrong).await;
        dialog.expect_text(why).await;
        dialog.get_by_role("textbox", "Command line").expect_value(wrong).await;
        dialog.get_by_role("button", "Cancel").click().await;
        dialog.wait_gone().await;
    }
}

/// Of what was chosen for it, not of what its image says.
pub async fn another_like_a_container_is_run(world: Arc<World>) {
    world.docker(&["network", "create", "backbone"]);
    let line = "run --detach --init --name first --network backbone --env STAGE=prod --publish 127.0.0.1::80 --volume kept:/var/kept:ro \
        --memory 64m --cap-drop NET_RAW --read-only --restart always --security-opt no-new-privileges alpine sleep 600";
    world.docker(&line.split_whitespace().collect::<Vec<_>>());
    let (_bridge, page) = site::open(&world).await;
    site::choose(&page, "first", "Run another like this").await;
    page.get_by_role("status", "Not taken over:").expect_text("SecurityOpt").await;
    page.get_by_role("textbox", "Command").expect_value("sleep 600").await;
    page.get_by_role("textbox", "Name").fill("second").await;
    page.get_by_role("button", "Run").click().await;
    site::until("it runs", async || world.docker(&["ps", "--format", "{{.Names}}"]).contains("second")).await;
    let inspect = |name: &str| {
        let format = "{{json .Config.Env}} {{json .Config.Cmd}} {{json .HostConfig.PortBindings}} {{.HostConfig.Memory}} \
            {{json .HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.NetworkMode}} \
            {{.HostConfig.Init}} {{range .Mounts}}{{.Name}} {{.Destination}} {{.RW}}{{end}}";
        world.docker(&["inspect", "--format", format, name])
    };
    assert_eq!(inspect("first"), inspect("second"));
}
