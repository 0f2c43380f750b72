//! The API version that is agreed on with an engine, and what it can do by that (Engine API, "API version history").

use linkspan_shared::{connect::ConnectFault, engine::Feature};

use crate::{error::EngineError, failure::Failure, model::Version};

/// `(1, 41)` is API 1.41.
pub type Api = (u32, u32);

/// The newest API this code was written against.
pub const NEWEST_API: Api = (1, 51);
/// Docker 1.12. What came later is asked for only where the engine has it, see [`since`].
pub const OLDEST_API: Api = (1, 24);

/// `POST /containers/{id}/wait?condition=`: before it, waiting has to begin after the start.
pub const WAIT_CONDITION: Api = (1, 30);

/// `platform` of `POST /containers/create`.
pub const CREATE_PLATFORM: Api = (1, 41);

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

/// The newest version that both know.
pub(crate) fn agree(engine: &Version) -> Result<Api, EngineError> {
    let parse = |text: &str| -> Option<Api> {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let Some(maximum) = parse(&engine.api_version) else {
        return Err(Failure::new(ConnectFault::NotAnEngine, format!("its API version is '{}'", engine.api_version)).into());
    };
    let minimum = engine.min_api_version.as_deref().and_then(parse).unwrap_or((1, 0));
    let agreed = maximum.min(NEWEST_API);
    if agreed < OLDEST_API || agreed < minimum {
        let span = |(oldest, newest): (Api, Api)| format!("{}.{} to {}.{}", oldest.0, oldest.1, newest.0, newest.1);
        let detail = format!("the engine speaks API {}, this Linkspan {}", span((minimum, maximum)), span((OLDEST_API, NEWEST_API)));
        return Err(Failure::new(ConnectFault::Incompatible, detail).into());
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(api: &str, minimum: Option<&str>) -> Version {
        Version { version: "1".into(), api_version: api.into(), min_api_version: minimum.map(str::to_owned), components: Vec::new() }
    }

    #[test]
    fn versions_are_agreed_on() {
        let fault = |engine: &Version| match agree(engine) {
            Err(EngineError::Connect(failure)) => failure.fault,
            other => panic!("{other:?}"),
        };
        assert_eq!(agree(&engine("1.41", Some("1.12"))).unwrap(), (1, 41));
        assert_eq!(agree(&engine("1.24", None)).unwrap(), (1, 24));
        assert_eq!(agree(&engine("1.99", Some("1.44"))).unwrap(), NEWEST_API);
        assert_eq!(fault(&engine("1.70", Some("1.60"))), ConnectFault::Incompatible);
        assert_eq!(fault(&engine("1.20", None)), ConnectFault::Incompatible);
        assert_eq!(fault(&engine("new", None)), ConnectFault::NotAnEngine);
    }
}
