//! What goes with a limit that becomes another one (Engine API, `ContainerUpdate`).

/// Microseconds: the kernel's own.
pub const PERIOD: i64 = 100_000;

/// `MemorySwap` beside another `Memory`: without it an engine refuses, for the two together were less. As it does by itself at a
/// start: as much again; else as much more as it was.
pub fn swap_of(memory: i64, swap_before: i64, memory_before: i64) -> i64 {
    match swap_before {
        unlimited if unlimited < 0 => -1,
        0 => memory.saturating_mul(2),
        both => memory.saturating_add((both - memory_before).max(0)),
    }
}

/// `CpuPeriod` and `CpuQuota` in the place of `NanoCpus`, where there is a quota: an engine has one way or the other, and keeps to it.
pub fn quota_of(nano_cpus: i64, quota_before: i64, period_before: i64) -> Option<(i64, i64)> {
    let period = if period_before > 0 { period_before } else { PERIOD };
    (quota_before > 0).then(|| (period, (nano_cpus / 1_000).saturating_mul(period) / 1_000_000))
}
