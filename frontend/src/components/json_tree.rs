//! A JSON document as a tree: searched, folded, its paths and values copied. Values of environment variables are often
//! secrets, so they are shown when somebody asks for them.

use std::collections::HashSet;

use leptos::{html, prelude::*};
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    actions::copy_text,
    ui::{Glyph, Icon},
};
use crate::{browser, i18n::t};

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

#[component]
pub fn JsonTree(#[prop(into)] text: String) -> impl IntoView {
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let mut nodes = Vec::new();
    flatten(&value, String::new(), String::new(), 0, None, false, &mut nodes);
    let has_secrets = nodes.iter().any(|node| node.secret);
    let nodes = StoredValue::new(nodes);
    let open = RwSignal::new(nodes.with_value(|nodes| {
        nodes.iter().enumerate().filter(|(_, node)| node.kind.holds() && node.level < OPEN_LEVELS).map(|(at, _)| at).collect::<HashSet<_>>()
    }));
    let search = RwSignal::new(String::new());
    let secrets = RwSignal::new(false);
    let active = RwSignal::new(0usize);
    let tree = NodeRef::<html::Div>::new();
    let found = Memo::new(move |_| {
        let wanted = search.get().trim().to_lowercase();
        (!wanted.is_empty()).then(|| {
            nodes.with_value(|nodes| {
                let fits = |node: &Node| {
                    let text = if node.secret && !secrets.get() { name_of(&node.text) } else { &node.text };
                    node.path.to_lowercase().contains(&wanted) || !node.kind.holds() && text.to_lowercase().contains(&wanted)
                };
                nodes.iter().enumerate().filter(|(_, node)| fits(node)).map(|(at, _)| at).collect::<Vec<_>>()
            })
        })
    });
    // What is found with what it is in; else what is in open ones.
    let visible = Memo::new(move |_| {
        nodes.with_value(|nodes| match found.get() {
            Some(found) => {
                let mut shown = HashSet::new();
                for at in found {
                    let mut next = Some(at);
                    while let Some(at) = next.filter(|at| shown.insert(*at)) {
                        next = nodes[at].parent;
                    }
                }
                (1..nodes.len()).filter(|at| shown.contains(at)).collect::<Vec<_>>()
            }
            None => open.with(|open| {
                let mut shown = vec![false; nodes.len()];
                (0..nodes.len())
                    .filter(|at| {
                        shown[*at] = nodes[*at].parent.is_none_or(|parent| shown[parent] && open.contains(&parent));
                        shown[*at] && *at > 0
                    })
                    .collect()
            }),
        })
    });
    let matches = move || found.with(|found| found.as_ref().map(|found| t().match_count(found.len())));
    let toggle = move |at: usize| {
        open.update(|open| {
            if !open.remove(&at) {
                open.insert(at);
            }
        });
    };
    let go = move |at: usize| {
        active.set(at);
        browser::next_frame(move || {
            let row = tree.get_untracked().and_then(|tree| tree.query_selector(&format!("[data-at='{at}']")).ok().flatten());
            if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
                let _ = row.focus();
            }
        });
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let shown = visible.get_untracked();
        let at = active.get_untracked();
        let Some(place) = shown.iter().position(|shown| *shown == at).or(if shown.is_empty() { None } else { Some(0) }) else { return };
        let (holds, is_open, parent) = nodes.with_value(|nodes| {
            let node = &nodes[shown[place]];
            (node.kind.holds(), open.with_untracked(|open| open.contains(&shown[place])), node.parent)
        });
        let step = |to: usize| go(shown[to]);
        match event.key().as_str() {
            "ArrowDown" => step((place + 1).min(shown.len() - 1)),
            "ArrowUp" => step(place.saturating_sub(1)),
            "Home" => step(0),
            "End" => step(shown.len() - 1),
            "ArrowRight" if holds && !is_open => toggle(shown[place]),
            "ArrowRight" if holds => step((place + 1).min(shown.len() - 1)),
            "ArrowLeft" if holds && is_open => toggle(shown[place]),
            "ArrowLeft" => {
                if let Some(parent) = parent.filter(|parent| *parent > 0) {
                    go(parent);
                }
            }
            "Enter" | " "
                if holds && event.target() == event.current_target().and_then(|_| document().active_element().map(Into::into)) =>
            {
                toggle(shown[place])
            }
            _ => return,
        }
        event.prevent_default();
    };
    let row = move |at: usize| {
        let node = nodes.with_value(|nodes| nodes[at].clone());
        let holds = node.kind.holds();
        let is_open = Memo::new(move |_| found.with(Option::is_some) || open.with(|open| open.contains(&at)));
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
            let plain = serde_json::from_str::<String>(&text).unwrap_or_else(|_| text.clone());
            copy_text(plain, called.clone());
        };
        view! {
            <div
                class="j-row"
                role="treeitem"
                data-at=at.to_string()
                tabindex=move || if active.get() == at || active.get() == 0 && visible.with(|shown| shown.first() == Some(&at)) { "0" } else { "-1" }
                attr:aria-level=node.level.to_string()
                aria-expanded=move || holds.then(|| is_open.get().to_string())
                aria-selected=move || (active.get() == at).to_string()
                style:--level=node.level.to_string()
                on:focus=move |_| active.set(at)
                on:click=move |_| {
                    if holds {
                        toggle(at);
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
    let all = move |_| open.set(nodes.with_value(|nodes| (0..nodes.len()).filter(|at| nodes[*at].kind.holds()).collect()));
    let none = move |_| open.set(HashSet::from([0]));
    let whole = text.clone();
    view! {
        <div class="json">
            <div class="toolbar">
                <label class="input ct-filter">
                    <Glyph icon=Icon::Search/>
                    <input type="search" aria-label=t().search_json() placeholder=t().search_json() spellcheck="false" bind:value=search/>
                </label>
                <span class="t3 num" role="status" aria-label=t().matches()>{matches}</span>
                <div class="end">
                    {has_secrets.then(|| view! {
                        <button type="button" class="btn ghost" aria-pressed=move || secrets.get().to_string() on:click=move |_| secrets.update(|shown| *shown = !*shown)>
                            {move || view! { <Glyph icon=if secrets.get() { Icon::EyeOff } else { Icon::Eye }/> }}{t().show_values()}
                        </button>
                    })}
                    <button type="button" class="btn ghost" on:click=all>{t().expand_all()}</button>
                    <button type="button" class="btn ghost" on:click=none>{t().collapse_all()}</button>
                    <button type="button" class="btn ghost" on:click=move |_| copy_text(whole.clone(), "JSON".to_owned())><Glyph icon=Icon::Copy/>{t().copy_json()}</button>
                </div>
            </div>
            <div class="j-tree mono" role="tree" aria-label=t().section_raw() node_ref=tree on:keydown=on_key>
                <For each=move || visible.get() key=|at| *at children=row/>
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
    use super::*;

    #[test]
    fn paths_are_those_of_jq_and_an_environment_is_secret() {
        let value = serde_json::json!({ "Config": { "Env": ["A=b"], "a-b": {} } });
        let mut nodes = Vec::new();
        flatten(&value, String::new(), String::new(), 0, None, false, &mut nodes);
        let paths: Vec<_> = nodes.iter().map(|node| (node.path.as_str(), node.secret)).collect();
        assert_eq!(paths, [("", false), (".Config", false), (".Config.Env", false), (".Config.Env[0]", true), (".Config[\"a-b\"]", false)]);
        assert_eq!(name_of(&nodes[3].text), "A");
    }
}
