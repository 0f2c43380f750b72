//! HTTPS: certificates that are read again when they change, and those that Linkspan makes itself.

#![allow(clippy::disallowed_methods, reason = "at the start, or on a thread that may wait")]

use std::{
    fs,
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use parking_lot::RwLock;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::owned;

/// How often it is looked whether the files have changed.
const LOOK: Duration = Duration::from_secs(2);
/// The CA that Linkspan makes.
const CA_DAYS: i64 = 3650;
/// A certificate of it; browsers take none of more than 825 days.
const DAYS: i64 = 397;
/// It is made anew as long before its end, at a start.
const RENEWED_BEFORE_DAYS: i64 = 30;
/// Clocks of the machines around may be behind.
const BEFORE: i64 = 1;

/// Which files.
#[derive(Clone, Debug)]
pub struct Files {
    pub cert: PathBuf,
    pub key: PathBuf,
    /// Whoever has a certificate of this CA is told from others; nobody needs one.
    pub client_ca: Option<PathBuf>,
}

/// As it is now.
pub struct Tls {
    files: Files,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    pub fn load(files: Files) -> Result<Arc<Self>, String> {
        let config = RwLock::new(Arc::new(read(&files)?));
        Ok(Arc::new(Self { files, config }))
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.read().clone())
    }

    /// Until it is dropped: takes up certificates that were renewed. What cannot be used is warned of, and what there was stays.
    pub async fn watch(self: Arc<Self>) {
        let mut known = self.changed().await;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.changed().await;
            if now == known {
                continue;
            }
            known = now;
            let files = self.files.clone();
            match owned::blocking(move || read(&files)).await {
                Ok(config) => {
                    *self.config.write() = Arc::new(config);
                    tracing::info!(cert = %self.files.cert.display(), "the certificate was read again");
                }
                Err(error) => tracing::warn!(error, "the changed certificate cannot be used; the one of before stays"),
            }
        }
    }

    async fn changed(&self) -> Vec<Option<SystemTime>> {
        let files = self.files.clone();
        let changed = |file: &PathBuf| fs::metadata(file).and_then(|found| found.modified()).ok();
        owned::blocking(move || [&files.cert, &files.key].into_iter().chain(&files.client_ca).map(changed).collect()).await
    }
}

fn read(Files { cert, key, client_ca }: &Files) -> Result<ServerConfig, String> {
    let chain = read_certificates("certificate", cert)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("the key {}: {error}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let config = match client_ca {
        None => config.with_no_client_auth(),
        Some(file) => config.with_client_cert_verifier(clients_of(file, provider)?),
    };
    let mut config = config
        .with_single_cert(chain, private)
        .map_err(|error| format!("the certificate {} and the key {}: {error}", cert.display(), key.display()))?;
    if client_ca.is_some() {
        // A session that is taken up again shows no certificate: whoever was told from others by one shows it each time.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(config)
}

fn clients_of(file: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let unusable = |error: &dyn std::fmt::Display| format!("the CA of the proxy {}: {error}", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates("CA of the proxy", file)? {
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated().build().map_err(|error| unusable(&error))
}

fn read_certificates(what: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| format!("the {what} {}: {error}", file.display()))?;
    if all.is_empty() { Err(format!("the {what} {}: there is none in it", file.display())) } else { Ok(all) }
}

/// Of Linkspan's own making.
pub struct SelfSigned {
    pub files: Files,
    /// What browsers have to trust.
    pub ca: PathBuf,
    /// SHA-256 of the CA's certificate, as browsers show it.
    pub fingerprint: String,
}

/// A CA that stays, and a certificate of it for the names and addresses that people use; made anew when these are others, or when its
/// end is near. They are in the folder `tls` of the data directory.
pub fn self_signed(data_dir: &Path, names: &[String]) -> Result<SelfSigned, String> {
    let dir = data_dir.join("tls");
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", dir.display());
    fs::create_dir_all(&dir).map_err(|error| failed(&error))?;
    let [ca, ca_key, cert, key, of] = ["ca.pem", "ca-key.pem", "cert.pem", "key.pem", "names"].map(|name| dir.join(name));
    let is_there = ca.exists() && ca_key.exists();
    if !is_there {
        let key = new_key().map_err(|error| failed(&error))?;
        let made = ca_params().self_signed(&key).map_err(|error| failed(&error))?;
        write_private(&ca_key, &key.serialize_pem()).map_err(|error| failed(&error))?;
        fs::write(&ca, made.pem()).map_err(|error| failed(&error))?;
    }
    let is_young = fs::metadata(&cert)
        .and_then(|found| found.modified())
        .is_ok_and(|made| made.elapsed().is_ok_and(|age| age.as_secs() < ((DAYS - RENEWED_BEFORE_DAYS) * 24 * 3600) as u64));
    let wanted = names.join("\n");
    if !is_there || !is_young || !key.exists() || fs::read_to_string(&of).ok().as_deref() != Some(&wanted) {
        let ca_pem = fs::read_to_string(&ca).map_err(|error| failed(&error))?;
        let ca_key = fs::read_to_string(&ca_key).map_err(|error| failed(&error))?;
        let ca_key = KeyPair::from_pem(&ca_key).map_err(|error| failed(&error))?;
        let issuer = Issuer::from_ca_cert_pem(&ca_pem, ca_key).map_err(|error| failed(&error))?;
        let own = new_key().map_err(|error| failed(&error))?;
        let made = params(names).and_then(|params| params.signed_by(&own, &issuer)).map_err(|error| failed(&error))?;
        write_private(&key, &own.serialize_pem()).map_err(|error| failed(&error))?;
        fs::write(&cert, made.pem() + &ca_pem).map_err(|error| failed(&error))?;
        fs::write(&of, wanted).map_err(|error| failed(&error))?;
    }
    let der = CertificateDer::from_pem_file(&ca).map_err(|error| failed(&error))?;
    let digest = Sha256::digest(&der);
    let fingerprint = digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    Ok(SelfSigned { files: Files { cert, key, client_ca: None }, ca, fingerprint })
}

/// What people may call this machine: what they were told, its name, and its addresses where all of them are listened on.
pub fn names_of(listening: IpAddr, public: Vec<String>) -> Vec<String> {
    let mut names = public;
    names.push("localhost".to_owned());
    names.extend(hostname());
    let is_all = listening.is_unspecified();
    if is_all {
        names.extend(if_addrs::get_if_addrs().unwrap_or_default().into_iter().map(|found| found.ip().to_string()));
    } else {
        names.push(listening.to_canonical().to_string());
    }
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    names.sort();
    names.dedup();
    names
}

/// With and without the domain that a small network gives it.
fn hostname() -> Vec<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
    let is_name =
        !name.is_empty() && name.len() < 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if is_name { vec![format!("{name}.local"), name] } else { Vec::new() }
}

fn new_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Linkspan CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_days(&mut params, CA_DAYS);
    params
}

fn params(names: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, "Linkspan");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    set_days(&mut params, DAYS);
    Ok(params)
}

fn set_days(params: &mut CertificateParams, days: i64) {
    let day = |offset: i64| {
        let date = jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(offset));
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    (params.not_before, params.not_after) = (day(-BEFORE), day(days));
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut opened = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    opened.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_for_the_same_names() {
        let dir = tempfile::tempdir().unwrap();
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let first = self_signed(dir.path(), &names("pier 10.0.0.1")).unwrap();
        assert_eq!(first.fingerprint.len(), 95);
        read(&first.files).unwrap();
        let read_cert = || fs::read_to_string(&first.files.cert).unwrap();
        let before = read_cert();
        assert_eq!(self_signed(dir.path(), &names("pier 10.0.0.1")).unwrap().fingerprint, first.fingerprint);
        assert_eq!(read_cert(), before);
        assert_eq!(self_signed(dir.path(), &names("quay")).unwrap().fingerprint, first.fingerprint);
        assert_ne!(read_cert(), before);
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&first.files.key).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let made = self_signed(dir.path(), &["a".to_owned()]).unwrap();
        let other = dir.path().join("none.pem");
        let wrong = |cert: &Path, key: &Path| read(&Files { cert: cert.to_owned(), key: key.to_owned(), client_ca: None }).unwrap_err();
        assert!(wrong(&other, &made.files.key).contains("none.pem"));
        assert!(wrong(&made.files.cert, &dir.path().join("tls/ca-key.pem")).contains("cert.pem"));
        fs::write(&other, "nothing").unwrap();
        assert!(wrong(&other, &made.files.key).contains("there is none"));
        let error = read(&Files { client_ca: Some(other), ..made.files }).unwrap_err();
        assert!(error.contains("CA of the proxy") && error.contains("none.pem"), "{error}");
    }
}
