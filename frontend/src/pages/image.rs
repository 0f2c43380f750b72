//! `/images/{id}`: one image, its names, its layers and how they were made, and who uses it.

use leptos::prelude::*;
use linkspan_shared::{
    call::InspectImage,
    ids::ImageId,
    image::{HistoryEntry, Image, ImageDetails},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::images::{
    RowKey,
    dialogs::{ImageDialogHost, ImageDialogs, Question, save_address},
    row_keys,
};
use crate::{
    address::{self, at},
    base, browser,
    components::{
        copy::copy_text,
        lineage::Lineage,
        state_pill::StatePill,
        top_bar::TopBar,
        ui::{
            Glyph, Icon,
            card::{Card, named, pairs},
            problem_note::ProblemNote,
            state_view::StateView,
        },
    },
    i18n::{ago, bytes, count, date_time, t},
    link,
    route::{Route, Tab},
    sorting,
    store::store,
};

#[component]
pub fn ImagePage() -> impl IntoView {
    let store = store();
    let wanted = address::subject();
    // By ID, by the beginning of one, or by name. Once found, it stays the one of this page.
    let id = Memo::new(move |before: Option<&Option<ImageId>>| {
        let wanted = wanted.get();
        if let Some(Some(known)) = before
            && (known.0 == wanted || known.short().starts_with(&wanted))
        {
            return Some(known.clone());
        }
        find(&wanted)
    });
    // An engine says nothing of an image that is built without a name: it is asked before that is taken for none.
    let asked_for = RwSignal::new(None::<String>);
    let asked = move || asked_for.with(|asked| wanted.with(|wanted| asked.as_ref() == Some(wanted)));
    Effect::new(move || {
        if store.images.is_loaded() && store.is_live() && id.get().is_none() && !asked() {
            let image = wanted.get();
            browser::spawn_scoped(async move {
                let _ = link::call(InspectImage { image: image.clone() }).await;
                asked_for.set(Some(image));
            });
        }
    });
    view! {
        {move || match (id.get(), store.images.is_loaded() && asked()) {
            (Some(id), _) => view! { <Known id=id/> }.into_any(),
            (None, false) => view! { <TopBar><Crumbs name=wanted/></TopBar> }.into_any(),
            (None, true) => view! {
                <TopBar><h1 class="vh">{wanted}</h1><Crumbs name=wanted/></TopBar>
                <StateView title=move || t().image_unknown_title(&wanted.get()) text=t().image_unknown_text()>
                    <a class="btn" href=at(Route::Images)>{t().to_images()}</a>
                </StateView>
            }.into_any(),
        }}
    }
}

/// The image that an address means: its ID, the beginning of that, or a name.
pub fn find(wanted: &str) -> Option<ImageId> {
    store().images.fold(None, |found, image| {
        let digits = image.id.0.trim_start_matches("sha256:");
        let is_it = image.id.0 == wanted || (wanted.len() >= 6 && digits.starts_with(wanted)) || image.is_meant_by(wanted);
        if is_it { Some(image.id.clone()) } else { found }
    })
}

/// `part`: what is shown of the image, where that is not all.
#[component]
pub fn Crumbs(#[prop(into)] name: Signal<String>, #[prop(optional)] part: Option<&'static str>) -> impl IntoView {
    let href = move || at(Route::Image(name.get()));
    view! {
        <nav aria-label=t().breadcrumb() class="crumbs-nav">
            <ol class="crumbs">
                <li><a href=at(Route::Images)>{t().images()}</a></li>
                {match part {
                    None => view! { <li aria-current="page" class="mono">{name}</li> }.into_any(),
                    Some(part) => view! { <li class="mono"><a href=href>{name}</a></li><li aria-current="page">{part}</li> }.into_any(),
                }}
            </ol>
        </nav>
    }
}

#[component]
fn Known(id: ImageId) -> impl IntoView {
    let store = store();
    let row = {
        let id = id.clone();
        // What was known last stays when the image goes.
        Memo::new(move |before: Option<&Option<Image>>| store.images.get(&id).or_else(|| before.cloned().flatten()))
    };
    let is_there = {
        let id = id.clone();
        Memo::new(move |_| store.images.get(&id).is_some())
    };
    let short = id.short().to_owned();
    let name = {
        let short = short.clone();
        Memo::new(move |_| {
            row.with(|row| row.as_ref().and_then(|row| row.names().first().map(|name| (*name).to_owned()))).unwrap_or_else(|| short.clone())
        })
    };
    let found = RwSignal::new(None::<Result<ImageDetails, Problem>>);
    {
        let id = id.clone();
        // A new name may name steps of the history, too.
        let tags = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.tags.clone())));
        Effect::new(move || {
            tags.track();
            let live = store.is_live();
            let image = id.0.clone();
            if live && is_there.get_untracked() {
                spawn_local(async move {
                    let answer = link::call(InspectImage { image }).await;
                    found.try_set(Some(answer));
                });
            }
        });
    }
    let dialogs = ImageDialogs::new();
    let first_key = move || row.with(|row| row.as_ref().and_then(|row| row_keys(row).into_iter().next()));
    let ask = move |question: fn(RowKey) -> Question| {
        if let Some(key) = first_key() {
            dialogs.ask(question(key));
        }
    };
    let off = move || !store.is_live() || !is_there.get();
    let run_address = move || at(Route::Run.with(&[("image", &name.get())]));
    let save = move || base::href(&save_address(&[name.get()]));
    let full = id.0.clone();
    let copied = short.clone();
    view! {
        <TopBar>
            <h1 class="vh">{name}</h1>
            <Crumbs name=name/>
        </TopBar>
        <div class="chead image-head">
            <div class="chead-id"><Glyph icon=Icon::Images/><h2 class="mono trunc">{name}</h2></div>
            <dl class="chead-meta">
                <div><dt class="vh">{t().column_image_id()}</dt><dd>
                    <button type="button" class="link mono" title=t().action_copy_id() on:click=move |_| copy_text(full.clone(), copied.clone())>{short.clone()}</button>
                </dd></div>
                {move || row.get().map(|row| view! {
                    <div><dt class="vh">{t().column_size()}</dt><dd>{bytes(row.size as f64)}</dd></div>
                    <div><dt class="vh">{t().column_created()}</dt><dd title=date_time(row.created)>{ago(row.created)}</dd></div>
                })}
                {move || found.with(|found| match found {
                    Some(Ok(details)) => Some(view! { <div><dt class="vh">{t().platform()}</dt><dd>{details.platform.clone()}</dd></div> }),
                    _ => None,
                })}
            </dl>
            <div class="chead-actions">
                <Show when=move || is_there.get()><a class="btn" data-needs="job.run" href=run_address><Glyph icon=Icon::Play/>{t().run()}</a></Show>
                <button type="button" class="btn" data-needs="image.tag" disabled=off on:click=move |_| ask(Question::Tag)><Glyph icon=Icon::Tag/>{t().action_tag()}</button>
                <Show when=move || is_there.get()>
                    <a class="btn" data-needs="image.save" href=save download="" rel="external"><Glyph icon=Icon::Download/>{t().save_as_tar()}</a>
                </Show>
                <button type="button" class="btn danger" data-needs="image.remove" disabled=off on:click=move |_| ask(|key| Question::Remove(vec![key]))><Glyph icon=Icon::Trash/>{t().action_remove_more()}</button>
            </div>
        </div>
        <div class="scroller">
            {move || (!is_there.get()).then(|| view! {
                <div class="note warn-role" role="status"><Glyph icon=Icon::Warn/><p><b>{t().image_gone_title()}</b>" "{t().container_gone_text()}</p></div>
            })}
            <div class="overview">
                <Names row=row dialogs=dialogs off=Signal::derive(off)/>
                <UsedBy id=id.clone()/>
                <Lineage image=id.clone() is_there=is_there/>
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Err(problem)) if is_there.get() => view! { <ProblemNote title=t().could_not_inspect(&name.get()) problem=problem/> }.into_any(),
                    Some(Err(_)) => ().into_any(),
                    Some(Ok(details)) => view! { <Details details=details/> }.into_any(),
                }}
            </div>
        </div>
        <ImageDialogHost dialogs=dialogs/>
    }
}

/// Each name can be pushed, looked up in its registry, and taken away.
#[component]
fn Names(row: Memo<Option<Image>>, dialogs: ImageDialogs, #[prop(into)] off: Signal<bool>) -> impl IntoView {
    let keys = Memo::new(move |_| row.with(|row| row.as_ref().filter(|row| !row.names().is_empty()).map(row_keys).unwrap_or_default()));
    let digests = move || row.with(|row| row.as_ref().map(|row| row.digests.clone()).unwrap_or_default());
    let line = move |key: RowKey| {
        let label = key.label();
        let button = |name: String, icon, needs: &'static str, question: Question| {
            view! {
                <button type="button" class="btn ghost sm icon-only" data-needs=needs aria-label=name.clone() title=name disabled=move || off.get() on:click=move |_| dialogs.ask(question.clone())>
                    <Glyph icon=icon/>
                </button>
            }
        };
        view! {
            <li>
                <span class="mono trunc" title=label.clone()>{label.clone()}</span>
                <span class="end">
                    {button(t().check_newer_title(&label), Icon::Restart, "image.check", Question::CheckNewer(key.clone()))}
                    {button(t().push_image(&label), Icon::Upload, "job.push", Question::Push(key.clone()))}
                    {button(t().remove_image(&label), Icon::Trash, "job.remove", Question::Remove(vec![key]))}
                </span>
            </li>
        }
    };
    view! {
        <section class="card" aria-label=t().section_names()>
            <header><h2>{t().section_names()}</h2></header>
            {move || if keys.with(Vec::is_empty) {
                view! { <p class="t3 card-none">{t().image_has_no_name()}</p> }.into_any()
            } else {
                view! { <ul class="name-list">{keys.get().into_iter().map(line).collect_view()}</ul> }.into_any()
            }}
            {move || (!digests().is_empty()).then(|| view! {
                <ul class="name-list digests" aria-label=t().digests()>{digests().into_iter().map(|digest| view! { <li class="mono t3 wrap">{digest}</li> }).collect_view()}</ul>
            })}
        </section>
    }
}

#[component]
fn UsedBy(id: ImageId) -> impl IntoView {
    let store = store();
    let users = Memo::new(move |_| {
        let mut users = store.containers.all();
        users.retain(|container| container.image_id == id);
        sorting::sort_by(&mut users, |a, b| a.name.cmp(&b.name));
        users
    });
    view! {
        <section class="card" aria-label=t().column_used_by()>
            <header><h2>{t().column_used_by()}</h2></header>
            {move || if users.with(Vec::is_empty) {
                view! { <p class="t3 card-none">{t().unused()}</p> }.into_any()
            } else {
                view! {
                    <ul class="name-list">
                        {users.get().into_iter().map(|container| {
                            let href = at(Route::container(&container.id, Tab::Overview));
                            let name = container.name.clone();
                            let row = Signal::stored(container);
                            view! { <li><a class="link trunc" href=href>{name}</a><span class="end"><StatePill container=row/></span></li> }
                        }).collect_view()}
                    </ul>
                }.into_any()
            }}
        </section>
    }
}

#[component]
fn Details(details: ImageDetails) -> impl IntoView {
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let mut config = vec![
        (t().field_entrypoint(), or_dash(shell_words::join(&details.entrypoint))),
        (t().field_command(), or_dash(shell_words::join(&details.command))),
        (t().field_working_dir(), or_dash(details.working_dir)),
        (t().field_user(), or_dash(details.user)),
        (t().ports(), or_dash(details.ports.join(", "))),
        (t().volumes(), or_dash(details.volumes.join(", "))),
    ];
    for (name, text) in [(t().author(), details.author), (t().message(), details.message)] {
        if !text.is_empty() {
            config.push((name, text));
        }
    }
    let variable =
        |line: String| line.split_once('=').map_or((line.clone(), String::new()), |(name, value)| (name.to_owned(), value.to_owned()));
    view! {
        <Card title=t().section_process() mono=true rows=named(config)/>
        <Card title=t().section_environment() mono=true rows=pairs(details.environment.into_iter().map(variable))/>
        <Card title=t().section_labels() mono=true rows=pairs(details.labels)/>
        <ImageHistory entries=details.history/>
    }
}

/// The newest step first, as `docker history` has it; steps that made no layer are quieter.
#[component]
fn ImageHistory(entries: Vec<HistoryEntry>) -> impl IntoView {
    let (layers, total) = (entries.iter().filter(|entry| entry.size > 0).count(), entries.iter().map(|entry| entry.size).sum::<u64>());
    let largest = entries.iter().map(|entry| entry.size).max().unwrap_or(0).max(1);
    let row = move |(at, entry): (usize, HistoryEntry)| {
        let command = readable(&entry.created_by);
        view! {
            <tr class:t3=entry.size == 0>
                <td class="num">{count(at + 1)}</td>
                <td class="mono history-by" title=entry.created_by>
                    {command}
                    {(!entry.comment.is_empty()).then(|| view! { <span class="t3">" # "{entry.comment}</span> })}
                    {entry.tags.into_iter().map(|tag| view! { " " <span class="tag">{tag}</span> }).collect_view()}
                </td>
                <td class="history-bar"><span class="bar neutral" aria-hidden="true"><i style:--v=(entry.size * 100 / largest).to_string()></i></span></td>
                <td class="num">{if entry.size == 0 { "0 B".to_owned() } else { bytes(entry.size as f64) }}</td>
                <td>{entry.created.map(|created| view! { <time title=date_time(created)>{ago(created)}</time> })}</td>
            </tr>
        }
    };
    let all = entries.len();
    view! {
        <section class="card wide" aria-label=t().history()>
            <header><h2>{t().history()}</h2><span class="t3 num">{t().history_sum(all, layers, &bytes(total as f64))}</span></header>
            <table class="history" aria-label=t().history()>
                <thead>
                    <tr>
                        <th scope="col">"#"</th>
                        <th scope="col">{t().column_created_by()}</th>
                        <td></td>
                        <th scope="col">{t().column_size()}</th>
                        <th scope="col">{t().column_created()}</th>
                    </tr>
                </thead>
                <tbody>{entries.into_iter().rev().enumerate().collect::<Vec<_>>().into_iter().rev().map(row).collect_view()}</tbody>
            </table>
        </section>
    }
}

/// The builder's own wrapping says nothing: `/bin/sh -c #(nop)  CMD ["sh"]` is `CMD ["sh"]`, and `/bin/sh -c make` is `RUN make`.
fn readable(created_by: &str) -> String {
    match created_by.strip_prefix("/bin/sh -c ") {
        Some(rest) => match rest.strip_prefix("#(nop)") {
            Some(instruction) => instruction.trim().to_owned(),
            None => format!("RUN {rest}"),
        },
        None => created_by.trim_end_matches(" # buildkit").to_owned(),
    }
}
