//! What of a call goes into the record of activity.

use std::{collections::HashSet, sync::Arc};

use linkspan_shared::{
    activity::{Subject, SubjectKind, Verb},
    ids::JobId,
    job::Object,
    json::Json,
    problem::Problem,
};
use serde_json::Value;
use tokio::time::Instant;

use super::Target;
use crate::{
    activity::{self, Activity, Labels, Record},
    policy::Concern,
};

/// Calls that change nothing, and are no more than a look. All others are recorded.
pub const LOOKS: &[&str] = &[
    "activity.list",
    "container.inspect",
    "container.run_like",
    "container.top",
    "credential.logins",
    "engine.examine",
    "engine.figures",
    "engine.inspect",
    "engine.retry",
    "explain",
    "explain.export",
    "explain.script",
    "file.list",
    "image.check",
    "image.inspect",
    "network.inspect",
    "passkey.list",
    "people.look_at",
    "review.changes",
    "review.compare",
    "review.count",
    "review.dockerfile",
    "review.noise",
    "review.sizes",
    "system.df",
    "terminal.list",
    "terminal.resize",
    "terminal.shells",
    "token.list",
    "volume.inspect",
    "webhook.list",
];

/// A call that is under way; `None` inside, if it is only a look.
pub struct Noted(Option<(Record, Instant, Arc<Activity>)>);

impl Noted {
    pub fn begin(call: &str, concern: &Concern, arguments: &Json, on: &Target) -> Self {
        if LOOKS.contains(&call) {
            return Self(None);
        }
        let fields: Value = arguments.read().unwrap_or_default();
        let context = &on.context;
        let engine = !matches!(concern, Concern::Linkspan) && !["passkey.", "people.", "token."].iter().any(|part| call.starts_with(part));
        let engine = engine.then(|| on.engine.id.clone());
        let mut record = activity::begun(context.user.name.clone(), context.address.clone(), engine, Verb::Call(verb(call, &fields)));
        record.entry.request = activity::asked(call, arguments);
        (record.entry.object, record.labels) = subject(call, concern, &fields, on);
        Self(Some((record, Instant::now(), context.hub.activity.clone())))
    }

    /// With the job that it began, if it did.
    pub fn end(&mut self, outcome: Result<Option<&JobId>, &Problem>) {
        let Some((mut record, begun, activity)) = self.0.take() else { return };
        record.entry.milliseconds = u64::try_from(begun.elapsed().as_millis()).ok();
        match outcome {
            Ok(Some(job)) => return activity.job_begun(job, record),
            Ok(None) => {}
            Err(problem) => record.entry.problem = Some(problem.clone()),
        }
        activity.record(record);
    }
}

/// What was done to many is the same as to one.
fn verb(call: &str, fields: &Value) -> String {
    match (call, fields["kind"].as_str()) {
        ("terminal.share", _) if fields["on"] == false => "terminal.unshare".to_owned(),
        ("job.act_on_containers", Some(kind)) => format!("container.{kind}"),
        _ => call.to_owned(),
    }
}

/// What cannot be seen has no other name than was said.
fn seen_name(object: &Object, on: &Target) -> String {
    if on.reach.sees(object) { on.engine.name_of(object) } else { object.name().to_owned() }
}

fn subject(call: &str, concern: &Concern, fields: &Value, on: &Target) -> (Option<Subject>, Labels) {
    if let Concern::Objects(objects) = concern
        && let Some(first) = objects.first()
    {
        let kind = match first {
            Object::Container(_) => SubjectKind::Container,
            Object::Image(_) => SubjectKind::Image,
            Object::Volume(_) => SubjectKind::Volume,
            Object::Network(_) => SubjectKind::Network,
            Object::Cache(_) => SubjectKind::Other,
        };
        // All of them have to be visible to whoever sees it.
        let mut labels: HashSet<(String, String)> = on.engine.labels_of(first).into_iter().collect();
        for other in objects.iter().skip(1) {
            let others: HashSet<_> = on.engine.labels_of(other).into_iter().collect();
            labels.retain(|label| others.contains(label));
        }
        // Where a call is about a container and its image, it is the container.
        let count = if call == "job.recreate" { 1 } else { objects.len() };
        let subject = match count {
            1 => Subject { kind, id: first.name().to_owned(), name: seen_name(first, on), count: 0 },
            many => Subject { kind, id: String::new(), name: String::new(), count: u32::try_from(many).unwrap_or(u32::MAX) },
        };
        return (Some(subject), labels.into_iter().collect());
    }
    let (kind, id) = match call {
        "image.tag" | "image.remove" | "job.pull" | "job.push" | "job.build" | "job.load" => (SubjectKind::Image, ""),
        "job.run" => (SubjectKind::Container, ""),
        "volume.create" => (SubjectKind::Volume, ""),
        "network.create" => (SubjectKind::Network, ""),
        call if call.starts_with("people.") => (SubjectKind::Person, ""),
        call if call.starts_with("engine.") => (SubjectKind::Engine, ""),
        _ => (SubjectKind::Other, ""),
    };
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let spec = &fields["spec"];
    let name = ["reference", "name"].iter().find_map(|field| text(&fields[*field]));
    let name = name.or_else(|| ["name", "reference", "image"].iter().find_map(|field| text(&spec[*field])));
    let labels = match concern {
        Concern::New(labels) => labels.clone(),
        _ => Labels::new(),
    };
    (name.map(|name| Subject { kind, id: id.to_owned(), name, count: 0 }), labels)
}

#[cfg(test)]
mod tests {
    use linkspan_shared::call::ROLES;

    use super::LOOKS;

    #[test]
    fn each_look_is_a_call() {
        for look in LOOKS {
            assert!(ROLES.iter().any(|(call, _)| call == look), "{look}");
        }
    }
}
