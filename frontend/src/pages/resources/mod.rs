//! `/volumes` and `/networks`: two tables of things that containers use, and a page for each of them.

mod create;
mod details;
mod dialogs;
mod table;

pub use details::ResourcePage;
pub use table::ResourceTable;

use std::{collections::HashMap, pin::Pin};

use leptos::prelude::*;
use linkspan_shared::{
    call::{InspectNetwork, InspectVolume},
    container::Container,
    engine::EnginePart,
    file::FileSource,
    job::Object,
    network::Network,
    problem::Problem,
    table::Row,
    time::Timestamp,
    volume::Volume,
};

use crate::{
    components::ui::Icon,
    i18n::t,
    link,
    route::{Route, Section},
    store::{Rows, store},
};

/// What both have in common.
pub trait Resource: Row<Id: Send + Sync> + Send + Sync + 'static {
    /// Of the page, and of the word in [`Words`].
    const SECTION: Section;
    const PART: EnginePart;
    /// The page of one.
    const ONE: fn(String) -> Route;
    const ICON: Icon;
    /// What stands before the name of one where containers are filtered by it.
    const FILTER: &'static str;
    /// The call that makes one.
    const CREATE: &'static str;
    /// Their containers can be joined and left.
    const IS_NETWORK: bool;

    fn rows() -> Rows<Self>;
    fn words() -> Words;
    /// What people call it, and what stands in addresses.
    fn name(&self) -> &str;
    fn driver(&self) -> &str;
    /// Where its data is, or which addresses it has.
    fn place(&self) -> String;
    fn created(&self) -> Option<Timestamp>;
    /// The engine keeps it, whatever anybody asks.
    fn is_fixed(&self) -> bool;
    fn is_anonymous(&self) -> bool;
    fn object(&self) -> Object;
    fn of_container(container: &Container) -> &[String];
    fn facts(&self) -> Vec<(&'static str, String)>;
    fn labels(&self) -> &[(String, String)];
    fn options(&self) -> &[(String, String)];
    fn inspect(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>>>>;
    /// Whose files can be looked at.
    fn files(&self) -> Option<FileSource>;
}

/// The same sentences about either.
#[derive(Clone, Copy)]
pub struct Words {
    pub title: &'static str,
    pub filter: &'static str,
    pub create: &'static str,
    pub place: &'static str,
    pub none_title: &'static str,
    pub none_text: &'static str,
    pub show_all: &'static str,
    pub gone_title: &'static str,
    pub remove_text: &'static str,
    pub prune_title: &'static str,
    pub prune_text: &'static str,
    pub nothing_to_prune: &'static str,
}

impl Resource for Volume {
    const CREATE: &str = "volume.create";
    const FILTER: &str = "volume";
    const SECTION: Section = Section::Volumes;
    const PART: EnginePart = EnginePart::Volumes;
    const ONE: fn(String) -> Route = Route::Volume;
    const ICON: Icon = Icon::Volume;
    const IS_NETWORK: bool = false;

    fn rows() -> Rows<Self> {
        store().volumes
    }

    fn words() -> Words {
        Words {
            title: t().volumes(),
            filter: t().filter_volumes(),
            create: t().create_volume(),
            place: t().column_mountpoint(),
            none_title: t().no_volumes_title(),
            none_text: t().no_volumes_text(),
            show_all: t().to_volumes(),
            gone_title: t().volume_gone_title(),
            remove_text: t().remove_volume_text(),
            prune_title: t().prune_volumes_title(),
            prune_text: t().prune_volumes_exactly(),
            nothing_to_prune: t().no_unused_volumes(),
        }
    }

    fn name(&self) -> &str {
        &self.name.0
    }

    fn driver(&self) -> &str {
        &self.driver
    }

    fn place(&self) -> String {
        self.mountpoint.clone()
    }

    fn created(&self) -> Option<Timestamp> {
        self.created
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn is_anonymous(&self) -> bool {
        Volume::is_anonymous(self)
    }

    fn object(&self) -> Object {
        Object::Volume(self.name.0.clone())
    }

    fn of_container(container: &Container) -> &[String] {
        &container.volumes
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            (t().column_driver(), self.driver.clone()),
            (t().field_scope(), self.scope.clone()),
            (t().column_mountpoint(), self.mountpoint.clone()),
        ]
    }

    fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    fn options(&self) -> &[(String, String)] {
        &self.options
    }

    fn inspect(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>>>> {
        Box::pin(link::call(InspectVolume { name: self.name.clone() }))
    }

    fn files(&self) -> Option<FileSource> {
        Some(FileSource::Volume(self.name.clone()))
    }
}

impl Resource for Network {
    const CREATE: &str = "network.create";
    const FILTER: &str = "network";
    const SECTION: Section = Section::Networks;
    const PART: EnginePart = EnginePart::Networks;
    const ONE: fn(String) -> Route = Route::Network;
    const ICON: Icon = Icon::Network;
    const IS_NETWORK: bool = true;

    fn rows() -> Rows<Self> {
        store().networks
    }

    fn words() -> Words {
        Words {
            title: t().networks(),
            filter: t().filter_networks(),
            create: t().create_network(),
            place: t().column_subnet(),
            none_title: t().no_networks_title(),
            none_text: t().no_networks_text(),
            show_all: t().to_networks(),
            gone_title: t().network_gone_title(),
            remove_text: t().remove_network_text(),
            prune_title: t().prune_networks_title(),
            prune_text: t().prune_networks_exactly(),
            nothing_to_prune: t().no_unused_networks(),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn driver(&self) -> &str {
        &self.driver
    }

    fn place(&self) -> String {
        self.subnets.iter().map(|subnet| subnet.subnet.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn created(&self) -> Option<Timestamp> {
        self.created
    }

    fn is_fixed(&self) -> bool {
        self.is_built_in()
    }

    fn is_anonymous(&self) -> bool {
        false
    }

    fn object(&self) -> Object {
        Object::Network(self.id.0.clone())
    }

    fn of_container(container: &Container) -> &[String] {
        &container.networks
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let yes_no = |value: bool| (if value { t().yes() } else { t().no() }).to_owned();
        let mut facts = vec![(t().column_driver(), self.driver.clone()), (t().field_scope(), self.scope.clone())];
        for subnet in &self.subnets {
            facts.push((t().column_subnet(), subnet.subnet.clone()));
            if !subnet.gateway.is_empty() {
                facts.push((t().field_gateway(), subnet.gateway.clone()));
            }
        }
        facts.extend([
            (t().field_internal(), yes_no(self.internal)),
            (t().field_attachable(), yes_no(self.attachable)),
            ("IPv6", yes_no(self.ipv6)),
            (t().field_network_id(), self.id.short().to_owned()),
        ]);
        facts
    }

    fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    fn options(&self) -> &[(String, String)] {
        &self.options
    }

    fn inspect(&self) -> Pin<Box<dyn Future<Output = Result<String, Problem>>>> {
        Box::pin(link::call(InspectNetwork { network: self.id.clone() }))
    }

    fn files(&self) -> Option<FileSource> {
        None
    }
}

/// How many containers have each, by name.
fn users<R: Resource>() -> Memo<HashMap<String, usize>> {
    Memo::new(move |_| {
        store().containers.fold(HashMap::new(), |mut users, container| {
            for name in R::of_container(container) {
                *users.entry(name.clone()).or_default() += 1;
            }
            users
        })
    })
}

/// 64 digits say nothing to anybody.
fn shown_name<R: Resource>(resource: &R) -> String {
    let name = resource.name();
    if resource.is_anonymous() { name.get(..12).unwrap_or(name).to_owned() } else { name.to_owned() }
}
