//! `docker commit`.

use std::sync::Arc;

use linkspan_shared::{
    call::CommitContainer,
    ids::{ImageId, JobId, UserName},
    job::{Commit, Work},
    problem::{Problem, ProblemCode},
};

use super::{
    super::{
        EngineHub,
        validation::{parse_reference, valid},
    },
    Extras,
};
use linkspan_docker::{containers, model::Committed};

impl EngineHub {
    pub fn commit(self: &Arc<Self>, by: UserName, mut call: CommitContainer) -> Result<JobId, Problem> {
        valid(&call.container)?;
        let (mut repository, mut tag) = (String::new(), String::new());
        if !call.reference.is_empty() {
            let reference = parse_reference(&call.reference)?.or_latest();
            let (None, Some(wanted)) = (&reference.digest, &reference.tag) else {
                return Err(Problem::new(ProblemCode::Invalid, &call.reference, "a new image gets a name and a tag, not a digest"));
            };
            (repository, tag) = (reference.name(), wanted.clone());
            call.reference = reference.to_string();
        }
        let name = self.container_name(&call.container);
        let work =
            Work::Commit(Commit { container: call.container.clone(), name: name.clone(), reference: call.reference.clone(), image: None });
        self.start_job(by, work, Extras::default(), |handle| async move {
            let request = containers::commit(&call.container.0, &repository, &tag, &call.message, &call.author, call.pause);
            let asked = handle.hub.unless_lost(async { handle.hub.client.later::<Committed>(&request).await?.await });
            let committed = asked.await.map_err(|error| handle.hub.problem(&error, &name))?;
            handle.update(|work| {
                if let Work::Commit(commit) = work {
                    commit.image = Some(ImageId(committed.id));
                }
            });
            Ok(())
        })
    }
}
