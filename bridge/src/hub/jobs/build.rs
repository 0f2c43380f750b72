//! `docker build` by the classic builder, and `docker load`: what comes as a file from a browser.

use std::sync::Arc;

use futures_util::StreamExt;
use hyper::StatusCode;
use linkspan_shared::{
    engine_fault::EngineFault,
    ids::{ImageId, JobId, UserName},
    image::BuildSpec,
    job::{Build, Load, Upload, Work},
    problem::{Problem, ProblemCode},
    stdcopy::{self, Stream},
};

use super::{
    super::{EngineHub, validation::parse_reference},
    Extras, Handle, Output,
    progress::Fold,
    transfer::{Failed, follow_lines},
    upload,
};
use linkspan_docker::{
    EngineError, Request,
    auth::{Logins, RegistryAuth},
    images,
    model::ProgressLine,
};

/// The table is told of an upload when so many bytes more have gone: a row a piece would cost more than the piece.
const STEP: u64 = 1 << 20;
/// Characters of a step that are kept beside its output.
const LONGEST_STEP: usize = 500;
/// Images of one file that are named.
const LOADED: usize = 100;
/// Characters of a file's name that are kept.
const LONGEST_NAME: usize = 255;

impl EngineHub {
    pub fn load(self: &Arc<Self>, by: UserName, name: &str, size: u64) -> Result<JobId, Problem> {
        let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        let (sender, receiver) = upload::channel();
        let work = Work::Load(Load { name: name.clone(), upload: Upload { sent: 0, size }, ..Load::default() });
        self.start_job(by, work, Extras { upload: Some(sender), ..Extras::default() }, |handle| async move {
            handle.or_cancelled(load(&handle, receiver, &name, size)).await
        })
    }

    /// `request`: with the credentials for base images, which are the `logins`.
    pub fn build(self: &Arc<Self>, by: UserName, spec: &BuildSpec, request: Request, logins: Logins) -> Result<JobId, Problem> {
        let (sender, receiver) = upload::channel();
        let (output, size) = (Arc::new(Output::new(false)), spec.size);
        let secrets: Vec<RegistryAuth> = logins.found.into_values().collect();
        let build = Build {
            reference: spec.reference.clone(),
            upload: Upload { sent: 0, size: spec.size },
            trouble: logins.trouble.join("; "),
            ..Build::default()
        };
        let extras = Extras { upload: Some(sender), output: Some(output.clone()), ..Extras::default() };
        self.start_job(by, Work::Build(build), extras, |handle| async move {
            let built = handle.or_cancelled(build_image(&handle, receiver, &request, size, &secrets, &output)).await;
            let image = handle.hub.jobs.table.read(|rows| match rows.get(&handle.id).map(|job| &job.work) {
                Some(Work::Build(build)) => build.image.clone(),
                _ => None,
            });
            handle.hub.learn_of(image.map(|image| image.0).as_slice()).await;
            built
        })
    }
}

/// What is wrong with it before any engine is asked; the reference comes back as the engine takes it.
pub fn check_build(mut spec: BuildSpec) -> Result<BuildSpec, Problem> {
    if !spec.reference.is_empty() {
        let reference = parse_reference(&spec.reference)?.or_latest();
        if reference.digest.is_some() {
            return Err(Problem::new(ProblemCode::Invalid, &spec.reference, "a new image gets a name and a tag, not a digest"));
        }
        spec.reference = reference.to_string();
    }
    if let Some((name, _)) = spec.arguments.iter().find(|(name, _)| name.is_empty() || name.contains('=')) {
        return Err(Problem::new(ProblemCode::Invalid, name, "a build argument needs a name without '='"));
    }
    if spec.dockerfile.split('/').any(|part| part == "..") {
        return Err(Problem::new(ProblemCode::Invalid, &spec.dockerfile, "the Dockerfile has to be inside the context"));
    }
    Ok(spec)
}

fn counted(handle: &Handle, size: u64) -> impl FnMut(u64) + Send + 'static + use<> {
    let handle = handle.clone();
    let mut told = 0;
    move |sent| {
        if sent < told + STEP && sent < size {
            return;
        }
        told = sent;
        handle.update(|work| {
            if let Work::Load(Load { upload, .. }) | Work::Build(Build { upload, .. }) = work {
                upload.sent = sent;
            }
            if let Some(progress) = work.progress() {
                let share = u16::try_from(sent.saturating_mul(500) / size.max(1)).unwrap_or(500).min(500);
                progress.permille = progress.permille.max(share);
            }
        });
    }
}

async fn load(handle: &Handle, receiver: upload::Receiver, name: &str, size: u64) -> Result<(), Problem> {
    let file = receiver.begin(name, counted(handle, size)).await?;
    // Not all that goes wrong is the file's fault.
    let said = |words: &str| {
        let is_known = EngineFault::of(words).is_some();
        Problem::new(if is_known { ProblemCode::EngineFailed } else { ProblemCode::ArchiveUnreadable }, name, words)
    };
    let failed = |error: EngineError| convert_failure(handle, &error, name, said);
    let lines = handle.hub.unless_lost(handle.hub.client.documents_of::<ProgressLine>(&images::load(), file)).await.map_err(failed)?;
    let named = handle.clone();
    let lines = lines.map(|line| line.map(|line| line.cleaned(&[]))).inspect(move |line| {
        let Ok(line) = line else { return };
        let loaded = ["Loaded image: ", "Loaded image ID: "].iter().find_map(|words| line.stream.strip_prefix(words));
        if let Some(loaded) = loaded {
            named.update(|work| {
                if let Work::Load(load) = work
                    && load.loaded.len() < LOADED
                {
                    load.loaded.push(loaded.trim().chars().take(LONGEST_STEP).collect());
                }
            });
        }
    });
    follow_lines(handle, Box::pin(lines), Fold::of_file(size), |change| handle.follow(change), said).await.map_err(
        |failure| match failure {
            Failed::Engine(error) => failed(error),
            Failed::Said(problem) => problem,
        },
    )?;
    let has_any = handle.hub.jobs.table.read(|rows| match rows.get(&handle.id).map(|job| &job.work) {
        Some(Work::Load(load)) => !load.loaded.is_empty(),
        _ => true,
    });
    // The engine takes an archive without a manifest, and an empty one, and says nothing.
    has_any.then_some(()).ok_or_else(|| said(""))
}

async fn build_image(
    handle: &Handle,
    receiver: upload::Receiver,
    request: &Request,
    size: u64,
    secrets: &[RegistryAuth],
    output: &Output,
) -> Result<(), Problem> {
    let context = receiver.begin("the context", counted(handle, size)).await?;
    let said = |words: &str| Problem::new(ProblemCode::BuildFailed, "", words);
    let failed = |error: EngineError| convert_failure(handle, &error, "the build", said);
    let mut told = 0;
    let mut lines = handle.hub.unless_lost(handle.hub.client.documents_of::<ProgressLine>(request, context)).await.map_err(failed)?;
    loop {
        let line = match handle.hub.unless_lost(async { lines.next().await.transpose() }).await {
            Ok(Some(line)) => line.cleaned(secrets),
            Ok(None) => break,
            // One odd line must not end what the engine goes on with.
            Err(error) if error.is_of_one_document() => continue,
            Err(error) => return Err(failed(error)),
        };
        if let Some(error) = line.failure() {
            print(output, Stream::Stderr, &format!("{error}\n"));
            return Err(said(&error));
        }
        // A base image's pull has its own words.
        let pulled = (!line.status.is_empty() && line.detail.total == 0).then(|| match line.id.as_str() {
            "" => format!("{}\n", line.status),
            id => format!("{id}: {}\n", line.status),
        });
        let text = pulled.as_ref().unwrap_or(&line.stream);
        let dropped = if text.is_empty() { told } else { print(output, Stream::Stdout, text) };
        let image = line.aux.map(|aux| aux.id).filter(|id| id.starts_with("sha256:"));
        let is_step = line.stream.starts_with("Step ");
        // Most lines are output alone.
        if is_step || image.is_some() || dropped > told {
            told = dropped;
            handle.update(|work| {
                if let Work::Build(build) = work {
                    build.output_dropped = dropped;
                    build.image = image.map(ImageId).or(build.image.take());
                    if is_step {
                        build.step = line.stream.trim_end().chars().take(LONGEST_STEP).collect();
                    }
                }
            });
        }
    }
    Ok(())
}

/// Answers with the number of bytes dropped so far.
fn print(output: &Output, stream: Stream, text: &str) -> u64 {
    output.push(&[stdcopy::header(stream, text.len()).as_slice(), text.as_bytes()].concat())
}

/// An upload that was cut off breaks the request: that is what happened, not that the engine is away.
/// `refused`: what the engine's own words are about.
fn convert_failure(handle: &Handle, error: &EngineError, subject: &str, refused: impl Fn(&str) -> Problem) -> Problem {
    match error {
        error if error.to_string().contains(upload::CUT) => Problem::new(ProblemCode::UploadCut, subject, upload::CUT),
        EngineError::Refused { status: StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR, message } => refused(message),
        error => handle.hub.problem(error, subject),
    }
}
