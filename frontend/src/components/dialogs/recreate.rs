//! A container made anew of another image.

use leptos::prelude::*;
use linkspan_shared::{call::RecreateContainer, container::Container};

use super::Dialogs;
use crate::{
    address::go,
    components::{
        attempt::Attempt,
        equivalent::{Equivalents, called},
        image_name::{images_near, name_of},
        people::OthersThere,
        ui::{Glyph, Icon, dialog::Dialog},
    },
    i18n::t,
    link,
    route::Route,
};

#[component]
pub fn Recreate(container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let attempt = Attempt::new(t().could_not_recreate(&container.name));
    let images = images_near(&container.image);
    let own = images.iter().find(|image| image.id == container.image_id).map(name_of);
    // An image that has lost its name, or is gone, is none to begin with.
    let is_unknown = own.is_none();
    let chosen = RwSignal::new(own.unwrap_or_default());
    let keep = RwSignal::new(false);
    let id = container.id.clone();
    let call = move || RecreateContainer { container: id.clone(), image: chosen.get(), keep: keep.get() };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()).filter(|_| chosen.with(|image| !image.is_empty())))
    };
    let recreate = Callback::new(move |()| {
        attempt.run(
            link::call(untrack(&call)),
            |_| {},
            move |job| {
                close.run(());
                go(Route::job(&job));
            },
        );
    });
    let off = move || attempt.busy.get() || chosen.with(String::is_empty);
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=off on:click=move |_| recreate.run(())>{t().recreate()}</button>
        }
    };
    view! {
        <Dialog title=t().recreate_title(&container.name) on_close=close foot=foot>
            <p>{t().recreate_text()}</p>
            <OthersThere ids=vec![container.id.clone()]/>
            <div class="field">
                <label for="recreate-image">{t().column_image()}</label>
                <select id="recreate-image" class="select mono" autofocus on:change=move |event| chosen.set(event_target_value(&event))>
                    {is_unknown.then(|| view! { <option value="" selected=true>{t().choose_image()}</option> })}
                    {images.iter().map(|image| {
                        let name = name_of(image);
                        let is_it = chosen.with_untracked(|chosen| *chosen == name);
                        view! { <option value=name.clone() selected=is_it>{name.clone()}</option> }
                    }).collect_view()}
                </select>
            </div>
            <label class="switch-row">
                <input type="checkbox" class="check" bind:checked=keep aria-label=t().recreate_keep()/>
                <span><b>{t().recreate_keep()}</b><span class="t3">{t().recreate_keep_hint()}</span></span>
            </label>
            {container.project.clone().map(|project| view! {
                <div class="note warn-role"><Glyph icon=Icon::Info/><p>{t().recreate_compose(&project)}</p></div>
            })}
            <Equivalents what=equivalent/>
            {attempt.note()}
        </Dialog>
    }
}
