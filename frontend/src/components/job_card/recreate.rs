//! How far a container is that is made anew.

use leptos::prelude::*;
use linkspan_shared::job::{Job, Work};

use crate::{
    address::at,
    components::steps::Steps,
    i18n::t,
    route::{Route, Tab},
};

#[component]
pub fn Recreated(job: RwSignal<Job>) -> impl IntoView {
    let recreate = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::Recreate(recreate) => Some(recreate.clone()),
            _ => None,
        })
    });
    let steps = Memo::new(move |_| recreate.with(|recreate| recreate.as_ref().map(|recreate| recreate.steps.clone()).unwrap_or_default()));
    view! {
        {move || recreate.get().map(|recreate| view! {
            <p class="row">
                {recreate.new.map(|id| view! { <a class="link" href=at(Route::container(&id, Tab::Overview))>{recreate.name}</a>" " })}
                {t().of_image()}" "<a class="link mono" href=at(Route::Image(recreate.image.clone()))>{recreate.image.clone()}</a>
            </p>
            {recreate.kept.map(|kept| view! { <p class="row t3">{t().kept_as(&kept)}</p> })}
        })}
        <Steps steps=steps/>
    }
}
