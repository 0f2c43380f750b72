//! Whose word counts for somebody else: proxies that were named. Pure.

use std::net::IpAddr;

use ipnet::IpNet;

/// Addresses of one `X-Forwarded-For` that are looked at.
const HOPS: usize = 32;

/// `--trusted-proxy`
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Each a network in CIDR notation, or one address.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    pub fn trust(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// For whom a request comes: of those that `X-Forwarded-For` names, the last one that is no trusted proxy itself. What somebody
    /// who is none says of themselves counts for nothing.
    pub fn client<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops = forwarded.flat_map(|value| value.split(',')).collect::<Vec<_>>();
        for hop in hops.into_iter().rev().take(HOPS) {
            if !self.trust(client) {
                break;
            }
            match parse_hop(hop.trim()) {
                Some(hop) => client = hop,
                None => break,
            }
        }
        client
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').split(']').next().unwrap_or_default();
    let address = bare.parse().or_else(|_| text.parse::<std::net::SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// One of `--trusted-proxy`.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| address()).map_err(|_| format!("'{text}' is no network such as 10.0.0.0/8, and no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_asks() {
        let proxies = Proxies::new(["127.0.0.1", "10.0.0.0/8", "::1"].map(|text| parse_network(text).unwrap()).into());
        let client = |peer: &str, forwarded: &[&str]| proxies.client(peer.parse().unwrap(), forwarded.iter().copied()).to_string();
        assert_eq!(client("127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("::ffff:127.0.0.1", &["1.2.3.4:99"]), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.9"]), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &["6.6.6.6", "1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("192.168.1.5", &["1.2.3.4"]), "192.168.1.5");
        assert_eq!(client("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["[2001:db8::1]:99"]), "2001:db8::1");
        assert!(parse_network("10.0.0.0/33").is_err());
    }
}
