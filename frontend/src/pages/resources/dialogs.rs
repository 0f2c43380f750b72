//! What is asked before something is done to volumes and networks.

use std::collections::HashSet;

use leptos::prelude::*;
use linkspan_shared::{
    call::{ConnectNetwork, Prune, Remove},
    container::Container,
    ids::{ContainerId, JobId, NetworkId},
    job::{Object, Outcome},
};

use super::{
    Resource,
    create::{NewNetwork, NewVolume},
    shown_name, users,
};
use crate::{
    components::{
        attempt::Attempt,
        equivalent::{Equivalents, called},
        job_card::Results,
        ui::{Glyph, Icon, dialog::Dialog},
        used_by::UsedBy,
    },
    i18n::{ago, count, t},
    link, sorting,
    store::{say, store},
};

pub enum Question<R> {
    Create,
    Remove(Vec<R>),
    Prune,
    Connect(R),
}

pub struct ResourceDialogs<R: Resource> {
    asked: RwSignal<Option<std::sync::Arc<Question<R>>>>,
}

impl<R: Resource> Clone for ResourceDialogs<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Resource> Copy for ResourceDialogs<R> {}

impl<R: Resource> ResourceDialogs<R> {
    pub fn new() -> Self {
        Self { asked: RwSignal::new(None) }
    }

    pub fn ask(&self, question: Question<R>) {
        self.asked.set(Some(question.into()));
    }

    fn close(&self) {
        self.asked.set(None);
    }
}

#[component]
pub fn ResourceDialogHost<R: Resource>(dialogs: ResourceDialogs<R>) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    move || {
        dialogs.asked.get().map(|asked| match &*asked {
            Question::Create if R::IS_NETWORK => view! { <NewNetwork close=close/> }.into_any(),
            Question::Create => view! { <NewVolume close=close/> }.into_any(),
            Question::Remove(rows) => removal(rows.clone(), close).into_any(),
            Question::Prune => pruning::<R>(close).into_any(),
            Question::Connect(row) => connecting(row, close).into_any(),
        })
    }
}

/// What the job says of each stays in the dialog; it closes by itself when all went well.
fn as_job(close: Callback<()>, done: impl Fn() -> String + Send + Sync + 'static) -> RwSignal<Option<JobId>> {
    let id = RwSignal::new(None::<JobId>);
    Effect::new(move || {
        let job = id.get().and_then(|id| store().jobs.get(&id));
        if job.is_some_and(|job| job.outcome == Outcome::Succeeded) {
            close.run(());
            say(done());
        }
    });
    id
}

fn removal<R: Resource>(rows: Vec<R>, close: Callback<()>) -> impl IntoView {
    let (title, verb) = match rows.as_slice() {
        [one] => (t().remove_title(&shown_name(one)), t().remove_image(&shown_name(one))),
        many => (t().remove_objects_title(many.len()), t().remove_objects(many.len())),
    };
    let said: Vec<String> = rows.iter().map(shown_name).collect();
    let job = as_job(close, move || t().did_remove(&said.join(", ")));
    let attempt = Attempt::new(t().could_not_remove_all());
    let call = Remove { objects: rows.iter().map(R::object).collect(), force: false, volumes: false, stop: false };
    let equivalent = called(&call);
    let remove = move |_| attempt.run(link::call(call.clone()), |_| {}, move |id| job.set(Some(id)));
    let foot = move || {
        let (verb, remove) = (verb.clone(), remove.clone());
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>
                {move || if job.with(Option::is_some) { t().close() } else { t().cancel() }}
            </button>
            {move || job.with(Option::is_none).then(|| view! {
                <button type="button" class="btn danger" disabled=move || attempt.busy.get() on:click=remove.clone()>{verb.clone()}</button>
            })}
        }
    };
    let list = StoredValue::new(rows);
    view! {
        <Dialog title=title on_close=close foot=foot>
            <Show when=move || job.with(Option::is_none)>
                <p>{R::words().remove_text}</p>
                <ul class="dialog-list" tabindex="0">
                    {list.with_value(|rows| rows.iter().map(|row| {
                        let (name, used) = (row.name().to_owned(), row.name().to_owned());
                        let uses = move |container: &Container| R::of_container(container).contains(&used);
                        view! {
                            <li><b class="trunc">{shown_name(row)}</b><span class="meta">{row.driver().to_owned()}</span>
                                <UsedBy uses=uses filter=format!("{}:{name}", R::FILTER)/>
                            </li>
                        }
                    }).collect_view())}
                </ul>
                <Equivalents what=Signal::stored(equivalent.clone())/>
            </Show>
            <Results job=job/>
            {attempt.note()}
        </Dialog>
    }
}

/// Exactly what would go, to be chosen from: names that somebody gave are not chosen by themselves.
fn pruning<R: Resource>(close: Callback<()>) -> impl IntoView {
    let used = users::<R>();
    // As things are now: the list must not change under the pointer.
    let mut unused = untrack(|| R::rows().all());
    untrack(|| used.with(|used| unused.retain(|row| !row.is_fixed() && !used.contains_key(row.name()))));
    sorting::sort_by(&mut unused, |a, b| (!a.is_anonymous(), a.name()).cmp(&(!b.is_anonymous(), b.name())));
    let chosen = RwSignal::new(unused.iter().filter(|row| R::IS_NETWORK || row.is_anonymous()).map(R::object).collect::<HashSet<_>>());
    let all = unused.len();
    let number = move || chosen.with(HashSet::len);
    let job = as_job(close, move || t().did_prune(number()));
    let attempt = Attempt::new(t().could_not_remove_all());
    let order: Vec<Object> = unused.iter().map(R::object).collect();
    let call = move || Prune { objects: chosen.with(|chosen| order.iter().filter(|object| chosen.contains(object)).cloned().collect()) };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()).filter(|_| number() > 0))
    };
    let prune = move |_| attempt.run(link::call(untrack(&call)), |_| {}, move |id| job.set(Some(id)));
    let foot = move || {
        let prune = prune.clone();
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>
                {move || if job.with(Option::is_some) || all == 0 { t().close() } else { t().cancel() }}
            </button>
            {move || (all > 0 && job.with(Option::is_none)).then(|| view! {
                <button type="button" class="btn danger" disabled=move || attempt.busy.get() || number() == 0 on:click=prune.clone()>
                    {move || t().remove_objects(number())}
                </button>
            })}
        }
    };
    let list = StoredValue::new(unused);
    let line = move |row: &R| {
        let (object, other) = (row.object(), row.object());
        let change = move |_| {
            chosen.update(|chosen| {
                if !chosen.remove(&other) {
                    chosen.insert(other.clone());
                }
            });
        };
        let created = row.created();
        view! {
            <li>
                <label class="pick">
                    <input type="checkbox" class="check" prop:checked=move || chosen.with(|chosen| chosen.contains(&object)) on:change=change/>
                    <b class="trunc" title=row.name().to_owned()>{shown_name(row)}</b>
                </label>
                <span class="meta">{row.driver().to_owned()}</span>
                <span class="end">{created.map(ago)}</span>
            </li>
        }
    };
    view! {
        <Dialog title=R::words().prune_title on_close=close foot=foot>
            {move || match (all, job.with(Option::is_some)) {
                (0, _) => view! { <p>{R::words().nothing_to_prune}</p> }.into_any(),
                (_, true) => ().into_any(),
                _ => view! {
                    {(!R::IS_NETWORK).then(|| view! { <div class="note warn-role"><Glyph icon=Icon::Warn/><p>{t().volumes_warning()}</p></div> })}
                    <p>{R::words().prune_text}</p>
                    <ul class="dialog-list" aria-label=R::words().title>{list.with_value(|rows| rows.iter().map(line).collect_view())}</ul>
                    <p class="t3 num">{move || t().n_of(&count(number()), &count(all))}</p>
                    <Equivalents what=equivalent/>
                }.into_any(),
            }}
            <Results job=job/>
            {attempt.note()}
        </Dialog>
    }
}

fn connecting<R: Resource>(row: &R, close: Callback<()>) -> impl IntoView {
    let (name, shown) = (row.name().to_owned(), shown_name(row));
    let network = match row.object() {
        Object::Network(id) => NetworkId(id),
        _ => NetworkId::new(""),
    };
    let mut others = untrack(|| store().containers.all());
    // One that shares the host's network, or is to have none, joins no other.
    let is_apart = |container: &Container| container.networks.iter().any(|network| network == "none" || network == "host");
    others.retain(|container| !R::of_container(container).contains(&name) && !is_apart(container));
    sorting::sort_by(&mut others, |a, b| a.name.cmp(&b.name));
    let chosen = RwSignal::new(others.first().map(|first| first.id.0.clone()).unwrap_or_default());
    let attempt = Attempt::new(t().could_not_connect(&shown));
    let none = others.is_empty();
    let to = name.clone();
    let call = move || ConnectNetwork { network: network.clone(), container: ContainerId(chosen.get()) };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()).filter(|_| !none))
    };
    let connect = move |_| {
        let (call, to) = (untrack(&call), to.clone());
        let subject = store().containers.get_untracked(&call.container).map(|row| row.name).unwrap_or_default();
        attempt.run(link::call(call), move |()| say(t().did_connect(&subject, &to)), move |()| close.run(()));
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || none || attempt.busy.get() on:click=connect.clone()>{t().connect()}</button>
        }
    };
    view! {
        <Dialog title=t().connect_title(&shown) on_close=close foot=foot>
            {if none {
                view! { <p>{t().connect_none()}</p> }.into_any()
            } else {
                view! {
                    <div class="field">
                        <label for="connect-container">{t().container()}</label>
                        <select id="connect-container" class="select" autofocus bind:value=chosen>
                            {others.into_iter().map(|container| view! { <option value=container.id.0>{container.name}</option> }).collect_view()}
                        </select>
                    </div>
                }.into_any()
            }}
            <Equivalents what=equivalent/>
            {attempt.note()}
        </Dialog>
    }
}
