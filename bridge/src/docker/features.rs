//! What an engine can do, by the API version that was agreed on (Engine API, "API version history").

use linkspan_shared::engine::Feature;

use super::client::Api;

/// `POST /containers/{id}/wait?condition=`: before it, waiting has to begin after the start.
pub const WAIT_CONDITION: Api = (1, 30);

fn since(feature: Feature) -> Api {
    match feature {
        // `HostConfig.Mounts` of `POST /containers/create`.
        Feature::Mounts => (1, 25),
        // `HostConfig.AutoRemove` is older, but without a `wait` from before the start nobody would learn how it ended.
        Feature::AutoRemove => WAIT_CONDITION,
    }
}

/// What the page has to leave out.
pub fn missing(api: Api) -> Vec<Feature> {
    [Feature::Mounts, Feature::AutoRemove].into_iter().filter(|feature| api < since(*feature)).collect()
}
