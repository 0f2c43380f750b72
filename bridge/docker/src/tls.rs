//! Certificates, read and judged as the docker CLI does: with a `ca.pem` nothing but its CAs is trusted, without one the
//! machine's own are; the host's name must be in the certificate; a client certificate is shown if there is one.

#![allow(clippy::disallowed_methods, reason = "at the start, or on a thread that may wait, see Connector::load")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use linkspan_shared::connect::ConnectFault;
use parking_lot::Mutex;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::failure::Failure;

/// Which files, and whether the engine's certificate is judged at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// The machine's own CAs if `None`.
    pub ca: Option<PathBuf>,
    /// The client's certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
    pub verify: bool,
}

impl Material {
    /// Laid out as docker-machine and the docker CLI do: `ca.pem`, `cert.pem`, `key.pem`. An identity may be missing,
    /// but not half of it.
    pub fn in_dir(dir: &Path, verify: bool) -> Self {
        let [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| dir.join(name));
        let identity = (cert.exists() || key.exists()).then_some((cert, key));
        Self { ca: (verify || ca.exists()).then_some(ca), identity, verify }
    }

    /// Reads the files.
    pub fn load(&self) -> Result<Tls, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let seen = Arc::<Mutex<Option<String>>>::default();
        let verifier = Verifier { trust: self.trust(&provider)?, provider: provider.clone(), seen: seen.clone() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failure(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match &self.identity {
            None => config.with_no_client_auth(),
            Some((cert, key)) => {
                let chain = certificates(cert)?;
                chain.first().map_or(Ok(()), |own| check_dates(own, cert))?;
                let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &pem_error(key, error)))?;
                config
                    .with_client_auth_cert(chain, private)
                    .map_err(|error| unusable(key, &format!("it does not belong to {}: {error}", cert.display())))?
            }
        };
        Ok(Tls { config: Arc::new(config), seen })
    }

    /// `None`: anybody is trusted.
    fn trust(&self, provider: &Arc<CryptoProvider>) -> Result<Option<Trust>, Failure> {
        if !self.verify {
            return Ok(None);
        }
        let mut store = RootCertStore::empty();
        let roots = match &self.ca {
            Some(file) => {
                let roots = certificates(file)?;
                // One that is valid is enough: a file may hold an old and a new CA.
                if let Some(Err(expired)) = roots.iter().map(|root| check_dates(root, file)).min_by_key(Result::is_err) {
                    return Err(expired);
                }
                // One that cannot be used spoils nothing for the others.
                let (_, ignored) = store.add_parsable_certificates(roots.iter().cloned());
                if store.is_empty() {
                    return Err(unusable(file, "none of its certificates can be used"));
                }
                if ignored > 0 {
                    tracing::warn!(file = %file.display(), ignored, "certificates that cannot be used");
                }
                roots
            }
            None => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                Vec::new()
            }
        };
        if store.is_empty() {
            return Err(Failure::new(
                ConnectFault::UnknownIssuer,
                "this machine trusts no CA at all: install ca-certificates or give a ca.pem",
            ));
        }
        let chain = WebPkiServerVerifier::builder_with_provider(store.into(), provider.clone())
            .build()
            .map_err(|error| Failure::new(ConnectFault::CertificateFile, error.to_string()))?;
        Ok(Some(Trust { chain, roots }))
    }
}

/// What one connection after the other is encrypted with.
#[derive(Clone)]
pub struct Tls {
    pub config: Arc<ClientConfig>,
    seen: Arc<Mutex<Option<String>>>,
}

impl Tls {
    /// The engine's certificate as it was last shown, for people.
    pub fn seen(&self) -> Option<String> {
        self.seen.lock().clone()
    }
}

/// A failed handshake as a fault.
pub(super) fn failure(error: &rustls::Error) -> Failure {
    use rustls::Error;
    let fault = match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<Failure>() {
            Some(failure) => return failure.clone(),
            None => ConnectFault::CertificateBad,
        },
        Error::InvalidCertificate(_) | Error::NoCertificatesPresented => ConnectFault::CertificateBad,
        Error::InvalidMessage(_) => ConnectFault::PlainExpected,
        Error::AlertReceived(AlertDescription::CertificateRequired) => ConnectFault::ClientCertificateMissing,
        Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::AccessDenied,
        ) => ConnectFault::ClientCertificateRefused,
        _ => ConnectFault::TlsFailed,
    };
    Failure::new(fault, error.to_string())
}

#[derive(Debug)]
struct Trust {
    chain: Arc<WebPkiServerVerifier>,
    /// The certificates of `ca.pem`: a server's own may be among them.
    roots: Vec<CertificateDer<'static>>,
}

/// Judges what a server shows, and says in a person's words what is wrong with it.
#[derive(Debug)]
struct Verifier {
    trust: Option<Trust>,
    provider: Arc<CryptoProvider>,
    seen: Arc<Mutex<Option<String>>>,
}

impl Trust {
    fn verify(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Failure> {
        let Err(error) = self.chain.verify_server_cert(shown, between, name, &[], now) else { return Ok(()) };
        let rustls::Error::InvalidCertificate(why) = &error else { return Err(failure(&error)) };
        // A certificate that is itself in ca.pem is trusted, as Go's verification does; its name and dates still count.
        let why = match why {
            CertificateError::UnknownIssuer | CertificateError::Other(_) if self.roots.iter().any(|root| root == shown) => {
                match check_itself(shown, name, now) {
                    Ok(()) => return Ok(()),
                    Err(why) => why,
                }
            }
            why => why.clone(),
        };
        let fault = match &why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => ConnectFault::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => ConnectFault::WrongName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => ConnectFault::CertificateExpired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => ConnectFault::CertificateNotYetValid,
            // A self-signed one that calls itself a CA; in ca.pem it would be trusted.
            CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => ConnectFault::UnknownIssuer,
            _ => ConnectFault::CertificateBad,
        };
        let expected = match fault {
            ConnectFault::WrongName => format!("; expected {}", name.to_str()),
            ConnectFault::CertificateBad => format!("; {why:?}"),
            _ => String::new(),
        };
        Err(Failure::new(fault, format!("{}{expected}", describe(shown))))
    }
}

fn check_itself(shown: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let parsed = ParsedCertificate::try_from(shown).map_err(|_| CertificateError::BadEncoding)?;
    let (_, x509) = X509Certificate::from_der(shown).map_err(|_| CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now > x509.validity().not_after.timestamp() {
        return Err(CertificateError::Expired);
    }
    if now < x509.validity().not_before.timestamp() {
        return Err(CertificateError::NotValidYet);
    }
    rustls::client::verify_server_name(&parsed, name).map_err(|_| CertificateError::NotValidForName)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock() = Some(describe(shown));
        match &self.trust {
            None => Ok(()),
            Some(trust) => trust.verify(shown, between, name, now),
        }
        .map(|()| ServerCertVerified::assertion())
        .map_err(|failure| rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(failure)))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, shown, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, shown, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).map_err(|error| unusable(file, &pem_error(file, error)))?.collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(unusable(file, "it holds no certificate in PEM")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unusable(file, &pem_error(file, error))),
    }
}

fn pem_error(file: &Path, error: rustls::pki_types::pem::Error) -> String {
    use rustls::pki_types::pem::Error;
    match error {
        Error::Io(error) => error.to_string(),
        _ if fs::read_to_string(file).is_ok_and(|text| text.contains("ENCRYPTED")) => {
            "it is encrypted with a passphrase; Linkspan needs it without one".to_owned()
        }
        Error::NoItemsFound => "it holds nothing of the kind in PEM".to_owned(),
        error => error.to_string(),
    }
}

fn check_dates(certificate: &CertificateDer<'_>, file: &Path) -> Result<(), Failure> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|error| unusable(file, &error.to_string()))?;
    if parsed.validity().is_valid() {
        return Ok(());
    }
    Err(Failure::new(ConnectFault::OwnCertificateExpired, format!("{}: {}", file.display(), describe(certificate))))
}

fn unusable(file: &Path, why: &str) -> Failure {
    Failure::new(ConnectFault::CertificateFile, format!("{}: {why}", file.display()))
}

/// `CN=engine, issued by CN=ca, for localhost, 127.0.0.1, valid from … until …`
fn describe(certificate: &CertificateDer<'_>) -> String {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return "a certificate that cannot be read".to_owned() };
    let day = |time: &x509_parser::time::ASN1Time| {
        jiff::Timestamp::from_second(time.timestamp()).map_or_else(|_| time.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    let names = ParsedNames(&parsed).to_string();
    let validity = parsed.validity();
    format!(
        "{}, issued by {}, for {}, valid from {} until {}",
        parsed.subject(),
        parsed.issuer(),
        if names.is_empty() { "no host (it has no subjectAltName)" } else { &names },
        day(&validity.not_before),
        day(&validity.not_after)
    )
}

struct ParsedNames<'a>(&'a X509Certificate<'a>);

impl std::fmt::Display for ParsedNames<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use x509_parser::extensions::GeneralName;
        let Ok(Some(names)) = self.0.subject_alternative_name() else { return Ok(()) };
        let mut comma = "";
        for name in &names.value.general_names {
            match name {
                GeneralName::DNSName(name) => write!(f, "{comma}{name}")?,
                GeneralName::IPAddress(bytes) => match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
                    (Ok(ip), _) => write!(f, "{comma}{}", std::net::Ipv4Addr::from(ip))?,
                    (_, Ok(ip)) => write!(f, "{comma}{}", std::net::Ipv6Addr::from(ip))?,
                    _ => continue,
                },
                _ => continue,
            }
            comma = ", ";
        }
        Ok(())
    }
}
