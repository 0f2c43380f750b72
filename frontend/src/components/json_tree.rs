//! A JSON document as a tree: searched, folded, its paths and values copied. Values of environment variables are often
//! secrets, so they are shown when somebody asks for them.

use std::collections::{HashMap, HashSet};

use leptos::{attr::custom::custom_attribute, html, prelude::*};
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    copy::copy_text,
    ui::{Glyph, Icon},
};
use crate::{browser, case, decode, i18n::t};

/// Deeper than this is folded at first.
const OPEN_LEVELS: usize = 2;

#[derive(Clone, PartialEq)]
struct Node {
    /// As jq writes it: `.Config.Env[0]`.
    path: String,
    key: String,
    level: usize,
    parent: Option<usize>,
    /// Of a leaf, as JSON; of the others, how many are in it.
    text: String,
    kind: Kind,
    /// `NAME=value` of an environment.
    secret: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Object,
    Array,
    Text,
    Number,
    Word,
}

impl Kind {
    fn holds(self) -> bool {
        matches!(self, Self::Object | Self::Array)
    }
}

/// Keeps what is searched, folded and shown when the text changes.
#[component]
pub fn JsonTree(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let nodes = Memo::new(move |_| {
        let value: Value = text.with(|text| decode::read(text).unwrap_or(Value::Null));
        let mut nodes = Vec::new();
        flatten(&value, String::new(), String::new(), 0, None, false, &mut nodes);
        nodes
    });
    let has_secrets = Memo::new(move |_| nodes.with(|nodes| nodes.iter().any(|node| node.secret)));
    // By path, whether it was opened or folded; the rest is as deep as it is.
    let chosen = RwSignal::new(HashMap::<String, bool>::new());
    let is_open = move |node: &Node| chosen.with(|chosen| chosen.get(&node.path).copied().unwrap_or(node.level < OPEN_LEVELS));
    let search = RwSignal::new(String::new());
    let secrets = RwSignal::new(false);
    let active = RwSignal::new(String::new());
    let tree = NodeRef::<html::Div>::new();
    let found = Memo::new(move |_| {
        let wanted = case::lower(search.get().trim());
        (!wanted.is_empty()).then(|| {
            nodes.with(|nodes| {
                let fits = |node: &Node| {
                    let text = if node.secret && !secrets.get() { name_of(&node.text) } else { &node.text };
                    case::lower(&node.path).contains(&wanted) || !node.kind.holds() && case::lower(text).contains(&wanted)
                };
                nodes.iter().enumerate().filter(|(_, node)| fits(node)).map(|(at, _)| at).collect::<Vec<_>>()
            })
        })
    });
    // What is found with what it is in; else what is in open ones.
    let visible = Memo::new(move |_| {
        nodes.with(|nodes| match found.get() {
            Some(found) => {
                let mut shown = HashSet::new();
                for at in found {
                    let mut next = Some(at);
                    while let Some(at) = next.filter(|at| shown.insert(*at)) {
                        next = nodes[at].parent;
                    }
                }
                (1..nodes.len()).filter(|at| shown.contains(at)).map(|at| nodes[at].clone()).collect::<Vec<_>>()
            }
            None => {
                let mut shown = vec![false; nodes.len()];
                (0..nodes.len())
                    .filter(|at| {
                        shown[*at] = nodes[*at].parent.is_none_or(|parent| shown[parent] && is_open(&nodes[parent]));
                        shown[*at] && *at > 0
                    })
                    .map(|at| nodes[at].clone())
                    .collect()
            }
        })
    });
    // The row that Tab reaches may be folded away, or gone.
    let has_active = Memo::new(move |_| active.with(|active| visible.with(|shown| shown.iter().any(|node| node.path == *active))));
    let matches = move || found.with(|found| found.as_ref().map(|found| t().match_count(found.len())));
    let toggle = move |node: &Node| {
        let now = !untrack(|| is_open(node));
        chosen.update(|chosen| {
            chosen.insert(node.path.clone(), now);
        });
    };
    let go = move |node: &Node| {
        active.set(node.path.clone());
        let path = node.path.clone();
        browser::next_frame(move || {
            let Some(rows) = tree.get_untracked().and_then(|tree| tree.query_selector_all("[role=treeitem]").ok()) else { return };
            let row = visible.with_untracked(|shown| shown.iter().position(|node| node.path == path)).and_then(|at| rows.item(at as u32));
            if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
                let _ = row.focus();
            }
        });
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let shown = visible.get_untracked();
        let Some(last) = shown.len().checked_sub(1) else { return };
        let place = active.with_untracked(|active| shown.iter().position(|node| node.path == *active)).unwrap_or(0);
        let node = &shown[place];
        let (holds, is_open) = (node.kind.holds(), untrack(|| is_open(node)));
        match event.key().as_str() {
            "ArrowDown" => go(&shown[(place + 1).min(last)]),
            "ArrowUp" => go(&shown[place.saturating_sub(1)]),
            "Home" => go(&shown[0]),
            "End" => go(&shown[last]),
            "ArrowRight" if holds && !is_open => toggle(node),
            "ArrowRight" if holds => go(&shown[(place + 1).min(last)]),
            "ArrowLeft" if holds && is_open => toggle(node),
            "ArrowLeft" => {
                if let Some(parent) = shown[..place].iter().rfind(|other| other.level < node.level) {
                    go(parent);
                }
            }
            "Enter" | " "
                if holds && event.target() == event.current_target().and_then(|_| document().active_element().map(Into::into)) =>
            {
                toggle(node)
            }
            _ => return,
        }
        event.prevent_default();
    };
    let row = move |node: Node| {
        let holds = node.kind.holds();
        let is_open = {
            let node = node.clone();
            Memo::new(move |_| found.with(Option::is_some) || is_open(&node))
        };
        let (own, focused, clicked) = (node.path.clone(), node.path.clone(), node.clone());
        let is_active = Memo::new(move |_| active.with(|active| *active == own));
        let is_first = {
            let path = node.path.clone();
            move || !has_active.get() && visible.with(|shown| shown.first().is_some_and(|first| first.path == path))
        };
        let (secret, whole) = (node.secret, node.text.clone());
        let shown =
            move || if secret && !secrets.get() { format!("\"{}=••••••••\"", name_of(&whole)) } else { whole.clone() };
        let kind = match node.kind {
            Kind::Text => "j-str",
            Kind::Number => "j-num",
            Kind::Word => "j-word",
            Kind::Object | Kind::Array => "t3",
        };
        let (path, text) = (node.path.clone(), node.text.clone());
        let called = node.path.clone();
        let copy_path = move |_| copy_text(path.clone(), path.clone());
        let copy_value = move |_| {
            // A text without its quotes.
            let plain = decode::read::<String>(&text).unwrap_or_else(|| text.clone());
            copy_text(plain, called.clone());
        };
        view! {
            <div
                class="j-row"
                role="treeitem"
                tabindex=move || if is_active.get() || is_first() { "0" } else { "-1" }
                {..custom_attribute("aria-level", node.level.to_string())}
                aria-expanded=move || holds.then(|| is_open.get().to_string())
                aria-selected=move || is_active.get().to_string()
                style:--level=node.level.to_string()
                on:focus=move |_| active.set(focused.clone())
                on:click=move |_| {
                    if holds {
                        toggle(&clicked);
                    }
                }
            >
                <span class="j-fold">{holds.then(|| view! { <Glyph icon=Icon::ChevRight/> })}</span>
                <span class="j-key">{node.key}</span>
                <span class=format!("j-val {kind}")>{shown}</span>
                <span class="j-acts" on:click=|event| event.stop_propagation()>
                    <button type="button" tabindex="-1" class="btn ghost sm" on:click=copy_path>{t().copy_path()}</button>
                    {(!holds).then(|| view! { <button type="button" tabindex="-1" class="btn ghost sm" on:click=copy_value>{t().copy_value()}</button> })}
                </span>
            </div>
        }
    };
    let each = move |is_open: fn(&Node) -> bool| {
        let all = nodes
            .with_untracked(|nodes| nodes.iter().filter(|node| node.kind.holds()).map(|node| (node.path.clone(), is_open(node))).collect());
        chosen.set(all);
    };
    let all = move |_| each(|_| true);
    let none = move |_| each(|node| node.parent.is_none());
    view! {
        <div class="json">
            <div class="toolbar">
                <label class="input ct-filter">
                    <Glyph icon=Icon::Search/>
                    <input type="search" aria-label=t().search_json() placeholder=t().search_json() spellcheck="false" bind:value=search/>
                </label>
                <span class="t3 num" role="status" aria-label=t().matches()>{matches}</span>
                <div class="end">
                    {move || has_secrets.get().then(|| view! {
                        <button type="button" class="btn ghost" aria-pressed=move || secrets.get().to_string() on:click=move |_| secrets.update(|shown| *shown = !*shown)>
                            {move || view! { <Glyph icon=if secrets.get() { Icon::EyeOff } else { Icon::Eye }/> }}{t().show_values()}
                        </button>
                    })}
                    <button type="button" class="btn ghost" on:click=all>{t().expand_all()}</button>
                    <button type="button" class="btn ghost" on:click=none>{t().collapse_all()}</button>
                    <button type="button" class="btn ghost" on:click=move |_| copy_text(text.get_untracked(), "JSON".to_owned())><Glyph icon=Icon::Copy/>{t().copy_json()}</button>
                </div>
            </div>
            <div class="j-tree mono" role="tree" aria-label=t().section_raw() node_ref=tree on:keydown=on_key>
                <For each=move || visible.get() key=|node| (node.path.clone(), node.text.clone(), node.kind.holds()) children=row/>
            </div>
            {move || found.with(|found| found.as_ref().is_some_and(Vec::is_empty)).then(|| view! { <p class="t3 card-none">{t().nothing_found()}</p> })}
        </div>
    }
}

fn name_of(text: &str) -> &str {
    text.trim_start_matches('"').split('=').next().unwrap_or_default()
}

fn flatten(value: &Value, key: String, path: String, level: usize, parent: Option<usize>, in_environment: bool, nodes: &mut Vec<Node>) {
    let at = nodes.len();
    let (kind, text) = match value {
        Value::Object(map) => (Kind::Object, if map.is_empty() { "{}".to_owned() } else { format!("{{{}}}", map.len()) }),
        Value::Array(list) => (Kind::Array, if list.is_empty() { "[]".to_owned() } else { format!("[{}]", list.len()) }),
        Value::String(_) => (Kind::Text, value.to_string()),
        Value::Number(_) => (Kind::Number, value.to_string()),
        Value::Bool(_) | Value::Null => (Kind::Word, value.to_string()),
    };
    // Nothing to fold in an empty one.
    let kind = if matches!(text.as_str(), "{}" | "[]") { Kind::Word } else { kind };
    nodes.push(Node { path: path.clone(), key, level, parent, text, kind, secret: in_environment && kind == Kind::Text });
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                flatten(
                    value,
                    key.clone(),
                    format!("{path}{}", path_part(key)),
                    level + 1,
                    Some(at),
                    in_environment || key == "Env",
                    nodes,
                );
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                flatten(value, index.to_string(), format!("{path}[{index}]"), level + 1, Some(at), in_environment, nodes);
            }
        }
        _ => {}
    }
}

fn path_part(key: &str) -> String {
    let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !key.starts_with(|c: char| c.is_ascii_digit());
    if is_plain && !key.is_empty() { format!(".{key}") } else { format!("[{}]", Value::String(key.to_owned())) }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn paths_are_those_of_jq_and_an_environment_is_secret() {
        let value = serde_json::json!({ "Config": { "Env": ["A=b"], "a-b": {} } });
        let mut nodes = Vec::new();
        flatten(&value, String::new(), String::new(), 0, None, false, &mut nodes);
        let paths: Vec<_> = nodes.iter().map(|node| (node.path.as_str(), node.secret)).collect();
        assert_eq!(paths, [("", false), (".Config", false), (".Config.Env", false), (".Config.Env[0]", true), (".Config[\"a-b\"]", false)]);
        assert_eq!(name_of(&nodes[3].text), "A");
    }
}
