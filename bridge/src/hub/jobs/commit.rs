//! `docker commit`.

use std::sync::Arc;

use linkspan_shared::{
    call::{CommitContainer, CommitSelection},
    ids::{ImageId, JobId, UserName},
    job::{Commit, Work},
    problem::{Problem, ProblemCode},
    reference::Reference,
    review::{LABEL_AUTHOR, LABEL_CONTAINER, LABEL_MESSAGE, LABEL_MODE, LABEL_PARENT},
};

use super::{
    super::{
        EngineHub,
        validation::{parse_reference, valid},
    },
    Extras,
};
use linkspan_docker::{containers, model::Committed};

/// Of an image that is made now; `None`: it gets none.
fn new_name(reference: &str) -> Result<Option<Reference>, Problem> {
    if reference.is_empty() {
        return Ok(None);
    }
    let parsed = parse_reference(reference)?.or_latest();
    let refusal = || Problem::new(ProblemCode::Invalid, reference, "a new image gets a name and a tag, not a digest");
    if parsed.digest.is_none() && parsed.tag.is_some() { Ok(Some(parsed)) } else { Err(refusal()) }
}

impl EngineHub {
    /// Selected changes as one layer on the container's image.
    pub fn commit_selection(self: &Arc<Self>, by: UserName, mut call: CommitSelection) -> Result<JobId, Problem> {
        valid(&call.container)?;
        call.reference = new_name(&call.reference)?.map(|name| name.to_string()).unwrap_or_default();
        let commit = Commit {
            container: call.container.clone(),
            name: self.container_name(&call.container),
            reference: call.reference.clone(),
            image: None,
            selected: Some(0),
        };
        self.start_job(by, Work::Commit(commit), Extras::default(), |handle| async move {
            let asked = handle.hub.load_selection(&call, |paths| {
                handle.update(|work| {
                    if let Work::Commit(commit) = work {
                        commit.selected = Some(paths);
                    }
                });
            });
            let image = handle.or_cancelled(asked).await?;
            handle.update(|work| {
                if let Work::Commit(commit) = work {
                    commit.image = Some(image);
                }
            });
            Ok(())
        })
    }

    pub fn commit(self: &Arc<Self>, by: UserName, mut call: CommitContainer) -> Result<JobId, Problem> {
        valid(&call.container)?;
        let named = new_name(&call.reference)?;
        let (repository, tag) = named.as_ref().map(|name| (name.name(), name.tag.clone().unwrap_or_default())).unwrap_or_default();
        call.reference = named.map(|name| name.to_string()).unwrap_or_default();
        let name = self.container_name(&call.container);
        let work = Work::Commit(Commit {
            container: call.container.clone(),
            name: name.clone(),
            reference: call.reference.clone(),
            image: None,
            selected: None,
        });
        self.start_job(by, work, Extras::default(), |handle| async move {
            let parent = handle.hub.containers.read(|rows| rows.get(&call.container).map(|row| row.image_id.0.clone())).unwrap_or_default();
            let labels = [
                (LABEL_PARENT, parent.as_str()),
                (LABEL_CONTAINER, name.as_str()),
                (LABEL_AUTHOR, call.author.as_str()),
                (LABEL_MESSAGE, call.message.as_str()),
                (LABEL_MODE, "everything"),
            ];
            let request = containers::commit(&call.container.0, &repository, &tag, &call.message, &call.author, call.pause, &labels);
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
