//! What an engine says of itself.

use linkspan_docker::model::Info;
use linkspan_shared::engine::EngineDetails;

/// Its own loopback, which is insecure wherever nobody changed that.
const LOOPBACK: &[&str] = &["127.0.0.0/8", "::1/128"];

pub fn engine_details(info: Info) -> EngineDetails {
    let cgroup = match (info.cgroup_driver, info.cgroup_version) {
        (driver, version) if driver.is_empty() || version.is_empty() => driver,
        (driver, version) => format!("{driver}, v{version}"),
    };
    let networks = info.registries.insecure_networks.into_iter().filter(|network| !LOOPBACK.contains(&network.as_str()));
    let insecure = info.registries.registries.into_iter().filter(|(_, config)| config.secure == Some(false)).map(|(name, _)| name);
    EngineDetails {
        cpus: Some(info.cpus).filter(|cpus| *cpus > 0),
        memory: Some(info.mem_total).filter(|memory| *memory > 0),
        operating_system: info.operating_system,
        kernel: info.kernel_version,
        architecture: info.architecture,
        storage_driver: info.driver,
        logging_driver: info.logging_driver,
        cgroup,
        runtime: info.default_runtime,
        root_dir: info.root_dir,
        security: info
            .security_options
            .into_iter()
            .map(|option| option.strip_prefix("name=").map(str::to_owned).unwrap_or(option))
            .collect(),
        insecure_registries: networks.chain(insecure).collect(),
        warnings: info.warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_engine_says_of_itself_is_read() {
        let info = serde_json::json!({
            "NCPU": 8, "MemTotal": 1 << 30, "Driver": "overlay2", "CgroupDriver": "systemd", "CgroupVersion": "2",
            "SecurityOptions": ["name=seccomp,profile=default"], "Warnings": ["WARNING: No swap limit support"],
            "RegistryConfig": {
                "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.0.0/8"],
                "IndexConfigs": { "docker.io": { "Secure": true }, "pier:5000": { "Secure": false } }
            }
        });
        let details = engine_details(serde_json::from_value(info).unwrap());
        assert_eq!((details.cpus, details.memory, details.cgroup.as_str()), (Some(8), Some(1 << 30), "systemd, v2"));
        assert_eq!(
            (details.security, details.insecure_registries),
            (vec!["seccomp,profile=default".into()], vec!["10.0.0.0/8".into(), "pier:5000".into()])
        );
        assert_eq!(details.warnings.len(), 1);
        // Whatever is left out.
        assert_eq!(engine_details(serde_json::from_str("{}").unwrap()), EngineDetails::default());
    }
}
