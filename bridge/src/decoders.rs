//! All that eats bytes from outside, by name, for `cargo xtask fuzz` and for the tests of its corpus: what they are given must neither
//! end the program nor keep it busy, and what is said of each holds.

#![allow(clippy::disallowed_methods, reason = "never part of the program")]

use std::{collections::HashMap, sync::LazyLock};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::StreamExt;
use linkspan_docker::{
    endpoint::Address,
    model::{self, Listed},
    stream::documents,
};
use linkspan_shared::{call::ROLES, control::ClientMessage, docker_run, frame, log_time::split_time, reference::Reference, stdcopy};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{DiscoverableKey, Passkey, PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid},
};

use crate::{
    access::{origin::Allowed, proxy::Proxies},
    hub::{Cutter, Packages, contents, convert, firsts, parse_list, secret_in, small_files},
};

pub type Decoder = fn(&[u8]);

pub const DECODERS: &[(&str, Decoder)] = &[
    ("wire", wire),
    ("engine", engine),
    ("logs", logs),
    ("references", references),
    ("listing", listing),
    ("packages", packages),
    ("archives", archives),
    ("headers", headers),
    ("passkeys", passkeys),
];

/// The decoder of this name is given these bytes.
///
/// # Panics
/// When there is none, or something about it does not hold.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, decoder) = DECODERS.iter().find(|(known, _)| *known == name).expect("a decoder");
    decoder(bytes);
}

/// What a browser sends.
fn wire(bytes: &[u8]) {
    let _ = frame::parse(bytes);
    if let Ok(ClientMessage::Call { call, arguments, .. }) = serde_json::from_slice::<ClientMessage>(bytes) {
        let known = ROLES.iter().any(|(name, _)| *name == call);
        // Whatever is recorded of it is no longer than it was, but for what hides a secret.
        let asked = crate::activity::asked(&call, &arguments);
        assert!(!known || asked.is_none_or(|asked| asked.call == call));
    }
}

/// What an engine answers: documents, one a line, of the kind that the first byte says.
fn engine(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else { return };
    fn all<T: DeserializeOwned + Send + 'static>(text: &[u8]) -> Vec<T> {
        // However they are cut.
        let pieces: Vec<_> = text.chunks(1 + text.len() / 3).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let stream = documents::<T>(Box::pin(futures_util::stream::iter(pieces)));
        futures_util::FutureExt::now_or_never(stream.filter_map(async |one| one.ok()).collect::<Vec<_>>()).unwrap_or_default()
    }
    match kind {
        b'e' => drop(all::<model::Event>(text)),
        b'p' => drop(all::<model::ProgressLine>(text)),
        b's' => all::<model::Stats>(text).iter().for_each(|stats| {
            let row = convert::container_stats(linkspan_shared::ids::ContainerId::new("a"), stats, 1 << 30);
            row.iter().for_each(|row| _ = convert::sample(row, stats));
        }),
        b'l' => all::<Listed<model::ContainerSummary>>(text).into_iter().flat_map(|list| list.items).for_each(|one| {
            let row = convert::container_from_summary(one, None);
            drop(linkspan_shared::ports::lines(&row.ports));
        }),
        b'c' => all::<model::ContainerInspect>(text).into_iter().for_each(|one| {
            let copy = String::from_utf8_lossy(text).into_owned();
            drop(convert::container_details(one, copy));
        }),
        b'i' => all::<Listed<model::ImageSummary>>(text)
            .into_iter()
            .flat_map(|list| list.items)
            .for_each(|one| drop(convert::image_from_summary(one))),
        b'v' => all::<model::Volume>(text).into_iter().for_each(|one| drop(convert::volume(one))),
        b'n' => all::<model::Network>(text).into_iter().for_each(|one| drop(convert::network(one))),
        b'd' => all::<model::DataUsage>(text).into_iter().for_each(|one| drop(convert::disk_usage(one))),
        _ => all::<Value>(text).iter_mut().for_each(convert::hide_values),
    }
}

/// What a container prints, as an engine frames it.
fn logs(bytes: &[u8]) {
    let mut length = 0;
    let _ = stdcopy::Decoder::default().push(bytes, |_, piece| length += piece.len());
    assert!(length <= bytes.len());
    for raw in [true, false] {
        let mut cutter = Cutter::new(raw);
        let mut cut = 0;
        for piece in bytes.chunks(7) {
            let Ok(whole) = cutter.cut(&Bytes::copy_from_slice(piece)) else { return };
            cut += whole.len();
        }
        assert!(cut + cutter.rest().len() <= bytes.len());
    }
    bytes.split(|byte| *byte == b'\n').for_each(|line| _ = split_time(line));
}

/// What people paste.
fn references(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(reference) = Reference::parse(&text) {
        let said = reference.to_string();
        assert_eq!(Reference::parse(&said).map(|again| again.to_string()).as_ref(), Ok(&said), "{text:?}");
    }
    let _ = docker_run::parse(&text);
    let _ = Address::parse(&text, bytes.len().is_multiple_of(2));
}

/// What the shell in a container prints of a folder.
fn listing(bytes: &[u8]) {
    let listing = parse_list(bytes, "word");
    assert!(listing.entries.len() <= bytes.len());
}

/// What the databases of package managers say; before and after, with an empty line of zeros in between.
fn packages(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut halves = text.split('\0').map(|half| {
        let files = ["lib/apk/db/installed", "var/lib/dpkg/status", "etc/apk/world", "usr/lib/python3/site-packages/a.dist-info/RECORD"];
        files.iter().map(|file| ((*file).to_owned(), half.to_owned())).collect::<HashMap<_, _>>()
    });
    let (before, after) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let found = Packages::new(&before, &after);
    // A shell reads them.
    for command in &found.commands {
        assert!(!command.contains(['\n', ';', '`', '$', '\0', '\'', '"', '|', '<']), "{command:?}");
    }
    let _ = secret_in(bytes);
}

/// Tar files of containers and images.
fn archives(bytes: &[u8]) {
    let _ = contents(bytes);
    let _ = firsts(bytes);
    let _ = small_files(bytes);
}

/// What a request says of where it comes from.
fn headers(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (host, origin) = text.split_once('\n').unwrap_or((&text, ""));
    let allowed = Allowed::new(([127, 0, 0, 1], 8080).into(), &["https://link.example".to_owned()]).expect("addresses");
    let names = ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "link.example", "link.example:443"];
    if allowed.host(host) {
        let ip = host.to_ascii_lowercase();
        let ip = ip.strip_suffix(":8080").map(|host| host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>());
        assert!(
            names.contains(&host.to_ascii_lowercase().as_str()) || ip.is_some_and(|ip| ip.is_ok_and(|ip| ip.is_loopback())),
            "{host:?}"
        );
    }
    if allowed.origin(origin, host) {
        let lower = origin.trim_end_matches('/').to_ascii_lowercase();
        assert!(lower == "https://link.example" || lower == "https://link.example:443" || allowed.host(host), "{origin:?} at {host:?}");
    }
    let proxies = Proxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
    let peer = [203, 0, 113, 1].into();
    assert_eq!(proxies.client(peer, text.lines()), peer, "nobody but a trusted proxy says for whom it asks");
    let _ = proxies.client([10, 0, 0, 1].into(), text.lines());
}

/// What an authenticator says: a new passkey's attestation object after `r`, the authenticator data of a sign-in after `a`, all of what a
/// browser sends else.
fn passkeys(bytes: &[u8]) {
    static KEY: LazyLock<Option<Passkey>> =
        LazyLock::new(|| registered(include_bytes!("../../tests/fuzz/corpus/passkeys/registration").get(1..)?));
    match bytes.split_first() {
        Some((b'r', object)) => drop(registered(object)),
        Some((b'a', data)) => {
            let party = party();
            let Ok((options, state)) = party.start_discoverable_authentication() else { return };
            let client = client_data("webauthn.get", &json!(options.public_key));
            let key = KEY.as_ref().expect("the one of the corpus");
            let id = json!(BASE64_URL_SAFE_NO_PAD.encode(key.cred_id()));
            let response =
                json!({ "authenticatorData": encoded(data), "clientDataJSON": client, "signature": "AAAA", "userHandle": "AAAA" });
            let credential = serde_json::from_value(json!({ "id": id, "rawId": id, "type": "public-key", "response": response }));
            let verified =
                credential.map(|credential| party.finish_discoverable_authentication_v2(&credential, state, DiscoverableKey::from(key)));
            assert!(!matches!(verified, Ok(Ok(_))), "nobody has signed that");
        }
        _ => {
            let _ = serde_json::from_slice::<PublicKeyCredential>(bytes);
            let _ = serde_json::from_slice::<RegisterPublicKeyCredential>(bytes);
        }
    }
}

/// The passkey of an attestation object, as if it had been asked for just now.
fn registered(object: &[u8]) -> Option<Passkey> {
    let party = party();
    let (options, state) = party.start_passkey_registration(Uuid::nil(), "mika", "mika", None).ok()?;
    let client = client_data("webauthn.create", &json!(options.public_key));
    let response = json!({ "attestationObject": encoded(object), "clientDataJSON": client });
    let credential = json!({ "id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response });
    party.finish_passkey_registration(&serde_json::from_value(credential).ok()?, &state).ok()
}

fn party() -> Webauthn {
    let at = Url::parse("http://localhost:8080").expect("an address");
    WebauthnBuilder::new("localhost", &at).and_then(WebauthnBuilder::build).expect("a relying party")
}

fn client_data(kind: &str, options: &Value) -> String {
    encoded(json!({ "type": kind, "challenge": options["challenge"], "origin": "http://localhost:8080" }).to_string().as_bytes())
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Each file of the corpus, and what becomes of it when it is cut off, or a byte of it is another one.
    #[test]
    fn the_corpus_does_no_harm() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus");
        for (name, decoder) in DECODERS {
            let mut files: Vec<_> = fs::read_dir(corpus.join(name)).expect(name).map(|file| file.expect("a file").path()).collect();
            files.sort();
            assert!(!files.is_empty(), "{name} has no corpus");
            for file in files {
                let bytes = fs::read(&file).expect("it can be read");
                decoder(&bytes);
                let step = 1 + bytes.len() / 64;
                for at in (0..bytes.len()).step_by(step) {
                    decoder(&bytes[..at]);
                    for other in [0, 0xff, b'"', b'\n', bytes[at] ^ 1] {
                        let mut changed = bytes.clone();
                        changed[at] = other;
                        decoder(&changed);
                    }
                }
            }
        }
    }
}
