//! What engines say most often when something goes wrong, recognised by their words: the status is no key, since one
//! version says 500 where another says 400, and Podman says 500 for nearly everything.

macro_rules! faults {
    ($($name:ident)*) => {
        /// Each has a sentence of its own, in the reader's language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EngineFault {
            $($name,)*
        }

        impl EngineFault {
            /// Every one, for tests that none is forgotten.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

faults! {
    PortTaken
    PortInvalid
    AddressNotThere
    NameTaken
    NameInvalid
    NoSuchContainer
    NoSuchImage
    NoSuchVolume
    NoSuchNetwork
    NoSuchFile
    ReferenceInvalid
    ManifestUnknown
    PullDenied
    CredentialsMissing
    CredentialsRefused
    RateLimit
    ConnectionRefused
    HostUnknown
    TimedOut
    PlainRegistry
    CertificateUntrusted
    ProgramNotFound
    ProgramNotExecutable
    ProgramForeign
    NoCommand
    UserUnknown
    MountMismatch
    MountSourceMissing
    MountNotAbsolute
    MountSourceRelative
    WorkingDirNotAbsolute
    IsRunning
    NotRunning
    IsPaused
    IsRestarting
    BeingRemoved
    ImageUsed
    ImageHasChildren
    ImageHasNames
    VolumeUsed
    NetworkUsed
    NetworkExists
    SubnetOverlaps
    NoSubnetLeft
    DiskFull
    MemoryTooLittle
    RemoveAndRestart
    DeviceMissing
    BlobMissing
    ProxyRefused
    LogsUnreadable
}

/// In this order; of each, one of the alternatives has to be there, with all of its words in any order.
#[rustfmt::skip]
const SIGNS: &[(EngineFault, &[&[&str]])] = {
    use EngineFault::*;
    &[
        (DiskFull, &[&["no space left on device"], &["disk is full"]]),
        (RateLimit, &[&["toomanyrequests"], &["pull rate limit"], &["429 too many requests"], &["too many requests to registry"]]),
        (ProxyRefused, &[&["proxyconnect"], &["proxy authentication required"]]),
        (BlobMissing, &[&["blob unknown"], &["unknown blob"], &["blob not found"], &["/blobs/", "404 not found"]]),
        (LogsUnreadable, &[&["logging driver does not support reading"], &["log driver", "does not support reading"], &["this log driver", "cannot be read"]]),
        (CredentialsMissing, &[&["no basic auth credentials"]]),
        (PullDenied, &[&["pull access denied"], &["requested access to the resource is denied"]]),
        (ManifestUnknown, &[&["manifest unknown"], &["manifest for", "not found"], &["failed to resolve reference", ": not found"]]),
        (CredentialsRefused, &[&["authentication required"], &["incorrect username or password"], &["401 unauthorized"]]),
        (PlainRegistry, &[&["server gave http response to https client"]]),
        (CertificateUntrusted, &[&["x509:"]]),
        (PortTaken, &[&["port is already allocated"], &["bind: address already in use"], &["failed to bind host port", "address already in use"]]),
        (AddressNotThere, &[&["cannot assign requested address"]]),
        (HostUnknown, &[&["dial tcp", "no such host"], &["lookup", "no such host"]]),
        (TimedOut, &[&["i/o timeout"], &["client.timeout exceeded"], &["tls handshake timeout"], &["https://", "context deadline exceeded"]]),
        (ConnectionRefused, &[&["connect: connection refused"], &["connection refused"]]),
        (NameTaken, &[&["container name", "is already in use"], &["name", "is in use: container already exists"]]),
        (NameInvalid, &[&["invalid container name"], &["names must match"]]),
        (NoSuchContainer, &[&["no such container"], &["no container with name or id"]]),
        (NoSuchImage, &[&["no such image"], &["image not known"]]),
        (NoSuchVolume, &[&["no such volume"]]),
        (VolumeUsed, &[&["volume is in use"], &["volume", "is being used by the following"]]),
        (NetworkUsed, &[&["has active endpoints"], &["has associated containers with it"]]),
        (NetworkExists, &[&["network with name", "already exists"], &["network name", "already used"]]),
        (SubnetOverlaps, &[&["pool overlaps with other one"], &["subnet", "is already used"]]),
        (NoSubnetLeft, &[&["non-overlapping ipv4 address pool"], &["predefined address pools have been fully subnetted"], &["could not find free subnet"]]),
        (NoSuchNetwork, &[&["network", "not found"]]),
        (NoSuchFile, &[&["could not find the file"]]),
        (ReferenceInvalid, &[&["invalid reference format"], &["repository name", "must be lowercase"]]),
        (MountSourceMissing, &[&["bind source path does not exist"]]),
        (MountNotAbsolute, &[&["mount path must be absolute"], &["invalid container path", "must be an absolute path"]]),
        (MountSourceRelative, &[&["includes invalid characters for a local volume name"]]),
        (WorkingDirNotAbsolute, &[&["working directory", "absolute path"], &["cwd must be an absolute path"]]),
        (MountMismatch, &[&["error mounting", "not a directory"], &["are you trying to mount a directory onto a file"]]),
        (ProgramNotFound, &[&["executable file", "not found"], &["exec:", "stat ", "no such file or directory"]]),
        (ProgramNotExecutable, &[&["exec:", "permission denied"], &["is not executable"]]),
        (ProgramForeign, &[&["exec format error"]]),
        (NoCommand, &[&["no command specified"]]),
        (UserUnknown, &[&["unable to find user"], &["no matching entries in passwd"]]),
        (RemoveAndRestart, &[&["autoremove", "restart policy"], &["--rm option conflicts with --restart"]]),
        (ImageHasChildren, &[&["has dependent child images"]]),
        (ImageHasNames, &[&["is referenced in multiple repositories"], &["by id with more than one tag"]]),
        (ImageUsed, &[&["is using its referenced image"], &["image is being used by"], &["image used by"]]),
        (BeingRemoved, &[&["marked for removal"], &["removal of container", "in progress"]]),
        (IsRestarting, &[&["is restarting"], &["restarting container"]]),
        (IsRunning, &[&["cannot remove a running container"], &["container is running: stop"], &["as it is running"]]),
        (IsPaused, &[&["is paused"], &["already paused"], &["paused container"], &["paused or unknown state"]]),
        (NotRunning, &[&["is not running"], &["on running containers"], &["can only kill running containers"]]),
        (PortInvalid, &[&["invalid port specification"], &["invalid containerport"]]),
        (MemoryTooLittle, &[&["minimum memory limit allowed"], &["unable to set memory limit"]]),
        (DeviceMissing, &[&["error gathering device information"], &["stat /dev/", "no such file or directory"]]),
    ]
};

impl EngineFault {
    /// By the engine's words; letter case and what stands around them differ from version to version.
    pub fn of(words: &str) -> Option<Self> {
        let words = words.to_ascii_lowercase();
        let is = |signs: &[&[&str]]| signs.iter().any(|all| all.iter().all(|sign| words.contains(sign)));
        SIGNS.iter().find(|(_, signs)| is(signs)).map(|(fault, _)| *fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What real engines answered, see the file's head.
    const REAL: &str = include_str!("../tests/engine_errors.txt");

    #[test]
    fn what_real_engines_say_is_recognised() {
        let mut wrong = Vec::new();
        for line in REAL.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let mut parts = line.splitn(3, '\t');
            let (Some(fault), Some(engine), Some(words)) = (parts.next(), parts.next(), parts.next()) else { panic!("{line}") };
            let found = EngineFault::of(words).map_or_else(|| "None".to_owned(), |fault| format!("{fault:?}"));
            if found != fault {
                wrong.push(format!("{found} instead of {fault} ({engine}): {words}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // And each has a sample.
        for fault in EngineFault::ALL {
            assert!(SIGNS.iter().any(|(signed, _)| signed == fault), "{fault:?} is never recognised");
            assert!(REAL.lines().any(|line| line.starts_with(&format!("{fault:?}\t"))), "{fault:?} has no sample");
        }
    }

    #[test]
    fn other_words_are_left_as_they_are() {
        for words in ["", "something went wrong", "the disk is on fire"] {
            assert_eq!(EngineFault::of(words), None);
        }
    }
}
