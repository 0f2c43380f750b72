//! `/images/{id}/compare?with={id}`: what is another in the newer one of two images.

use leptos::prelude::*;
use linkspan_shared::review::ReviewOf;

use super::{
    container::changes::Changes,
    image::{Crumbs, find},
};
use crate::{
    address::{self, query, replace},
    components::{
        image_name::{images_near, name_of},
        top_bar::TopBar,
        ui::state_view::StateView,
    },
    i18n::t,
    route::Route,
    store::store,
};

#[component]
pub fn Compare() -> impl IntoView {
    let store = store();
    let said = address::subject();
    let query = query();
    let with = Memo::new(move |_| query.with(|query| query.get("with").unwrap_or_default()));
    let found = move |said: Memo<String>| Memo::new(move |_| said.with(|said| find(said)).and_then(|id| store.images.get(&id)));
    let (one, other) = (found(said), found(with));
    let name = Memo::new(move |_| one.with(|image| image.as_ref().map_or_else(|| said.get(), name_of)));
    // Those of the same repository come first.
    let others = Memo::new(move |_| {
        let mut others = name.with(|name| images_near(name));
        others.retain(|image| one.with(|one| one.as_ref().is_none_or(|one| one.id != image.id)));
        others
    });
    let page = move || Route::Compare(said.get_untracked());
    let choose = move |event| replace(page().with(&[("with", &event_target_value(&event))]));
    // The one before, and then the other.
    let pair = Memo::new(move |_| {
        let (one, other) = (one.get()?, other.get()?);
        Some(if one.created < other.created { (one, other) } else { (other, one) })
    });
    // A name that one of them gets changes nothing of what is compared.
    let ids = Memo::new(move |_| pair.with(|pair| pair.as_ref().map(|(before, after)| (before.id.clone(), after.id.clone()))));
    view! {
        <TopBar>
            <h1 class="vh">{move || t().compare_title(&name.get())}</h1>
            <Crumbs name=name part=t().compare()/>
        </TopBar>
        <div class="toolbar compare-bar">
            <label for="compare-with">{move || t().compare_with(&name.get())}</label>
            <select id="compare-with" class="select mono" on:change=choose>
                <option value="" selected=move || with.with(String::is_empty)>{t().choose_image()}</option>
                {move || others.get().into_iter().map(|image| {
                    let is_it = other.with(|other| other.as_ref().is_some_and(|other| other.id == image.id));
                    let name = name_of(&image);
                    view! { <option value=image.id.0 selected=is_it>{name}</option> }
                }).collect_view()}
            </select>
            {move || pair.get().filter(|(before, after)| before.id != after.id).map(|(before, after)| view! {
                <span class="mono trunc" role="status">{name_of(&before)}" → "{name_of(&after)}</span>
            })}
        </div>
        {move || match ids.get() {
            Some((before, after)) if before == after => view! { <StateView title=t().same_image_title() text=t().same_image_text()/> }.into_any(),
            Some((before, after)) => {
                let of = ReviewOf::Image { id: after, before };
                view! { <Changes of=of is_there=Memo::new(|_| true) page=page() with=with.get_untracked()/> }.into_any()
            }
            None if !store.images.is_loaded() => ().into_any(),
            None if one.with(Option::is_none) => view! { <StateView title=move || t().image_unknown_title(&said.get()) text=t().image_unknown_text()/> }.into_any(),
            None if with.with(String::is_empty) => view! { <StateView title=t().compare_choose_title() text=t().compare_choose_text()/> }.into_any(),
            None => view! { <StateView title=move || t().image_unknown_title(&with.get()) text=t().image_unknown_text()/> }.into_any(),
        }}
    }
}
