use std::collections::BTreeMap;

use serde::Deserialize;

use super::null_as_default;

/// A document of `GET /containers/{id}/stats`. Of a container that does not run all is zero or missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Stats {
    pub cpu_stats: CpuStats,
    /// The reading before this one; empty in the first document.
    pub precpu_stats: CpuStats,
    pub memory_stats: MemoryStats,
    /// RFC 3339
    pub read: String,
    pub pids_stats: PidsStats,
    /// By interface; missing without a network of its own.
    #[serde(deserialize_with = "null_as_default")]
    pub networks: BTreeMap<String, NetworkStats>,
    pub blkio_stats: BlkioStats,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PidsStats {
    pub current: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkStats {
    pub rx_bytes: u64,
    pub tx_bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BlkioStats {
    /// `null` or empty where the host does not count.
    #[serde(deserialize_with = "null_as_default")]
    pub io_service_bytes_recursive: Vec<BlkioEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BlkioEntry {
    /// `Read`, `Write`, …; in small letters with cgroup v2.
    pub op: String,
    pub value: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CpuStats {
    pub cpu_usage: CpuUsage,
    /// Nanoseconds, of all cores of the host.
    pub system_cpu_usage: u64,
    /// Missing before API 1.27.
    pub online_cpus: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CpuUsage {
    /// Nanoseconds
    pub total_usage: u64,
    /// Missing with cgroup v2.
    #[serde(deserialize_with = "null_as_default")]
    pub percpu_usage: Vec<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MemoryStats {
    pub usage: u64,
    pub limit: u64,
    /// The cgroup's own figures by their names; version 1 and 2 differ.
    #[serde(deserialize_with = "null_as_default")]
    pub stats: BTreeMap<String, u64>,
}
