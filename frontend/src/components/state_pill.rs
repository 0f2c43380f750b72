//! A container's state: an icon and a word; tinted only when it asks for attention.

use leptos::prelude::*;
use linkspan_shared::container::{Container, ContainerState, Health};

use super::{
    ui::{Glyph, Icon},
    under_way,
};
use crate::i18n::t;

/// How a state looks and reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The `data-state` of the stylesheets.
    pub kind: &'static str,
    pub icon: Icon,
    pub text: String,
}

pub fn appearance(container: &Container) -> Appearance {
    let code = container.exit_code;
    let is_stopping = container.unknown_state.as_deref() == Some("stopping");
    let (kind, icon, text) = match (container.state, container.health) {
        (ContainerState::Running, _) if is_stopping => ("starting", Icon::Loader, t().doing_stop().to_owned()),
        (ContainerState::Running, Health::Healthy) => ("healthy", Icon::OkCircle, t().state_healthy().to_owned()),
        (ContainerState::Running, Health::Unhealthy) => ("unhealthy", Icon::Warn, t().state_unhealthy().to_owned()),
        (ContainerState::Running, Health::Starting) => ("starting", Icon::Loader, t().state_starting().to_owned()),
        (ContainerState::Running, Health::None) => ("running", Icon::PlaySolid, t().state_running().to_owned()),
        (ContainerState::Paused, _) => ("paused", Icon::Pause, t().state_paused().to_owned()),
        (ContainerState::Restarting, _) => ("restarting", Icon::Restart, t().state_restarting_again(container.restarts, code)),
        (ContainerState::Created, _) => ("created", Icon::Dashed, t().state_created().to_owned()),
        (ContainerState::Removing, _) => ("removing", Icon::Trash, t().state_removing().to_owned()),
        (ContainerState::Dead, _) => ("dead", Icon::Slash, t().state_dead().to_owned()),
        // An engine that does not say how it ended has not said that it ended well.
        (ContainerState::Exited, _) => match code {
            None => ("exited-ok", Icon::StopCircle, t().state_exited().to_owned()),
            Some(0) => ("exited-ok", Icon::StopCircle, t().state_exited_code(0)),
            Some(code) => ("exited-error", Icon::XCircle, t().state_exited_code(code)),
        },
        (ContainerState::Unknown, _) => {
            ("created", Icon::Info, container.unknown_state.clone().unwrap_or_else(|| t().state_unknown().to_owned()))
        }
    };
    Appearance { kind, icon, text }
}

/// Of what is done to it, as long as that is under way.
pub fn followed(container: Signal<Container>) -> Memo<Appearance> {
    Memo::new(move |_| {
        container.with(|container| match under_way::with(&container.id) {
            Some(action) => Appearance { kind: "starting", icon: Icon::Loader, text: action.is_doing().to_owned() },
            None => appearance(container),
        })
    })
}

#[component]
pub fn StatePill(#[prop(into)] container: Signal<Container>) -> impl IntoView {
    let appearance = followed(container);
    view! {
        // Made anew when it changes: that is what makes it flash.
        {move || {
            let Appearance { kind, icon, text } = appearance.get();
            view! { <span class="pill" data-state=kind><Glyph icon=icon class=if icon == Icon::Loader { "spin" } else { "" }/>{text}</span> }
        }}
    }
}
