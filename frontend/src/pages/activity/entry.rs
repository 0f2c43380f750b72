//! One entry of the feed.

use leptos::prelude::*;
use linkspan_shared::{
    activity::{Asked, Entry, Subject, SubjectKind, Verb},
    explain::Explained,
    ids::{EngineId, ImageId},
};

use super::words;
use crate::{
    address::{self, Chosen, at},
    components::{
        equivalent::Equivalents,
        people::Avatar,
        ui::{Glyph, Icon},
    },
    i18n::{date_of, date_time, duration, explain, t, time_of_day},
    link::link,
    route::{Route, Tab},
    store::store,
};

#[component]
pub fn EntryLine(entry: Entry) -> impl IntoView {
    let sentence = words::sentence(&entry);
    let role = match (&entry.problem, &entry.verb) {
        (Some(_), _) => Some("danger"),
        (None, Verb::Event(event)) if event.is_trouble() => Some("warn"),
        _ => None,
    };
    let detail = [
        entry.problem.as_ref().map(|problem| explain(problem).what),
        words::detail(&entry),
        entry.milliseconds.filter(|milliseconds| *milliseconds >= 1_000).map(duration),
        Some(entry.address.clone()).filter(|address| !address.is_empty()),
    ];
    let detail: Vec<String> = detail.into_iter().flatten().collect();
    let words = entry.problem.as_ref().map(|problem| problem.detail.clone()).filter(|words| !words.is_empty());
    let is_open = RwSignal::new(false);
    // What Linkspan does with an engine can be shown as commands, the rest is told by its sentence.
    let request = entry.request.clone().filter(|asked| !words::is_of_linkspan(&asked.call));
    let can_open = request.is_some() || words.is_some();
    let (who, engine) = (entry.who.as_ref().map(|who| who.0.clone()), entry.engine.clone());
    let elsewhere = engine.clone().filter(|engine| store().engine().is_none_or(|own| own.id != *engine));
    let label = sentence.text();
    let toggle = t().details_of(&label);
    view! {
        <article class="ev" aria-label=label data-role=role tabindex="0">
            <time class="num" title=date_time(entry.at)><span class="vh">{date_of(entry.at)}" "</span>{time_of_day(entry.at)}</time>
            {match who {
                Some(who) => view! { <Avatar name=who/> }.into_any(),
                None => view! { <span class="avatar sys" aria-hidden="true"><Glyph icon=Icon::Server/></span> }.into_any(),
            }}
            <span class="ev-ic"><Glyph icon=words::icon(&entry)/></span>
            <p class="ev-t">
                {sentence.parts().into_iter().map(|part| match part {
                    words::Part::Text(text) => text.into_any(),
                    words::Part::Who(who) => view! { <b>{who}</b> }.into_any(),
                    words::Part::Object(object) => object_view(object, engine.as_ref()),
                }).collect_view()}
                {elsewhere.map(|engine| view! { <span class="ev-d">{engine.0}</span> })}
                {detail.into_iter().map(|text| view! { <span class="ev-d">{text}</span> }).collect_view()}
                {entry.job.clone().filter(|job| store().jobs.get_untracked(job).is_some()).map(|job| view! { <a class="ev-d" href=at(Route::job(&job))>{t().view_job()}</a> })}
            </p>
            {can_open.then(|| view! {
                <span class="ev-end">
                    <button type="button" class="btn ghost sm icon-only" aria-expanded=move || is_open.get().to_string() aria-label=toggle.clone() title=toggle on:click=move |_| is_open.update(|open| *open = !*open)>
                        <Glyph icon=Icon::ChevDown/>
                    </button>
                </span>
            })}
            {move || is_open.get().then(|| {
                let what = request.clone().map(|Asked { call, arguments }| Explained::Call { call, arguments });
                let engine = entry.engine.clone();
                view! {
                    <div class="ev-x">
                        {words.clone().map(|words| view! { <pre class="mono why" tabindex="0">{words}</pre> })}
                        {what.map(|what| view! { <Equivalents what=Signal::stored(Some(what)) engine=engine/> })}
                    </div>
                }
            })}
        </article>
    }
}

/// With a way to it, as long as it is there.
fn object_view(object: Subject, engine: Option<&EngineId>) -> AnyView {
    let route = match object.kind {
        SubjectKind::Container if !object.id.is_empty() => Some(Route::Container(object.id.clone(), Tab::Overview)),
        SubjectKind::Image if object.id.starts_with("sha256:") => Some(Route::image(&ImageId::new(&object.id))),
        SubjectKind::Image if !object.name.is_empty() => Some(Route::Image(object.name.clone())),
        SubjectKind::Volume => Some(Route::Volume(object.name.clone())),
        SubjectKind::Network => Some(Route::Network(object.name.clone())),
        _ => None,
    };
    let name = words::name(&object);
    match route.filter(|_| object.count == 0) {
        Some(route) => {
            let chosen = match engine {
                Some(engine) if *engine != link().engine_or_default() => Chosen::One(engine.clone()),
                _ => address::chosen(),
            };
            let is_elsewhere = chosen != address::chosen();
            view! { <a class="obj mono" href=address::on(&chosen, route) rel=is_elsewhere.then_some("external")>{name}</a> }.into_any()
        }
        None => view! { <span class="obj mono">{name}</span> }.into_any(),
    }
}
