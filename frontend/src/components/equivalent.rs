//! What is about to be done, or was done, as commands and programs.

use std::{cell::Cell, str::CharIndices};

use leptos::prelude::*;
use linkspan_shared::{
    call::{Call, Explain},
    explain::{Equivalent, Explained, Language},
    ids::EngineId,
    json::Json,
    problem::Problem,
};

use super::{
    copy::copy_text,
    ui::{Glyph, Icon, problem_note::ProblemLine},
};
use crate::{
    browser::{self, spawn_scoped},
    i18n::t,
    link::{self, LinkState},
};

/// Milliseconds without a key before it is asked for again.
const TYPING: u32 = 250;
/// What was chosen last, for all there will be.
const CHOSEN: &str = "language-of-commands";

thread_local! {
    /// Of the elements' ids: a dialog may show one above a page that shows another.
    static SHOWN: Cell<u32> = const { Cell::new(0) };
    /// Of no page: what is chosen on one counts on all.
    static LANGUAGE: (Owner, RwSignal<Language>) = {
        let owner = Owner::new_root(None);
        let known = browser::stored(CHOSEN).and_then(|name| Language::ALL.into_iter().find(|known| known.name() == name));
        let language = owner.with(|| RwSignal::new(known.unwrap_or(Language::Docker)));
        (owner, language)
    };
}

/// A call that could be made.
pub fn called<C: Call>(call: &C) -> Option<Explained> {
    Some(Explained::Call { call: C::NAME.to_owned(), arguments: Json::of(call).ok()? })
}

/// Follows what is typed; where nothing can be said of it yet, what was shown last stays.
#[component]
pub fn Equivalents(
    #[prop(into)] what: Signal<Option<Explained>>,
    /// The default one, or the page's, if `None`.
    #[prop(optional_no_strip)]
    engine: Option<EngineId>,
) -> impl IntoView {
    let found = RwSignal::new(None::<Result<Vec<Equivalent>, Problem>>);
    let what = Memo::new(move |_| what.get());
    Effect::new(move |before: Option<()>| {
        // What was lost with the connection is asked for again.
        let (Some(wanted), true) = (what.get(), link::link().state.with(|state| *state == LinkState::Connected)) else { return };
        let engine = engine.clone().or_else(link::engine);
        let is_first = before.is_none();
        spawn_scoped(async move {
            if !is_first {
                browser::sleep(TYPING).await;
            }
            let is_wanted = || what.try_with_untracked(|now| now.as_ref() == Some(&wanted)).unwrap_or(false);
            if !is_wanted() {
                return;
            }
            let answer = link::call_on(engine, Explain { what: wanted.clone() }).await;
            if is_wanted() {
                found.try_set(Some(answer));
            }
        });
    });
    let kind = Memo::new(move |_| {
        found.with(|found| match found {
            Some(Err(problem)) => Kind::Unknown(problem.clone()),
            Some(Ok(all)) if !all.is_empty() => Kind::Shown,
            _ => Kind::Nothing,
        })
    });
    move || match kind.get() {
        Kind::Nothing => ().into_any(),
        Kind::Unknown(problem) => view! { <Unknown problem=problem/> }.into_any(),
        Kind::Shown => view! { <Shown found=found/> }.into_any(),
    }
}

#[derive(Clone, PartialEq)]
enum Kind {
    Nothing,
    Unknown(Problem),
    /// Whatever it is: it stays in its place while that becomes another.
    Shown,
}

#[component]
fn Unknown(problem: Problem) -> impl IntoView {
    view! {
        <section class="equiv" aria-label=t().equivalent()>
            <header class="equiv-head"><b class="equiv-title">{t().equivalent()}</b></header>
            <p class="why t3">{t().no_equivalent()}</p>
            <ProblemLine problem=problem/>
        </section>
    }
}

#[component]
fn Shown(found: RwSignal<Option<Result<Vec<Equivalent>, Problem>>>) -> impl IntoView {
    let language = LANGUAGE.with(|(_, language)| *language);
    let number = SHOWN.with(|shown| shown.replace(shown.get().wrapping_add(1)));
    let text = Memo::new(move |_| {
        found.with(|found| {
            let all = found.as_ref().and_then(|found| found.as_ref().ok());
            all.and_then(|all| all.iter().find(|one| one.language == language.get())).map(|one| one.text.clone()).unwrap_or_default()
        })
    });
    let choose = move |to: Language| {
        browser::store(CHOSEN, to.name());
        language.set(to);
    };
    let id = move |of: Language| format!("equivalent-{number}-{}", of.name());
    let tab = move |of: Language| {
        let step = move |event: web_sys::KeyboardEvent| {
            let at = Language::ALL.iter().position(|known| *known == of).unwrap_or_default();
            let last = Language::ALL.len() - 1;
            let to = match event.key().as_str() {
                "ArrowLeft" => at.checked_sub(1).unwrap_or(last),
                "ArrowRight" => (at + 1) % (last + 1),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            if let Some(to) = Language::ALL.get(to) {
                choose(*to);
                browser::focus_on(&id(*to));
            }
        };
        view! {
            <button
                type="button"
                role="tab"
                class="mono"
                id=id(of)
                aria-selected=move || (language.get() == of).to_string()
                aria-controls=format!("equivalent-{number}")
                tabindex=move || if language.get() == of { "0" } else { "-1" }
                on:click=move |_| choose(of)
                on:keydown=step
            >
                {of.name()}
            </button>
        }
    };
    view! {
        <section class="equiv" aria-label=t().equivalent()>
            <header class="equiv-head">
                <b class="equiv-title">{t().equivalent()}</b>
                <div class="equiv-tabs" role="tablist" aria-label=t().equivalent()>{Language::ALL.map(tab).collect_view()}</div>
                <button type="button" class="btn ghost sm" on:click=move |_| copy_text(text.get_untracked(), language.get_untracked().name().to_owned())>
                    <Glyph icon=Icon::Copy/>{t().copy()}
                </button>
            </header>
            <pre id=format!("equivalent-{number}") role="tabpanel" aria-labelledby=move || id(language.get()) tabindex="0">
                {move || text.with(|text| pieces(text).into_iter().map(|(class, piece)| view! { <span class=class>{piece.to_owned()}</span> }).collect_view())}
            </pre>
        </section>
    }
}

/// A text in pieces: comments, strings, options, and the rest. A look at it, no grammar.
fn pieces(text: &str) -> Vec<(&'static str, &str)> {
    let mut pieces = Vec::new();
    let (mut from, mut chars) = (0, text.char_indices());
    let mut before = '\n';
    while let Some((at, char)) = chars.next() {
        let begins = before.is_whitespace();
        let (class, end) = match char {
            '#' if begins => ("c", line_end(text, at)),
            '/' if begins && text[at..].starts_with("//") => ("c", line_end(text, at)),
            '\'' | '"' | '`' => ("s", string_end(char, chars.clone(), text.len())),
            '-' if begins => {
                ("f", text[at..].find(|char: char| !char.is_ascii_alphanumeric() && char != '-').map_or(text.len(), |length| at + length))
            }
            _ => {
                before = char;
                continue;
            }
        };
        if from < at {
            pieces.push(("", &text[from..at]));
        }
        pieces.push((class, &text[at..end]));
        from = end;
        while chars.clone().next().is_some_and(|(next, _)| next < end) {
            chars.next();
        }
        before = text[..end].chars().next_back().unwrap_or('\n');
    }
    if from < text.len() {
        pieces.push(("", &text[from..]));
    }
    pieces
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |length| from + length)
}

/// Behind the quote that closes it; in single quotes and backquotes a backslash is one.
fn string_end(quote: char, mut rest: CharIndices<'_>, end: usize) -> usize {
    while let Some((at, char)) = rest.next() {
        match char {
            '\\' if quote == '"' => {
                rest.next();
            }
            char if char == quote => return at + char.len_utf8(),
            _ => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_lost() {
        for text in ["# a\ndocker run --name 'a b' \"c\\\"d\" -- x", "", "'", "\"größe\\", "// x\n\tcheck(`{\n}`) a-b", "-", "--x=ü"] {
            assert_eq!(pieces(text).iter().map(|(_, piece)| *piece).collect::<String>(), text);
        }
        assert_eq!(pieces("run --name 'a b' # c"), [("", "run "), ("f", "--name"), ("", " "), ("s", "'a b'"), ("", " "), ("c", "# c")]);
    }
}
