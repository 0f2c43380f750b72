//! The line of commits that an image comes of, as its labels tell, and what runs of each.

use leptos::prelude::*;
use linkspan_shared::{
    call::{DraftDockerfile, InspectImage},
    ids::ImageId,
    image::{Configuration, ImageDetails},
    review::{LABEL_AUTHOR, LABEL_CONTAINER, LABEL_MESSAGE, LABEL_MODE, LABEL_PARENT, ReviewOf, Selection},
};

use crate::{
    address::{at, go},
    browser,
    components::{
        dockerfile_draft::DraftButton,
        ui::{Glyph, Icon},
    },
    i18n::{ago, date_time, t},
    link,
    route::{Route, Tab},
    sorting,
    store::store,
};

/// Images of one line that are asked for.
const STEPS: usize = 12;

#[derive(Clone)]
struct Step {
    id: String,
    /// `None`: it is not there any more.
    details: Option<ImageDetails>,
}

impl Step {
    fn label(&self, wanted: &str) -> Option<String> {
        let labels = &self.details.as_ref()?.labels;
        labels.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }
}

#[component]
pub fn Lineage(image: ImageId, is_there: Memo<bool>) -> impl IntoView {
    let own = StoredValue::new(image.0.clone());
    let steps = RwSignal::new(Vec::<Step>::new());
    browser::spawn_scoped(async move {
        let mut next = Some(image.0);
        let mut seen = Vec::new();
        while let Some(id) = next.take().filter(|id| seen.len() < STEPS && !seen.contains(id)) {
            let details = link::call(InspectImage { image: id.clone() }).await.ok();
            let step = Step { id: id.clone(), details };
            next = step.label(LABEL_PARENT);
            seen.push(id);
            steps.update(|steps| steps.push(step));
        }
    });
    let line = move |step: Step| {
        let id = ImageId(step.id.clone());
        let row = store().images.get_untracked(&id);
        let name = row.as_ref().and_then(|row| row.names().first().map(|name| (*name).to_owned())).unwrap_or_else(|| id.short().to_owned());
        let href = at(Route::image(&id));
        let users = {
            let id = id.clone();
            Memo::new(move |_| {
                let mut users = store().containers.all();
                users.retain(|container| container.image_id == id && container.state.is_up());
                sorting::sort_by(&mut users, |a, b| a.name.cmp(&b.name));
                users
            })
        };
        let created = row.map(|row| row.created);
        let told = match (step.label(LABEL_PARENT), step.label(LABEL_CONTAINER)) {
            (Some(_), Some(container)) => {
                let author = step.label(LABEL_AUTHOR).unwrap_or_default();
                Some(if step.label(LABEL_MODE).is_some_and(|mode| mode == "everything") {
                    t().committed_whole(&container, &author)
                } else {
                    t().committed_selected(&container, &author)
                })
            }
            _ => None,
        };
        let is_there = step.details.is_some();
        let compare = (is_there && own.with_value(|own| *own != id.0)).then(|| {
            let href = at(Route::Compare(own.get_value()).with(&[("with", &id.0)]));
            view! { <a class="link" href=href aria-label=t().compare_with_of(&name)>{t().compare_with_this()}</a> }
        });
        let message = step.label(LABEL_MESSAGE);
        view! {
            <li>
                <div class="lineage-head">
                    {if is_there {
                        view! { <a class="link mono trunc" href=href>{name}</a> }.into_any()
                    } else {
                        view! { <span class="mono trunc">{name}</span><span class="tag">{t().not_there_any_more()}</span> }.into_any()
                    }}
                    {compare}
                    {created.map(|created| view! { <time class="t3 end" title=date_time(created)>{ago(created)}</time> })}
                </div>
                {message.map(|message| view! { <p>{message}</p> })}
                {told.map(|told| view! { <p class="t3">{told}</p> })}
                {move || (!users.with(Vec::is_empty)).then(|| view! {
                    <p class="t3">
                        {t().runs_here()}" "
                        {users.get().into_iter().map(|container| {
                            let href = at(Route::container(&container.id, Tab::Overview));
                            view! { <a class="link" href=href>{container.name}</a>" " }
                        }).collect_view()}
                    </p>
                })}
            </li>
        }
    };
    // Of what it was committed upon, as long as that is there.
    let parent = Memo::new(move |_| {
        let parent = steps.with(|steps| steps.first().and_then(|step| step.label(LABEL_PARENT)));
        parent.map(ImageId).filter(|parent| store().images.get(parent).is_some())
    });
    let off = Signal::derive(move || !store().is_live() || !is_there.get() || parent.with(Option::is_none));
    let why = Signal::derive(move || parent.with(Option::is_none).then(|| t().draft_unknown()));
    let draft = Callback::new(move |()| {
        let of = ReviewOf::Image { id: ImageId(own.get_value()), before: parent.get_untracked()? };
        let selection = Selection { rest: true, ..Selection::default() };
        Some(DraftDockerfile { of, selection, configuration: Configuration::default(), packages: true })
    });
    view! {
        <section class="card" aria-label=t().lineage()>
            <header><h2>{t().lineage()}</h2></header>
            <ol class="lineage">{move || steps.get().into_iter().map(line).collect_view()}</ol>
            <div class="lineage-foot">
                <button type="button" class="btn sm" data-needs="review.changes" on:click=move |_| go(Route::Compare(own.get_value()))><Glyph icon=Icon::UpDown/>{t().compare_more()}</button>
                <DraftButton call=draft off=off why=why/>
            </div>
        </section>
    }
}
