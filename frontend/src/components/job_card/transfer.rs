//! How far something is that goes layer by layer.

use leptos::prelude::*;
use linkspan_shared::job::{Layer, Progress};

use crate::{
    components::ui::{Glyph, Icon, progress::Progress as Bar},
    i18n::{bytes, duration, percent, t},
};

/// Overall and layer by layer.
#[component]
pub fn TransferProgress(#[prop(into)] progress: Signal<Progress>, #[prop(into)] failed: Signal<bool>) -> impl IntoView {
    let fraction = Signal::derive(move || progress.with(|progress| f64::from(progress.permille) / 1000.0));
    let sums = move || {
        progress.with(|progress| {
            let (done, all) = (progress.bytes as f64, progress.bytes_total as f64);
            (all > 0.0).then(|| if done >= all { bytes(all) } else { t().bytes_of(&bytes(done), &bytes(all)) })
        })
    };
    let speed =
        move || progress.with(|progress| (progress.bytes_per_second > 0).then(|| t().per_second(&bytes(progress.bytes_per_second as f64))));
    let left =
        move || progress.with(|progress| progress.seconds_left.map(|seconds| t().time_left(&duration(seconds.saturating_mul(1000)))));
    let last = move || left().unwrap_or_else(|| progress.with(|progress| progress.status.clone()));
    view! {
        <p class="job-prog">
            <b class="num" title=t().percent_hint()>{move || percent(fraction.get())}</b>
            <span class="num t2">{sums}</span>
            <span class="num t2">{speed}</span>
            <span class="t3 trunc num">{last}</span>
        </p>
        <Bar label=t().overall_progress() fraction=fraction class="lg"/>
        {move || (!progress.with(|progress| progress.layers.is_empty())).then(|| view! {
            <table class="layers" aria-label=t().layers()>
                <thead>
                    <tr>
                        <th scope="col">{t().column_layer()}</th>
                        <th scope="col">{t().column_status()}</th>
                        <th scope="col">{t().column_progress()}</th>
                        <th scope="col">{t().column_size()}</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || 0..progress.with(|progress| progress.layers.len())
                        key=|at| *at
                        children=move |at| {
                            let layer = Memo::new(move |_| progress.with(|progress| progress.layers.get(at).cloned()));
                            view! { <LayerRow layer=layer failed=failed/> }
                        }
                    />
                </tbody>
            </table>
        })}
    }
}

#[component]
fn LayerRow(layer: Memo<Option<Layer>>, failed: Signal<bool>) -> impl IntoView {
    // What had not come to its end when all of it failed did so, too.
    let kind = move || {
        layer.with(|layer| {
            layer.as_ref().map(|layer| if failed.get() && kind(&layer.status) != "done" { "wait" } else { kind(&layer.status) })
        })
    };
    let active = move || matches!(kind(), Some("dl" | "ext"));
    let part = move || {
        layer.with(|layer| {
            layer.as_ref().map_or(0.0, |layer| if layer.total == 0 { 0.0 } else { layer.current as f64 / layer.total as f64 })
        })
    };
    let figures = move || {
        layer.get().filter(|layer| layer.total > 0).map(|layer| {
            if active() { t().bytes_of(&bytes(layer.current as f64), &bytes(layer.total as f64)) } else { bytes(layer.total as f64) }
        })
    };
    view! {
        <tr data-k=kind>
            <td><code>{move || layer.get().map(|layer| layer.id)}</code></td>
            <td>
                <span class="lst">
                    {move || kind().map(|kind| view! { <Glyph icon=icon(kind) class=if kind == "ext" { "spin" } else { "" }/> })}
                    <span class="trunc">{move || match kind() {
                        // It does not go on any more, whatever the engine said last.
                        Some("wait") if failed.get() => Some(t().layer_cut().to_owned()),
                        _ => layer.get().map(|layer| layer.status),
                    }}</span>
                </span>
            </td>
            <td>{move || active().then(|| view! {
                <span class="bar" class:ext=move || kind() == Some("ext") aria-hidden="true"><i style:--v=move || ((part() * 100.0) as u8).to_string()></i></span>
            })}</td>
            <td class="num">{figures}</td>
        </tr>
    }
}

fn kind(status: &str) -> &'static str {
    match status {
        "Pull complete" | "Already exists" | "Pushed" | "Layer already exists" => "done",
        "Downloading" | "Pushing" | "Loading layer" => "dl",
        "Extracting" => "ext",
        "Verifying Checksum" | "Download complete" => "ver",
        status if status.starts_with("Mounted from") => "done",
        _ => "wait",
    }
}

fn icon(kind: &str) -> Icon {
    match kind {
        "done" => Icon::Check,
        "dl" => Icon::ArrowDown,
        "ext" => Icon::Loader,
        "ver" => Icon::Shield,
        _ => Icon::Dashed,
    }
}
