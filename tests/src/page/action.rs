//! What a person does to an element. Each waits until there is exactly one such element, enabled,
//! and the browser can do it, as it cannot while something covers it.

use super::{DOM, Found, Locator, found, keys};
use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use fantoccini::error::CmdError;
use serde_json::json;

/// Puts an element where WebDriver's pointer can get at it.
const SCROLL: &str = "arguments[0].scrollIntoView({ block: 'center', inline: 'nearest' });";

impl Locator {
    /// Clicks the middle of the element, as soon as it is enabled and nothing covers it.
    pub async fn click(&self) {
        self.act("to be clicked", async |found| found.element.click().await).await;
    }

    /// Puts the pointer on the element.
    pub async fn hover(&self) {
        self.act("to be pointed at", async |found| self.point(found, &[]).await).await;
    }

    /// Presses the right button on the element.
    pub async fn right_click(&self) {
        self.press_button(fantoccini::actions::MOUSE_BUTTON_RIGHT, 1).await;
    }

    /// Clicks twice.
    pub async fn double_click(&self) {
        self.press_button(fantoccini::actions::MOUSE_BUTTON_LEFT, 2).await;
    }

    /// Replaces what a field holds, typing key by key.
    pub async fn fill(&self, text: &str) {
        let keys = if text.is_empty() { keys::DELETE } else { text };
        self.act("to be filled", async |found| {
            self.select_content(found).await?;
            found.element.send_keys(keys).await
        })
        .await;
    }

    /// Types into a field, after what it holds already.
    pub async fn type_text(&self, text: &str) {
        self.act("to be typed into", async |found| found.element.send_keys(text).await).await;
    }

    /// Moves the focus to the element and presses a key or chord there: `"Enter"`, `"Control+A"`.
    pub async fn press(&self, chord: &str) {
        self.focus().await;
        self.page.press(chord).await;
    }

    /// Moves the focus to the element.
    pub async fn focus(&self) {
        self.act("to get the focus", async |found| self.run(found, "arguments[0].focus();").await).await;
    }

    /// Brings the element into view.
    pub async fn scroll_into_view(&self) {
        self.retry("to be scrolled to", async |found| self.run(found, SCROLL).await.map_err(|error| error.to_string())).await;
    }

    /// Checks a checkbox, switch or radio button, where it is not checked already.
    pub async fn check(&self) {
        self.set_checked("true").await;
    }

    /// Unchecks a checkbox or switch, where it is checked.
    pub async fn uncheck(&self) {
        self.set_checked("false").await;
    }

    /// Chooses an option by its name: of a `select`, or of a listbox that the combobox opens.
    pub async fn select_option(&self, name: &str) {
        let native = self.wait().await.tag == "select";
        if native {
            let option = self.get_by_role("option", name);
            option.act("to be chosen", async |found| found.element.click().await).await;
        } else {
            self.click().await;
            self.page.get_by_role("option", name).click().await;
        }
    }

    async fn set_checked(&self, wanted: &str) {
        if self.wait().await.checked != wanted {
            self.click().await;
        }
        self.wait_for(&format!("to be checked: {wanted}"), |found| found.checked == wanted).await;
    }

    async fn press_button(&self, button: u64, times: usize) {
        let presses: Vec<_> = (0..times).flat_map(|_| [PointerAction::Down { button }, PointerAction::Up { button }]).collect();
        self.act("to be pressed with the mouse", async |found| self.point(found, &presses).await).await;
    }

    async fn point(&self, found: &Found, then: &[PointerAction]) -> Result<(), CmdError> {
        self.run(found, SCROLL).await?;
        let to = PointerAction::MoveToElement { element: found.element.clone(), duration: None, x: 0.0, y: 0.0 };
        let mouse = MouseActions::new("mouse".to_owned()).then(to);
        let mouse = then.iter().cloned().fold(mouse, InputSource::then);
        self.page.client().perform_actions(mouse).await
    }

    async fn select_content(&self, found: &Found) -> Result<(), CmdError> {
        self.run(found, &format!("{}\nselectContent(arguments[0]);", DOM)).await
    }

    async fn run(&self, found: &Found, script: &str) -> Result<(), CmdError> {
        let element = json!({ found::ELEMENT: found.element.element_id().as_ref() });
        self.page.client().execute(script, vec![element]).await.map(drop)
    }

    /// Does something to the element as soon as there is exactly one, enabled, and it works.
    async fn act(&self, what: &str, action: impl AsyncFn(&Found) -> Result<(), CmdError>) {
        self.retry(what, async |found| {
            if found.disabled {
                return Err("it is disabled".to_owned());
            }
            // Covered, not yet in place, or replaced since it was looked up: the next look may do.
            action(found).await.map_err(|error| error.to_string())
        })
        .await;
    }
}
