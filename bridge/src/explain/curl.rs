//! curl 7.76 or newer.

use hyper::Method;
use linkspan_docker::Operation;

use super::{Asked, Step, Written, secrets, shell, words::sh};

pub fn write(asked: &Asked<'_>, steps: &[Step]) -> Written {
    let way = shell::way(asked);
    shell::write(way.before.clone(), "curl", steps, |step| line(asked, &way, step))
}

fn line(asked: &Asked<'_>, way: &shell::Way<'_>, step: &Step) -> String {
    let mut words = vec!["curl -sS --fail-with-body".to_owned()];
    if let Some(socket) = &way.socket {
        words.push(format!("--unix-socket {}", sh(socket)));
    }
    if let Some(tls) = way.tls {
        let option = |name: &str, path: &std::path::Path| format!("{name} {}", sh(&path.to_string_lossy()));
        words.extend(tls.ca.as_deref().filter(|_| tls.verify).map(|ca| option("--cacert", ca)));
        words.extend(tls.identity.iter().flat_map(|(cert, key)| [option("--cert", cert), option("--key", key)]));
        words.extend((!tls.verify).then(|| "--insecure".to_owned()));
    }
    match step.operation().method() {
        Method::GET => {}
        Method::HEAD => words.push("--head".to_owned()),
        method => words.push(format!("-X {method}")),
    }
    words.extend(match step.operation() {
        Operation::ContainerLogs
        | Operation::ContainerStats
        | Operation::SystemEvents
        | Operation::ContainerAttach
        | Operation::ExecStart => {
            // What is multiplexed has zeros in it.
            Some("--no-buffer --output -".to_owned())
        }
        Operation::ContainerArchive | Operation::ContainerExport | Operation::ImageGetAll => Some(format!("--output {}", sh(&step.file))),
        _ => None,
    });
    words.push(sh(&format!("{}{}", way.base, shell::target(asked, step))));
    if let Some((header, value)) = secrets::credentials(step) {
        words.push(format!("-H {}", sh(&format!("{header}: {value}"))));
    }
    if step.operation().sends_archive() {
        words.push(format!("--globoff -H 'Content-Type: application/x-tar' -T {}", sh(&step.file)));
    } else if let Some(body) = &step.request.body {
        words.push(format!("-H 'Content-Type: application/json' -d {}", sh(&body.to_string())));
    }
    words.join(" ")
}
