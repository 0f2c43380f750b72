//! Paths of an engine's host that are more than data.

/// Whoever can write there has the host: its own files, its devices, or the engine.
pub fn gives_the_host(path: &str) -> bool {
    // Whatever it goes back to.
    if path == "/" || path.split('/').any(|part| part == "..") {
        return true;
    }
    let path = format!("/{}", path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/"));
    let is_within = |folder: &&str| path == *folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let is_socket = ["docker.sock", "podman.sock", "containerd.sock"].iter().any(|socket| path.ends_with(socket));
    is_socket
        || path == "/"
        || [
            "/etc", "/boot", "/dev", "/proc", "/sys", "/root", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/run", "/var/run", "/var/spool",
            "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/var/lib/systemd", "/snap",
        ]
            .iter()
            .any(is_within)
        || ["/var", "/home", "/var/lib", "/opt", "/mnt", "/media"].contains(&path.as_str())
        // Somebody's whole home has their keys, and so has what is hidden in it.
        || path.strip_prefix("/home/").is_some_and(|rest| !rest.contains('/') || rest.contains("/."))
}

#[cfg(test)]
mod tests {
    use super::gives_the_host;

    #[test]
    fn paths_that_give_the_host_away_are_known() {
        for path in [
            "/",
            "//",
            "/.",
            "/etc",
            "/etc/",
            "//etc/./passwd",
            "/var/run/docker.sock",
            "/run/user/1000/podman/podman.sock",
            "/var",
            "/proc/1",
            "/run/containerd",
            "/home/me",
            "/home/me/.ssh",
            "/lib64",
            "/var/spool/cron",
            "/srv/../etc",
        ] {
            assert!(gives_the_host(path), "{path}");
        }
        for path in ["/srv/data", "/var/www", "/home/me/project", "/etcetera", "relative"] {
            assert!(!gives_the_host(path), "{path}");
        }
    }
}
