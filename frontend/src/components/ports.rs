//! The ports of a container in a cell.

use leptos::prelude::*;
use linkspan_shared::{
    container::Container,
    ports::{PortLine, lines},
};

use crate::i18n::t;

/// Lines of a cell, at most; the container's page has them all.
pub const PORT_LINES: usize = 6;

/// One line that loses nothing but what is beyond [`PORT_LINES`], which it counts; what is only exposed stands back.
#[component]
pub fn Ports(#[prop(into)] container: Signal<Container>, href: String, tab: Signal<&'static str>) -> impl IntoView {
    let all = Memo::new(move |_| container.with(|container| lines(&container.ports)));
    let title = move || all.with(|all| all.iter().map(PortLine::in_full).collect::<Vec<_>>().join("\n"));
    view! {
        <span class="ports" title=title>
            {move || all.with(|all| {
                let shown = all.iter().take(PORT_LINES).enumerate().map(|(at, line)| {
                    view! { {(at > 0).then_some(", ")}<span class:t3=!line.is_published()>{line.to_string()}</span> }
                });
                let rest = all.len().saturating_sub(PORT_LINES);
                let more = (rest > 0).then(|| {
                    let label = container.with(|container| t().more_ports(rest, &container.name));
                    view! { " "<a class="more-ports" href=href.clone() tabindex=tab aria-label=label>{format!("+{rest}")}</a> }
                });
                view! { {shown.collect_view()}{more}{all.is_empty().then_some("–")} }
            })}
        </span>
    }
}
