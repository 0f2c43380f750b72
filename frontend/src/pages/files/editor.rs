//! A text file under somebody's hands. What is typed is kept as a draft; what somebody else wrote meanwhile is told before it
//! is lost.

use leptos::prelude::*;
use linkspan_shared::{call::ReadFile, file::FileText, problem::ProblemCode};
use wasm_bindgen::JsValue;

use super::{
    Source, at_bridge,
    text::{LineEnd, changed},
};
use crate::{
    address::replace,
    browser,
    components::{
        attempt::Attempt,
        draft::{self, Draft},
        keys,
        ui::{Glyph, Icon, dialog::Dialog},
    },
    i18n::t,
    link,
    route::encoded,
    store::{say, store},
};

#[component]
pub fn Editor(source: Source, path: String, file: FileText) -> impl IntoView {
    let store = store();
    let read = file.text.unwrap_or_default();
    let end = LineEnd::of(&read).unwrap_or(LineEnd::Lf);
    // What was read, what has become of it under somebody's hands, and the digest of what it is to take the place of.
    let base = RwSignal::new(end.taken_from(&read));
    let text = RwSignal::new(base.get_untracked());
    let there_when_opened = file.digest.unwrap_or_default();
    let digest = RwSignal::new(there_when_opened.clone());
    let parts = move || vec![draft::text("text", text), draft::text("base", base), draft::text("digest", digest)];
    let kept = Draft::keep(format!("file:{}", source.address(&[("file", &path)])), parts());
    // What is there now, where that is not what it was made from.
    let other = RwSignal::new(None::<(String, String)>);
    // A draft may be of an older one.
    let is_restored = StoredValue::new(false);
    let opened = (base.get_untracked(), there_when_opened);
    Effect::new(move || {
        if digest.with(|digest| *digest != opened.1) && !is_restored.get_value() {
            is_restored.set_value(true);
            other.set(Some(opened.clone()));
        }
    });
    let is_dirty = Memo::new(move |_| text.with(|text| base.with(|base| text != base)));
    let attempt = Attempt::new(t().could_not_save(&path));
    let leave = {
        let path = path.clone();
        Callback::new(move |()| {
            kept.sent(&parts());
            replace(source.address(&[("file", &path)]));
        })
    };
    let save = {
        let path = path.clone();
        Callback::new(move |()| {
            if attempt.busy.get_untracked() || !store.is_live() {
                return;
            }
            let (path, said, written) = (path.clone(), path.clone(), text.get_untracked());
            let (of, expected, bytes) = (source.of(), digest.get_untracked(), end.put_into(&written));
            let sent = async move {
                let url = at_bridge(&of, "file", &path, &format!("&digest={}", encoded(&expected)));
                match browser::send(&url, &JsValue::from_str(&bytes)).await {
                    Err(problem) if problem.code == ProblemCode::Conflict => {
                        // Whether somebody was faster only what is there now tells.
                        let there = link::call(ReadFile { source: of, path }).await?;
                        let is_other = there.digest.as_ref().is_none_or(|there| *there != expected);
                        if is_other { Ok(Err(there)) } else { Err(problem) }
                    }
                    answer => answer.map(Ok),
                }
            };
            attempt.run(
                sent,
                move |answer: &Result<String, FileText>| {
                    if answer.is_ok() {
                        say(t().did_save(&said));
                    }
                },
                move |answer| match answer {
                    Ok(saved) => {
                        is_restored.set_value(true);
                        base.set(written);
                        digest.set(saved);
                        other.set(None);
                        kept.sent(&parts());
                    }
                    Err(there) => other.set(Some((end.taken_from(&there.text.unwrap_or_default()), there.digest.unwrap_or_default()))),
                },
            );
        })
    };
    let overwrite = Callback::new(move |()| {
        if let Some((now, there)) = other.get_untracked() {
            base.set(now);
            digest.set(there);
            other.set(None);
            save.run(());
        }
    });
    let take = Callback::new(move |()| {
        if let Some((now, there)) = other.get_untracked() {
            base.set(now.clone());
            text.set(now);
            digest.set(there);
            other.set(None);
        }
    });
    let asks = RwSignal::new(false);
    let cancel = move |_| if is_dirty.get_untracked() { asks.set(true) } else { leave.run(()) };
    let discard = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| asks.set(false)>{t().keep_editing()}</button>
            <button type="button" class="btn danger" on:click=move |_| leave.run(())>{t().discard_changes()}</button>
        }
    };
    let discarded = path.clone();
    let shown = path.clone();
    view! {
        {move || other.get().map(|(now, _)| {
            let changed = base.with_untracked(|base| changed(base, &now));
            view! {
                <div class="note warn-role changed" role="alert">
                    <Glyph icon=Icon::Warn/>
                    <div>
                        <p><b>{t().changed_meanwhile_title(&shown)}</b>" "{t().changed_meanwhile_text(changed.first, changed.lines.len(), changed.before)}</p>
                        {(!changed.lines.is_empty()).then(|| view! { <pre class="mono" tabindex="0">{changed.lines.join("\n")}</pre> })}
                        <p class="note-acts">
                            <button type="button" class="btn sm" on:click=move |_| take.run(())>{t().take_other_text()}</button>
                            <button type="button" class="btn sm danger" on:click=move |_| overwrite.run(())>{t().overwrite()}</button>
                        </p>
                    </div>
                </div>
            }
        })}
        <div class="editor-notes">{attempt.note()}</div>
        <textarea
            class="code mono editor"
            aria-label=t().text_of(&path)
            spellcheck="false"
            autocapitalize="off"
            wrap="off"
            autofocus
            prop:value=move || text.get()
            on:input=move |event| {
                text.set(event_target_value(&event));
                attempt.forget();
            }
            on:keydown=move |event| {
                let is_save = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("s");
                if is_save && !keys::is_composing(&event) {
                    event.prevent_default();
                    if !event.repeat() && is_dirty.get_untracked() && other.with_untracked(Option::is_none) {
                        save.run(());
                    }
                }
            }
        ></textarea>
        <footer class="editor-foot">
            <span class="t3">{move || if is_dirty.get() { t().unsaved_changes() } else { "" }}</span>
            <button type="button" class="btn" on:click=cancel>{t().close()}</button>
            <button
                type="button"
                class="btn primary"
                disabled=move || !is_dirty.get() || attempt.busy.get() || !store.is_live() || other.with(Option::is_some)
                on:click=move |_| save.run(())
            >
                {t().save()}
            </button>
        </footer>
        {move || asks.get().then(|| view! {
            <Dialog title=t().discard_title(&discarded) on_close=Callback::new(move |()| asks.set(false)) foot=discard>
                <p>{t().discard_text()}</p>
            </Dialog>
        })}
    }
}
