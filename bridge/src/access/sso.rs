//! Sign-in by somebody else's word: a reverse proxy's headers. Pure; whose word it is, and what it comes to.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use linkspan_shared::user::{Grant, Role, Scope};

use super::proxy::Proxies;

/// In this header a proxy says what proves it.
const SECRET: HeaderName = HeaderName::from_static("x-linkspan-proxy-secret");
/// Characters of a name.
const NAME: usize = 64;
/// Groups that are looked at.
const GROUPS: usize = 200;

/// Which group has which role. Of several the highest counts; of none, nobody gets in.
#[derive(Clone, Debug, Default)]
pub struct Mapping(pub Vec<(String, Role)>);

impl Mapping {
    pub fn grants<'a>(&self, groups: impl Iterator<Item = &'a str> + Clone) -> Vec<Grant> {
        let has = |group: &str| group == ANYBODY || groups.clone().any(|own| own == group);
        let role = self.0.iter().filter(|(group, _)| has(group)).map(|(_, role)| *role).max();
        role.map(|role| Grant { role, scope: Scope::All }).into_iter().collect()
    }
}

/// Whoever signs in there at all.
const ANYBODY: &str = "*";

/// `--proxy-user-header` and what belongs to it.
#[derive(Clone, Debug)]
pub struct ProxySignIn {
    pub user: HeaderName,
    pub groups: Option<HeaderName>,
    pub roles: Mapping,
    pub proof: Proof,
}

/// What proves that it is the proxy, besides its address.
#[derive(Clone, Debug)]
pub enum Proof {
    /// `--proxy-secret-file`
    Secret(String),
    /// `--proxy-client-ca`
    Certificate,
}

/// Whom a proxy has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    pub name: String,
    pub grants: Vec<Grant>,
}

impl ProxySignIn {
    /// Takes away what somebody else than the proxy says, and what proves it: from here on the headers are the proxy's word.
    /// `certified`: whoever is at the other end has a certificate of that CA.
    pub fn scrub(&self, headers: &mut HeaderMap, peer: IpAddr, proxies: &Proxies, certified: bool) {
        let said = headers.remove(SECRET).map(|secret| secret.as_bytes().to_vec()).unwrap_or_default();
        // A header that is there twice is nobody's word.
        let is_once = [Some(&self.user), self.groups.as_ref()].into_iter().flatten().all(|name| headers.get_all(name).iter().count() <= 1);
        let is_proven = match &self.proof {
            Proof::Secret(secret) => same(&said, secret.as_bytes()),
            Proof::Certificate => certified,
        };
        if !proxies.trust(peer) || !is_proven || !is_once {
            headers.remove(&self.user);
            self.groups.iter().for_each(|groups| drop(headers.remove(groups)));
        }
    }

    /// Whom the proxy has signed in, if it says so.
    pub fn external(&self, headers: &HeaderMap) -> Option<External> {
        let text = |name: &HeaderName| headers.get(name).map(HeaderValue::as_bytes).and_then(|bytes| str::from_utf8(bytes).ok());
        let name = text(&self.user)?.trim().to_owned();
        let fits = !name.is_empty() && name.chars().count() <= NAME && !name.contains(char::is_control);
        let groups = self.groups.as_ref().and_then(text).unwrap_or_default();
        let groups = groups.split([',', ';', '|']).map(str::trim).filter(|group| !group.is_empty()).take(GROUPS);
        fits.then(|| External { name, grants: self.roles.grants(groups) })
    }
}

/// In the same time, wherever they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in() -> ProxySignIn {
        ProxySignIn {
            user: HeaderName::from_static("remote-user"),
            groups: Some(HeaderName::from_static("remote-groups")),
            roles: Mapping(vec![("ops".into(), Role::Operator), ("admins".into(), Role::Administrator)]),
            proof: Proof::Secret("s3cret".into()),
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_the_proxy_is_believed() {
        let proxies = Proxies::new(vec!["127.0.0.1/32".parse().unwrap()]);
        let said = [("remote-user", "ana"), ("remote-groups", "dev, ops"), ("x-linkspan-proxy-secret", "s3cret")];
        let who = |peer: &str, pairs: &[(&'static str, &'static str)]| {
            let mut headers = headers(pairs);
            sign_in().scrub(&mut headers, peer.parse().unwrap(), &proxies, false);
            assert!(!headers.contains_key("x-linkspan-proxy-secret"));
            sign_in().external(&headers)
        };
        let operator = vec![Grant { role: Role::Operator, scope: Scope::All }];
        assert_eq!(who("127.0.0.1", &said), Some(External { name: "ana".into(), grants: operator }));
        assert_eq!(who("127.0.0.2", &said), None);
        assert_eq!(who("127.0.0.1", &said[..2]), None);
        assert_eq!(who("127.0.0.1", &[said[0], said[1], ("x-linkspan-proxy-secret", "s3cres")]), None);
        assert_eq!(who("127.0.0.1", &[said[0], ("remote-user", "admin"), said[2]]), None);
        assert_eq!(who("127.0.0.1", &[said[0], said[2]]).map(|external| external.grants), Some(vec![]));
        // By a certificate: the secret is nobody's proof then, nor is the certificate at another address.
        let by_certificate = |peer: &str, certified: bool| {
            let mut headers = headers(&said);
            let sign_in = ProxySignIn { proof: Proof::Certificate, ..sign_in() };
            sign_in.scrub(&mut headers, peer.parse().unwrap(), &proxies, certified);
            sign_in.external(&headers).is_some()
        };
        assert!(by_certificate("127.0.0.1", true));
        assert!(!by_certificate("127.0.0.1", false) && !by_certificate("127.0.0.2", true));
    }

    #[test]
    fn the_highest_role_of_all_groups_counts() {
        let mapping = |pairs: &[(&str, Role)]| Mapping(pairs.iter().map(|(group, role)| ((*group).to_owned(), *role)).collect());
        let role = |mapping: &Mapping, groups: &[&'static str]| mapping.grants(groups.iter().copied()).first().map(|grant| grant.role);
        let all = mapping(&[("*", Role::Viewer), ("ops", Role::Operator), ("admins", Role::Administrator)]);
        assert_eq!(role(&all, &[]), Some(Role::Viewer));
        assert_eq!(role(&all, &["admins", "ops"]), Some(Role::Administrator));
        assert_eq!(role(&mapping(&[("ops", Role::Operator)]), &["opsy", "*"]), None);
    }
}
