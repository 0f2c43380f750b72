//! What is asked before something is done to images.

use leptos::prelude::*;
use linkspan_shared::{
    call::{CheckImage, LoadImages, PullImage, PushImage, Remove, RemoveImage, TagImage},
    container::Container,
    image::{Freshness, Image},
    job::Object,
    problem::Problem,
    reference::Reference,
};
use wasm_bindgen::JsCast;

use super::RowKey;
use crate::{
    address::go,
    browser,
    components::{
        attempt::Attempt,
        credentials::{CredentialForm, CredentialSelect, TypedCredential, registry_of},
        equivalent::{Equivalents, called},
        reference_field::{ReferenceHint, ReferenceParts, fault_of},
        ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote},
        used_by::UsedBy,
    },
    i18n::{bytes, t},
    link,
    route::Route,
    store::{say, store},
};

#[derive(Clone, PartialEq)]
pub enum Question {
    Tag(RowKey),
    Push(RowKey),
    CheckNewer(RowKey),
    Remove(Vec<RowKey>),
    Load,
}

#[derive(Clone, Copy)]
pub struct ImageDialogs {
    asked: RwSignal<Option<Question>>,
}

impl ImageDialogs {
    pub fn new() -> Self {
        Self { asked: RwSignal::new(None) }
    }

    pub fn ask(&self, question: Question) {
        self.asked.set(Some(question));
    }

    fn close(&self) {
        self.asked.set(None);
    }
}

#[component]
pub fn ImageDialogHost(dialogs: ImageDialogs) -> impl IntoView {
    move || {
        dialogs.asked.get().map(|asked| match asked {
            Question::Tag(key) => view! { <TagDialog key=key dialogs=dialogs/> }.into_any(),
            Question::Push(key) => view! { <PushDialog key=key dialogs=dialogs/> }.into_any(),
            Question::CheckNewer(key) => view! { <CheckDialog key=key dialogs=dialogs/> }.into_any(),
            Question::Remove(keys) => view! { <RemoveDialog keys=keys dialogs=dialogs/> }.into_any(),
            Question::Load => view! { <LoadDialog dialogs=dialogs/> }.into_any(),
        })
    }
}

/// Where a browser gets these as one tar file.
pub fn save_address(references: &[String]) -> String {
    let mut parts: Vec<String> = references.iter().map(|one| format!("image={}", js_sys::encode_uri_component(one))).collect();
    parts.extend(link::engine().map(|engine| format!("engine={}", js_sys::encode_uri_component(engine.as_str()))));
    format!("/api/images/save?{}", parts.join("&"))
}

#[component]
fn TagDialog(key: RowKey, dialogs: ImageDialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let (old, image) = (key.label(), key.id.0.clone());
    let reference = RwSignal::new(if key.repository.is_empty() { String::new() } else { format!("{}:", key.repository) });
    let attempt = Attempt::new(t().could_not_tag(&old));
    let own = key.id.clone();
    // The name is shown as the engine will have it.
    let moved_from = Memo::new(move |_| {
        let wanted = reference.with(|text| Reference::parse(text.trim()).ok())?.or_latest().to_string();
        let other = store().images.all().into_iter().find(|image| image.id != own && image.is_meant_by(&wanted));
        other.map(|image| (wanted, image.id.short().to_owned()))
    });
    let call = move || TagImage { image: image.clone(), reference: reference.with(|text| text.trim().to_owned()) };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()).filter(|_| reference.with(|text| Reference::parse(text.trim()).is_ok())))
    };
    let tag = {
        let old = old.clone();
        Callback::new(move |()| {
            let (old, call) = (old.clone(), untrack(&call));
            let new = call.reference.clone();
            attempt.run(link::call(call), move |()| say(t().did_tag(&old, &new)), move |()| dialogs.close());
        })
    };
    // What it begins with is no mistake yet, and no name either.
    let cannot =
        move || attempt.busy.get() || reference.with(|text| Reference::parse(text.trim()).is_err() || fault_of(text, true).is_some());
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=cannot on:click=move |_| tag.run(())>{t().action_tag_do()}</button>
        }
    };
    let title = t().tag_title(&old);
    view! {
        <Dialog title=title on_close=close foot=foot>
            <form on:submit=move |event| {
                event.prevent_default();
                if !cannot() {
                    tag.run(());
                }
            }>
                <div class="field">
                    <label for="tag-reference">{t().repository_and_tag()}</label>
                    <div class="input mono">
                        <input id="tag-reference" autofocus spellcheck="false" autocapitalize="none" autocomplete="off" aria-describedby="tag-hint" bind:value=reference/>
                    </div>
                    <ReferenceHint text=reference id="tag-hint" empty=t().tag_hint() is_new=true/>
                    {move || moved_from.get().map(|(name, id)| view! { <p class="hint"><span class="warn-text">{t().tag_moves(&name, &id)}</span></p> })}
                </div>
            </form>
            <Equivalents what=equivalent/>
            {attempt.note()}
        </Dialog>
    }
}

#[component]
fn PushDialog(key: RowKey, dialogs: ImageDialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let reference = key.reference();
    let registry = registry_of(&reference);
    let credentials = CredentialForm::new();
    let attempt = Attempt::new(t().could_not_push(&reference));
    let wanted = reference.clone();
    let equivalent = {
        let reference = reference.clone();
        Signal::derive(move || called(&PushImage { reference: reference.clone(), credentials: credentials.shown() }))
    };
    let push = Callback::new(move |()| {
        let call = PushImage { reference: wanted.clone(), credentials: credentials.chosen() };
        attempt.run(link::call(call), |_| {}, move |_| dialogs.close());
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || !credentials.is_complete() on:click=move |_| push.run(())>
                {t().action_push_do()}
            </button>
        }
    };
    let (title, target) = (t().push_image(&reference), registry.clone().unwrap_or_default());
    view! {
        <Dialog title=title on_close=close foot=foot>
            <p>{t().push_text(&target)}</p>
            <div class="hint parsed"><ReferenceParts text=Signal::stored(reference.clone())/></div>
            <form on:submit=move |event| {
                event.prevent_default();
                if credentials.is_complete() {
                    push.run(());
                }
            }>
                <CredentialSelect form=credentials id="push-credentials" registry=Signal::stored(registry)/>
                <TypedCredential form=credentials id="push"/>
            </form>
            <Equivalents what=equivalent/>
            {attempt.note()}
        </Dialog>
    }
}

#[component]
fn CheckDialog(key: RowKey, dialogs: ImageDialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let reference = key.reference();
    let credentials = CredentialForm::new();
    let found = RwSignal::new(None::<Result<Freshness, Problem>>);
    let busy = RwSignal::new(false);
    let registry = registry_of(&reference);
    let wanted = reference.clone();
    let check = Callback::new(move |()| {
        let call = CheckImage { reference: wanted.clone(), credentials: credentials.chosen() };
        busy.set(true);
        browser::spawn_scoped(async move {
            found.set(Some(link::call(call).await));
            busy.set(false);
        });
    });
    check.run(());
    let wanted = reference.clone();
    let pulled = Attempt::new(t().could_not_pull(&reference));
    let pull = Callback::new(move |()| {
        let reference = wanted.clone();
        let call = PullImage { reference: reference.clone(), all_tags: false, platform: String::new(), credentials: credentials.chosen() };
        pulled.run(link::call(call), move |_| say(t().pulling(&reference)), move |_| dialogs.close());
    });
    let is_newer = move || found.with(|found| matches!(found, Some(Ok(Freshness::Other { .. } | Freshness::NeverShared { .. }))));
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button>
            <button type="button" class="btn" disabled=move || busy.get() || !credentials.is_complete() on:click=move |_| check.run(())>{t().check_again()}</button>
            {move || is_newer().then(|| view! { <button type="button" class="btn primary" on:click=move |_| pull.run(())>{t().pull()}</button> })}
        }
    };
    let title = t().check_newer_title(&reference);
    let read = Signal::stored(reference.clone());
    let result = move || match found.get() {
        None => view! { <p class="t2" role="status"><Glyph icon=Icon::Loader class="spin"/>" "{t().asking_registry()}</p> }.into_any(),
        Some(Ok(Freshness::Same)) => view! { <p role="status"><Glyph icon=Icon::OkCircle/>" "{t().is_newest()}</p> }.into_any(),
        Some(Ok(Freshness::Other { digest })) => {
            view! { <p role="status"><b>{t().is_newer()}</b></p><p class="mono t2 wrap">{digest}</p><p>{t().is_newer_text()}</p> }
                .into_any()
        }
        Some(Ok(Freshness::NeverShared { digest })) => {
            view! { <p role="status">{t().is_never_shared()}</p><p class="mono t2 wrap">{digest}</p> }.into_any()
        }
        Some(Err(problem)) => view! { <ProblemNote title=t().could_not_check_newer(&reference) problem=problem/> }.into_any(),
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <div class="hint parsed"><ReferenceParts text=read/></div>
            {result}
            {pulled.note()}
            <CredentialSelect form=credentials id="check-credentials" registry=Signal::stored(registry)/>
            <TypedCredential form=credentials id="check"/>
        </Dialog>
    }
}

/// What taking a name away does to its image.
fn consequence(key: &RowKey, all: &[RowKey], image: Option<&Image>, users: usize) -> (String, bool) {
    let others = image.map_or(0, |image| {
        let taken = all.iter().filter(|other| other.id == key.id).count();
        image.names().len().saturating_sub(taken)
    });
    match (others, users) {
        (1.., _) => (t().only_untagged(others), false),
        (0, 0) => (image.map(|image| bytes(image.size as f64)).unwrap_or_default(), false),
        (0, users) => (t().used_by(users), true),
    }
}

#[component]
fn RemoveDialog(keys: Vec<RowKey>, dialogs: ImageDialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let store = store();
    let force = RwSignal::new(false);
    // Of one name among several: the image with all its names.
    let whole = RwSignal::new(false);
    let one = match keys.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    let image = one.as_ref().and_then(|one| store.images.get_untracked(&one.id));
    let names: Vec<String> = image.iter().flat_map(Image::names).map(str::to_owned).collect();
    let (title, verb) = match &one {
        Some(one) => (t().remove_image_title(&one.label()), t().remove_image(&one.label())),
        None => (t().remove_images_title(keys.len()), t().remove_images(keys.len())),
    };
    let failed_title = one.as_ref().map_or_else(|| t().could_not_remove_all().to_owned(), |one| t().could_not_remove(&one.label()));
    let attempt = Attempt::new(failed_title);
    let users = |key: &RowKey| store.containers.fold(0, |users, container| users + usize::from(container.image_id == key.id));
    let lines: Vec<_> =
        keys.iter().map(|key| (key.clone(), consequence(key, &keys, store.images.get_untracked(&key.id).as_ref(), users(key)))).collect();
    let has_users = lines.iter().any(|(_, (_, used))| *used);
    let listed = keys.clone();
    let of_one = move |one: &RowKey| {
        let all_names = whole.get();
        RemoveImage { reference: if all_names { one.id.0.clone() } else { one.reference() }, force: force.get(), all_names }
    };
    let of_many = move |many: &[RowKey]| {
        let objects = many.iter().map(|key| Object::Image(key.reference())).collect();
        Remove { objects, force: force.get(), volumes: false, stop: false }
    };
    let equivalent = {
        let listed = listed.clone();
        Signal::derive(move || match listed.as_slice() {
            [one] => called(&of_one(one)),
            many => called(&of_many(many)),
        })
    };
    let remove = move |_| match listed.as_slice() {
        [one] => {
            let label = one.label();
            attempt.run(link::call(untrack(|| of_one(one))), move |()| say(t().did_remove_image(&label)), move |()| dialogs.close());
        }
        many => attempt.run(link::call(untrack(|| of_many(many))), |_| {}, move |_| dialogs.close()),
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" disabled=move || attempt.busy.get() on:click=remove.clone()>{verb.clone()}</button>
        }
    };
    let others: Vec<String> =
        one.as_ref().map(|one| names.iter().filter(|name| **name != one.reference()).cloned().collect()).unwrap_or_default();
    let (has_others, all_names) = (!others.is_empty(), names.len());
    let is_one = one.is_some();
    view! {
        <Dialog title=title on_close=close foot=foot>
            <p>{move || match (is_one && has_others, whole.get()) {
                (true, false) => t().remove_name_text(&others.join(", ")),
                (true, true) => t().remove_whole_text(all_names),
                (false, _) if is_one => t().remove_last_name_text().to_owned(),
                (false, _) => t().remove_image_text().to_owned(),
            }}</p>
            <ul class="dialog-list" tabindex="0" hidden=move || whole.get()>
                {lines.into_iter().map(|(key, (consequence, used))| {
                    let users = used.then(|| {
                        let (id, filter) = (key.id.clone(), key.id.short().to_owned());
                        view! { <UsedBy uses=move |container: &Container| container.image_id == id filter=filter/> }
                    });
                    view! {
                        <li>
                            <b class="mono">{key.label()}</b>
                            <span class="end" class:warn-text=used>{used.then(|| view! { <Glyph icon=Icon::Warn/>" " })}{consequence}</span>
                            {users}
                        </li>
                    }
                }).collect_view()}
            </ul>
            <div class="checks">
                {has_others.then(|| view! { <label><input type="checkbox" class="check" bind:checked=whole/>{t().remove_all_names(all_names)}</label> })}
                <label><input type="checkbox" class="check" bind:checked=force/>{t().remove_image_force()}</label>
            </div>
            {has_users.then(|| view! { <p class="hint">{t().remove_used_hint()}</p> })}
            <Equivalents what=equivalent/>
            {attempt.note()}
        </Dialog>
    }
}

#[component]
fn LoadDialog(dialogs: ImageDialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let file = RwSignal::new_local(None::<web_sys::File>);
    let attempt = Attempt::new(t().could_not_load(""));
    let chosen = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        file.set(input.and_then(|input| input.files()).and_then(|files| files.get(0)));
    };
    let call = |file: &web_sys::File| LoadImages { name: file.name(), size: file.size() as u64 };
    let equivalent = Signal::derive_local(move || file.with(|file| called(&call(file.as_ref()?))));
    let load = Callback::new(move |()| {
        let Some(file) = file.get_untracked() else { return };
        attempt.run(
            link::call(call(&file)),
            move |job| browser::upload(job, &file),
            move |job| {
                dialogs.close();
                // The panel beside the table shows it; a phone has none.
                if browser::is_narrow() {
                    go(Route::job(&job));
                }
            },
        );
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || file.with(Option::is_none) on:click=move |_| load.run(())>{t().load_do()}</button>
        }
    };
    view! {
        <Dialog title=t().load_images().to_owned() on_close=close foot=foot>
            <p>{t().load_text()}</p>
            <div class="field">
                <label for="load-file">{t().tar_file()}</label>
                <input id="load-file" class="file" type="file" autofocus accept=".tar,.tar.gz,.tgz,.tar.xz,.tar.bz2,application/x-tar,application/gzip" on:change=chosen/>
            </div>
            <p class="hint">{t().upload_stay_hint()}</p>
            <Equivalents what=Memo::new(move |_| equivalent.get())/>
            {attempt.note()}
        </Dialog>
    }
}
