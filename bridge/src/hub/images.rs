//! What a person can ask of an image, carried out at once.

use hyper::StatusCode;
use linkspan_docker::{
    ByteStream, EngineError, Request,
    auth::Login,
    images,
    model::{self, Listed},
};
use linkspan_shared::{
    engine::Feature,
    ids::ImageId,
    image::{Freshness, Image, ImageDetails},
    problem::{Problem, ProblemCode},
    reference::Reference,
};

use super::{
    EngineHub, convert,
    table::Versioned,
    validation::{check_reference, parse_reference},
};

/// Images of one tar file.
const SAVED: usize = 64;

impl EngineHub {
    pub async fn remove_image(&self, reference: &str, force: bool, all_names: bool) -> Result<(), Problem> {
        check_reference(reference)?;
        if all_names && !reference.starts_with("sha256:") {
            return Err(Problem::new(ProblemCode::ProtocolViolation, reference, "an image with all its names is removed by its ID"));
        }
        let removed = async {
            for request in self.removals_of(reference, force, all_names).await? {
                self.done(&request).await?;
            }
            Ok(())
        };
        let name = if reference.starts_with("sha256:") { ImageId::new(reference).short().to_owned() } else { reference.to_owned() };
        removed.await.map_err(|error| self.problem(&error, &name))
    }

    /// What takes an image away.
    pub async fn removals_of_image(&self, reference: &str, force: bool, all_names: bool) -> Result<Vec<Request>, Problem> {
        check_reference(reference)?;
        self.removals_of(reference, force, all_names).await.map_err(|error| self.problem(&error, reference))
    }

    async fn removals_of(&self, reference: &str, force: bool, all_names: bool) -> Result<Vec<Request>, EngineError> {
        if all_names && !force { self.removals_of_unused(reference).await } else { Ok(vec![images::remove(reference, force)]) }
    }

    pub(super) async fn remove_unused_image(&self, id: &str) -> Result<(), EngineError> {
        for request in self.removals_of_unused(id).await? {
            self.done(&request).await?;
        }
        Ok(())
    }

    /// By its ID an image with several names goes by force alone, which would also take one that a stopped container has. So
    /// each name is taken away, and the image goes with the last one.
    async fn removals_of_unused(&self, id: &str) -> Result<Vec<Request>, EngineError> {
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
            return Ok(vec![images::remove(id, false)]);
        }
        Ok(names.iter().map(|name| images::remove(name, false)).collect())
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
        self.done(&self.tag_request(image, reference)?).await.map(drop).map_err(|error| self.problem(&error, image))
    }

    pub fn tag_request(&self, image: &str, reference: &str) -> Result<Request, Problem> {
        check_reference(image)?;
        let new = parse_reference(reference)?.or_latest();
        let (None, Some(tag)) = (&new.digest, &new.tag) else {
            return Err(Problem::new(ProblemCode::Invalid, reference, "an image gets a name and a tag, not a digest"));
        };
        Ok(images::tag(image, &new.name(), tag))
    }

    /// `hides`: the values of its variables.
    pub async fn inspect_image(&self, image: &str, hides: bool) -> Result<ImageDetails, Problem> {
        check_reference(image)?;
        let problem = |error| self.problem(&error, image);
        let mut whole: serde_json::Value = self.client.json(&images::inspect(image)).await.map_err(problem)?;
        if hides {
            convert::hide_values(&mut whole);
        }
        let raw = serde_json::to_string_pretty(&whole).unwrap_or_default();
        let inspect: model::ImageInspect =
            serde_json::from_value(whole).map_err(|error| Problem::new(ProblemCode::MalformedAnswer, image, error.to_string()))?;
        self.learn_of(std::slice::from_ref(&inspect.id)).await;
        // Without it the rest is as true.
        let history = self.client.json::<Listed<model::History>>(&images::history(&inspect.id)).await;
        let mut history = history.inspect_err(|error| tracing::warn!(image, %error, "no history")).unwrap_or_default();
        if hides {
            history.items.iter_mut().for_each(|entry| entry.created_by = convert::without_values(&entry.created_by));
        }
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
}
