//! How the name of an image is read: the same parts, faults and words wherever one is typed or shown.

use leptos::prelude::*;
use linkspan_shared::reference::{DEFAULT_TAG, Reference, ReferenceFault};

use super::ui::{Glyph, Icon};
use crate::{i18n::t, store::store};

/// Registry, repository, tag and digest; what nobody typed stands back.
#[component]
pub fn ReferenceParts(#[prop(into)] text: Signal<String>) -> impl IntoView {
    move || {
        let text = text.get();
        let text = text.trim();
        let reference = Reference::parse(text).ok()?;
        let implied = reference.implied_in(text);
        let tag = reference.tag.clone().or_else(|| implied.tag.then(|| DEFAULT_TAG.to_owned()));
        let digest = reference.digest.as_ref().map(|digest| digest.get(..19).unwrap_or(digest).to_owned());
        let part = |text: String, is_implied: bool| {
            let title = is_implied.then(|| t().implied());
            view! { <span class="trunc" class:t3=is_implied title=title>{text}</span> }
        };
        Some(view! {
            {part(t().parsed_registry(&reference.registry), implied.registry)}
            {part(t().parsed_repository(&reference.repository), false)}
            {tag.map(|tag| part(t().parsed_tag(&tag), implied.tag))}
            {digest.map(|digest| part(t().parsed_digest(&digest), false))}
        })
    }
}

/// What is wrong with it, and what would be right where that is plain.
#[component]
pub fn FaultNote(
    fault: ReferenceFault,
    on_use: Callback<String>,
    /// It is said by itself; otherwise it describes its field, and what is sent all the same is answered with an alert.
    #[prop(optional)]
    is_alert: bool,
) -> impl IntoView {
    let better = match &fault {
        ReferenceFault::UpperCase(better) => Some(better.clone()),
        _ => None,
    };
    view! {
        <p class="hint bad parsed" role=is_alert.then_some("alert")>
            <Glyph icon=Icon::XCircle/>
            <span>{t().reference_fault(&fault)}</span>
            {better.map(|better| {
                let label = t().use_instead(&better);
                view! { <button type="button" class="link" on:click=move |_| on_use.run(better.clone())>{label}</button> }
            })}
        </p>
    }
}

/// Below a field for the name of a new image, or of one that is to be run: what it means, or what is wrong with it.
#[component]
pub fn ReferenceHint(
    text: RwSignal<String>,
    /// Named by the field.
    id: &'static str,
    /// What is said while nothing was typed.
    empty: &'static str,
    /// It is to be the name of a new image, which is no digest.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let fault = Memo::new(move |_| text.with(|text| fault_of(text, is_new)));
    let use_it = Callback::new(move |better: String| text.set(better));
    view! {
        <div id=id class="reference-hint">
            {move || match fault.get() {
                Some(fault) => view! { <FaultNote fault=fault on_use=use_it/> }.into_any(),
                // An ID, or the beginning of one, has no parts.
                None if text.with(|text| text.trim().is_empty() || is_known_id(text.trim())) => view! { <p class="hint"><span>{empty}</span></p> }.into_any(),
                None => view! { <div class="hint parsed"><ReferenceParts text=text/></div> }.into_any(),
            }}
        </div>
    }
}

/// What keeps a text from being a name; nothing is none yet, and an image of this engine may be meant by its ID.
pub fn fault_of(text: &str, is_new: bool) -> Option<ReferenceFault> {
    let text = text.trim();
    // What it begins with, or is being typed.
    if text.is_empty() || text.ends_with(':') || !is_new && is_known_id(text) {
        return None;
    }
    match Reference::parse(text) {
        Ok(Reference { digest: Some(_), .. }) if is_new => Some(ReferenceFault::DigestNotWanted),
        parsed => parsed.err(),
    }
}

fn is_known_id(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    digits.len() >= 12
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && store().images.fold(false, |found, image| found || image.id.0.trim_start_matches("sha256:").starts_with(digits))
}

/// Some image of the engine goes by this.
pub fn is_here(text: &str) -> bool {
    store().images.fold(false, |found, image| found || image.is_meant_by(text))
}
