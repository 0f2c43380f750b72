//! Making a volume or a network.

use leptos::prelude::*;
use linkspan_shared::{
    call::{CreateNetwork, CreateVolume},
    ids::VolumeName,
    problem::{Problem, ProblemCode},
};

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::{
    address::go,
    components::{
        attempt::Attempt,
        draft::{self, Draft, Part},
        entries::{Entries, EntryList, text_input, value_input},
        equivalent::{Equivalents, called},
        ui::dialog::Dialog,
    },
    i18n::t,
    link,
    pages::run::Pair,
    route::Route,
    store::{say, store},
};

/// `fault`: what is wrong with it, as far as this page can tell.
fn field(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    placeholder: &'static str,
    first: bool,
    fault: impl Fn(&str) -> Option<&'static str> + Send + Sync + 'static,
) -> impl IntoView {
    let fault = Memo::new(move |_| value.with(|value| fault(value.trim())).filter(|_| value.with(|value| !value.trim().is_empty())));
    let hint = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="input mono">
                <input
                    id=id
                    autofocus=first
                    placeholder=placeholder
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete="off"
                    aria-invalid=move || fault.get().map(|_| "true")
                    aria-describedby=hint.clone()
                    bind:value=value
                />
            </div>
            <p class="hint bad" id=hint>{move || fault.get()}</p>
        </div>
    }
}

/// What is marked as wrong gets the focus instead of being sent.
fn goes_to_fault() -> bool {
    let field = document().query_selector("dialog[open] [aria-invalid=true]").ok().flatten();
    field.and_then(|field| field.dyn_into::<HtmlElement>().ok()).inspect(|field| drop(field.focus())).is_some()
}

/// As the engine takes names of volumes and networks.
fn name_fault(name: &str) -> Option<&'static str> {
    let is_first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let are_rest = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !is_first || !are_rest {
        Some(t().name_characters())
    } else if name.len() < 2 {
        Some(t().name_too_short())
    } else {
        None
    }
}

/// `10.9.0.0/16`
fn is_subnet(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        let most = if address.contains(':') { 128 } else { 32 };
        is_address(address) && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn label_list(title: &'static str, entries: Entries<Pair>, add: &'static str) -> impl IntoView {
    view! {
        <div class="field" role="group" aria-label=title>
            <span class="label">{title}</span>
            <EntryList
                entries=entries
                class="env"
                add_label=add
                new=Pair::new
                remove=|label| t().remove_label(&label.name.get())
                view=|label| view! { {text_input(t().label_name(), label.name)}{value_input(t().value(), label.value)} }
            />
        </div>
    }
}

fn pair_parts(pair: Pair) -> Vec<Part> {
    vec![draft::text("name", pair.name), draft::text("value", pair.value)]
}

/// An entry that was added and left empty is none; one without a name would be lost without a word.
fn pairs(entries: Entries<Pair>) -> Result<Vec<(String, String)>, Problem> {
    let trimmed = |pair: Pair| (pair.name.get().trim().to_owned(), pair.value.get());
    let pairs: Vec<_> = entries.all().into_iter().map(trimmed).filter(|(name, value)| !name.is_empty() || !value.is_empty()).collect();
    match pairs.iter().find(|(name, _)| name.is_empty()) {
        Some((_, value)) => Err(Problem::new(ProblemCode::Invalid, "", t().name_missing(value))),
        None => Ok(pairs),
    }
}

#[component]
pub fn NewVolume(close: Callback<()>) -> impl IntoView {
    let (name, driver) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (labels, options) = (Entries::<Pair>::new(), Entries::<Pair>::new());
    let parts = move || {
        vec![
            draft::text("name", name),
            draft::text("driver", driver),
            draft::list("labels", labels, Pair::new, pair_parts),
            draft::list("options", options, Pair::new, pair_parts),
        ]
    };
    let draft = Draft::keep("volume", parts());
    let attempt = Attempt::new(t().could_not_create_volume());
    let call = move || {
        let text = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        Ok::<_, Problem>(CreateVolume { name: text(name), driver: text(driver), options: pairs(options)?, labels: pairs(labels)? })
    };
    let create = Callback::new(move |()| {
        if goes_to_fault() {
            return;
        }
        let call = match untrack(call) {
            Ok(call) => call,
            Err(problem) => return attempt.problem.set(Some(problem)),
        };
        let said = |created: &VolumeName| say(t().did_create(&created.0));
        attempt.run(link::call(call), said, move |created| {
            draft.sent(&parts());
            close.run(());
            go(Route::Volume(created.0));
        });
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() on:click=move |_| create.run(())>{t().create()}</button>
        }
    };
    view! {
        <Dialog title=t().create_volume() on_close=close foot=foot>
            <form class="dialog-form" on:input=move |_| attempt.forget() on:submit=move |event| { event.prevent_default(); create.run(()); }>
                {field("volume-name", t().name(), name, t().optional(), true, move |name| {
                    name_fault(name).or_else(|| store().volumes.get_untracked(&VolumeName::new(name)).map(|_| t().volume_exists()))
                })}
                {field("volume-driver", t().column_driver(), driver, "local", false, |_| None)}
                {label_list(t().section_options(), options, t().add_option())}
                {label_list(t().labels(), labels, t().add_label())}
                <button class="vh" tabindex="-1" aria-hidden="true"></button>
            </form>
            <Equivalents what=Signal::derive(move || called(&call().ok()?))/>
            {attempt.note()}
        </Dialog>
    }
}

#[component]
pub fn NewNetwork(close: Callback<()>) -> impl IntoView {
    let text = || RwSignal::new(String::new());
    let (name, driver, subnet, gateway) = (text(), text(), text(), text());
    let (internal, attachable, ipv6) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let labels = Entries::<Pair>::new();
    let parts = move || {
        vec![
            draft::text("name", name),
            draft::text("driver", driver),
            draft::text("subnet", subnet),
            draft::text("gateway", gateway),
            draft::flag("internal", internal),
            draft::flag("attachable", attachable),
            draft::flag("ipv6", ipv6),
            draft::list("labels", labels, Pair::new, pair_parts),
        ]
    };
    let draft = Draft::keep("network", parts());
    let attempt = Attempt::new(t().could_not_create_network());
    let call = move || {
        let value = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        Ok::<_, Problem>(CreateNetwork {
            name: value(name),
            driver: value(driver),
            subnet: value(subnet),
            gateway: value(gateway),
            internal: internal.get(),
            attachable: attachable.get(),
            ipv6: ipv6.get(),
            labels: pairs(labels)?,
        })
    };
    let create = Callback::new(move |()| {
        if goes_to_fault() {
            return;
        }
        let call = match untrack(call) {
            Ok(call) => call,
            Err(problem) => return attempt.problem.set(Some(problem)),
        };
        let (called, named) = (call.name.clone(), call.name.clone());
        attempt.run(
            link::call(call),
            move |_| say(t().did_create(&named)),
            move |_| {
                draft.sent(&parts());
                close.run(());
                go(Route::Network(called));
            },
        );
    });
    let cannot = move || attempt.busy.get() || name.with(|name| name.trim().is_empty());
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=cannot on:click=move |_| create.run(())>{t().create()}</button>
        }
    };
    let tick = |label: &'static str, value: RwSignal<bool>| view! { <label><input type="checkbox" class="check" bind:checked=value/>{label}</label> };
    view! {
        <Dialog title=t().create_network() on_close=close foot=foot>
            <form class="dialog-form" on:input=move |_| attempt.forget() on:submit=move |event| { event.prevent_default(); if !cannot() { create.run(()); } }>
                {field("network-name", t().name(), name, "", true, move |name| {
                    let is_taken = || store().networks.fold(false, |taken, row| taken || row.name == name);
                    name_fault(name).filter(|_| name.len() > 1).or_else(|| is_taken().then(|| t().network_exists()))
                })}
                {field("network-driver", t().column_driver(), driver, "bridge", false, |_| None)}
                {field("network-subnet", t().column_subnet(), subnet, "10.9.0.0/16", false, |text| (!is_subnet(text)).then(|| t().not_a_subnet()))}
                {field("network-gateway", t().field_gateway(), gateway, "10.9.0.1", false, move |text| {
                    if !is_address(text) {
                        Some(t().not_an_address())
                    } else {
                        subnet.with(|subnet| subnet.trim().is_empty()).then(|| t().gateway_without_subnet())
                    }
                })}
                <p class="hint"><span>{t().subnet_hint()}</span></p>
                <div class="checks">
                    {tick(t().internal_network(), internal)}
                    {tick(t().attachable_network(), attachable)}
                    {tick("IPv6", ipv6)}
                </div>
                {label_list(t().labels(), labels, t().add_label())}
                <button class="vh" tabindex="-1" aria-hidden="true"></button>
            </form>
            <Equivalents what=Signal::derive(move || called(&call().ok()?).filter(|_| name.with(|name| !name.trim().is_empty())))/>
            {attempt.note()}
        </Dialog>
    }
}
