//! What a job is called, and what is said of it.

use linkspan_shared::{
    credential::CredentialUse,
    job::{BatchKind, Job, Object, Transfer, Work},
};

use crate::{components::ui::Icon, i18n::t};

pub fn job_title(job: &Job) -> String {
    match &job.work {
        Work::Pull(pull) => t().job_pull(&pull.reference),
        Work::Push(push) => t().job_push(&push.reference),
        Work::Run(run) => t().job_run(&run.image),
        Work::Batch(batch) => match (batch.kind, batch.targets.as_slice()) {
            (BatchKind::Stop, _) if batch.all => t().job_stop_all().to_owned(),
            (BatchKind::Stop, targets) => t().stop_n(targets.len()),
            (BatchKind::Start, targets) => t().start_n(targets.len()),
            (BatchKind::Restart, targets) => t().restart_n(targets.len()),
            (BatchKind::Pause, targets) => t().pause_n(targets.len()),
            (BatchKind::Resume, targets) => t().resume_n(targets.len()),
            (BatchKind::Kill, targets) => t().kill_n(targets.len()),
            (BatchKind::Prune, targets) => t().job_prune(targets.len()),
            (BatchKind::Remove { .. }, [one]) => t().remove_image(&one.name),
            (BatchKind::Remove { .. }, many) if many.iter().all(|target| matches!(target.object, Object::Image(_))) => {
                t().remove_images(many.len())
            }
            (BatchKind::Remove { .. }, many) if many.iter().all(|target| matches!(target.object, Object::Container(_))) => {
                t().remove_many(many.len())
            }
            (BatchKind::Remove { .. }, many) => t().remove_objects(many.len()),
        },
        Work::Commit(commit) => t().job_commit(&commit.name),
        Work::Recreate(recreate) => t().job_recreate(&recreate.name),
        Work::Load(load) => t().job_load(&load.name),
        Work::Build(build) if build.reference.is_empty() => t().job_build_unnamed().to_owned(),
        Work::Build(build) => t().job_build(&build.reference),
    }
}

/// What it is about, where the icon says what is done to it.
pub fn subject(job: &Job) -> Option<String> {
    match &job.work {
        Work::Pull(transfer) | Work::Push(transfer) => Some(transfer.reference.clone()),
        Work::Run(run) => Some(run.image.clone()),
        Work::Commit(commit) => Some(commit.name.clone()),
        Work::Recreate(recreate) => Some(recreate.name.clone()),
        Work::Load(load) => Some(load.name.clone()),
        Work::Build(build) if !build.reference.is_empty() => Some(build.reference.clone()),
        Work::Build(_) | Work::Batch(_) => None,
    }
}

/// What could not be done, when it failed.
pub fn could_not(job: &Job) -> String {
    match &job.work {
        Work::Pull(pull) => t().could_not_pull(&pull.reference),
        Work::Push(push) => t().could_not_push(&push.reference),
        Work::Run(_) => t().could_not_run().to_owned(),
        Work::Batch(batch) => could_not_each(batch.kind).to_owned(),
        Work::Commit(commit) => t().could_not_commit(&commit.name),
        Work::Recreate(recreate) => t().could_not_recreate(&recreate.name),
        Work::Load(load) => t().could_not_load(&load.name),
        Work::Build(_) => t().could_not_build().to_owned(),
    }
}

pub fn could_not_each(kind: BatchKind) -> &'static str {
    match kind {
        BatchKind::Stop => t().could_not_stop_all(),
        BatchKind::Start => t().could_not_start_all(),
        BatchKind::Restart => t().could_not_restart_all(),
        BatchKind::Pause => t().could_not_pause_all(),
        BatchKind::Resume => t().could_not_resume_all(),
        BatchKind::Kill => t().could_not_kill_all(),
        BatchKind::Remove { .. } | BatchKind::Prune => t().could_not_remove_each(),
    }
}

pub fn icon_of(work: &Work) -> Icon {
    match work {
        Work::Pull(_) => Icon::Download,
        Work::Push(_) | Work::Load(_) => Icon::Upload,
        Work::Run(_) => Icon::Play,
        Work::Batch(batch) => match batch.kind {
            BatchKind::Stop => Icon::Stop,
            BatchKind::Start | BatchKind::Resume => Icon::Play,
            BatchKind::Restart => Icon::Restart,
            BatchKind::Pause => Icon::Pause,
            BatchKind::Kill => Icon::Bolt,
            BatchKind::Remove { .. } | BatchKind::Prune => Icon::Trash,
        },
        Work::Commit(_) => Icon::Commit,
        Work::Recreate(_) => Icon::Restart,
        Work::Build(_) => Icon::Group,
    }
}

/// Who did what: the name stands where `user` is put.
pub fn done_by(work: &Work, user: &str, when: &str) -> String {
    match work {
        Work::Pull(_) => t().pulled_by(user, when),
        Work::Push(_) => t().pushed_by(user, when),
        Work::Run(_) => t().run_by(user, when),
        Work::Commit(_) => t().committed_by(user, when),
        Work::Recreate(_) => t().recreated_by(user, when),
        Work::Load(_) => t().loaded_by(user, when),
        Work::Build(_) => t().built_by(user, when),
        Work::Batch(batch) => match batch.kind {
            BatchKind::Stop => t().stopped_by(user, when),
            BatchKind::Start => t().started_by_on(user, when),
            BatchKind::Restart => t().restarted_by(user, when),
            BatchKind::Pause => t().paused_by(user, when),
            BatchKind::Resume => t().resumed_by(user, when),
            BatchKind::Kill => t().killed_by(user, when),
            BatchKind::Remove { .. } => t().removed_by(user, when),
            BatchKind::Prune => t().pruned_by(user, when),
        },
    }
}

/// What it was asked for with, in as many words as are not a matter of course.
pub fn detail_of(transfer: &Transfer) -> String {
    let credential = match &transfer.credential {
        CredentialUse::None => None,
        CredentialUse::Typed { username } => Some(t().used_typed(username)),
        CredentialUse::Stored { name } => Some(t().used_stored(name)),
        CredentialUse::DockerLogin { registry } => Some(t().used_docker_login(registry)),
    };
    let platform = (!transfer.platform.is_empty()).then(|| transfer.platform.clone());
    let tags = transfer.all_tags.then(|| t().all_tags().to_owned());
    [tags, platform, credential].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
