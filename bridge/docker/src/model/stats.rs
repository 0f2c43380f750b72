//! What a container takes of the host, and its processes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{lenient, list, map, number, text};

/// A document of `GET /containers/{id}/stats`. Of a container that does not run all is zero or missing.
#[derive(Debug, Default, Deserialize)]
pub struct Stats {
    #[serde(default, deserialize_with = "lenient")]
    pub cpu_stats: CpuStats,
    /// The reading before this one; empty in the first document.
    #[serde(default, deserialize_with = "lenient")]
    pub precpu_stats: CpuStats,
    #[serde(default, deserialize_with = "lenient")]
    pub memory_stats: MemoryStats,
    /// RFC 3339
    #[serde(default, deserialize_with = "text")]
    pub read: String,
    #[serde(default, deserialize_with = "lenient")]
    pub pids_stats: PidsStats,
    /// By interface; missing without a network of its own.
    #[serde(default, deserialize_with = "map")]
    pub networks: BTreeMap<String, NetworkStats>,
    #[serde(default, deserialize_with = "lenient")]
    pub blkio_stats: BlkioStats,
}

#[derive(Debug, Default, Deserialize)]
pub struct PidsStats {
    #[serde(default, deserialize_with = "number")]
    pub current: u64,
}

#[derive(Debug, Default, Deserialize)]
pub struct NetworkStats {
    #[serde(default, deserialize_with = "number")]
    pub rx_bytes: u64,
    #[serde(default, deserialize_with = "number")]
    pub tx_bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
pub struct BlkioStats {
    /// `null` or empty where the host does not count.
    #[serde(default, deserialize_with = "list")]
    pub io_service_bytes_recursive: Vec<BlkioEntry>,
}

#[derive(Debug, Default, Deserialize)]
pub struct BlkioEntry {
    /// `Read`, `Write`, …; in small letters with cgroup v2.
    #[serde(default, deserialize_with = "text")]
    pub op: String,
    #[serde(default, deserialize_with = "number")]
    pub value: u64,
}

#[derive(Debug, Default, Deserialize)]
pub struct CpuStats {
    #[serde(default, deserialize_with = "lenient")]
    pub cpu_usage: CpuUsage,
    /// Nanoseconds, of all cores of the host.
    #[serde(default, deserialize_with = "number")]
    pub system_cpu_usage: u64,
    /// Missing before API 1.27.
    #[serde(default, deserialize_with = "number")]
    pub online_cpus: u64,
}

#[derive(Debug, Default, Deserialize)]
pub struct CpuUsage {
    /// Nanoseconds
    #[serde(default, deserialize_with = "number")]
    pub total_usage: u64,
    /// Missing with cgroup v2.
    #[serde(default, deserialize_with = "list")]
    pub percpu_usage: Vec<u64>,
}

#[derive(Debug, Default, Deserialize)]
pub struct MemoryStats {
    #[serde(default, deserialize_with = "number")]
    pub usage: u64,
    #[serde(default, deserialize_with = "number")]
    pub limit: u64,
    /// The cgroup's own figures by their names; version 1 and 2 differ.
    #[serde(default, deserialize_with = "map")]
    pub stats: BTreeMap<String, u64>,
}
