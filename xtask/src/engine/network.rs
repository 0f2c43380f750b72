//! The Linux bridge and the addresses of one engine.
//!
//! Each engine gets a /16 of its own: the first /24 for its bridge, the upper half for the networks
//! that tests create. Two engines, or two test runs, never share one.

use crate::process;
use std::collections::HashSet;
use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

/// `ip` talks to the kernel only; more than this means something is badly wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// Second octets tried, in order. Away from the low ones, which home and company networks use.
const OCTETS: std::ops::RangeInclusive<u8> = 200..=249;

/// Makes a bridge with an address in a free 10.x network; returns the x.
///
/// # Errors
/// When iproute2 is missing, the kernel refuses, or no network is free.
pub(super) fn create(bridge: &str) -> Result<u8, String> {
    // Between looking for a free network and taking it, no other run may do the same.
    let path = std::env::temp_dir().join("linkspan-networks.lock");
    let lock = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    lock.lock().map_err(|error| format!("{}: {error}", path.display()))?;

    let used = used()?;
    let octet = OCTETS
        .clone()
        .find(|octet| !used.contains(octet))
        .ok_or_else(|| format!("no free network from 10.{}.0.0/16 to 10.{}.0.0/16 (see `ip route`)", OCTETS.start(), OCTETS.end()))?;
    ip(&["link", "add", bridge, "type", "bridge"])?;
    let address = format!("10.{octet}.0.1/24");
    ip(&["addr", "add", &address, "dev", bridge])
        .and_then(|_| ip(&["link", "set", bridge, "up"]))
        .map(|_| octet)
        .inspect_err(|_| delete(bridge))
}

/// Where the networks that tests create take their addresses from, as dockerd wants it.
pub(super) fn address_pool(octet: u8) -> String {
    format!("base=10.{octet}.128.0/17,size=24")
}

/// Removes a bridge and what is plugged into it; one that does not exist is no error.
pub(super) fn delete(bridge: &str) {
    // A container's cable goes with the container, but not while it is still being laid.
    let ports = fs::read_dir(format!("/sys/class/net/{bridge}/brif"));
    for port in ports.into_iter().flatten().flatten() {
        let _ = ip(&["link", "delete", &port.file_name().to_string_lossy()]);
    }
    let _ = ip(&["link", "delete", bridge]);
}

/// The bridges that dockerd made for user-defined networks. It leaves them behind when it ends, and
/// nothing but its own database says which they were.
pub(super) fn bridges_of(database: &[u8]) -> Vec<String> {
    const ID: usize = 12;
    let present: HashSet<String> = fs::read_dir("/sys/class/net")
        .map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
        .unwrap_or_default();
    let named = |start: usize| std::str::from_utf8(database.get(start..start + 3 + ID)?).ok().map(str::to_owned);
    let mut found: Vec<String> = (0..database.len())
        .filter(|start| database[*start..].starts_with(b"br-"))
        .filter_map(named)
        .filter(|name| present.contains(name))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The second octets of all 10.x networks that this machine has an address in or a route to. Wider
/// routes than /16 do not count: a narrower one of ours goes before them.
fn used() -> Result<HashSet<u8>, String> {
    let routes = ip(&["-4", "route", "show", "table", "all"])?;
    let addresses = ip(&["-4", "-oneline", "addr"])?;
    let octet = |word: &str| {
        let (address, prefix) = word.split_once('/').unwrap_or((word, "32"));
        let mut octets = address.split('.');
        let ten = octets.next() == Some("10");
        let second = octets.next()?.parse().ok()?;
        (ten && prefix.parse::<u8>().ok()? >= 16).then_some(second)
    };
    Ok(routes.split_whitespace().chain(addresses.split_whitespace()).filter_map(octet).collect())
}

fn ip(args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(process::program("ip", "iproute2")?);
    command.args(args);
    process::check(command, PATIENCE)
}
