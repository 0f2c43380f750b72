//! What the image says of how it is run, each to be taken into the form with one click.

use leptos::prelude::*;
use linkspan_shared::{call::InspectImage, image::ImageDetails, problem::Problem};

use super::fields::{Fields, MountFields, Pair, PortFields};
use crate::{
    browser::{self, spawn_scoped},
    components::{
        reference_field::is_here,
        ui::{Glyph, Icon},
    },
    i18n::t,
    link,
};

/// Milliseconds without a key before the engine is asked.
const TYPING: u32 = 300;

#[component]
pub fn OfImage(fields: Fields) -> impl IntoView {
    // What is taken over stays when another image is named.
    let owner = StoredValue::new_local(Owner::current());
    let answer = RwSignal::new(None::<Result<ImageDetails, Problem>>);
    let wanted = Memo::new(move |_| Some(fields.image.with(|image| image.trim().to_owned())).filter(|image| is_here(image)));
    Effect::new(move || {
        let Some(image) = wanted.get() else { return answer.set(None) };
        spawn_scoped(async move {
            browser::sleep(TYPING).await;
            let is_wanted = || wanted.try_get_untracked().flatten().as_ref() == Some(&image);
            if !is_wanted() {
                return;
            }
            let told = link::call(InspectImage { image: image.clone() }).await;
            if is_wanted() {
                answer.try_set(Some(told));
            }
        });
    });
    // The place is taken before the answer is here: what is below stays where it is about to be
    // clicked. What cannot be told is no hindrance: the engine knows it when it makes the container.
    move || {
        let details = match answer.get() {
            _ if wanted.with(Option::is_none) => return None,
            Some(Err(_)) => return None,
            Some(Ok(details)) => Some(details),
            None => None,
        };
        let is_busy = details.is_none();
        Some(view! {
            <section class="of-image" aria-label=t().image_says() aria-busy=is_busy.to_string()>
                <b>{t().image_says()}</b>
                {details.map(|details| view! { <Said details=details fields=fields owner=owner/> })}
            </section>
        })
    }
}

#[component]
fn Said(details: ImageDetails, fields: Fields, owner: StoredValue<Option<Owner>, LocalStorage>) -> impl IntoView {
    let kept = move |add: &dyn Fn()| match owner.get_value() {
        Some(owner) => owner.with(add),
        None => add(),
    };
    let words = |words: &[String]| Some(shell_words::join(words)).filter(|text| !text.is_empty());
    let facts = [
        (t().entrypoint(), words(&details.entrypoint)),
        (t().command(), words(&details.command)),
        (t().working_directory(), Some(details.working_dir).filter(|text| !text.is_empty())),
        (t().user(), Some(details.user).filter(|text| !text.is_empty())),
        (t().group_health(), words(&details.health_check)),
        (t().stop_signal(), Some(details.stop_signal).filter(|text| !text.is_empty())),
    ];
    let port = move |port: String| {
        let (number, protocol) =
            port.split_once('/').map_or((port.clone(), "tcp".to_owned()), |(number, protocol)| (number.to_owned(), protocol.to_owned()));
        let is_there = {
            let number = number.clone();
            move || fields.ports.all().iter().any(|port| port.container_port.with(|text| text.trim() == number))
        };
        let take = move |_| {
            kept(&|| {
                let port = PortFields::new();
                port.host_port.set(number.clone());
                port.container_port.set(number.clone());
                port.protocol.set(protocol.clone());
                fields.ports.add(port);
            });
        };
        offer(t().publish_port(&port), is_there, take)
    };
    let volume = move |target: String| {
        let (at, of) = (target.clone(), target.clone());
        let is_there = move || fields.mounts.all().iter().any(|mount| mount.target.with(|text| text.trim() == of));
        let take = move |_| {
            kept(&|| {
                let mount = MountFields::new();
                mount.target.set(at.clone());
                fields.mounts.add(mount);
            });
        };
        offer(t().mount_at(&target), is_there, take)
    };
    let variable = move |line: String| {
        let (name, value) = line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap_or_default();
        let of = name.clone();
        let is_there = move || fields.environment.all().iter().any(|pair| pair.name.with(|text| text.trim() == of));
        let label = t().change_variable(&name);
        let take = move |_| {
            kept(&|| {
                let pair = Pair::new();
                pair.name.set(name.clone());
                pair.value.set(value.clone());
                fields.environment.add(pair);
            });
        };
        offer(label, is_there, take)
    };
    view! {
        <dl>
            {facts.into_iter().filter_map(|(name, value)| Some((name, value?))).map(|(name, value)| view! { <div><dt>{name}</dt><dd class="mono">{value}</dd></div> }).collect_view()}
        </dl>
        <div class="of-image-offers">
            {details.ports.into_iter().map(port).collect_view()}
            {details.volumes.into_iter().map(volume).collect_view()}
            {details.environment.into_iter().map(variable).collect_view()}
        </div>
    }
}

fn offer(
    label: String,
    is_there: impl Fn() -> bool + Send + Sync + 'static,
    take: impl Fn(web_sys::MouseEvent) + 'static,
) -> impl IntoView {
    view! { <button type="button" class="btn sm" disabled=is_there on:click=take><Glyph icon=Icon::Plus/>{label}</button> }
}
