//! What a container may take of its host, and how that becomes another.

use linkspan_docker::{
    limits::{PERIOD, quota_of, swap_of},
    model::HostConfig,
};
use linkspan_shared::container::{Changeable, Limits};
use serde_json::{Map, Value, json};

/// What of a container's configuration has to be another; refused with the limit that an engine would have to take away.
pub fn update_of(now: &HostConfig, to: &Changeable) -> Result<Map<String, Value>, &'static str> {
    let (before, mut body) = (limits(now), Map::new());
    let is_lost = |name, before: bool, after: bool| if before && !after { Err(name) } else { Ok(()) };
    is_lost("memory", before.memory.is_some(), to.limits.memory.is_some())?;
    is_lost("CPUs", before.cpus.is_some(), to.limits.cpus.is_some())?;
    let policy = to.restart_policy.as_str();
    let is_same = now.restart_policy.name == policy || now.restart_policy.name.is_empty() && policy == "no";
    if !is_same || now.restart_policy.maximum_retry_count != to.retries {
        body.insert("RestartPolicy".into(), json!({ "Name": policy, "MaximumRetryCount": to.retries }));
    }
    if let Some(memory) = to.limits.memory.filter(|memory| Some(*memory) != before.memory) {
        let memory = i64::try_from(memory).unwrap_or(i64::MAX);
        body.insert("Memory".into(), json!(memory));
        body.insert("MemorySwap".into(), json!(swap_of(memory, now.memory_swap, now.memory)));
    }
    if let Some(cpus) = to.limits.cpus.filter(|cpus| Some(*cpus) != before.cpus) {
        let nano = i64::try_from(cpus).unwrap_or(i64::MAX).saturating_mul(10_000_000);
        match quota_of(nano, now.cpu_quota, now.cpu_period) {
            Some((period, quota)) => {
                body.insert("CpuPeriod".into(), json!(period));
                body.insert("CpuQuota".into(), json!(quota));
            }
            None => drop(body.insert("NanoCpus".into(), json!(nano))),
        }
    }
    if to.limits.processes != before.processes {
        body.insert("PidsLimit".into(), json!(to.limits.processes.unwrap_or(-1)));
    }
    Ok(body)
}

pub fn limits(config: &HostConfig) -> Limits {
    let some = |value: i64| u64::try_from(value).ok().filter(|value| *value > 0);
    let period = if config.cpu_period > 0 { config.cpu_period } else { PERIOD };
    Limits {
        memory: some(config.memory),
        cpus: some(config.nano_cpus / 10_000_000).or_else(|| some(config.cpu_quota.saturating_mul(100) / period)),
        processes: config.pids_limit.filter(|limit| *limit > 0),
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::run::RestartPolicy;

    use super::*;

    #[test]
    fn limits_are_told_as_they_were_given() {
        let limits = |json: &str| limits(&serde_json::from_str(json).unwrap());
        assert_eq!(limits("{}"), Limits::default());
        assert_eq!(limits(r#"{ "Memory": 0, "NanoCpus": 0, "CpuQuota": -1, "PidsLimit": null }"#), Limits::default());
        let all = Limits { memory: Some(1 << 26), cpus: Some(50), processes: Some(10) };
        assert_eq!(limits(r#"{ "Memory": 67108864, "NanoCpus": 500000000, "PidsLimit": 10 }"#), all);
        assert_eq!(limits(r#"{ "CpuQuota": 150000 }"#).cpus, Some(150));
        assert_eq!(limits(r#"{ "CpuQuota": 20000, "CpuPeriod": 10000 }"#).cpus, Some(200));
    }

    #[test]
    fn an_update_says_what_is_another() {
        let update = |now: &str, to: &Changeable| update_of(&serde_json::from_str(now).unwrap(), to).map(Value::Object);
        let to = Changeable {
            restart_policy: RestartPolicy::OnFailure,
            retries: 3,
            limits: Limits { memory: Some(1 << 26), cpus: Some(50), processes: None },
        };
        let restart = json!({ "Name": "on-failure", "MaximumRetryCount": 3 });
        let all = json!({ "RestartPolicy": restart, "Memory": 1 << 26, "MemorySwap": 1 << 27, "NanoCpus": 500_000_000 });
        assert_eq!(update("{}", &to), Ok(all));
        // Swap stays as much more than memory as it was; the way of limiting processors stays, too.
        let now = r#"{ "Memory": 1048576, "MemorySwap": 2048576, "CpuQuota": 20000, "PidsLimit": 9, "RestartPolicy": { "Name": "no" } }"#;
        let memory = Changeable { restart_policy: RestartPolicy::No, retries: 0, ..to.clone() };
        let all =
            json!({ "Memory": 1 << 26, "MemorySwap": (1 << 26) + 1_000_000, "CpuPeriod": 100_000, "CpuQuota": 50_000, "PidsLimit": -1 });
        assert_eq!(update(now, &memory), Ok(all));
        assert_eq!(update(r#"{ "Memory": 67108864, "MemorySwap": -1, "NanoCpus": 500000000 }"#, &memory), Ok(json!({})));
        assert_eq!(update(now, &Changeable::default()), Err("memory"));
    }
}
