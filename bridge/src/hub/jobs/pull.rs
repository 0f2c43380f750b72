//! `docker pull`.

use std::sync::{Arc, PoisonError};

use futures_util::StreamExt;
use linkspan_shared::{
    ids::{JobId, UserName},
    image::split_reference,
    job::{Layer, Pull, Work},
    problem::Problem,
};

use super::{
    super::{EngineHub, actions::check_reference, convert},
    Handle,
};
use crate::docker::{EngineError, images, model::PullProgress};

/// Layers of one image that are followed; the engine itself allows 127.
const LAYERS: usize = 256;

impl EngineHub {
    /// Starts a pull, or joins the one that is under way.
    pub fn pull(self: &Arc<Self>, by: UserName, reference: &str) -> Result<JobId, Problem> {
        check_reference(reference)?;
        let reference = with_tag(reference);
        let _alone = self.jobs.joining.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = self.jobs.find_running(|work| matches!(work, Work::Pull(pull) if pull.reference == reference)) {
            return Ok(job);
        }
        let work = Work::Pull(Pull { reference: reference.clone(), ..Pull::default() });
        self.start_job(by, work, None, |handle| async move {
            let follow = |change: &dyn Fn(&mut Pull)| {
                handle.update(|work| {
                    if let Work::Pull(pull) = work {
                        change(pull);
                    }
                });
            };
            handle.or_cancelled(pull_image(&handle, &reference, follow)).await
        })
    }
}

/// `follow` is called with every change of the progress.
pub(super) async fn pull_image(handle: &Handle, reference: &str, follow: impl Fn(&dyn Fn(&mut Pull))) -> Result<(), Problem> {
    let (repository, tag) = match reference.split_once('@') {
        Some(pinned) => pinned,
        None => split_reference(reference),
    };
    let refused = |error: EngineError| match error {
        EngineError::Refused { .. } => convert::pull_problem(&error, reference),
        error => handle.hub.problem(&error, reference),
    };
    let mut progress = handle.hub.client.documents::<PullProgress>(&images::pull(repository, tag)).await.map_err(refused)?;
    // A connection that is dead without having ended must not keep a pull for ever.
    while let Some(step) = handle.hub.unless_lost(async { progress.next().await.transpose() }).await.map_err(refused)? {
        // The status code was 200 long before this went wrong.
        if let Some(error) = step.error {
            return Err(convert::registry_problem(&error, reference));
        }
        follow(&|pull| advance(pull, &step));
    }
    Ok(())
}

/// What `docker pull` takes when no tag is given.
pub(super) fn with_tag(reference: &str) -> String {
    if reference.contains('@') || !split_reference(reference).1.is_empty() || reference.starts_with("sha256:") {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    }
}

/// One line of progress. Pure.
fn advance(pull: &mut Pull, step: &PullProgress) {
    // A line with an id that is no layer's is about the tag: `{"status":"Pulling from a/b","id":"latest"}`.
    let is_layer = step.id.len() == 12 && step.id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let known = pull.layers.iter().position(|layer| layer.id == step.id);
    if !is_layer || (known.is_none() && pull.layers.len() >= LAYERS) {
        pull.status.clone_from(&step.status);
        return;
    }
    let index = known.unwrap_or_else(|| {
        pull.layers.push(Layer { id: step.id.clone(), status: String::new(), current: 0, total: 0 });
        pull.layers.len() - 1
    });
    let Some(layer) = pull.layers.get_mut(index) else { return };
    layer.status.clone_from(&step.status);
    if step.detail.total > 0 {
        layer.total = step.detail.total as u64;
    }
    layer.current = match step.status.as_str() {
        // These lines carry no figures: the phase is at its end.
        "Verifying Checksum" | "Download complete" | "Pull complete" => layer.total,
        _ => step.detail.current.max(0) as u64,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_layers() {
        let mut pull = Pull::default();
        for line in [
            r#"{"status":"Pulling from library/a","id":"latest"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"0123456789ab"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"0123456789ab"}"#,
            r#"{"status":"Download complete","progressDetail":{},"id":"0123456789ab"}"#,
            r#"{"status":"Digest: sha256:00"}"#,
        ] {
            advance(&mut pull, &serde_json::from_str(line).unwrap());
        }
        assert_eq!(pull.status, "Digest: sha256:00");
        assert_eq!(pull.layers, [Layer { id: "0123456789ab".into(), status: "Download complete".into(), current: 100, total: 100 }]);
    }

    #[test]
    fn a_missing_tag_is_latest() {
        assert_eq!(with_tag("localhost:5000/a"), "localhost:5000/a:latest");
        assert_eq!(with_tag("a:1"), "a:1");
        assert_eq!(with_tag("a@sha256:00"), "a@sha256:00");
    }
}
