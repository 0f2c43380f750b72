//! One name of an image.

use leptos::prelude::*;

use super::{
    RowKey, TableState,
    dialogs::{Question, save_address},
};
use crate::{
    address::{at, go},
    browser,
    components::{
        copy::copy_text,
        image_name::image_name,
        menu::{Item, menus},
        ui::{Glyph, Icon, virtual_rows::offset},
    },
    i18n::{ago, bytes, count, date_time, t},
    route::Route,
    store::store,
};

#[component]
pub fn ImageRow(key: RowKey, index: Signal<usize>, state: TableState) -> impl IntoView {
    let store = store();
    let menus = menus();
    let dialogs = state.dialogs;
    let Some(signal) = store.images.signal(&key.id) else { return ().into_any() };
    let image = RwSignal::from(signal);
    let (reference, label, id) = (key.reference(), key.label(), key.id.clone());
    let users = Memo::new(move |_| state.used.with(|used| used.get(&id).copied().unwrap_or_default()));
    let dangling = key.repository.is_empty();
    let live = move || store.is_live();
    let page = Route::image(&key.id);
    let run = {
        let reference = reference.clone();
        move || go(Route::Run.with(&[("image", &reference)]))
    };
    let ask = {
        let key = key.clone();
        move |question: fn(RowKey) -> Question| dialogs.ask(question(key.clone()))
    };
    let remove = {
        let key = key.clone();
        move || dialogs.ask(Question::Remove(vec![key.clone()]))
    };
    let more_label = t().more_actions(&label);
    let more = {
        let (run, remove, ask, label, id, reference) =
            (run.clone(), remove.clone(), ask.clone(), label.clone(), key.id.clone(), reference.clone());
        move |event: web_sys::MouseEvent| {
            let mut items = Vec::new();
            if live() {
                let (run, tag, push, check) = (run.clone(), ask.clone(), ask.clone(), ask.clone());
                items.push(Item::new(t().run(), Icon::Play, run).needs("job.run"));
                items.push(Item::new(t().action_tag(), Icon::Tag, move || tag(Question::Tag)).needs("image.tag"));
                if !dangling {
                    items.push(Item::new(t().action_push(), Icon::Upload, move || push(Question::Push)).needs("job.push"));
                    items
                        .push(Item::new(t().action_check_newer(), Icon::Restart, move || check(Question::CheckNewer)).needs("image.check"));
                }
                let address = save_address(std::slice::from_ref(&reference));
                items.push(Item::new(t().save_as_tar(), Icon::Download, move || browser::save_from(&address)).needs("image.save"));
            }
            let (id, name) = (id.clone(), reference.clone());
            if !dangling {
                items.push(Item::new(t().action_copy_reference(), Icon::Copy, move || copy_text(name.clone(), name.clone())));
            }
            items.push(Item::new(t().action_copy_id(), Icon::Copy, move || copy_text(id.0.clone(), id.short().to_owned())));
            if live() {
                items.push(Item::new(t().action_remove(), Icon::Trash, remove.clone()).needs("job.remove").danger().separated());
            }
            menus.open(label.clone(), items, &event);
        }
    };
    let grid = state.grid;
    let is_selected = grid.is_selected(key.clone());
    let tab = grid.tab(key.clone(), index);
    let (clicked, focused) = (key.clone(), key.clone());
    // The largest image is the scale.
    let share = move || {
        let largest = store.images.fold(1_i64, |largest, image| largest.max(image.size));
        (image.with(|image| image.size) * 100 / largest).clamp(0, 100)
    };
    // By its ID: containers say the name that they were made with.
    let of_image = Route::Containers.with(&[("q", key.id.short())]);
    let acts = {
        let (run, remove, ask) = (run.clone(), remove.clone(), ask.clone());
        let label = label.clone();
        move || {
            let (run, remove, tag, push) = (run.clone(), remove.clone(), ask.clone(), ask.clone());
            let button = |name: String, icon, needs: &'static str, act: Callback<()>| {
                view! {
                    <button type="button" class="btn ghost sm icon-only" data-needs=needs tabindex=tab aria-label=name.clone() title=name on:click=move |_| act.run(())>
                        <Glyph icon=icon/>
                    </button>
                }
            };
            view! {
                {button(t().run_image(&label), Icon::Play, "job.run", Callback::new(move |()| run()))}
                {button(t().tag_image(&label), Icon::Tag, "image.tag", Callback::new(move |()| tag(Question::Tag)))}
                {(!dangling).then(|| button(t().push_image(&label), Icon::Upload, "job.push", Callback::new(move |()| push(Question::Push))))}
                {button(t().remove_image(&label), Icon::Trash, "job.remove", Callback::new(move |()| remove()))}
            }
        }
    };
    view! {
        <div
            class="dt-row"
            role="row"
            aria-label=label.clone()
            aria-rowindex=move || (index.get() + 2).to_string()
            id=grid.dom_id(&key)
            tabindex=tab
            aria-selected=move || is_selected.get().to_string()
            style:--y=offset(grid.viewport, index)
            on:focusin=move |_| grid.active.set(Some(focused.clone()))
        >
            <div class="c-check" role="gridcell">
                <input
                    type="checkbox"
                    class="check"
                    tabindex=tab
                    aria-label=t().select(&label)
                    prop:checked=move || is_selected.get()
                    on:click=move |event| grid.clicked(&clicked, &event)
                />
            </div>
            <div class="c-repo mono" role="gridcell" title=key.repository.clone()>
                <a class="img-link" tabindex=tab href=at(&page)>
                    {if dangling {
                        view! { <span class="t3">{t().no_repository()}</span> }.into_any()
                    } else {
                        image_name(&key.repository).into_any()
                    }}
                </a>
            </div>
            <div class="c-tag mono" role="gridcell" title=key.digest.clone()>
                {if dangling { view! { <span class="tag"><Glyph icon=Icon::Dashed/>{t().dangling()}</span> }.into_any() } else { key.tag_or_digest().into_any() }}
            </div>
            <div class="c-id mono" role="gridcell" title=key.id.0.clone()>{key.id.short().to_owned()}</div>
            <div class="c-created" role="gridcell">
                <time title=move || date_time(image.with(|image| image.created))>{move || ago(image.with(|image| image.created))}</time>
            </div>
            <div class="c-size num" role="gridcell">
                <span class="bar neutral" aria-hidden="true"><i style:--v=move || share().to_string()></i></span>
                {move || bytes(image.with(|image| image.size as f64))}
            </div>
            <div class="c-used" role="gridcell">
                {move || match users.get() {
                    0 => view! { <span class="t3">{t().unused()}</span> }.into_any(),
                    users => view! {
                        <a class="used" tabindex=tab href=at(&of_image) title=t().used_by(users)><Glyph icon=Icon::Container/><span>{count(users)}</span></a>
                    }.into_any(),
                }}
            </div>
            <div class="row-acts" role="gridcell"><Show when=live>{acts.clone()}</Show></div>
            <div class="row-more" role="gridcell">
                <button type="button" class="btn ghost sm icon-only" tabindex=tab aria-haspopup="menu" aria-label=more_label on:click=more><Glyph icon=Icon::More/></button>
            </div>
        </div>
    }
    .into_any()
}
