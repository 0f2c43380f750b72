//! What a look-up finds.

use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use serde_json::Value;
use std::fmt;

/// WebDriver's key for an element in JSON.
pub(super) const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An element as it was when it was looked at.
#[derive(Debug, Clone)]
pub struct Found {
    pub role: String,
    pub name: String,
    /// What it shows, with white space normalised.
    pub text: String,
    /// What a field holds.
    pub value: Option<String>,
    /// "true", "false" or "mixed".
    pub checked: String,
    pub disabled: bool,
    pub focused: bool,
    pub tag: String,
    /// The element itself; of no use any more once the page has replaced it.
    pub element: Element,
}

impl Found {
    /// Takes what `describe` in `dom.js` returns.
    pub(super) fn read(found: &Value, client: &Client) -> Result<Found, String> {
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        let id = found["element"][ELEMENT].as_str().ok_or_else(|| format!("not an element: {found}"))?;
        Ok(Found {
            role: text("role"),
            name: text("name"),
            text: text("text"),
            value: found["value"].as_str().map(str::to_owned),
            checked: text("checked"),
            disabled: found["disabled"] == true,
            focused: found["focused"] == true,
            tag: text("tag"),
            element: Element::from_element_id(client.clone(), ElementRef::from(id.to_owned())),
        })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_ref().map(|value| format!(", holding {value:?}")).unwrap_or_default();
        write!(f, "{} {:?}{value}, showing {:?}", self.role, self.name, self.text)
    }
}
