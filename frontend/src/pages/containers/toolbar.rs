//! Title, filter, chips, and what concerns all containers.

use leptos::prelude::*;
use linkspan_shared::{container::Container, job::BatchKind};

use super::{
    TableState,
    filter::Filter,
    order::{Chip, change_query},
};
use crate::{
    address::go,
    components::{
        dialogs::{Asked, dialogs},
        filter_box::FilterBox,
        top_bar::{Actions, TopBar},
        ui::{Glyph, Icon},
    },
    i18n::{count, t},
    route::Route,
    store::store,
};

#[component]
pub fn Toolbar(state: TableState, sort: ViewFn) -> impl IntoView {
    let store = store();
    let dialogs = dialogs();
    let change = change_query(state);
    let stop_all = move |_| {
        let containers: Vec<Container> = store.containers.all().into_iter().filter(|container| container.state.is_up()).collect();
        dialogs.ask(Asked::Stop { kind: BatchKind::Stop, containers, all: true });
    };
    let text = Signal::derive(move || state.query.with(|query| query.text.clone()));
    let type_filter = {
        let change = change.clone();
        Callback::new(move |text: String| change(&move |query| query.text.clone_from(&text)))
    };
    // Of what the filter leaves: all, and those of each chip.
    let counts = Memo::new(move |_| {
        let filter = state.query.with(|query| Filter::parse(&query.text));
        store.containers.fold([0usize; Chip::ALL.len() + 1], |mut counts, container| {
            if filter.fits_here(container) {
                let [all, each @ ..] = &mut counts;
                *all += 1;
                for (count, (chip, _)) in each.iter_mut().zip(Chip::ALL) {
                    *count += usize::from(chip.fits(container));
                }
            }
            counts
        })
    });
    let regroup = change.clone();
    let has_projects = Memo::new(move |_| store.containers.fold(false, |any, row| any || row.project.is_some()));
    let chips = Chip::ALL
        .into_iter()
        .enumerate()
        .map(|(at, (chip, _))| {
            let change = change.clone();
            let (kind, icon, label) = looks(chip);
            let number = move || counts.with(|counts| counts.get(at + 1).copied().unwrap_or_default());
            let pressed = move || state.query.with(|query| query.chips.contains(&chip));
            // Clicking it again goes back to all; with Shift they combine.
            let is_shown = move || number() != 0 || pressed();
            let press = move |event: web_sys::MouseEvent| {
                change(&|query| match (event.shift_key(), query.chips.contains(&chip)) {
                    (true, true) => query.chips.retain(|other| *other != chip),
                    (true, false) => query.chips.push(chip),
                    (false, true) if query.chips.len() == 1 => query.chips.clear(),
                    (false, _) => query.chips = vec![chip],
                });
            };
            view! {
                <Show when=is_shown>
                    <button type="button" class="chip" data-state=kind aria-pressed=move || pressed().to_string() on:click=press.clone()>
                        <Glyph icon=icon/>
                        {label}
                        <span class="num">{move || count(number())}</span>
                    </button>
                </Show>
            }
        })
        .collect_view();
    view! {
        <TopBar>
            <h1>{t().containers()}</h1>
            <Actions slot:actions>
                <button type="button" class="btn" data-needs="job.act_on_containers" disabled=move || !store.is_live() on:click=stop_all>
                    <Glyph icon=Icon::Stop/>{t().stop_all_running()}
                </button>
                <button type="button" class="btn primary" data-needs="job.run" disabled=move || !store.is_live() on:click=move |_| go(Route::Run)>
                    <Glyph icon=Icon::Plus/>{t().run_container()}
                </button>
            </Actions>
        </TopBar>
        <div class="toolbar ct-toolbar">
            <FilterBox label=t().filter_containers() help=t().filter_containers_help() text=text on_type=type_filter/>
            <div class="chips" role="group" aria-label=t().filter_by_state()>
                <button
                    type="button"
                    class="chip"
                    aria-pressed=move || state.query.with(|query| query.chips.is_empty()).to_string()
                    on:click=move |_| change(&|query| query.chips.clear())
                >
                    {t().all()}
                    <span class="num">{move || count(counts.with(|[all, ..]| *all))}</span>
                </button>
                {chips}
            </div>
            <div class="end">
                {move || sort.run()}
                <Show when=move || has_projects.get()>
                    <button
                        type="button"
                        class="btn ghost icon-only"
                        aria-label=t().group_by_project()
                        title=t().group_by_project()
                        aria-pressed=move || state.query.with(|query| !query.flat).to_string()
                        on:click={ let change = regroup.clone(); move |_| change(&|query| query.flat = !query.flat) }
                    >
                        <Glyph icon=Icon::Group/>
                    </button>
                </Show>
            </div>
        </div>
    }
}

fn looks(chip: Chip) -> (&'static str, Icon, &'static str) {
    match chip {
        Chip::Running => ("running", Icon::PlaySolid, t().state_running()),
        Chip::Unhealthy => ("unhealthy", Icon::Warn, t().state_unhealthy()),
        Chip::Restarting => ("restarting", Icon::Restart, t().state_restarting()),
        Chip::Paused => ("paused", Icon::Pause, t().state_paused()),
        Chip::Exited => ("exited-ok", Icon::StopCircle, t().state_exited()),
        Chip::Created => ("created", Icon::Dashed, t().state_created()),
        Chip::Dead => ("dead", Icon::Slash, t().state_dead()),
        Chip::Other => ("created", Icon::Info, t().state_other()),
    }
}
