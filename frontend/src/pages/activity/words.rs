//! Entries as sentences: who did what to what, in the order of the reader's language.

use linkspan_shared::activity::{Access, Entry, Event, Subject, SubjectKind, Verb};

use crate::{
    components::ui::Icon,
    i18n::{count, t},
};

/// Stand for who and what in a sentence until it is taken apart.
const WHO: char = '\u{1}';
const OBJECT: char = '\u{2}';

pub enum Part {
    Text(String),
    Who(String),
    Object(Subject),
}

pub struct Sentence {
    /// With [`WHO`] and [`OBJECT`] in it.
    pattern: String,
    who: String,
    object: Option<Subject>,
}

impl Sentence {
    pub fn text(&self) -> String {
        self.parts()
            .into_iter()
            .map(|part| match part {
                Part::Text(text) | Part::Who(text) => text,
                Part::Object(object) => name(&object),
            })
            .collect::<String>()
            .trim()
            .to_owned()
    }

    pub fn parts(&self) -> Vec<Part> {
        self.pattern
            .split_inclusive([WHO, OBJECT])
            .flat_map(|piece| {
                let text = piece.trim_end_matches([WHO, OBJECT]).to_owned();
                let last = match piece.chars().last() {
                    Some(WHO) => Some(Part::Who(self.who.clone())),
                    Some(OBJECT) => self.object.clone().map(Part::Object),
                    _ => None,
                };
                [Some(Part::Text(text)), last]
            })
            .flatten()
            .collect()
    }
}

pub fn sentence(entry: &Entry) -> Sentence {
    let (who, object) = (WHO.to_string(), OBJECT.to_string());
    let failed = entry.problem.is_some();
    let pattern = match &entry.verb {
        Verb::Call(call) => {
            let (did, does) = verb(call, entry.object.is_some());
            // Of a call that is about nothing, the place for it is left out.
            let about = |verb: &str| match &entry.object {
                Some(_) => verb.replace("{}", &object),
                None => verb.replace("{}", "").trim().to_owned(),
            };
            if failed { t().activity_could_not(&who, &about(does)) } else { t().activity_did(&who, &about(did)) }
        }
        Verb::Access(access) => match access {
            Access::SignedIn => t().activity_signed_in(&who),
            Access::SignInRefused => t().activity_sign_in_refused(&who),
            Access::SignedOut => t().activity_signed_out(&who),
            Access::PasswordChanged => t().activity_password(&who),
            Access::PasskeyAdded => t().activity_passkey(&who),
            Access::Joined => t().activity_joined(&who),
        },
        Verb::Event(event) => match event {
            Event::Created => t().event_created(&object),
            Event::Started => t().event_started(&object),
            Event::Stopped { .. } => t().event_stopped(&object),
            Event::Exited { .. } => t().event_exited(&object),
            Event::Restarted { times } => t().event_restarted(&object, *times),
            Event::Unhealthy => t().event_unhealthy(&object),
            Event::Healthy => t().event_healthy(&object),
            Event::Renamed => t().event_renamed(&object),
            Event::Paused => t().event_paused(&object),
            Event::Resumed => t().event_resumed(&object),
            Event::Updated => t().event_updated(&object),
            Event::Removed => t().event_removed(&object),
            Event::Pulled => t().event_pulled(&object),
            Event::Tagged => t().event_tagged(&object),
            Event::Loaded => t().event_loaded(&object),
            Event::EngineLost => t().event_engine_lost().to_owned(),
            Event::EngineBack => t().event_engine_back().to_owned(),
            Event::NotRecorded { entries } => t().event_not_recorded(*entries),
        },
    };
    let who = entry.who.as_ref().map(|who| who.0.clone()).unwrap_or_default();
    Sentence { pattern, who, object: entry.object.clone() }
}

/// What more is known than that it happened.
pub fn detail(entry: &Entry) -> Option<String> {
    match &entry.verb {
        Verb::Event(Event::Exited { out_of_memory: true, exit_code }) => Some(t().exited_out_of_memory(exit_code.unwrap_or_default())),
        Verb::Event(Event::Exited { exit_code: Some(code), .. } | Event::Stopped { exit_code: Some(code) }) => Some(t().exited_with(*code)),
        _ => None,
    }
}

/// As a person calls it.
pub fn name(object: &Subject) -> String {
    if object.count > 0 {
        let many = usize::try_from(object.count).unwrap_or_default();
        return match object.kind {
            SubjectKind::Container => t().n_containers(many),
            SubjectKind::Image => t().n_images(many),
            SubjectKind::Volume => t().n_volumes(many),
            SubjectKind::Network => t().n_networks(many),
            _ => count(many),
        };
    }
    match object.name.strip_prefix("sha256:") {
        Some(digits) => digits.get(..12).unwrap_or(digits).to_owned(),
        None => object.name.clone(),
    }
}

/// As it was done, and as it could not be done; `{}` is what it was done to.
fn verb(call: &str, has_object: bool) -> (&'static str, &'static str) {
    let both = match call {
        "container.start" => t().verb_start(),
        "container.stop" => t().verb_stop(),
        "container.restart" => t().verb_restart(),
        "container.kill" => t().verb_kill(),
        "container.pause" => t().verb_pause(),
        "container.resume" => t().verb_resume(),
        "container.rename" => t().verb_rename(),
        "container.update" => t().verb_update(),
        "container.edit" => t().verb_edit(),
        "container.remove" | "image.remove" | "job.remove" | "people.remove" | "engine.remove" | "credential.remove" => t().verb_remove(),
        "job.prune" => t().verb_prune(),
        "job.run" => t().verb_run(),
        "job.pull" => t().verb_pull(),
        "job.push" => t().verb_push(),
        "job.load" => t().verb_load(),
        "job.build" => t().verb_build(),
        "job.commit" | "job.commit_selection" => t().verb_commit(),
        "job.recreate" => t().verb_recreate(),
        "job.cancel" => t().verb_cancel(),
        "job.dismiss" => t().verb_dismiss(),
        "image.tag" => t().verb_tag(),
        "image.save" => t().verb_save(),
        "volume.create" | "network.create" => t().verb_create(),
        "network.connect" => t().verb_connect(),
        "network.disconnect" => t().verb_disconnect(),
        "terminal.open" | "terminal.attach" => t().verb_terminal(),
        "terminal.look_on" => t().verb_look_on(),
        "terminal.share" => t().verb_share_terminal(),
        "terminal.unshare" => t().verb_unshare_terminal(),
        "terminal.end" => t().verb_end_terminal(),
        "file.read" | "file.download" => t().verb_read_file(),
        call if call.starts_with("file.") => t().verb_change_file(),
        "engine.add" => t().verb_add(),
        "people.change" => t().verb_change(),
        "engine.keep_figures" => t().verb_keep_figures(),
        "review.draft" => t().verb_draft(),
        "review.replace_noise" => t().verb_noise(),
        "credential.store" => t().verb_store(),
        "people.invite" => t().verb_invite(),
        "people.withdraw_invitation" => t().verb_withdraw(),
        "people.reset_password" => t().verb_reset_password(),
        "people.end_sessions" if has_object => t().verb_end_sessions(),
        "people.end_sessions" => t().verb_end_own_sessions(),
        "webhook.new" => t().verb_new_webhook(),
        "webhook.remove" => t().verb_remove_webhook(),
        "webhook.test" => t().verb_test_webhook(),
        "passkey.remove" => t().verb_remove_passkey(),
        "token.new" => t().verb_new_token(),
        "token.remove" => t().verb_remove_token(),
        _ => t().verb_other(),
    };
    both.split_once('|').unwrap_or((both, both))
}

/// It sends nothing to an engine.
pub fn is_of_linkspan(call: &str) -> bool {
    ["people.", "passkey.", "token.", "engine.", "credential.", "review.", "webhook."].iter().any(|part| call.starts_with(part))
        || matches!(call, "job.cancel" | "job.dismiss" | "terminal.end" | "terminal.look_on" | "terminal.share" | "terminal.unshare")
}

pub fn icon(entry: &Entry) -> Icon {
    let call = match &entry.verb {
        Verb::Call(call) => call.as_str(),
        Verb::Access(Access::SignInRefused) => return Icon::Lock,
        Verb::Access(_) => return Icon::Key,
        Verb::Event(event) => {
            return match event {
                Event::Started | Event::Resumed => Icon::Play,
                Event::Stopped { .. } => Icon::Stop,
                Event::Exited { .. } if !event.is_trouble() => Icon::Stop,
                Event::Restarted { .. } => Icon::Restart,
                Event::Paused => Icon::Pause,
                Event::Removed => Icon::Trash,
                Event::Pulled | Event::Loaded => Icon::Download,
                Event::Created => Icon::Plus,
                Event::Healthy | Event::EngineBack => Icon::OkCircle,
                Event::Renamed | Event::Updated | Event::Tagged => Icon::Pencil,
                Event::Exited { .. } | Event::Unhealthy | Event::EngineLost | Event::NotRecorded { .. } => Icon::Warn,
            };
        }
    };
    match call {
        "container.start" | "container.resume" | "job.run" => Icon::Play,
        "container.stop" => Icon::Stop,
        "container.restart" | "job.recreate" => Icon::Restart,
        "container.pause" => Icon::Pause,
        "container.kill" => Icon::Bolt,
        "job.pull" | "job.load" | "image.save" => Icon::Download,
        "job.push" => Icon::Upload,
        "image.tag" => Icon::Tag,
        call if call.starts_with("job.commit") => Icon::Commit,
        call if call.starts_with("terminal.") => Icon::Terminal,
        call if call.starts_with("file.") => Icon::File,
        call if ["people.", "passkey.", "token.", "credential."].iter().any(|part| call.starts_with(part)) => Icon::Key,
        call if call.contains("remove") || call.contains("prune") => Icon::Trash,
        call if call.contains("create") || call.contains("add") => Icon::Plus,
        _ => Icon::Settings,
    }
}
