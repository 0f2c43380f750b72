//! A Dockerfile that makes what was selected, with the files that it copies: a draft, which somebody reads before it is built.
//!
//! `COPY` carries plain files of root's, each to its folder, and new folders of nothing else; all that it would lose something of
//! (owners, modes, links, devices, extended attributes) is in an archive that `ADD` unpacks.

#![allow(clippy::disallowed_methods, reason = "on threads of its own")]

mod context;
mod dockerfile;
pub(super) mod packages;

use std::{fs::File, io, os::unix::fs::FileExt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use linkspan_docker::{ByteStream, EngineError, containers, images, model};
use linkspan_shared::{
    call::DraftDockerfile,
    ids::ImageId,
    image::Configuration,
    problem::{Problem, ProblemCode},
    review::{DockerfileDraft, LABELS, ReviewOf},
};
use tokio::time::Instant;

use super::{
    super::{EngineHub, files::FirstEntry, validation::check_configuration},
    layer::Watch,
    mounts_of,
};
use crate::owned::blocking;
use context::{Context, DATABASES};
use dockerfile::Dockerfile;
use packages::Texts;

/// Drafts of one engine whose files are kept.
const DRAFTS: usize = 4;
/// As long as one can be fetched.
pub(super) const KEPT: Duration = Duration::from_secs(600);
/// Bytes of a package database that is read.
const DATABASE: u64 = 32 << 20;
/// Bytes that are read of a context at a time.
const PIECE: usize = 64 * 1024;

pub(super) struct Draft {
    id: String,
    /// A tar file with the Dockerfile and what it copies.
    context: Arc<File>,
    pub(super) made: Instant,
}

impl EngineHub {
    pub async fn draft_dockerfile(&self, call: DraftDockerfile) -> Result<DockerfileDraft, Problem> {
        check_configuration(&call.configuration)?;
        let name = self.review_name(&call.of);
        let problem = |error: EngineError| self.problem(&error, &name);
        let review = match self.reviews.get(&call.of) {
            Some(review) => review,
            None => self.first_look(&call.of).await?,
        };
        let plan = review.tree.plan(&call.selection);
        let helper = review.before.get_or_try_init(|| self.helper_of_image(&call.of)).await?;
        let (container, mounts, base, created) = match &call.of {
            ReviewOf::Container(container) => {
                let inspect: model::ContainerInspect = self.client.json(&containers::inspect(&container.0)).await.map_err(problem)?;
                (container.0.clone(), mounts_of(&inspect), inspect.image, inspect.created)
            }
            ReviewOf::Image { before, .. } => {
                let after = review.after.as_ref().map(|after| after.name.clone()).unwrap_or_default();
                let inspect: model::ImageInspect = self.client.json(&images::inspect(&before.0)).await.map_err(problem)?;
                (after, Vec::new(), before.0.clone(), inspect.created)
            }
        };
        let inspect: model::ImageInspect = self.client.json(&images::inspect(&base)).await.map_err(problem)?;
        let (configuration, unset) = match &call.of {
            ReviewOf::Container(_) => {
                let unset = call.configuration.env.as_ref().map(|env| removed(&inspect.config.env, env)).unwrap_or_default();
                let mut wanted = call.configuration.clone();
                // With another Entrypoint a builder takes none for Cmd.
                if wanted.entrypoint.is_some() && wanted.cmd.is_none() {
                    wanted.cmd = Some(inspect.config.cmd.clone());
                }
                (wanted, unset)
            }
            ReviewOf::Image { id, .. } => {
                let made: model::ImageInspect = self.client.json(&images::inspect(&id.0)).await.map_err(problem)?;
                (otherwise(&inspect.config, &made.config), removed(&inspect.config.env, &made.config.env))
            }
        };
        // Nothing is held against what was written since: it is a draft.
        let watch = Watch { mounts, since: i64::MAX..i64::MAX, secrets: false };
        let layer = self.layer_of(&container, &name, &plan, watch).await?;
        let before = if call.packages { self.databases(&helper.name).await } else { Texts::new() };
        let base_name = self.image_name(&ImageId(base.clone()));
        let (of, with_packages) = (name.clone(), call.packages);
        let user = inspect.config.user.clone();
        let since = created.parse::<jiff::Timestamp>().map_or(i64::MIN, |created| created.as_second());
        let made = blocking(move || {
            let context = Context::read(layer.file, &plan, with_packages.then_some(&before), since)?;
            let env = configuration.env.map(|env| env.into_iter().filter(|line| !inspect.config.env.contains(line)).collect());
            let configuration = Configuration { env, ..configuration };
            let text = Dockerfile {
                base: (if base_name.contains(':') { &base_name } else { &base }, &base),
                of: &of,
                commands: &context.packages.commands,
                removed: &context.removed,
                copies: &context.copies,
                archive: context.has_archive().then_some(context::ARCHIVE),
                user: &user,
                configuration: &configuration,
                unset: &unset,
            }
            .text();
            let packed = context.pack(&text)?;
            io::Result::Ok((text, packed, context.packages.commands.len()))
        });
        let failed = |error: io::Error| Problem::new(ProblemCode::EngineFailed, &name, format!("the files could not be packed: {error}"));
        let (text, context, commands) = made.await.map_err(failed)?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let size = context.metadata().map_err(failed)?.len();
        self.reviews.keep_draft(Draft { id: id.clone(), context: Arc::new(context), made: Instant::now() });
        self.helpers.look();
        Ok(DockerfileDraft { id, text, size, has_packages: commands > 0 })
    }

    /// What an image has of the databases of its packages.
    async fn databases(&self, helper: &str) -> Texts {
        let mut texts = Texts::new();
        for path in DATABASES {
            let Ok(FirstEntry::File(mut file)) = self.first_entry(helper, &format!("/{path}")).await else { continue };
            let mut bytes = Vec::new();
            while let Some(Ok(piece)) = file.content.next().await {
                bytes.extend_from_slice(&piece);
                if bytes.len() as u64 > DATABASE {
                    break;
                }
            }
            texts.insert(path.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
        }
        texts
    }

    /// The context of a draft, and how large it is.
    pub fn draft_context(&self, id: &str) -> Result<(u64, ByteStream), Problem> {
        let gone = || Problem::new(ProblemCode::NotFound, id, "this draft is not kept any more: make it again");
        let context = self.reviews.draft(id).ok_or_else(gone)?;
        let size = context.metadata().map_err(|error| Problem::new(ProblemCode::Internal, id, error.to_string()))?.len();
        let pieces = stream::unfold(0, move |at| {
            let context = context.clone();
            async move {
                let read = blocking(move || {
                    let mut piece = vec![0; PIECE];
                    context.read_at(&mut piece, at).map(|read| {
                        piece.truncate(read);
                        piece
                    })
                });
                match read.await {
                    Ok(piece) if piece.is_empty() => None,
                    Ok(piece) => {
                        let next = at + piece.len() as u64;
                        Some((Ok(Bytes::from(piece)), next))
                    }
                    Err(error) => Some((Err(EngineError::lost(&error.to_string())), u64::MAX)),
                }
            }
        });
        Ok((size, Box::pin(pieces)))
    }
}

impl super::Reviews {
    fn keep_draft(&self, draft: Draft) {
        let mut drafts = self.drafts.lock();
        drafts.push_back(draft);
        while drafts.len() > DRAFTS {
            drafts.pop_front();
        }
    }

    fn draft(&self, id: &str) -> Option<Arc<File>> {
        self.drafts.lock().iter().find(|draft| draft.id == id).map(|draft| draft.context.clone())
    }
}

/// Variables that are there no more.
fn removed(before: &[String], after: &[String]) -> Vec<String> {
    let name = |line: &String| line.split('=').next().unwrap_or_default().to_owned();
    let after: Vec<String> = after.iter().map(name).collect();
    before.iter().map(name).filter(|name| !after.contains(name)).collect()
}

/// What one image's configuration has otherwise than another's.
fn otherwise(before: &model::ImageConfig, after: &model::ImageConfig) -> Configuration {
    fn other<T: PartialEq + Clone>(before: &T, after: &T) -> Option<T> {
        (before != after).then(|| after.clone())
    }
    let labels = |config: &model::ImageConfig| {
        let own = config.labels.iter().filter(|(name, _)| !LABELS.contains(&name.as_str()));
        own.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
    };
    let (known, mut new_labels) = (labels(before), labels(after));
    new_labels.retain(|label| !known.contains(label));
    let ports = |config: &model::ImageConfig| config.exposed_ports.keys().cloned().collect::<Vec<_>>();
    Configuration {
        entrypoint: other(&before.entrypoint, &after.entrypoint),
        // It goes with an Entrypoint that is another.
        cmd: if before.entrypoint == after.entrypoint { other(&before.cmd, &after.cmd) } else { Some(after.cmd.clone()) },
        env: other(&before.env, &after.env),
        user: other(&before.user, &after.user),
        working_dir: other(&before.working_dir, &after.working_dir),
        exposed_ports: other(&ports(before), &ports(after)),
        labels: Some(new_labels).filter(|labels| !labels.is_empty()),
        healthcheck: other(&before.healthcheck.test, &after.healthcheck.test),
        stop_signal: other(&before.stop_signal, &after.stop_signal),
    }
}
