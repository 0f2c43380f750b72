//! `docker pull` and `docker push`.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt};
use linkspan_shared::{
    credential::CredentialUse,
    engine::Feature,
    ids::{JobId, UserName},
    job::{Progress, Transfer, Work},
    problem::{Problem, ProblemCode},
    reference::Reference,
};

use tokio::time::Instant;

use super::{
    super::{EngineHub, convert},
    Extras, Handle,
    progress::Fold,
};
use linkspan_docker::{
    EngineError, Request,
    auth::{Login, RegistryAuth},
    images,
    model::ProgressLine,
};

/// While the engine says nothing, the speed is looked at this often.
const LOOK: Duration = Duration::from_secs(1);
/// Characters of a platform.
const LONGEST_PLATFORM: usize = 64;

pub(super) type Lines = Pin<Box<dyn Stream<Item = Result<ProgressLine, EngineError>> + Send>>;

impl EngineHub {
    /// Starts a pull, or joins the one that is under way.
    pub fn pull(
        self: &Arc<Self>,
        by: UserName,
        reference: Reference,
        all_tags: bool,
        platform: &str,
        login: Login,
    ) -> Result<JobId, Problem> {
        if all_tags && (reference.tag.is_some() || reference.digest.is_some()) {
            return Err(Problem::new(
                ProblemCode::Invalid,
                reference.to_string(),
                "all tags of a repository are pulled without naming one",
            ));
        }
        let request = self.pull_request(&reference, all_tags, platform, &login)?;
        let reference = if all_tags { reference } else { reference.or_latest() };
        let transfer = Transfer {
            reference: reference.to_string(),
            all_tags,
            platform: platform.to_owned(),
            credential: login.used.clone(),
            trouble: login.trouble.clone(),
            progress: Progress::default(),
        };
        let about = transfer.reference.clone();
        self.transfer(by, Work::Pull(transfer), request, about, login)
    }

    pub fn pull_request(&self, reference: &Reference, all_tags: bool, platform: &str, login: &Login) -> Result<Request, Problem> {
        check_platform(platform)?;
        if !platform.is_empty() {
            self.needs(Feature::Platform, platform)?;
        }
        if all_tags {
            return Ok(images::pull(&reference.name(), "", platform, login));
        }
        let reference = reference.clone().or_latest();
        Ok(images::pull(&reference.name(), reference.tag_or_digest(), platform, login))
    }

    pub fn push_request(&self, reference: &Reference, login: &Login) -> Result<Request, Problem> {
        let reference = reference.clone().or_latest();
        if reference.digest.is_some() {
            return Err(Problem::new(ProblemCode::Invalid, reference.to_string(), "an image is pushed by its tag; its digest comes of it"));
        }
        Ok(images::push(&reference.name(), reference.tag_or_digest(), login))
    }

    pub fn push(self: &Arc<Self>, by: UserName, reference: Reference, login: Login) -> Result<JobId, Problem> {
        let request = self.push_request(&reference, &login)?;
        let reference = reference.or_latest();
        let transfer = Transfer {
            reference: reference.to_string(),
            credential: login.used.clone(),
            trouble: login.trouble.clone(),
            ..Transfer::default()
        };
        let about = transfer.reference.clone();
        self.transfer(by, Work::Push(transfer), request, about, login)
    }

    fn transfer(self: &Arc<Self>, by: UserName, work: Work, request: Request, about: String, login: Login) -> Result<JobId, Problem> {
        let typed = login.auth.clone().filter(|_| matches!(login.used, CredentialUse::Typed { .. }));
        let _alone = self.jobs.joining.lock();
        if let Some(job) = self.jobs.find_running(&by, typed.as_ref(), |running| is_same(running, &work)) {
            return Ok(job);
        }
        self.start_job(by, work, Extras { typed, ..Extras::default() }, |handle| async move {
            handle.or_cancelled(carry(&handle, &request, &about, &login, |change| handle.follow(change))).await
        })
    }
}

/// What `docker run` pulls when the image is missing.
pub(super) async fn pull_missing(
    handle: &Handle,
    reference: &Reference,
    platform: &str,
    login: &Login,
    follow: impl Fn(&mut dyn FnMut(&mut Progress)),
) -> Result<(), Problem> {
    let request = images::pull(&reference.name(), reference.tag_or_digest(), platform, login);
    carry(handle, &request, &reference.to_string(), login, follow).await
}

/// `follow` is called with every change of the progress.
async fn carry(
    handle: &Handle,
    request: &Request,
    reference: &str,
    login: &Login,
    follow: impl Fn(&mut dyn FnMut(&mut Progress)),
) -> Result<(), Problem> {
    let refused = |error: EngineError| match error {
        EngineError::Refused { .. } => convert::pull_problem(&login.scrubbed(error), reference).with(&login.trouble),
        error => handle.hub.problem(&error, reference),
    };
    let lines = handle.hub.client.documents::<ProgressLine>(request).await.map_err(refused)?;
    let secrets: Vec<RegistryAuth> = login.auth.iter().cloned().collect();
    let lines: Lines = Box::pin(lines.map(move |line| line.map(|line| line.cleaned(&secrets))));
    follow_lines(handle, lines, Fold::default(), follow, |error| convert::registry_problem(error, reference).with(&login.trouble))
        .await
        .map_err(|failed| match failed {
            Failed::Engine(error) => refused(error),
            Failed::Said(problem) => problem,
        })
}

impl Handle {
    /// A change of the progress of a transfer or a load.
    pub(super) fn follow(&self, change: &mut dyn FnMut(&mut Progress)) {
        self.update(|work| {
            if let Some(progress) = work.progress() {
                change(progress);
            }
        });
    }
}

pub(super) enum Failed {
    Engine(EngineError),
    /// In a line of an answer whose status was 200 long before this went wrong.
    Said(Problem),
}

/// To the end of the engine's lines. It is done only when the engine has ended them without an error.
pub(super) async fn follow_lines(
    handle: &Handle,
    mut lines: Lines,
    mut fold: Fold,
    follow: impl Fn(&mut dyn FnMut(&mut Progress)),
    said: impl Fn(&str) -> Problem,
) -> Result<(), Failed> {
    let mut look = tokio::time::interval(LOOK);
    // A connection that is dead without having ended must not keep a job for ever.
    let followed = async {
        loop {
            tokio::select! {
                line = lines.next() => match line {
                    Some(Ok(line)) => match line.failure() {
                        Some(error) => return Ok(Err(said(&error))),
                        None => follow(&mut |progress| fold.advance(progress, &line, Instant::now())),
                    },
                    // One odd line must not end what the engine goes on with.
                    Some(Err(error)) if error.is_of_one_document() => tracing::debug!(%error, "a line of progress cannot be read"),
                    Some(Err(error)) => return Err(error),
                    None => return Ok(Ok(())),
                },
                _ = look.tick() => follow(&mut |progress| fold.look(progress, Instant::now())),
            }
        }
    };
    handle.hub.unless_lost(followed).await.map_err(Failed::Engine)?.map_err(Failed::Said)
}

/// `os/architecture[/variant]`, as the OCI image specification writes them.
fn check_platform(platform: &str) -> Result<(), Problem> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    };
    let fits = platform.is_empty()
        || platform.len() <= LONGEST_PLATFORM && (1..=3).contains(&platform.split('/').count()) && platform.split('/').all(part);
    let why = || Problem::new(ProblemCode::Invalid, platform, "a platform is os/architecture, such as linux/arm64 or linux/arm/v7");
    fits.then_some(()).ok_or_else(why)
}

fn is_same(running: &Work, wanted: &Work) -> bool {
    let ((Work::Pull(a), Work::Pull(b)) | (Work::Push(a), Work::Push(b))) = (running, wanted) else { return false };
    (&a.reference, a.all_tags, &a.platform, &a.credential) == (&b.reference, b.all_tags, &b.platform, &b.credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_checked() {
        for right in ["", "linux/amd64", "linux/arm/v7", "linux", "windows/amd64"] {
            assert!(check_platform(right).is_ok(), "{right}");
        }
        for wrong in ["linux/", "a/b/c/d", "Linux/AMD64", "a b", "../x"] {
            assert!(check_platform(wrong).is_err(), "{wrong}");
        }
    }
}
