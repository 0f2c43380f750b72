//! The addresses of the app, each read and written here alone.

use std::fmt::{self, Display};

use linkspan_shared::ids::{ContainerId, ImageId, JobId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::base;

/// What needs no escape in a part of a path or a query: the unreserved characters (RFC 3986, 2.3), the colon of images' IDs
/// and tags, and the comma of lists.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b',');

/// A page, and what it is about as the address says it: an ID, the beginning of one, or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Login,
    Welcome,
    Containers,
    Container(String, Tab),
    Commit(String),
    Edit(String),
    Run,
    Images,
    Build,
    Image(String),
    /// With another one.
    Compare(String),
    Volumes,
    Volume(String),
    VolumeFiles(String),
    Networks,
    Network(String),
    Disk,
    Engine,
    Jobs,
    Job(String),
    Activity,
    Settings,
    /// A path that leads nowhere.
    Unknown(String),
}

/// What the navigation and the keys lead to, and what lies below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Containers,
    Images,
    Volumes,
    Networks,
    Jobs,
    Activity,
    Disk,
    Engine,
    Settings,
}

impl Section {
    pub fn route(self) -> Route {
        match self {
            Section::Containers => Route::Containers,
            Section::Images => Route::Images,
            Section::Volumes => Route::Volumes,
            Section::Networks => Route::Networks,
            Section::Jobs => Route::Jobs,
            Section::Activity => Route::Activity,
            Section::Disk => Route::Disk,
            Section::Engine => Route::Engine,
            Section::Settings => Route::Settings,
        }
    }
}

/// A part of a container's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Overview,
    Logs,
    Stats,
    Changes,
    Terminal,
    Files,
    Inspect,
}

impl Tab {
    const NAMED: [(&str, Tab); 6] = [
        ("logs", Tab::Logs),
        ("stats", Tab::Stats),
        ("changes", Tab::Changes),
        ("terminal", Tab::Terminal),
        ("files", Tab::Files),
        ("inspect", Tab::Inspect),
    ];
}

impl Route {
    /// The page at a path.
    pub fn parse(path: &str) -> Route {
        let path = path.strip_prefix(base::path()).unwrap_or(path);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] | ["containers"] => Route::Containers,
            ["login"] => Route::Login,
            ["welcome"] => Route::Welcome,
            ["containers", id] => Route::Container(decoded(id), Tab::Overview),
            ["containers", id, "commit"] => Route::Commit(decoded(id)),
            ["containers", id, "edit"] => Route::Edit(decoded(id)),
            ["containers", id, tab] if let Some((_, tab)) = Tab::NAMED.iter().find(|(name, _)| name == tab) => {
                Route::Container(decoded(id), *tab)
            }
            ["run"] => Route::Run,
            ["images"] => Route::Images,
            ["images", "build"] => Route::Build,
            ["images", image] => Route::Image(decoded(image)),
            ["images", image, "compare"] => Route::Compare(decoded(image)),
            ["volumes"] => Route::Volumes,
            ["volumes", name] => Route::Volume(decoded(name)),
            ["volumes", name, "files"] => Route::VolumeFiles(decoded(name)),
            ["networks"] => Route::Networks,
            ["networks", name] => Route::Network(decoded(name)),
            ["disk"] => Route::Disk,
            ["engine"] => Route::Engine,
            ["jobs"] => Route::Jobs,
            ["activity"] => Route::Activity,
            ["jobs", id] => Route::Job(decoded(id)),
            ["settings"] => Route::Settings,
            _ => Route::Unknown(path.to_owned()),
        }
    }

    pub fn container(id: &ContainerId, tab: Tab) -> Route {
        Route::Container(id.0.clone(), tab)
    }

    pub fn image(id: &ImageId) -> Route {
        Route::Image(id.0.clone())
    }

    pub fn job(id: &JobId) -> Route {
        Route::Job(id.0.clone())
    }

    /// The address with a query of what is not empty.
    pub fn with(&self, query: &[(&str, &str)]) -> String {
        let mut address = self.to_string();
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            let glue = if address.contains('?') { '&' } else { '?' };
            address += &format!("{glue}{name}={}", encoded(value));
        }
        address
    }

    pub fn section(&self) -> Option<Section> {
        match self {
            Route::Containers | Route::Container(..) | Route::Commit(_) | Route::Edit(_) => Some(Section::Containers),
            Route::Images | Route::Build | Route::Image(_) | Route::Compare(_) => Some(Section::Images),
            Route::Volumes | Route::Volume(_) | Route::VolumeFiles(_) => Some(Section::Volumes),
            Route::Networks | Route::Network(_) => Some(Section::Networks),
            Route::Jobs | Route::Job(_) => Some(Section::Jobs),
            Route::Activity => Some(Section::Activity),
            Route::Disk => Some(Section::Disk),
            Route::Engine => Some(Section::Engine),
            Route::Settings => Some(Section::Settings),
            Route::Login | Route::Welcome | Route::Run | Route::Unknown(_) => None,
        }
    }

    /// What it is about, if it is about one thing.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Route::Container(name, _)
            | Route::Commit(name)
            | Route::Edit(name)
            | Route::Image(name)
            | Route::Compare(name)
            | Route::Volume(name)
            | Route::VolumeFiles(name)
            | Route::Network(name)
            | Route::Job(name) => Some(name),
            _ => None,
        }
    }

    /// Whether going from the one to the other stays on the page.
    pub fn is_page_of(&self, other: &Route) -> bool {
        match (self, other) {
            (Route::Container(_, one), Route::Container(_, other)) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (page, subject, part) = match self {
            Route::Unknown(path) => return write!(f, "{}{path}", base::path()),
            Route::Login => ("login", None, None),
            Route::Welcome => ("welcome", None, None),
            Route::Containers => ("containers", None, None),
            Route::Container(id, tab) => ("containers", Some(id), Tab::NAMED.iter().find(|(_, one)| one == tab).map(|(name, _)| *name)),
            Route::Commit(id) => ("containers", Some(id), Some("commit")),
            Route::Edit(id) => ("containers", Some(id), Some("edit")),
            Route::Run => ("run", None, None),
            Route::Images => ("images", None, None),
            Route::Build => ("images", None, Some("build")),
            // An image may be called so, too.
            Route::Image(name) if name == "build" => ("images", None, Some("%62uild")),
            Route::Image(name) => ("images", Some(name), None),
            Route::Compare(name) => ("images", Some(name), Some("compare")),
            Route::Volumes => ("volumes", None, None),
            Route::Volume(name) => ("volumes", Some(name), None),
            Route::VolumeFiles(name) => ("volumes", Some(name), Some("files")),
            Route::Networks => ("networks", None, None),
            Route::Network(name) => ("networks", Some(name), None),
            Route::Disk => ("disk", None, None),
            Route::Engine => ("engine", None, None),
            Route::Jobs => ("jobs", None, None),
            Route::Activity => ("activity", None, None),
            Route::Job(id) => ("jobs", Some(id), None),
            Route::Settings => ("settings", None, None),
        };
        write!(f, "{}/{page}", base::path())?;
        if let Some(subject) = subject {
            write!(f, "/{}", encoded(subject))?;
        }
        part.map_or(Ok(()), |part| write!(f, "/{part}"))
    }
}

/// A text as a part of an address.
pub fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, ESCAPED)
}

fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use proptest::prelude::*;

    fn routes() -> impl Strategy<Value = Route> {
        use Route::*;
        let plain = [Login, Welcome, Containers, Run, Images, Build, Volumes, Networks, Disk, Engine, Jobs, Activity, Settings];
        let tabs = [Tab::Overview, Tab::Logs, Tab::Stats, Tab::Changes, Tab::Terminal, Tab::Files, Tab::Inspect];
        let subjects = prop_oneof![Just("build".to_owned()), Just("logs".to_owned()), "\\PC+"];
        prop_oneof![
            prop::sample::select(plain.to_vec()),
            (subjects.clone(), prop::sample::select(tabs.to_vec())).prop_map(|(id, tab)| Container(id, tab)),
            (
                subjects,
                prop::sample::select(vec![Commit, Edit, Image, Compare, Volume, VolumeFiles, Network, Job] as Vec<fn(String) -> Route>)
            )
                .prop_map(|(subject, make)| make(subject)),
        ]
    }

    proptest! {
        #[wasm_bindgen_test]
        fn what_is_written_is_read(route in routes()) {
            prop_assert_eq!(Route::parse(&route.to_string()), route);
        }

        #[wasm_bindgen_test]
        fn any_path_is_some_page(path in "[/a-z%0-9.]{0,40}") {
            let route = Route::parse(&path);
            prop_assert_eq!(Route::parse(&route.to_string()), route);
        }
    }

    #[wasm_bindgen_test]
    fn addresses_are_as_documented() {
        let id = "sha256:0f".to_owned();
        assert_eq!(Route::parse("/"), Route::Containers);
        assert_eq!(Route::parse("/containers/a%20b/logs/"), Route::Container("a b".into(), Tab::Logs));
        assert_eq!(Route::Image(id).to_string(), "/images/sha256:0f");
        assert_eq!(Route::parse("/containers/a/none"), Route::Unknown("/containers/a/none".into()));
        assert_eq!(Route::Run.with(&[("image", "a/b:c&d"), ("job", ""), ("to", "x,y")]), "/run?image=a%2Fb:c%26d&to=x,y");
    }
}
