//! Finds out whether Linkspan itself runs in a container, and in which.

#![allow(clippy::disallowed_methods, reason = "at the start, before anybody is served")]

use linkspan_shared::ids::ContainerId;

/// Docker and Podman mount `/etc/hostname` and the like from a folder that is named by the container's id.
pub fn container() -> Option<ContainerId> {
    // A path that is no text must not make Linkspan forget what it runs in.
    find_in(&String::from_utf8_lossy(&std::fs::read("/proc/self/mountinfo").ok()?))
}

fn find_in(mountinfo: &str) -> Option<ContainerId> {
    mountinfo.lines().find_map(|line| {
        // proc(5): id, parent, device, root of the mount in its file system, mount point, …
        let mut fields = line.split(' ').skip(3);
        let (root, target) = (fields.next()?, fields.next()?);
        if !matches!(target, "/etc/hostname" | "/etc/hosts" | "/etc/resolv.conf" | "/run/.containerenv") {
            return None;
        }
        root.split('/').find(|part| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit())).map(ContainerId::new)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_and_podman_and_neither() {
        let id = "0123456789abcdef".repeat(4);
        let docker = format!("700 690 254:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw");
        assert_eq!(find_in(&docker), Some(ContainerId::new(id.clone())));
        let podman = format!("9 8 0:24 /containers/overlay-containers/{id}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw");
        assert_eq!(find_in(&podman), Some(ContainerId::new(id.clone())));
        let elsewhere = format!("9 8 0:24 /x/{id} /mnt rw - tmpfs tmpfs rw\n1 0 254:1 / / rw - ext4 /dev/vda1 rw");
        assert_eq!(find_in(&elsewhere), None);
    }
}
