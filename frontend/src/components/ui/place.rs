//! Elements written in place, for what there is too much of to be made of views. Nothing here takes markup from anywhere but
//! this program: texts go in as texts.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A part that a template is known to have.
pub fn part(element: &Element, selector: &str) -> Element {
    element.query_selector(selector).ok().flatten().unwrap_or_else(|| element.clone())
}

pub fn children(element: &Element) -> Vec<Element> {
    let children = element.children();
    (0..children.length()).filter_map(|at| children.item(at)).collect()
}

pub fn attribute(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// `None`: without it.
pub fn attribute_if(element: &Element, name: &str, value: Option<&str>) {
    match value {
        Some(value) => attribute(element, name, value),
        None => drop(element.remove_attribute(name)),
    }
}

pub fn class(element: &Element, name: &str, on: bool) {
    let _ = element.class_list().toggle_with_force(name, on);
}

/// A custom property: the page's policy allows no style that is written as an attribute.
pub fn property(element: &Element, name: &str, value: &str) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.style().set_property(name, value);
    }
}

pub fn text(element: &Element, text: &str) {
    let _ = element.append_child(&document().create_text_node(text));
}

/// One more child.
pub fn add(parent: &Element, tag: &str, class: &str, content: &str) -> Element {
    let Ok(child) = document().create_element(tag) else { return parent.clone() };
    if !class.is_empty() {
        child.set_class_name(class);
    }
    if !content.is_empty() {
        child.set_text_content(Some(content));
    }
    let _ = parent.append_child(&child);
    child
}
