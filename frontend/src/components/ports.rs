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
/// `None` where nobody can tell: several ports, no TCP, or an address of the host's own that is not this machine's.
pub fn href(line: &PortLine) -> Option<String> {
    let (port, last) = line.host?;
    if port == 0 || port != last || line.protocol != "tcp" {
        return None;
    }
    let here = window().location().hostname().ok()?;
    let is_loopback = |host: &str| matches!(host, "localhost" | "::1" | "[::1]") || host.starts_with("127.");
    let endpoint = store().engine()?.endpoint;
    // The engine of a socket, or of a tunnel, is on Linkspan's own host. Where a context leads only the bridge knows.
    let engine = match host_of(&endpoint) {
        Some(host) if !is_loopback(&host) => host,
        Some(_) => here.clone(),
        None => Some(here.clone()).filter(|_| endpoint.starts_with("unix:") || endpoint.starts_with("fd:"))?,
    };
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

/// Of `tcp://host:port` or `ssh://user@host`.
fn host_of(endpoint: &str) -> Option<String> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let rest = rest.split('/').next().filter(|_| matches!(scheme, "tcp" | "ssh" | "http" | "https"))?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let end = if host.starts_with('[') { host.find(']').map(|at| at + 1) } else { host.find(':') };
    host.get(..end.unwrap_or(host.len())).filter(|host| !host.is_empty()).map(str::to_owned)
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

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn an_engine_s_host_is_in_its_address() {
        for (endpoint, host) in [
            ("unix:///var/run/docker.sock", None),
            ("tcp://quay.example:2376", Some("quay.example")),
            ("tcp://[fd00::1]:2376", Some("[fd00::1]")),
            ("ssh://mika@pier-01:22/run/docker.sock", Some("pier-01")),
            ("https://10.0.0.7", Some("10.0.0.7")),
        ] {
            assert_eq!(host_of(endpoint).as_deref(), host, "{endpoint}");
        }
    }
}
