//! What usually nobody keeps (caches, logs, what a program leaves for itself) and what looks like a secret. Either is left out
//! unless somebody wants it, and never hidden.

/// A folder with all in it, or `**/` and a name, with a star for what is before its end.
const PATTERNS: &[&str] = &[
    "/tmp",
    // What an engine makes for its own mounts.
    "/.dockerenv",
    "/sbin/docker-init",
    "/run",
    "/var/tmp",
    "/var/run",
    "/var/log",
    "/var/cache",
    "/var/lib/apt/lists",
    "/root/.cache",
    "/root/.npm",
    "**/.cache",
    "**/__pycache__",
    "**/*.pyc",
    "**/*.pid",
    "**/*~",
    "**/.DS_Store",
];

/// Files that credentials, keys and what was typed are kept in, by their usual names.
const SECRETS: &[&str] = &[
    "/etc/shadow",
    "**/.env",
    "**/.netrc",
    "**/.git-credentials",
    "**/.pgpass",
    "**/.my.cnf",
    "**/.npmrc",
    "**/.pypirc",
    "**/.htpasswd",
    "**/.aws",
    "**/.azure",
    "**/.gcloud",
    "**/.kube",
    "**/.docker",
    "**/.ssh",
    "**/.gnupg",
    "**/.vault-token",
    "**/id_rsa",
    "**/id_dsa",
    "**/id_ecdsa",
    "**/id_ed25519",
    "**/*.pem",
    "**/*.key",
    "**/*.p12",
    "**/*.pfx",
    "**/*.jks",
    "**/*.keystore",
    "**/*_history",
];

/// Bytes of a pattern, and patterns of a list, at most.
pub const LONGEST_PATTERN: usize = 256;
pub const MOST_PATTERNS: usize = 500;

/// What a Linkspan begins with.
pub fn standard_noise() -> Vec<String> {
    PATTERNS.iter().map(|pattern| (*pattern).to_owned()).collect()
}

/// The pattern of noise that a path is of.
pub fn noise<'a>(patterns: &'a [String], path: &str) -> Option<&'a str> {
    patterns.iter().map(String::as_str).find(|pattern| fits(pattern, path))
}

/// A folder but the root, or `**/` and a name, which may begin with a star.
pub fn is_pattern(text: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "*" | "." | "..") && !name.contains('/');
    let is_usable = text.len() <= LONGEST_PATTERN && !text.chars().any(char::is_control);
    is_usable
        && match text.strip_prefix("**/") {
            Some(name) => is_name(name) && !name.trim_start_matches('*').contains('*'),
            None => text.strip_prefix('/').is_some_and(|path| path.split('/').all(is_name) && !path.contains('*')),
        }
}

/// The pattern of secrets that a path is of.
pub fn secret(path: &str) -> Option<&'static str> {
    SECRETS.iter().copied().find(|pattern| fits(pattern, path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let Some(name) = pattern.strip_prefix("**/") else {
        return path.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    };
    path.split('/').any(|part| name.strip_prefix('*').map_or(part == name, |end| part.len() > end.len() && part.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_usual_names() {
        for path in
            ["/app/.env", "/root/.ssh/known_hosts", "/root/.ash_history", "/etc/ssl/private/site.key", "/home/a/.docker/config.json"]
        {
            assert!(secret(path).is_some(), "{path}");
        }
        for path in ["/app/.environment", "/app/key", "/app/monkey", "/app/history", "/etc/passwd"] {
            assert_eq!(secret(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_a_pattern_is_told() {
        assert!(standard_noise().iter().all(|pattern| is_pattern(pattern)));
        for wrong in ["", "/", "tmp", "/tmp/", "//tmp", "/a/../b", "**/", "**/*", "**/a/b", "**/a*b", "/a*", "/a\nb", &"/x".repeat(200)] {
            assert!(!is_pattern(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn patterns_fit_folders_and_names() {
        for (path, expected) in [
            ("/tmp", Some("/tmp")),
            ("/tmp/a/b", Some("/tmp")),
            ("/tmpfiles", None),
            ("/app/__pycache__/a.txt", Some("**/__pycache__")),
            ("/app/a.pyc", Some("**/*.pyc")),
            ("/app/.pyc", None),
            ("/run/nginx.pid", Some("/run")),
            ("/srv/app.pid", Some("**/*.pid")),
            ("/etc/hosts", None),
            ("/var", None),
        ] {
            assert_eq!(noise(&standard_noise(), path), expected, "{path}");
        }
    }
}
