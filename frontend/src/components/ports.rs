//! The ports of a container in a cell.

use leptos::prelude::*;
use linkspan_shared::{
    container::Container,
    ports::{PortLine, lines},
};

use crate::{i18n::t, store::store};

/// Lines of a cell, at most; the container's page has them all.
pub const PORT_LINES: usize = 6;

/// Where a browser finds what is published: on the engine's host, which is that of Linkspan where its address names no other.
/// `None` where nothing is to be opened: several ports, no TCP, or an address that leads there from nowhere else.
pub fn href(line: &PortLine) -> Option<String> {
    let (port, last) = line.host?;
    if port == 0 || port != last || line.protocol != "tcp" {
        return None;
    }
    let here = window().location().hostname().ok()?;
    let is_loopback = |host: &str| matches!(host, "localhost" | "::1" | "[::1]") || host.starts_with("127.");
    let engine = store().engine()?.about?.reached_at.unwrap_or_else(|| here.clone());
    let is_any = |address: &String| matches!(address.as_str(), "0.0.0.0" | "::");
    let host = match line.addresses.first() {
        Some(address) if !line.addresses.iter().any(is_any) => {
            // Nobody else's loopback leads there.
            Some(address.clone()).filter(|address| !is_loopback(address) || is_loopback(&here) && engine == here)?
        }
        _ => engine,
    };
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
    let scheme = if matches!(line.container.0, 443 | 8443) { "https" } else { "http" };
    Some(format!("{scheme}://{host}:{port}/"))
}

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
