//! Samples of what was done and what happened.

use linkspan_shared::{activity::*, call::*, ids::*, json::Json, problem::*, time::Timestamp};

use crate::{Samples, id};

fn entry(who: Option<&str>, verb: Verb) -> Entry {
    Entry {
        id: 7,
        at: Timestamp(5),
        who: who.map(UserName::new),
        address: "10.0.0.7".into(),
        engine: Some(EngineId::new("local")),
        verb,
        object: Some(Subject { kind: SubjectKind::Container, id: id().0, name: "web".into(), count: 0 }),
        problem: None,
        milliseconds: Some(1_200),
        request: None,
        job: None,
    }
}

pub fn calls(samples: &mut Samples) {
    let filter =
        ActivityFilter { text: "web".into(), kind: Some(ActivityKind::Lifecycle), who: Some(UserName::new("mika")), container: Some(id()) };
    samples.call(ListActivity { filter, before: Some(8) });
    let mut done = entry(Some("mika"), Verb::Call("container.stop".into()));
    done.request = Some(Asked { call: "container.stop".into(), arguments: Json::of(&serde_json::json!({ "container": id() })).unwrap() });
    done.problem = Some(Problem::new(ProblemCode::Conflict, "web", "it is paused"));
    done.job = Some(JobId::new("1"));
    let exited = entry(None, Verb::Event(Event::Exited { exit_code: Some(137), out_of_memory: true }));
    let entries = vec![done, exited, entry(Some("mika"), Verb::Access(Access::SignedIn))];
    samples.output::<ListActivity>(ActivityPage { entries, before: Some(5) });
}
