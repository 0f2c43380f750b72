//! What an engine can do, by the API version that was agreed on (Engine API, "API version history").

use linkspan_shared::engine::Feature;

use super::client::Api;

/// `POST /containers/{id}/wait?condition=`: before it, waiting has to begin after the start.
pub const WAIT_CONDITION: Api = (1, 30);

fn since(feature: Feature) -> Api {
    match feature {
        // `HostConfig.Mounts` and `HostConfig.AutoRemove` of `POST /containers/create`.
        Feature::Mounts | Feature::AutoRemove => (1, 25),
    }
}

/// What the page has to leave out.
pub fn missing(api: Api) -> Vec<Feature> {
    [Feature::Mounts, Feature::AutoRemove].into_iter().filter(|feature| api < since(*feature)).collect()
}
