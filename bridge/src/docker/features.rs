//! What an engine can do, by the API version that was agreed on (Engine API, "API version history").

use linkspan_shared::engine::Feature;

use super::client::Api;

/// `POST /containers/{id}/wait?condition=`: before it, waiting has to begin after the start.
pub const WAIT_CONDITION: Api = (1, 30);

/// Since which API, and which Docker has that first.
pub fn since(feature: Feature) -> (Api, &'static str) {
    match feature {
        // `HostConfig.Mounts` of `POST /containers/create`.
        Feature::Mounts => ((1, 25), "Docker 1.13"),
        // `HostConfig.AutoRemove` is older, but without a `wait` from before the start nobody would learn how it ended.
        Feature::AutoRemove => (WAIT_CONDITION, "Docker 17.06"),
        // `platform` of `POST /images/create`.
        Feature::Platform => ((1, 32), "Docker 17.09"),
        // `GET /distribution/{name}/json`.
        Feature::Distribution => ((1, 30), "Docker 17.06"),
        // `GET /system/df`.
        Feature::DiskUsage => ((1, 25), "Docker 1.13"),
    }
}

/// What the page has to leave out.
pub fn missing(api: Api) -> Vec<Feature> {
    let all = [Feature::Mounts, Feature::AutoRemove, Feature::Platform, Feature::Distribution, Feature::DiskUsage];
    all.into_iter().filter(|feature| api < since(*feature).0).collect()
}
