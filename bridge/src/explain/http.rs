//! As it goes over the connection (RFC 9112), whatever that is.

use linkspan_docker::{Operation, endpoint::Address};

use super::{
    Asked, Step, Written, secrets, shell,
    words::{Piece, bare, pieces},
};

pub fn write(asked: &Asked<'_>, steps: &[Step]) -> Written {
    let mut written = Written::default();
    for (index, step) in steps.iter().enumerate() {
        if index > 0 {
            written.line("");
        }
        one(asked, step, &mut written);
    }
    written
}

fn one(asked: &Asked<'_>, step: &Step, written: &mut Written) {
    let host = match &asked.endpoint.address {
        Address::Tcp { .. } => asked.endpoint.address.authority(),
        Address::Unix(_) | Address::Ssh(_) => "docker".to_owned(),
    };
    let target = format!("{}{}", asked.endpoint.address.base(), bare(&shell::target(asked, step)));
    written.line(format!("{} {target} HTTP/1.1", step.operation().method()));
    written.line(format!("Host: {host}"));
    let hijacks = step.operation() == Operation::ContainerAttach && step.is_set("stdin")
        || step.operation() == Operation::ExecStart && step.body()["Tty"] == true;
    if hijacks {
        written.line("Connection: Upgrade\nUpgrade: tcp");
    }
    if let Some((header, value)) = secrets::credentials(step) {
        written.line(format!("{header}: {}", bare(&value)));
    }
    if step.operation().sends_archive() {
        written.line("Content-Type: application/x-tar\nTransfer-Encoding: chunked");
        written.line(format!("\n{{{}}}", step.file));
    } else if let Some(body) = &step.request.body {
        let body = serde_json::to_string_pretty(body).unwrap_or_default();
        written.line("Content-Type: application/json");
        // How long it is depends on what they stand for.
        if pieces(&body).iter().all(|piece| matches!(piece, Piece::Text(_))) {
            written.line(format!("Content-Length: {}", body.len()));
        }
        written.line(format!("\n{}", bare(&body)));
    } else {
        written.line("");
    }
}
