//! Secrets as they lie in the database: sealed with a key that lies elsewhere (ChaCha20-Poly1305, RFC 8439).
//!
//! It keeps them from whoever gets hold of the database alone: a copy, a backup. It does not keep them from whoever can
//! read this process' files or memory.

#![allow(clippy::disallowed_methods, reason = "called on threads that may wait, see Credentials")]

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use linkspan_shared::credential::Secret;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

const KEY: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key file {} lies in the data directory that it is to protect; choose another place with --secret-key-file", .0.display())]
    InDataDirectory(PathBuf),
    #[error("the key file {}: {}", .0.display(), .1)]
    File(PathBuf, std::io::Error),
    #[error("the key file {} holds no key: 32 bytes in base64 are wanted", .0.display())]
    NoKey(PathBuf),
    #[error("it was stored with another key than the one in {}; store it again", .0.display())]
    OtherKey(PathBuf),
    #[error("this machine gives no random numbers")]
    Random,
}

pub struct Vault {
    file: PathBuf,
    data_dir: PathBuf,
}

impl Vault {
    pub fn new(file: PathBuf, data_dir: PathBuf) -> Self {
        Self { file, data_dir }
    }

    /// `about`: what the secret is for; it opens for the same only. `may_make`: a missing key is made, which must not be
    /// where others are sealed with one that is only not there right now.
    pub fn seal(&self, secret: &Secret, about: &str, may_make: bool) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let mut sealed = secret.expose().as_bytes().to_vec();
        let key = self.key(may_make)?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about.as_bytes()), &mut sealed)
            .map_err(|_| VaultError::Random)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub fn open(&self, sealed: &[u8], about: &str) -> Result<Secret, VaultError> {
        let other = || VaultError::OtherKey(self.file.clone());
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(other)?;
        let mut bytes = sealed.to_vec();
        let opened = self
            .key(false)?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(about.as_bytes()), &mut bytes)
            .map_err(|_| other())?;
        String::from_utf8(opened.to_vec()).map(Secret::from).map_err(|_| other())
    }

    /// Read each time: it may lie on something that is mounted later, and is needed seldom.
    fn key(&self, make: bool) -> Result<LessSafeKey, VaultError> {
        let failed = |error| VaultError::File(self.file.clone(), error);
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && make => {
                self.make()?;
                std::fs::read_to_string(&self.file).map_err(failed)?
            }
            Err(error) => return Err(failed(error)),
        };
        if is_below(&self.file, &self.data_dir) {
            return Err(VaultError::InDataDirectory(self.file.clone()));
        }
        let bytes = BASE64_STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY);
        let key = bytes.and_then(|bytes| UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok());
        key.map(LessSafeKey::new).ok_or_else(|| VaultError::NoKey(self.file.clone()))
    }

    fn make(&self) -> Result<(), VaultError> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        let failed = |error| VaultError::File(self.file.clone(), error);
        let folder = self.file.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        if is_below(folder, &self.data_dir) {
            return Err(VaultError::InDataDirectory(self.file.clone()));
        }
        let mut bytes = [0; KEY];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
        // Whole or not at all, and never in the place of another one.
        let new = self.file.with_extension(format!("new-{}", std::process::id()));
        let made = || {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            writeln!(file, "{}", BASE64_STANDARD.encode(bytes))?;
            file.sync_all()?;
            std::fs::hard_link(&new, &self.file)
        };
        let made: std::io::Result<()> = made();
        let _ = std::fs::remove_file(&new);
        match made {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

fn is_below(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(path).starts_with(real(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_and_for_its_purpose_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let file = folder.path().join("keys/secret.key");
        let vault = Vault::new(file.clone(), data.clone());
        let secret = Secret::from("hunter2");
        let sealed = vault.seal(&secret, "a", true).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!sealed.windows(7).any(|bytes| bytes == b"hunter2"));
        assert!(vault.open(&sealed, "a").unwrap() == secret);
        assert_ne!(vault.seal(&secret, "a", true).unwrap(), sealed);
        assert!(matches!(vault.open(&sealed, "b"), Err(VaultError::OtherKey(_))));
        assert!(matches!(vault.open(&[], "a"), Err(VaultError::OtherKey(_))));
        std::fs::write(&file, BASE64_STANDARD.encode([7; KEY])).unwrap();
        assert!(matches!(vault.open(&sealed, "a"), Err(VaultError::OtherKey(_))));
        std::fs::write(&file, "short").unwrap();
        assert!(matches!(vault.open(&sealed, "a"), Err(VaultError::NoKey(_))));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(vault.seal(&secret, "a", false), Err(VaultError::File(..))));
        assert!(!file.exists());
        vault.seal(&secret, "a", true).unwrap();
        let inside = Vault::new(data.join("secret.key"), data.clone());
        assert!(inside.seal(&secret, "a", true).unwrap_err().to_string().contains("--secret-key-file"));
        assert!(!data.join("secret.key").exists());
        std::fs::copy(folder.path().join("keys/secret.key"), data.join("secret.key")).unwrap();
        assert!(matches!(inside.seal(&secret, "a", true), Err(VaultError::InDataDirectory(_))));
    }
}
