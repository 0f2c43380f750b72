//! What a person can ask of a container or an image, carried out at once.

use hyper::StatusCode;
use linkspan_shared::{
    container::ContainerDetails,
    engine::Feature,
    ids::{ContainerId, ImageId},
    image::{Freshness, Image, ImageDetails},
    problem::{Problem, ProblemCode},
    reference::Reference,
};

use super::{EngineHub, convert, table::Versioned};
use linkspan_docker::{
    ByteStream, EngineError, Request,
    auth::Login,
    containers, images,
    model::{self, Listed},
};

/// Images of one tar file.
const SAVED: usize = 64;

impl EngineHub {
    pub async fn start(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::start(valid(id)?)).await
    }

    /// `removal_confirmed`: whoever asks knows that a `--rm` container will be gone.
    pub async fn stop(&self, id: &ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        self.check_may_end(id, removal_confirmed).await?;
        self.act(id, containers::stop(valid(id)?)).await
    }

    pub async fn kill(&self, id: &ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        self.check_may_end(id, removal_confirmed).await?;
        self.act(id, containers::kill(valid(id)?)).await
    }

    pub async fn restart(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::restart(valid(id)?)).await
    }

    pub async fn pause(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::pause(valid(id)?)).await
    }

    pub async fn unpause(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::unpause(valid(id)?)).await
    }

    pub async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), Problem> {
        self.act(id, containers::rename(valid(id)?, name)).await
    }

    pub async fn remove(&self, id: &ContainerId, volumes: bool, force: bool) -> Result<(), Problem> {
        self.act(id, containers::remove(valid(id)?, volumes, force)).await
    }

    pub async fn inspect(&self, container: &str) -> Result<ContainerDetails, Problem> {
        // These are no names, and mean something else in a path.
        if ["", ".", ".."].contains(&container) {
            return Err(Problem::new(ProblemCode::NotFound, container, "no such container"));
        }
        let whole: serde_json::Value =
            self.client.json(&containers::inspect(container)).await.map_err(|error| self.problem(&error, container))?;
        let raw = serde_json::to_string_pretty(&whole).unwrap_or_default();
        let inspect: model::ContainerInspect =
            serde_json::from_value(whole).map_err(|error| Problem::new(ProblemCode::EngineNonsense, container, error.to_string()))?;
        Ok(convert::container_details(inspect, raw))
    }

    pub async fn remove_image(&self, reference: &str, force: bool, all_names: bool) -> Result<(), Problem> {
        check_reference(reference)?;
        if all_names && !reference.starts_with("sha256:") {
            return Err(Problem::new(ProblemCode::ProtocolViolation, reference, "an image with all its names is removed by its ID"));
        }
        let removed = match all_names && !force {
            true => self.remove_unused_image(reference).await,
            false => self.done(&images::remove(reference, force)).await.map(drop),
        };
        let name = if reference.starts_with("sha256:") { ImageId::new(reference).short().to_owned() } else { reference.to_owned() };
        removed.map_err(|error| self.problem(&error, &name))
    }

    /// By its ID an image with several names goes by force alone, which would also take one that a stopped container has. So
    /// each name is taken away, and the image goes with the last one.
    pub(super) async fn remove_unused_image(&self, id: &str) -> Result<(), EngineError> {
        let users: Vec<String> = self
            .containers
            .read(|rows| rows.rows().filter(|container| container.image_id.0 == id).map(|container| container.name.clone()).collect());
        if !users.is_empty() {
            // Else its names would go, and the image stay.
            let message = format!("it is used by {}", users.join(", "));
            return Err(EngineError::Refused { status: StatusCode::CONFLICT, message });
        }
        let inspect: model::ImageInspect = self.client.json(&images::inspect(id)).await?;
        let image = convert::image_from_inspect(inspect);
        let names = image.names();
        if names.len() < 2 {
            return self.done(&images::remove(id, false)).await.map(drop);
        }
        for name in names {
            self.done(&images::remove(name, false)).await?;
        }
        Ok(())
    }

    /// Looks at the engine's list again when it has images that no event told of: it says nothing of one that is built
    /// without a name. What it does not list, such as the steps of a build, is nobody's.
    pub(super) async fn learn_of(&self, ids: &[String]) {
        let is_known = |rows: &Versioned<Image>| ids.iter().all(|id| rows.get(&ImageId::new(id.as_str())).is_some());
        if self.images.read(is_known) {
            return;
        }
        let Ok(listed) = self.client.json::<Listed<model::ImageSummary>>(&images::list()).await else { return };
        self.images.write(|rows| {
            for image in listed.items.into_iter().filter(|image| ids.contains(&image.id)) {
                rows.upsert(convert::image_from_summary(image));
            }
        });
    }

    pub async fn tag_image(&self, image: &str, reference: &str) -> Result<(), Problem> {
        check_reference(image)?;
        let new = parse_reference(reference)?.or_latest();
        let (None, Some(tag)) = (&new.digest, &new.tag) else {
            return Err(Problem::new(ProblemCode::Invalid, reference, "an image gets a name and a tag, not a digest"));
        };
        self.done(&images::tag(image, &new.name(), tag)).await.map(drop).map_err(|error| self.problem(&error, image))
    }

    pub async fn inspect_image(&self, image: &str) -> Result<ImageDetails, Problem> {
        check_reference(image)?;
        let problem = |error| self.problem(&error, image);
        let whole: serde_json::Value = self.client.json(&images::inspect(image)).await.map_err(problem)?;
        let raw = serde_json::to_string_pretty(&whole).unwrap_or_default();
        let inspect: model::ImageInspect =
            serde_json::from_value(whole).map_err(|error| Problem::new(ProblemCode::EngineNonsense, image, error.to_string()))?;
        self.learn_of(std::slice::from_ref(&inspect.id)).await;
        // Without it the rest is as true.
        let history = self.client.json::<Listed<model::History>>(&images::history(&inspect.id)).await;
        let history = history.inspect_err(|error| tracing::warn!(image, %error, "no history")).unwrap_or_default();
        Ok(convert::image_details(inspect, history.items, raw))
    }

    /// Asks the registry through the engine, so that what the engine may reach decides.
    pub async fn check_image(&self, reference: &Reference, login: &Login) -> Result<Freshness, Problem> {
        let subject = reference.to_string();
        self.needs(Feature::Distribution, &subject)?;
        let here: model::ImageInspect =
            self.client.json(&images::inspect(&subject)).await.map_err(|error| self.problem(&error, &subject))?;
        let there: model::Distribution = self.client.json(&images::distribution(&subject, login)).await.map_err(|error| match error {
            EngineError::Refused { .. } => convert::pull_problem(&login.scrubbed(error), &subject).with(&login.trouble),
            error => self.problem(&error, &subject),
        })?;
        let digest = there.descriptor.digest;
        let known: Vec<&str> = here
            .repo_digests
            .iter()
            .filter_map(|pinned| pinned.split_once('@'))
            .filter(|(name, _)| {
                Reference::parse(name).is_ok_and(|of| (&of.registry, &of.repository) == (&reference.registry, &reference.repository))
            })
            .map(|(_, digest)| digest)
            .collect();
        Ok(match known.as_slice() {
            [] => Freshness::NeverShared { digest },
            known if known.contains(&digest.as_str()) => Freshness::Same,
            _ => Freshness::Other { digest },
        })
    }

    /// A tar file of these, as it comes from the engine.
    pub async fn save_images(&self, images: &[String]) -> Result<ByteStream, Problem> {
        let subject = images.first().cloned().unwrap_or_default();
        if images.is_empty() || images.len() > SAVED {
            return Err(Problem::new(ProblemCode::Invalid, subject, format!("1 to {SAVED} images are saved at once")));
        }
        images.iter().try_for_each(|image| check_reference(image))?;
        self.client.stream(&images::save(images)).await.map_err(|error| self.problem(&error, &subject))
    }

    async fn act(&self, id: &ContainerId, request: Request) -> Result<(), Problem> {
        self.done(&request).await.map(drop).map_err(|error| self.container_problem(&error, id))
    }

    /// What went wrong with what was asked of a container, which may be about another one.
    pub(super) fn container_problem(&self, error: &EngineError, id: &ContainerId) -> Problem {
        let name = self.container_name(id);
        match error {
            EngineError::Refused { message, .. } if error.misses_another(&id.0) => Problem::new(ProblemCode::Conflict, name, message),
            error => self.problem(error, &name),
        }
    }

    /// Asks the engine, not the table: the answer decides whether something is lost.
    async fn check_may_end(&self, id: &ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        let name = self.container_name(id);
        if self.own.as_ref() == Some(id) {
            return Err(Problem::new(ProblemCode::IsLinkspan, name, ""));
        }
        if removal_confirmed {
            return Ok(());
        }
        let inspect: model::ContainerInspect =
            self.client.json(&containers::inspect(valid(id)?)).await.map_err(|error| self.problem(&error, &name))?;
        if inspect.host_config.auto_remove {
            return Err(Problem::new(ProblemCode::WouldBeRemoved, name, ""));
        }
        Ok(())
    }
}

/// Containers are acted upon by id alone, so that a name that moved meanwhile never means another container.
pub(super) fn valid(id: &ContainerId) -> Result<&str, Problem> {
    if id.0.len() == 64 && id.0.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(&id.0)
    } else {
        Err(Problem::new(ProblemCode::ProtocolViolation, &id.0, "not a container id"))
    }
}

/// A name that a registry can know.
pub(super) fn parse_reference(text: &str) -> Result<Reference, Problem> {
    Reference::parse(text).map_err(|fault| Problem::new(ProblemCode::Invalid, text, fault.to_string()))
}

/// Whatever an engine may know an image by, also its ID. Keeps what is neither out of a path; the engine judges the rest.
pub(super) fn check_reference(reference: &str) -> Result<(), Problem> {
    let refused = |why: &str| Err(Problem::new(ProblemCode::BadRequest, reference, why));
    if reference.is_empty() {
        return refused("an image reference is needed, such as alpine:3.20");
    }
    if reference.len() > 512 {
        return refused("an image reference has at most 512 characters");
    }
    if let Some(wrong) = reference.chars().find(|c| !(c.is_ascii_alphanumeric() || "._-:/@".contains(*c))) {
        return refused(&format!("an image reference has no '{}' in it", wrong.escape_default()));
    }
    if reference.split('/').any(|part| part.is_empty() || part.chars().all(|c| c == '.')) {
        return refused("invalid reference format");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_cannot_leave_their_place() {
        for right in ["alpine", "alpine:3", "localhost:5000/a/b:1", "a@sha256:00ff", "sha256:00ff"] {
            assert!(check_reference(right).is_ok(), "{right}");
        }
        for wrong in ["", "../containers/json", "a/../b", "a//b", "/a", "a?b", "a b", "a\nb", "ä"] {
            assert!(check_reference(wrong).is_err(), "{wrong}");
        }
    }
}
