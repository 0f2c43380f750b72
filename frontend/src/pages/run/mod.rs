//! `/run`: `docker run` as a form, with its result beside it.

mod checks;
pub mod edit;
mod fields;
mod form;
mod more;
mod of_image;
mod paste;
pub mod result;

pub use fields::Pair;

use leptos::prelude::*;
use linkspan_shared::{
    call::{RunContainer, RunLike},
    ids::{ContainerId, JobId},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{self, at, query, replace},
    browser,
    components::{
        draft::Draft,
        equivalent::{Equivalents, called},
        top_bar::{Actions, TopBar},
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::t,
    link,
    route::Route,
    store::store,
};
use fields::Fields;
use form::Form;
use paste::{Paste, Rest};

fn form_of(image: &str) -> String {
    format!("run:{image}")
}

#[component]
pub fn RunPage() -> impl IntoView {
    let store = store();
    let query = query();
    let [wanted, like] = ["image", "like"].map(|name| query.with_untracked(|query| query.get(name)).unwrap_or_default());
    let fields = Fields::new(wanted.clone());
    // Each image has a draft of its own: what was typed for one is not run with another.
    let draft = Draft::keep(form_of(if like.is_empty() { &wanted } else { &like }), fields.parts());
    // In the address, so that a reload and whoever is sent there see the same result.
    let job = Memo::new(move |_| query.with(|query| query.get("job")).map(JobId));
    let show = move |id: JobId, image: &str| {
        // Whoever has gone on meanwhile is not called back: the job is on everybody's list.
        if address::route().get_untracked() != Route::Run {
            return;
        }
        replace(Route::Run.with(&[("image", image), ("job", &id.0)]));
        // What comes of it is what whoever pressed the button waits for.
        browser::focus_on("run-result");
    };
    let rest = RwSignal::new(Rest::default());
    let problem = RwSignal::new(None::<Problem>);
    if !like.is_empty() {
        let owner = Owner::current();
        browser::spawn_scoped(async move {
            match link::call(RunLike { container: ContainerId(like) }).await {
                // Not over what was typed meanwhile, or before a reload.
                Ok(found) if fields.image.with_untracked(String::is_empty) => {
                    owner.unwrap_or_default().with(|| fields.fill(&found.spec));
                    rest.set(Rest::of(found.left_out));
                }
                Ok(_) => {}
                Err(why) => problem.set(Some(why)),
            }
        });
    }
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problem.set(None);
        wrong.set(None);
        let spec = match untrack(|| fields.spec()) {
            Ok(spec) => spec,
            Err(text) => return wrong.set(Some(text)),
        };
        busy.set(true);
        let image = spec.image.clone();
        spawn_local(async move {
            match link::call(RunContainer { spec }).await {
                Ok(id) => {
                    if busy.try_get_untracked().is_some() {
                        draft.sent(&fields.parts());
                        // What the address says from now on.
                        draft.moves_to(form_of(&image));
                    }
                    show(id, &image);
                }
                Err(why) => problem.set(Some(why)),
            }
            busy.set(false);
        });
    };
    view! {
        <TopBar>
            <h1 class="vh">{t().run_container()}</h1>
            <nav class="crumbs-nav" aria-label=t().breadcrumb()>
                <ol class="crumbs"><li><a href=at(Route::Containers)>{t().containers()}</a></li><li aria-current="page">{t().run_container()}</li></ol>
            </nav>
            <Actions slot:actions><Paste fields=fields rest=rest/></Actions>
        </TopBar>
        <div class="runpage">
            <form id="run-form" data-main class="scroller runform" aria-label=t().run_container() on:submit=submit>
                {Rest::note(rest)}
                <Form fields=fields/>
            </form>
            <aside class="runside">
                <result::RunResult job=job/>
                {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_run() problem=problem/> })}
                {move || wrong.get().map(|text| view! { <div class="note danger-role" role="alert"><Glyph icon=Icon::XCircle/><p>{text}</p></div> })}
                <checks::Checks fields=fields/>
                <Equivalents what=Signal::derive(move || called(&RunContainer { spec: fields.spec().ok()? }))/>
                <div class="form-foot">
                    <button type="submit" form="run-form" class="btn primary lg block" data-needs="job.run" disabled=move || busy.get() || !store.is_live()>
                        <Glyph icon=Icon::Play/>{t().run()}
                    </button>
                </div>
            </aside>
        </div>
    }
}
