//! What is done by an address of its own, and not by a call, is recorded as calls are.

use std::{sync::Arc, time::Instant};

use axum::http::HeaderMap;
use linkspan_shared::{
    activity::{Subject, SubjectKind, Verb},
    file::FileSource,
    job::Object,
    problem::{Problem, ProblemCode},
};

use super::App;
use crate::{
    activity::{self, Activity, Record},
    policy::Reach,
};

/// Characters of what somebody has asked for that are recorded: an address may be long.
const NAME: usize = 512;

/// Recorded as interrupted if it is dropped before it ends.
pub struct Noted {
    record: Record,
    ended: bool,
    begun: Instant,
    activity: Arc<Activity>,
}

impl Noted {
    /// Of a file, in the notation of `docker cp`.
    pub fn file(app: &App, headers: &HeaderMap, reach: &Reach, call: &str, (source, path): (&FileSource, &str)) -> Self {
        let engine = reach.guarded();
        let (kind, object) = match source {
            FileSource::Container(id) => (SubjectKind::Container, Object::Container(id.clone())),
            FileSource::Volume(name) => (SubjectKind::Volume, Object::Volume(name.0.clone())),
        };
        // What cannot be seen has no other name than was said.
        let name = if reach.sees(&object) { engine.name_of(&object) } else { object.name().to_owned() };
        let name = format!("{name}:{path}").chars().take(NAME).collect();
        let mut noted = Self::begin(app, headers, reach, call, Subject { kind, id: object.name().to_owned(), name, count: 0 });
        noted.record.labels = engine.labels_of(&object);
        noted
    }

    pub fn images(app: &App, headers: &HeaderMap, reach: &Reach, images: &[String]) -> Self {
        let many = if images.len() > 1 { u32::try_from(images.len()).unwrap_or(u32::MAX) } else { 0 };
        let name = images.first().filter(|_| many == 0).map(|name| name.chars().take(NAME).collect()).unwrap_or_default();
        Self::begin(app, headers, reach, "image.save", Subject { kind: SubjectKind::Image, id: String::new(), name, count: many })
    }

    /// Of what a Dockerfile is built from: files that a container changed.
    pub fn draft(app: &App, headers: &HeaderMap, reach: &Reach) -> Self {
        let draft = Subject { kind: SubjectKind::Other, id: String::new(), name: String::new(), count: 0 };
        Self::begin(app, headers, reach, "review.draft", draft)
    }

    fn begin(app: &App, headers: &HeaderMap, reach: &Reach, call: &str, object: Subject) -> Self {
        let address = app.address(headers).map(|address| address.to_string()).unwrap_or_default();
        let (who, engine) = (reach.user.name.clone(), reach.guarded().id.clone());
        let mut record = activity::begun(who, address, Some(engine), Verb::Call(call.to_owned()));
        record.entry.object = Some(object);
        Self { record, ended: false, begun: Instant::now(), activity: app.hub.activity.clone() }
    }

    pub fn fail(self, problem: Problem) -> Problem {
        let _ = self.end(Err::<(), _>(problem.clone()));
        problem
    }

    pub fn end<T>(mut self, outcome: Result<T, Problem>) -> Result<T, Problem> {
        self.ended = true;
        self.record.entry.problem = outcome.as_ref().err().cloned();
        outcome
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.record.entry.milliseconds = u64::try_from(self.begun.elapsed().as_millis()).ok();
        if !self.ended {
            self.record.entry.problem = Some(Problem::new(ProblemCode::Interrupted, "", ""));
        }
        self.activity.record(self.record.clone());
    }
}
