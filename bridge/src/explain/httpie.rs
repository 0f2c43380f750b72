//! HTTPie 3 with httpie-unixsocket.

use hyper::Method;
use linkspan_docker::{Operation, endpoint::Address};

use super::{Asked, Step, Written, secrets, shell, words::sh};

pub fn write(asked: &Asked<'_>, steps: &[Step]) -> Written {
    let way = shell::way(asked);
    let plugin = if way.socket.is_some() { "# For the socket: httpie plugins install httpie-unixsocket\n" } else { "" };
    shell::write(format!("{}{plugin}", way.before), "HTTPie", steps, |step| line(asked, &way, step))
}

fn line(asked: &Asked<'_>, way: &shell::Way<'_>, step: &Step) -> String {
    let mut words = vec!["http --check-status --ignore-stdin".to_owned()];
    if let Some(tls) = way.tls {
        let option = |name: &str, path: &std::path::Path| format!("{name} {}", sh(&path.to_string_lossy()));
        words.extend(tls.ca.as_deref().filter(|_| tls.verify).map(|ca| option("--verify", ca)));
        words.extend(tls.identity.iter().flat_map(|(cert, key)| [option("--cert", cert), option("--cert-key", key)]));
        words.extend((!tls.verify).then(|| "--verify no".to_owned()));
    }
    words.extend(match step.operation() {
        Operation::ContainerLogs
        | Operation::ContainerStats
        | Operation::SystemEvents
        | Operation::ContainerAttach
        | Operation::ExecStart => Some("--stream".to_owned()),
        Operation::ContainerArchive | Operation::ContainerExport | Operation::ImageGetAll => {
            Some(format!("--download --output {}", sh(&step.file)))
        }
        _ => None,
    });
    let body = step.request.body.as_ref();
    words.extend(body.map(|body| format!("--raw {}", sh(&body.to_string()))));
    let method = step.operation().method();
    words.extend((method != Method::GET || body.is_some()).then(|| method.to_string()));
    let target = shell::target(asked, step);
    words.push(match (&way.socket, &asked.endpoint.address) {
        // Bash's own way of encoding it.
        (Some(_), Address::Ssh(_)) => format!("\"http+unix://${{socket//\\//%2F}}\"{}", sh(&target)),
        (Some(socket), _) => {
            sh(&format!("http+unix://{}{target}", percent_encoding::utf8_percent_encode(socket, percent_encoding::NON_ALPHANUMERIC)))
        }
        (None, _) => sh(&format!("{}{target}", way.base)),
    });
    words.extend(secrets::credentials(step).map(|(header, value)| sh(&format!("{header}:{value}"))));
    if step.operation().sends_archive() {
        words.push(format!("Content-Type:application/x-tar {}", sh(&format!("@{}", step.file))));
    }
    // In a terminal it does not show what has zeros in it.
    if streams(step) {
        words.push("| cat".to_owned());
    }
    words.join(" ")
}

fn streams(step: &Step) -> bool {
    matches!(step.operation(), Operation::ContainerLogs | Operation::ContainerAttach | Operation::ExecStart)
}
