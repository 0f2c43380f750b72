//! "Paste docker run…": a line of the docker command fills the form in.

use leptos::prelude::*;
use linkspan_shared::docker_run::{Line, LineFault, parse};

use super::fields::Fields;
use crate::{
    browser,
    components::ui::{Glyph, Icon, dialog::Dialog},
    i18n::t,
};

/// What of a line is not in the form, for whoever pasted it.
#[derive(Clone, Default, PartialEq)]
pub struct Rest {
    /// It is not lost, but stays.
    is_kept: bool,
    left_out: Vec<String>,
    unexpanded: Vec<String>,
}

impl Rest {
    pub fn of(left_out: Vec<String>) -> Self {
        Self { left_out, ..Self::default() }
    }

    /// Of a container that is edited.
    pub fn kept(left_out: Vec<String>) -> Self {
        Self { is_kept: true, left_out, ..Self::default() }
    }

    pub fn note(rest: RwSignal<Self>) -> impl IntoView {
        move || {
            let Rest { is_kept, left_out, unexpanded } = rest.get();
            let title = if is_kept { t().edit_keeps() } else { t().not_taken_over() };
            let parts =
                [(!left_out.is_empty()).then_some((title, left_out)), (!unexpanded.is_empty()).then(|| (t().shell_fills_in(), unexpanded))];
            let has_any = parts.iter().any(Option::is_some);
            has_any.then(|| {
                view! {
                    <div class="note" class:warn-role=!is_kept role="status" aria-label=title>
                        <Glyph icon=Icon::Warn/>
                        <div>{parts.into_iter().flatten().map(|(what, words)| view! { <p>{what}" "<code>{words.join("  ")}</code></p> }).collect_view()}</div>
                        <button type="button" class="btn ghost sm icon-only" aria-label=t().dismiss() on:click=move |_| rest.set(Rest::default())><Glyph icon=Icon::X/></button>
                    </div>
                }
            })
        }
    }
}

#[component]
pub fn Paste(fields: Fields, rest: RwSignal<Rest>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    // What it fills in stays when the dialog is gone.
    let owner = StoredValue::new_local(Owner::current());
    let taken = Callback::new(move |line: Line| {
        let fill = || fields.fill(&line.spec);
        match owner.get_value() {
            Some(owner) => owner.with(fill),
            None => fill(),
        }
        rest.set(Rest { is_kept: false, left_out: line.left_out.clone(), unexpanded: line.unexpanded.clone() });
        is_open.set(false);
    });
    view! {
        <button type="button" class="btn" on:click=move |_| is_open.set(true)><Glyph icon=Icon::Terminal/>{t().paste_run()}</button>
        <Show when=move || is_open.get()><PasteDialog close=Callback::new(move |()| is_open.set(false)) taken=taken/></Show>
    }
}

#[component]
fn PasteDialog(close: Callback<()>, taken: Callback<Line>) -> impl IntoView {
    let (text, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    // Files of variables that the line names, with what is in them.
    let files = RwSignal::new(Vec::<(String, RwSignal<String>)>::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        match untrack(|| line_of(&text.get(), files)) {
            Ok(Some(line)) => taken.run(line),
            Ok(None) => wrong.set(None),
            Err(why) => wrong.set(Some(why)),
        }
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="submit" form="paste-run" class="btn primary" disabled=move || text.with(|text| text.trim().is_empty())>{t().fill_in()}</button>
        }
    };
    view! {
        <Dialog title=t().paste_run() on_close=close foot=foot>
            <form id="paste-run" on:submit=submit>
                <div class="field">
                    <label for="paste-line">{t().command_line()}</label>
                    <textarea
                        id="paste-line"
                        class="input mono area"
                        rows="8"
                        autofocus
                        spellcheck="false"
                        autocapitalize="none"
                        autocomplete="off"
                        aria-describedby="paste-hint"
                        placeholder="docker run --detach --publish 8080:80 nginx"
                        prop:value=move || text.get()
                        on:input=move |event| {
                            text.set(event_target_value(&event));
                            wrong.set(None);
                        }
                    ></textarea>
                    <p class="hint" id="paste-hint"><span>{t().paste_hint()}</span></p>
                </div>
                <For each=move || files.get() key=|(name, _)| name.clone() children=move |(name, content)| {
                    let label = t().contents_of(&name);
                    let id = files.with_untracked(|files| files.iter().position(|(known, _)| *known == name)).map(file_id);
                    view! {
                        <label class="field">
                            <span>{label}</span>
                            <textarea id=id class="input mono area" rows="5" spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=content></textarea>
                        </label>
                    }
                }/>
                {move || wrong.get().map(|text| view! { <div class="note danger-role" role="alert"><Glyph icon=Icon::XCircle/><p>{text}</p></div> })}
            </form>
        </Dialog>
    }
}

/// `None`: what is in its files has to be asked for first.
fn line_of(text: &str, files: RwSignal<Vec<(String, RwSignal<String>)>>) -> Result<Option<Line>, String> {
    let mut line = parse(text).map_err(|fault| words(&fault))?;
    let known = files.get();
    for name in &line.env_files {
        if files.with(|files| files.iter().all(|(known, _)| known != name)) {
            files.update(|files| files.push((name.clone(), RwSignal::new(String::new()))));
        }
    }
    if files.with(Vec::len) > known.len() {
        browser::focus_on(&file_id(known.len()));
        return Ok(None);
    }
    let mut found = Vec::new();
    for name in &line.env_files {
        let content = known.iter().find(|(known, _)| known == name).map(|(_, content)| content.get()).unwrap_or_default();
        let variables = env_file(&content).ok_or_else(|| t().no_variables(name))?;
        if variables.is_empty() {
            line.left_out.push(format!("--env-file {name}"));
        }
        for (name, value) in variables {
            match value {
                Some(value) => found.push((name, value)),
                None => line.left_out.push(format!("--env {name}")),
            }
        }
    }
    // What the line says itself counts more.
    found.retain(|(name, _)| line.spec.environment.iter().all(|(own, _)| own != name));
    line.spec.environment.splice(0..0, found);
    Ok(Some(line))
}

fn file_id(at: usize) -> String {
    format!("paste-file-{at}")
}

/// As `docker run --env-file` reads it: quotation marks are a part of the value, and a name without one is the shell's variable.
fn env_file(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let variable = |line: &str| {
        let (name, value) = line.split_once('=').map_or((line.trim_end(), None), |(name, value)| (name, Some(value.to_owned())));
        (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| (name.to_owned(), value))
    };
    lines.map(variable).collect()
}

fn words(fault: &LineFault) -> String {
    match fault {
        LineFault::Unclosed => t().split_unclosed().to_owned(),
        LineFault::OtherCommand => t().line_is_other().to_owned(),
        LineFault::UnknownOption(option) => t().line_option_unknown(option),
        LineFault::ValueMissing(option) => t().line_value_missing(option),
        LineFault::ImageMissing => t().line_image_missing().to_owned(),
    }
}
