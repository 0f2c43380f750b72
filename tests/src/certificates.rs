//! Certificates as docker-machine lays them out: `ca.pem`, `cert.pem`, `key.pem`, for a server or a client.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// A CA and the folder in which what it issues is kept.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// What a TLS server needs that asks for a client certificate of the CA beside its own, as `dockerd --tlsverify` does.
pub fn mutual(server: &Path) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let all = |file: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(server.join(file)).expect("a file").map(|one| one.expect("a certificate")).collect()
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(all("ca.pem"));
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build().expect("a verifier");
    let key = PrivateKeyDer::from_pem_file(server.join("key.pem")).expect("a key");
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions of TLS");
    Arc::new(config.with_client_cert_verifier(clients).with_single_cert(all("cert.pem"), key).expect("a server"))
}

/// When a certificate is good.
#[derive(Clone, Copy, PartialEq)]
pub enum Valid {
    Now,
    Past,
    Future,
}

impl Authority {
    pub fn new(folder: &Path, name: &str) -> Authority {
        let mut params = params(name, &[], Valid::Now);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA");
        Authority { issuer, folder: folder.to_owned() }
    }

    /// A server's, for these names and addresses; answers with the folder.
    pub fn server(&self, name: &str, hosts: &[&str], valid: Valid) -> PathBuf {
        self.issue(name, hosts, ExtendedKeyUsagePurpose::ServerAuth, valid)
    }

    pub fn client(&self, name: &str, valid: Valid) -> PathBuf {
        self.issue(name, &[], ExtendedKeyUsagePurpose::ClientAuth, valid)
    }

    fn issue(&self, name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose, valid: Valid) -> PathBuf {
        let mut params = params(name, hosts, valid);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        let files = [("ca.pem", self.issuer.pem()), ("cert.pem", certificate.pem()), ("key.pem", key.serialize_pem())];
        for (file, text) in files {
            fs::write(folder.join(file), text).expect("a file");
        }
        folder
    }
}

fn params(name: &str, hosts: &[&str], valid: Valid) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("names of hosts");
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = match valid {
        Valid::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2100, 1, 1)),
        Valid::Past => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
        Valid::Future => (date_time_ymd(2099, 1, 1), date_time_ymd(2100, 1, 1)),
    };
    params
}
