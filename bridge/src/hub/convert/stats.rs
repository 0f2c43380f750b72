//! Figures, reckoned as `docker stats` reckons them.

use linkspan_shared::{
    ids::ContainerId,
    stats::{ContainerStats, Sample},
};

use super::timestamp;
use linkspan_docker::model::{CpuStats, MemoryStats, NetworkStats, Stats};

/// `None` when the engine had nothing to measure: the container does not run.
pub fn container_stats(container: ContainerId, stats: &Stats, host_memory: u64) -> Option<ContainerStats> {
    let memory = &stats.memory_stats;
    if stats.cpu_stats.system_cpu_usage == 0 && memory.usage == 0 {
        return None;
    }
    Some(ContainerStats {
        container,
        cpu: cpu(&stats.precpu_stats, &stats.cpu_stats),
        memory: memory.usage.saturating_sub(given_back(memory)),
        // Without a limit the engine reports the host's memory, or a number beyond any.
        memory_limit: (memory.limit > 0 && memory.limit < host_memory).then_some(memory.limit),
    })
}

/// The same moment with everything that the charts show.
pub fn sample(row: &ContainerStats, stats: &Stats) -> Sample {
    let networks = &stats.networks;
    let network = |figure: fn(&NetworkStats) -> u64| (!networks.is_empty()).then(|| networks.values().map(figure).sum());
    let io = &stats.blkio_stats.io_service_bytes_recursive;
    let disk =
        |op: &str| (!io.is_empty()).then(|| io.iter().filter(|entry| entry.op.eq_ignore_ascii_case(op)).map(|entry| entry.value).sum());
    Sample {
        time: timestamp(&stats.read).unwrap_or_else(crate::hub::now),
        cpu: row.cpu,
        memory: row.memory,
        memory_limit: row.memory_limit,
        received: network(|network| network.rx_bytes),
        sent: network(|network| network.tx_bytes),
        read: disk("read"),
        written: disk("write"),
        processes: stats.pids_stats.current,
    }
}

fn cpu(before: &CpuStats, after: &CpuStats) -> Option<u64> {
    if before.system_cpu_usage == 0 {
        return None;
    }
    let used = after.cpu_usage.total_usage.saturating_sub(before.cpu_usage.total_usage);
    let passed = after.system_cpu_usage.checked_sub(before.system_cpu_usage).filter(|passed| *passed > 0)?;
    let cores = match after.online_cpus {
        0 => after.cpu_usage.percpu_usage.len().max(1) as u64,
        online => online,
    };
    u64::try_from(u128::from(used).saturating_mul(u128::from(cores)).saturating_mul(10_000) / u128::from(passed)).ok()
}

/// The inactive page cache, by cgroup v1's name and by v2's.
fn given_back(memory: &MemoryStats) -> u64 {
    let figure = |name: &str| memory.stats.get(name).copied();
    figure("total_inactive_file").or_else(|| figure("inactive_file")).filter(|cache| *cache < memory.usage).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn converted(document: serde_json::Value) -> Option<ContainerStats> {
        container_stats(ContainerId("c".into()), &serde_json::from_value(document).unwrap(), 8 << 30)
    }

    #[test]
    fn figures_are_those_of_docker_stats() {
        let stats = converted(json!({
            "cpu_stats": { "cpu_usage": { "total_usage": 1_500_000_000u64 }, "system_cpu_usage": 40_000_000_000u64, "online_cpus": 4 },
            "precpu_stats": { "cpu_usage": { "total_usage": 1_000_000_000u64 }, "system_cpu_usage": 36_000_000_000u64, "online_cpus": 4 },
            "memory_stats": { "usage": 300, "limit": 1_000, "stats": { "inactive_file": 100, "anon": 7 } },
        }));
        // Half a second of one core in one second of four.
        assert_eq!(
            stats,
            Some(ContainerStats { container: ContainerId("c".into()), cpu: Some(5_000), memory: 200, memory_limit: Some(1_000) })
        );
    }

    #[test]
    fn what_is_missing_is_not_zero() {
        let first = converted(json!({
            "cpu_stats": { "cpu_usage": { "total_usage": 5, "percpu_usage": [1, 4] }, "system_cpu_usage": 9 },
            "precpu_stats": { "cpu_usage": { "total_usage": 0 } },
            "memory_stats": { "usage": 300, "limit": 9_223_372_036_854_771_712u64, "stats": { "total_inactive_file": 400 } },
        }))
        .unwrap();
        assert_eq!((first.cpu, first.memory, first.memory_limit), (None, 300, None));
        // A stopped container.
        assert_eq!(converted(json!({ "cpu_stats": { "cpu_usage": { "total_usage": 0 } }, "precpu_stats": {}, "memory_stats": {} })), None);
        // The engine's clock stood still, or cgroup v1 counts cores one by one.
        let still = json!({ "cpu_usage": { "total_usage": 5 }, "system_cpu_usage": 9 });
        let stats = converted(json!({ "cpu_stats": still, "precpu_stats": still, "memory_stats": { "stats": null } })).unwrap();
        assert_eq!((stats.cpu, stats.memory_limit), (None, None));
        let old = converted(json!({
            "cpu_stats": { "cpu_usage": { "total_usage": 10, "percpu_usage": [5, 5] }, "system_cpu_usage": 20 },
            "precpu_stats": { "cpu_usage": { "total_usage": 0 }, "system_cpu_usage": 10 },
        }));
        assert_eq!(old.unwrap().cpu, Some(20_000));
    }
}
