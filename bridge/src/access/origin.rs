//! Which addresses this Linkspan answers to: the check that keeps other sites and rebound names out. Pure.

use std::net::{IpAddr, SocketAddr};

/// `Host` must name one of these, `Origin` must be one of them, port included.
#[derive(Clone, Debug)]
pub struct Allowed {
    listening: SocketAddr,
    /// Of the listening address.
    scheme: &'static str,
    /// What the certificate that Linkspan made is for, beside numeric addresses.
    names: Vec<String>,
    public: Vec<Public>,
}

#[derive(Clone, Debug, PartialEq)]
struct Public {
    scheme: String,
    /// Host and, unless it is the scheme's own, port.
    authority: String,
}

#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no address people can open; give one such as https://linkspan.example, and its path by --base-path")]
pub struct UnusableUrl(String);

impl Allowed {
    pub fn new(listening: SocketAddr, public_urls: &[String]) -> Result<Self, UnusableUrl> {
        let public = public_urls.iter().map(|url| parse_origin(url).ok_or_else(|| UnusableUrl(url.clone()))).collect::<Result<_, _>>()?;
        Ok(Self { listening, scheme: "http", names: Vec::new(), public })
    }

    /// The listening address speaks TLS. `names`: what else its certificate is for; whoever is asked for another one shows a wrong one.
    pub fn with_tls(self, names: Vec<String>) -> Self {
        Self { scheme: "https", names, ..self }
    }

    /// `host` is the header's value.
    pub fn host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.public.iter().any(|public| same_authority(&public.scheme, &public.authority, &host)) || self.is_own_address(&host)
    }

    /// `origin` is the header's value (RFC 6454), `host` that of the same request. A page of the listening address calls
    /// the one that it came from.
    pub fn origin(&self, origin: &str, host: &str) -> bool {
        let Some(origin) = parse_origin(origin) else { return false };
        let is_own = || origin.scheme == self.scheme && same_authority(self.scheme, &origin.authority, &host.to_ascii_lowercase());
        self.public.contains(&origin) || (is_own() && self.is_own_address(&origin.authority))
    }

    /// The address that a request came to, whose `Host` is one of them.
    pub fn url_of(&self, host: &str) -> String {
        let host = host.to_ascii_lowercase();
        match self.public.iter().find(|public| same_authority(&public.scheme, &public.authority, &host)) {
            Some(public) => format!("{}://{}", public.scheme, public.authority),
            None => format!("{}://{host}", self.scheme),
        }
    }

    /// Whether all addresses are encrypted, so that cookies may say so.
    pub fn is_https(&self) -> bool {
        let is_own = self.scheme == "https";
        self.public.iter().all(|public| public.scheme == "https") && (is_own || !self.public.is_empty())
    }

    /// Of the listening address.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// All of them, for whoever comes by another one to see what is missing.
    pub fn list(&self) -> Vec<String> {
        let (ip, port) = (self.listening.ip(), self.listening.port());
        let own = |host: &str| format!("{}://{}", self.scheme, authority(self.scheme, host, port));
        let mut all: Vec<String> = self.public.iter().map(|public| format!("{}://{}", public.scheme, public.authority)).collect();
        all.push(match ip {
            ip if ip.is_unspecified() => own("NUMERIC-ADDRESS"),
            IpAddr::V4(v4) => own(&v4.to_string()),
            IpAddr::V6(v6) => own(&format!("[{v6}]")),
        });
        if ip.is_unspecified() || ip.is_loopback() {
            all.push(own("localhost"));
        }
        all.extend(self.names.iter().map(|name| own(name)));
        all.dedup();
        all
    }

    /// The listening address as a URL may spell it. A numeric address cannot be rebound by a name server, so where all
    /// addresses are listened on, each numeric one will do.
    fn is_own_address(&self, authority: &str) -> bool {
        let default_port = if self.scheme == "https" { 443 } else { 80 };
        let own_port = self.listening.port();
        // As browsers spell it: without a sign, and without zeros before it.
        let (name, is_own_port) = match authority.rsplit_once(':') {
            Some((name, port)) if !name.ends_with(':') && (!name.contains(':') || name.ends_with(']')) => {
                (name, port == own_port.to_string())
            }
            _ => (authority, default_port == own_port),
        };
        if !is_own_port {
            return false;
        }
        let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let own = self.listening.ip();
        match ip {
            Some(ip) => ip == own || own.is_unspecified() || (ip.is_loopback() && own.is_loopback()),
            None => self.names.iter().any(|known| known == name) || name == "localhost" && (own.is_loopback() || own.is_unspecified()),
        }
    }
}

/// Host and, unless it is the scheme's own, port.
fn authority(scheme: &str, host: &str, port: u16) -> String {
    match (scheme, port) {
        ("http", 80) | ("https", 443) => host.to_owned(),
        _ => format!("{host}:{port}"),
    }
}

fn parse_origin(url: &str) -> Option<Public> {
    let lower = url.trim_end_matches('/').to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://")?;
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    if authority.is_empty() || authority.contains(['/', '@', '?', '#', ' ']) {
        return None;
    }
    Some(Public { scheme: scheme.to_owned(), authority: authority.strip_suffix(default_port).unwrap_or(authority).to_owned() })
}

fn same_authority(scheme: &str, authority: &str, host: &str) -> bool {
    host.strip_suffix(if scheme == "https" { ":443" } else { ":80" }).unwrap_or(host) == authority
}

/// The host of an address that people use, without its port.
pub fn host_of(url: &str) -> Option<String> {
    let authority = parse_origin(url)?.authority;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => &authority,
    };
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(listening: &str, public: &[&str]) -> Allowed {
        Allowed::new(listening.parse().unwrap(), &public.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn loopback_answers_to_its_own_names_only() {
        let allowed = allowed("127.0.0.1:8080", &[]);
        for right in ["127.0.0.1:8080", "localhost:8080", "LocalHost:8080", "[::1]:8080"] {
            assert!(allowed.host(right), "{right}");
        }
        for wrong in [
            "evil.example:8080",
            "127.0.0.1:8081",
            "127.0.0.1",
            "localhost",
            "10.0.0.1:8080",
            "",
            ":8080",
            "localhost.evil.example:8080",
            "127.0.0.1:08080",
            "127.0.0.1:+8080",
        ] {
            assert!(!allowed.host(wrong), "{wrong}");
        }
        assert!(allowed.origin("http://localhost:8080", "localhost:8080") && !allowed.origin("http://localhost:8080", "127.0.0.1:8080"));
        for wrong in
            ["http://localhost:9999", "https://localhost:8080", "null", "http://evil.example", "http://localhost:8080.evil.example"]
        {
            assert!(!allowed.origin(wrong, "localhost:8080"), "{wrong}");
        }
    }

    #[test]
    fn public_urls_are_added() {
        let allowed = allowed("0.0.0.0:8080", &["https://Link.example/"]);
        assert!(allowed.host("link.example") && allowed.host("link.example:443"));
        assert!(allowed.origin("https://link.example", "link.example") && !allowed.origin("http://link.example", "link.example"));
        assert!(allowed.host("192.168.1.2:8080") && !allowed.host("rebound.example:8080"));
        assert!(allowed.is_https());
        assert_eq!(allowed.url_of("Link.example:443"), "https://link.example");
        assert_eq!(allowed.url_of("192.168.1.2:8080"), "http://192.168.1.2:8080");
        assert_eq!(allowed.list(), ["https://link.example", "http://NUMERIC-ADDRESS:8080", "http://localhost:8080"]);
    }

    #[test]
    fn over_tls_the_certificates_names_are_its_own() {
        let allowed = allowed("0.0.0.0:443", &[]).with_tls(vec!["pier".to_owned()]);
        assert!(allowed.is_https() && allowed.host("pier") && allowed.host("10.0.0.1") && !allowed.host("rebound.example"));
        assert!(allowed.origin("https://pier", "pier") && !allowed.origin("http://pier", "pier"));
        assert!(!super::Allowed { public: vec![Public { scheme: "http".into(), authority: "pier".into() }], ..allowed }.is_https());
    }

    #[test]
    fn a_port_80_listener_needs_no_port() {
        let allowed = allowed("[::]:80", &[]);
        assert!(allowed.host("[fe80::1]") && allowed.host("10.0.0.1") && allowed.host("[fe80::1]:80"));
        assert!(allowed.origin("http://10.0.0.1", "10.0.0.1") && !allowed.origin("http://6.6.6.6", "10.0.0.1"));
    }

    #[test]
    fn nonsense_urls_are_refused() {
        for wrong in ["link.example", "ftp://a", "https://", "https://a/b", "https://u@a"] {
            assert!(Allowed::new("127.0.0.1:1".parse().unwrap(), &[wrong.to_owned()]).is_err(), "{wrong}");
        }
        assert_eq!(host_of("https://link.example:8443/"), Some("link.example".to_owned()));
        assert_eq!(host_of("https://[fe80::1]:8443"), Some("fe80::1".to_owned()));
        assert_eq!(host_of("https://[fe80::1]"), Some("fe80::1".to_owned()));
    }
}
