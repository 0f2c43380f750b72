//! What an engine's tables consist of, each asked for as a whole, and what is said of what is not there.

use linkspan_shared::{
    engine::{EnginePart, Lacking},
    problem::{Problem, ProblemCode},
};

use super::{EngineHub, Keeper, LACKING, Subject, convert, helpers};
use linkspan_docker::{
    Client, EngineError, containers, images,
    model::{self, Listed},
    networks, system, volumes,
};

pub enum Answer {
    Info(Box<model::Info>),
    Containers(Listed<model::ContainerSummary>),
    Images(Listed<model::ImageSummary>),
    Volumes(model::VolumeList),
    Networks(Listed<model::Network>),
}

pub async fn ask(client: &Client, part: EnginePart) -> Result<Answer, EngineError> {
    Ok(match part {
        EnginePart::Info => Answer::Info(client.json(&system::info()).await?),
        EnginePart::Containers => Answer::Containers(client.json(&containers::list()).await?),
        EnginePart::Images => Answer::Images(client.json(&images::list()).await?),
        EnginePart::Volumes => Answer::Volumes(client.json(&volumes::list()).await?),
        EnginePart::Networks => Answer::Networks(client.json(&networks::list()).await?),
    })
}

impl Keeper<'_> {
    /// Writes what was answered, and says what was not.
    pub(super) fn take(&mut self, part: EnginePart, answer: Result<Answer, EngineError>) {
        self.lacking.retain(|lacking| lacking.part != part);
        match answer {
            Ok(answer) => {
                for (name, why) in write(self.hub, answer) {
                    self.lacks(part, false, Problem::new(ProblemCode::MalformedAnswer, name, why));
                }
            }
            Err(error) => {
                tracing::warn!(engine = %self.hub.id, ?part, %error, "the engine does not give this out");
                self.lacks(part, true, self.hub.problem(&error, part.endpoint()));
            }
        }
        self.tell();
    }

    /// The engine says nothing of one object that there is.
    pub(super) fn lacks_one(&mut self, subject: &Subject, error: &EngineError) {
        tracing::warn!(engine = %self.hub.id, ?subject, %error, "the engine says nothing of this");
        let problem = self.hub.problem(error, subject.name());
        self.lacking.retain(|lacking| lacking.problem.subject != problem.subject);
        self.lacks(subject.part(), false, problem);
        self.tell();
    }

    /// What was said of it holds no more.
    pub(super) fn found(&mut self, subject: &Subject) {
        let of_it = |lacking: &Lacking| !lacking.whole && lacking.part == subject.part() && lacking.problem.subject == subject.name();
        if self.lacking.iter().any(of_it) {
            self.lacking.retain(|lacking| !of_it(lacking));
            self.tell();
        }
    }

    fn lacks(&mut self, part: EnginePart, whole: bool, problem: Problem) {
        if self.lacking.len() < LACKING {
            self.lacking.push(Lacking { part, whole, problem });
        }
    }

    fn tell(&self) {
        self.hub.engines.write(|rows| rows.update(&self.hub.id, |engine| engine.lacking.clone_from(&self.lacking)));
    }
}

/// What cannot be read of it, by name.
fn write(hub: &EngineHub, answer: Answer) -> Vec<(String, String)> {
    match answer {
        Answer::Info(info) => {
            hub.engines.write(|rows| {
                rows.update(&hub.id, |engine| {
                    if let Some(about) = &mut engine.about {
                        (about.host, about.memory) = (info.name, Some(info.mem_total).filter(|memory| *memory > 0));
                    }
                });
            });
            Vec::new()
        }
        Answer::Containers(mut listed) => {
            listed.items.retain(|summary| {
                let label = summary.labels.get(helpers::LABEL);
                if let Some(label) = label {
                    hub.helpers.found(summary.names.first().map_or("", String::as_str), label);
                }
                label.is_none()
            });
            let labels = listed.items.iter().map(|summary| convert::labels(&summary.id, &summary.labels)).collect();
            hub.labels.write(|rows| rows.replace(labels));
            hub.containers.write(|rows| {
                let all = listed.items.into_iter().map(|summary| {
                    let mut row = convert::container_from_summary(summary, hub.own.as_ref());
                    // The list does not say it; what an earlier inspect found holds until the next one.
                    if let Some(known) = rows.get(&row.id) {
                        row.auto_remove = known.auto_remove;
                        row.started = known.started.filter(|_| row.state.has_process());
                        (row.restarts, row.out_of_memory) = (known.restarts, known.out_of_memory);
                        row.exit_code = row.exit_code.or(known.exit_code);
                        // An image that lost its name is listed by its ID.
                        if row.image.starts_with("sha256:") {
                            row.image.clone_from(&known.image);
                        }
                    }
                    row
                });
                let all = all.collect();
                rows.replace(all);
            });
            listed.left_out
        }
        Answer::Images(listed) => {
            hub.images.write(|rows| rows.replace(listed.items.into_iter().map(convert::image_from_summary).collect()));
            listed.left_out
        }
        Answer::Volumes(list) => {
            hub.volumes.write(|rows| rows.replace(list.volumes.items.into_iter().map(convert::volume).collect()));
            // Of drivers that the engine could not ask, say.
            let warnings = list.warnings.into_iter().map(|warning| (String::new(), warning));
            list.volumes.left_out.into_iter().chain(warnings).collect()
        }
        Answer::Networks(listed) => {
            hub.networks.write(|rows| rows.replace(listed.items.into_iter().map(convert::network).collect()));
            listed.left_out
        }
    }
}
