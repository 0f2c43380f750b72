//! `docker commit`.

use std::{collections::BTreeMap, sync::Arc};

use linkspan_shared::{
    call::{CommitContainer, CommitSelection},
    ids::{ImageId, JobId, UserName},
    image::Configuration,
    job::{Commit, Work},
    problem::{Problem, ProblemCode},
    reference::Reference,
    review::{LABEL_AUTHOR, LABEL_CONTAINER, LABEL_MESSAGE, LABEL_MODE, LABEL_PARENT, LABELS},
};

use super::{
    super::{
        EngineHub,
        validation::{check_configuration, parse_reference, valid},
    },
    Extras, Handle,
};
use linkspan_docker::{
    Request, containers, images,
    model::{self, Committed},
};

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
        check_configuration(&call.configuration)?;
        call.reference = new_name(&call.reference)?.map(|name| name.to_string()).unwrap_or_default();
        let commit = Commit {
            container: call.container.clone(),
            name: self.container_name(&call.container),
            reference: call.reference.clone(),
            image: None,
            selected: Some(0),
            differs: Vec::new(),
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
            handle.committed(image, &call.configuration).await;
            Ok(())
        })
    }

    pub fn commit(self: &Arc<Self>, by: UserName, mut call: CommitContainer) -> Result<JobId, Problem> {
        valid(&call.container)?;
        check_configuration(&call.configuration)?;
        let named = new_name(&call.reference)?;
        call.reference = named.map(|name| name.to_string()).unwrap_or_default();
        let name = self.container_name(&call.container);
        let work = Work::Commit(Commit {
            container: call.container.clone(),
            name: name.clone(),
            reference: call.reference.clone(),
            image: None,
            selected: None,
            differs: Vec::new(),
        });
        self.start_job(by, work, Extras::default(), |handle| async move {
            let wanted = call.configuration.clone();
            let (request, wanted) =
                handle.hub.commit_request(call).await.map(|(request, cmd)| (request, Configuration { cmd, ..wanted }))?;
            let asked = handle.hub.unless_lost(async { handle.hub.client.later::<Committed>(&request).await?.await });
            let committed = asked.await.map_err(|error| handle.hub.problem(&error, &name))?;
            handle.committed(ImageId(committed.id), &wanted).await;
            Ok(())
        })
    }

    /// With what it says of Cmd.
    pub async fn commit_request(&self, mut call: CommitContainer) -> Result<(Request, Option<Vec<String>>), Problem> {
        let id = valid(&call.container)?;
        let name = self.container_name(&call.container);
        let named = new_name(&call.reference)?;
        let (repository, tag) = named.as_ref().map(|name| (name.name(), name.tag.clone().unwrap_or_default())).unwrap_or_default();
        let inspected: Result<model::ContainerInspect, _> = self.client.json(&containers::inspect(id)).await;
        let inspected = inspected.map_err(|error| self.problem(&error, &name))?;
        // The table may not have one that has just been made.
        let parent = self.containers.read(|rows| rows.get(&call.container).map(|row| row.image_id.0.clone())).unwrap_or(inspected.image);
        let (name, config) = (inspected.name.trim_start_matches('/').to_owned(), inspected.config);
        let own = [
            (LABEL_PARENT, parent.as_str()),
            (LABEL_CONTAINER, name.as_str()),
            (LABEL_AUTHOR, call.author.as_str()),
            (LABEL_MESSAGE, call.message.as_str()),
            (LABEL_MODE, "everything"),
        ];
        // What the commit says that its image was made by is about that one, and the Engine keeps what nothing is said of.
        let stale = LABELS.into_iter().filter(|name| config.labels.contains_key(*name)).map(|name| (name, ""));
        let labels: Vec<_> = stale.chain(own.into_iter().filter(|(_, value)| !value.is_empty())).collect();
        // Of a container whose Entrypoint is replaced the Engine drops Cmd as well, unless it is told one.
        if call.configuration.entrypoint.is_some() && call.configuration.cmd.is_none() {
            call.configuration.cmd = Some(config.cmd.clone());
        }
        Ok((containers::commit(&call, &repository, &tag, &labels), call.configuration.cmd))
    }
}

impl Handle {
    /// There is an image; what the engine made of its configuration is looked at.
    async fn committed(&self, image: ImageId, wanted: &Configuration) {
        let made: Result<model::ImageInspect, _> = self.hub.client.json(&images::inspect(&image.0)).await;
        let differs = made.map(|made| differences(wanted, &made.config)).unwrap_or_default();
        self.update(|work| {
            if let Work::Commit(commit) = work {
                (commit.image, commit.differs) = (Some(image), differs);
            }
        });
    }
}

/// Fields of which an engine made something else, by their names.
fn differences(wanted: &Configuration, made: &model::ImageConfig) -> Vec<String> {
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    let own_labels: BTreeMap<String, String> = made
        .labels
        .iter()
        .filter(|(name, _)| !LABELS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let fields = [
        ("Entrypoint", wanted.entrypoint.as_ref().is_some_and(|words| *words != made.entrypoint)),
        ("Cmd", wanted.cmd.as_ref().is_some_and(|words| *words != made.cmd)),
        // In whatever order.
        ("Env", wanted.env.as_ref().is_some_and(|lines| sorted(lines) != sorted(&made.env))),
        ("User", wanted.user.as_ref().is_some_and(|user| *user != made.user)),
        ("WorkingDir", wanted.working_dir.as_ref().is_some_and(|folder| *folder != made.working_dir)),
        (
            "ExposedPorts",
            wanted.exposed_ports.as_ref().is_some_and(|ports| sorted(ports) != made.exposed_ports.keys().cloned().collect::<Vec<_>>()),
        ),
        ("Labels", wanted.labels.as_ref().is_some_and(|labels| labels.iter().cloned().collect::<BTreeMap<_, _>>() != own_labels)),
        ("Healthcheck", wanted.healthcheck.as_ref().is_some_and(|test| *test != made.healthcheck.test)),
        ("StopSignal", wanted.stop_signal.as_ref().is_some_and(|signal| *signal != made.stop_signal)),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_engine_made_something_else_of_is_named() {
        let made: model::ImageConfig =
            serde_json::from_value(serde_json::json!({ "Env": ["B=2", "A=1"], "Cmd": ["sh"], "User": "0" })).unwrap();
        let lines = |lines: &[&str]| Some(lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        assert!(differences(&Configuration::default(), &made).is_empty());
        let wanted =
            Configuration { env: lines(&["A=1", "B=2"]), cmd: lines(&["sh", "-c"]), user: Some("1".into()), ..Configuration::default() };
        assert_eq!(differences(&wanted, &made), ["Cmd", "User"]);
    }
}
