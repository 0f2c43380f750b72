//! `/images`, `/distribution`, `/build`.

use std::collections::BTreeMap;

use linkspan_shared::image::BuildSpec;

use super::{
    auth::{Login, RegistryAuth, config_header},
    operation::Operation,
    request::Request,
};

pub fn list() -> Request {
    Request::new(Operation::ImageList, "")
}

/// By id or by reference.
pub fn inspect(image: &str) -> Request {
    Request::new(Operation::ImageInspect, image)
}

pub fn history(image: &str) -> Request {
    Request::new(Operation::ImageHistory, image)
}

/// `tag`: empty for all tags.
pub fn pull(name: &str, tag: &str, platform: &str, login: &Login) -> Request {
    let request = Request::new(Operation::ImageCreate, "").query("fromImage", name).query("tag", tag).header(login.header());
    if platform.is_empty() { request } else { request.query("platform", platform) }
}

pub fn push(name: &str, tag: &str, login: &Login) -> Request {
    Request::new(Operation::ImagePush, name).query("tag", tag).header(login.header())
}

pub fn tag(image: &str, repository: &str, tag: &str) -> Request {
    Request::new(Operation::ImageTag, image).query("repo", repository).query("tag", tag)
}

/// What a registry has under a name.
pub fn distribution(name: &str, login: &Login) -> Request {
    Request::new(Operation::DistributionInspect, name).header(login.header())
}

/// A tar file of these, as `docker save` writes it.
pub fn save(images: &[String]) -> Request {
    images.iter().fold(Request::new(Operation::ImageGetAll, "").without_timeout(), |request, image| request.query("names", image.as_str()))
}

pub fn load() -> Request {
    Request::new(Operation::ImageLoad, "").flag("quiet", false).without_timeout()
}

/// `POST /build` by the classic builder: BuildKit would need a session of its own.
pub fn build(spec: &BuildSpec, registries: &BTreeMap<String, RegistryAuth>) -> Request {
    let arguments: BTreeMap<&str, &str> = spec.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut request = Request::new(Operation::ImageBuild, "").query("version", "1").flag("rm", true).flag("forcerm", true);
    for (name, value) in [("t", &spec.reference), ("dockerfile", &spec.dockerfile), ("target", &spec.target)] {
        if !value.is_empty() {
            request = request.query(name, value.as_str());
        }
    }
    let request = request.query("buildargs", serde_json::to_string(&arguments).unwrap_or_default());
    request.flag("nocache", spec.no_cache).flag("pull", spec.pull).header(config_header(registries)).without_timeout()
}

/// By reference it takes that name away, and the image with its last one.
pub fn remove(image: &str, force: bool) -> Request {
    // The names of images hold slashes, and the engine's router takes them as they are.
    Request::new(Operation::ImageDelete, image).flag("force", force).without_timeout()
}
