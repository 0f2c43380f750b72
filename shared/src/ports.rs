//! A container's ports as lines that lose nothing: neighbours are a range, addresses of both families are joined where they
//! agree, what is only exposed stands apart.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::container::Port;

/// Ports that differ by the same number inside and outside, at the same addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortLine {
    /// The first and the last on the host; `None`: only exposed. Of a container that does not run, as it was asked for: 0 is
    /// any, and a range may be wider than the one inside, which the engine chooses from.
    pub host: Option<(u16, u16)>,
    /// The first and the last inside.
    pub container: (u16, u16),
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Of the host, in order; all of them if there is none.
    pub addresses: Vec<String>,
}

/// Sorted by the port on the host, and then inside; what is only exposed comes last.
pub fn lines(ports: &[Port]) -> Vec<PortLine> {
    // Which addresses each has.
    let mut each: BTreeMap<(bool, Option<u16>, u16, &str), Vec<&str>> = BTreeMap::new();
    for port in ports {
        let addresses = each.entry((port.host_port.is_none(), port.host_port, port.container_port, &port.protocol)).or_default();
        if port.host_port.is_some() && !addresses.contains(&port.host_ip.as_str()) {
            addresses.push(&port.host_ip);
        }
    }
    let mut lines: Vec<PortLine> = Vec::new();
    for ((_, host, container, protocol), mut addresses) in each {
        addresses.sort_by_key(|address| (address.parse::<IpAddr>().ok(), *address));
        let addresses: Vec<String> = addresses.into_iter().filter(|address| !address.is_empty()).map(str::to_owned).collect();
        let continued = lines.iter_mut().find(|line| {
            let follows = |last: u16, next: u16| last.checked_add(1) == Some(next);
            line.protocol == protocol
                && line.addresses == addresses
                && follows(line.container.1, container)
                && match (line.host, host) {
                    (None, None) => true,
                    (Some((_, last)), Some(host)) => follows(last, host),
                    _ => false,
                }
        });
        match continued {
            Some(line) => {
                line.container.1 = container;
                line.host = line.host.zip(host).map(|((first, _), last)| (first, last));
            }
            None => lines.push(PortLine {
                host: host.map(|host| (host, host)),
                container: (container, container),
                protocol: protocol.to_owned(),
                addresses,
            }),
        }
    }
    lines
}

impl PortLine {
    pub fn is_published(&self) -> bool {
        self.host.is_some()
    }

    /// With its protocol and all its addresses, where the short form leaves out what is usual.
    pub fn in_full(&self) -> String {
        let inside = format!("{}/{}", range(self.container), self.protocol);
        let Some(host) = self.host else { return inside };
        let outside = |address: &String| format!("{}:{}", bracketed(address), any_or(host));
        match self.addresses.as_slice() {
            [] => format!("{} → {inside}", any_or(host)),
            addresses => format!("{} → {inside}", addresses.iter().map(outside).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// `8080→80`, `127.0.0.1:8081→80`, `5353→5353/udp`, `21000–21119→21000–21119`; exposed `80`.
impl fmt::Display for PortLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = self.host {
            let all = self.addresses.iter().any(|address| address == "0.0.0.0");
            // Who listens at all of IPv4 and nowhere else of IPv6, or there too, listens everywhere.
            let is_everywhere =
                self.addresses.is_empty() || all && self.addresses.iter().all(|address| address == "0.0.0.0" || address == "::");
            if !is_everywhere {
                let addresses: Vec<String> = self.addresses.iter().map(|address| bracketed(address)).collect();
                write!(f, "{}:", addresses.join(","))?;
            }
            write!(f, "{}→", any_or(host))?;
        }
        f.write_str(&range(self.container))?;
        if self.protocol == "tcp" { Ok(()) } else { write!(f, "/{}", self.protocol) }
    }
}

fn range((first, last): (u16, u16)) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

/// Port 0 is whichever is free.
fn any_or(host: (u16, u16)) -> String {
    if host == (0, 0) { "*".to_owned() } else { range(host) }
}

fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn port(host_ip: &str, host_port: Option<u16>, container_port: u16, protocol: &str) -> Port {
        Port { container_port, protocol: protocol.into(), host_port, host_ip: host_ip.into() }
    }

    fn shown(ports: &[Port]) -> Vec<String> {
        lines(ports).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_people_publish() {
        assert_eq!(shown(&[port("0.0.0.0", Some(8080), 80, "tcp"), port("::", Some(8080), 80, "tcp")]), ["8080→80"]);
        assert_eq!(shown(&[port("127.0.0.1", Some(8081), 80, "tcp")]), ["127.0.0.1:8081→80"]);
        assert_eq!(shown(&[port("", Some(5353), 5353, "udp"), port("", Some(5353), 5353, "tcp")]), ["5353→5353", "5353→5353/udp"]);
        assert_eq!(shown(&[port("::1", Some(9), 8, "tcp"), port("127.0.0.1", Some(9), 8, "tcp")]), ["127.0.0.1,[::1]:9→8"]);
        // The families have ports of their own.
        assert_eq!(shown(&[port("0.0.0.0", Some(49153), 80, "tcp"), port("::", Some(49154), 80, "tcp")]), ["49153→80", "[::]:49154→80"]);
        let many: Vec<Port> = (21000..21120).flat_map(|n| [port("0.0.0.0", Some(n), n, "udp"), port("::", Some(n), n, "udp")]).collect();
        assert_eq!(shown(&many), ["21000–21119→21000–21119/udp"]);
        // What is only exposed comes last; ports are numbers.
        let mixed =
            [port("", None, 9000, "tcp"), port("", None, 443, "tcp"), port("", Some(10000), 80, "tcp"), port("", Some(9), 81, "tcp")];
        assert_eq!(shown(&mixed), ["9→81", "10000→80", "443", "9000"]);
        assert_eq!(lines(&[port("127.0.0.1", Some(8081), 80, "tcp")])[0].in_full(), "127.0.0.1:8081 → 80/tcp");
    }

    fn any_port() -> impl Strategy<Value = Port> {
        let address = prop_oneof![Just("0.0.0.0"), Just("::"), Just("127.0.0.1"), Just("10.0.0.2"), Just("::1"), Just("")];
        let number = || prop_oneof![70u16..80, 65_530u16..=u16::MAX];
        (address, proptest::option::of(number()), number(), prop_oneof![Just("tcp"), Just("udp")])
            .prop_map(|(address, host, inside, protocol)| port(if host.is_some() { address } else { "" }, host, inside, protocol))
    }

    proptest! {
        /// The lines, written out, are the plain list: nothing is lost, nothing is there twice.
        #[test]
        fn lines_are_the_plain_list(ports in proptest::collection::vec(any_port(), 0..40)) {
            let plain: BTreeSet<_> = ports.iter().map(|port| (port.host_port, port.container_port, port.protocol.clone(), port.host_ip.clone())).collect();
            let mut written = Vec::new();
            for line in lines(&ports) {
                for step in 0..=(line.container.1 - line.container.0) {
                    let host = line.host.map(|(first, _)| first + step);
                    let none = vec![String::new()];
                    for address in if line.addresses.is_empty() { &none } else { &line.addresses } {
                        written.push((host, line.container.0 + step, line.protocol.clone(), address.clone()));
                    }
                }
            }
            prop_assert_eq!(written.len(), written.iter().collect::<BTreeSet<_>>().len());
            // "All addresses" beside a named one is the named one and all.
            let named = |all: &BTreeSet<(Option<u16>, u16, String, String)>| -> BTreeSet<_> {
                all.iter().filter(|(host, inside, protocol, address)| {
                    !address.is_empty() || !all.iter().any(|(h, i, p, a)| (h, i, p) == (host, inside, protocol) && !a.is_empty())
                }).cloned().collect()
            };
            prop_assert_eq!(named(&written.into_iter().collect()), named(&plain));
            let texts = shown(&ports);
            prop_assert_eq!(texts.len(), texts.iter().collect::<BTreeSet<_>>().len(), "{:?}", texts);
        }
    }
}
