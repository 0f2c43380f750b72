//! What usually nobody keeps: caches, logs, what a program leaves for itself. It is folded and left out unless somebody wants
//! it, and never hidden.

/// A folder with all in it, or `**/` and a name, with a star for what is before its end.
const PATTERNS: &[&str] = &[
    "/tmp",
    "/run",
    "/var/tmp",
    "/var/run",
    "/var/log",
    "/var/cache",
    "/var/lib/apt/lists",
    "/var/lib/dpkg/info",
    "/root/.cache",
    "/root/.npm",
    "/root/.bash_history",
    "/root/.ash_history",
    "**/.cache",
    "**/__pycache__",
    "**/*.pyc",
    "**/*.pid",
    "**/*~",
    "**/.DS_Store",
];

/// The pattern that a path is of.
pub fn noise(path: &str) -> Option<&'static str> {
    PATTERNS.iter().copied().find(|pattern| fits(pattern, path))
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
            assert_eq!(noise(path), expected, "{path}");
        }
    }
}
