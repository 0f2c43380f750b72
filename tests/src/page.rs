//! A page as a person with a screen reader finds it: by role and accessible name.
//!
//! Nothing here sleeps for a fixed time: every look-up and action is tried again until it works or
//! its deadline passes, and then fails with the page's outline, its alerts and what was looked for.

mod action;
mod command;
mod found;
mod keys;
mod locator;
mod name;

pub use found::Found;
pub use locator::Locator;
pub use name::{Name, containing, starting};

use fantoccini::Client;
use fantoccini::error::CmdError;
use serde_json::{Value, json};
use std::backtrace::Backtrace;
use std::time::{Duration, Instant};

/// How long a condition may take to come true. Far above what anything takes on an idle machine:
/// only failures wait this long.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often it is looked at again.
const POLL: Duration = Duration::from_millis(40);

const DOM: &str = include_str!("page/dom.js");

/// One browser window. Clones are the same window.
#[derive(Debug, Clone)]
pub struct Page {
    client: Client,
    deadline: Duration,
}

impl Page {
    pub(crate) fn new(client: Client) -> Page {
        Page { client, deadline: DEADLINE }
    }

    /// The same window, with another deadline for what is asked of it.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Page {
        Page { client: self.client.clone(), deadline }
    }

    /// The WebDriver session, for what this type does not offer.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address.
    pub async fn goto(&self, url: &str) {
        let opened = load(self, async || self.client.goto(url).await).await;
        opened.unwrap_or_else(|error| panic!("{url} cannot be opened: {error}"));
    }

    /// The address shown now.
    pub async fn url(&self) -> String {
        self.client.current_url().await.map_or_else(|error| format!("(no address: {error})"), String::from)
    }

    /// Waits until the address fulfils a condition, after a click on a link, say.
    pub async fn wait_for_url(&self, what: &str, condition: impl Fn(&str) -> bool) {
        self.wait_until(what, async || condition(&self.url().await)).await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        let loaded = load(self, async || self.client.refresh().await).await;
        loaded.unwrap_or_else(|error| panic!("the page cannot be loaded again: {error}"));
    }

    /// The element with this role and, whole, this accessible name. Nothing is looked up yet: the
    /// locator does that, each time it is used. [`starting`] and [`containing`] match parts.
    pub fn get_by_role(&self, role: &str, name: impl Into<Name>) -> Locator {
        Locator::new(self.clone(), role, name.into())
    }

    /// What has this role now, in the page's order, without waiting.
    pub async fn find_all_by_role(&self, role: &str) -> Vec<Found> {
        self.get_by_role(role, Name::Any).all().await
    }

    /// Waits for exactly one such element.
    pub async fn wait_for_role(&self, role: &str, name: impl Into<Name>) -> Locator {
        let locator = self.get_by_role(role, name);
        locator.wait().await;
        locator
    }

    /// Waits until the page shows a text.
    pub async fn expect_text(&self, text: &str) {
        let wanted = normal(text);
        self.wait_until(&format!("the page to show {wanted:?}"), async || {
            let body = self.try_eval("return document.body ? document.body.innerText : '';", vec![]).await;
            body.is_ok_and(|body| normal(body.as_str().unwrap_or_default()).contains(&wanted))
        })
        .await;
    }

    /// Waits for a condition; `what` completes "waited in vain for …".
    pub async fn wait_until(&self, what: &str, mut condition: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + self.deadline;
        while !condition().await {
            if Instant::now() >= deadline {
                self.fail(&format!("waited in vain for {what}")).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Presses a key or a chord where the focus is: `"Enter"`, `"a"`, `"Control+Shift+K"`.
    pub async fn press(&self, chord: &str) {
        let actions = keys::chord(chord).unwrap_or_else(|problem| panic!("{problem}"));
        if let Err(error) = self.client.perform_actions(actions).await {
            self.fail(&format!("{chord} cannot be pressed: {error}")).await;
        }
    }

    /// Types a text where the focus is, key by key.
    pub async fn type_text(&self, text: &str) {
        if let Err(error) = self.client.perform_actions(keys::text(text)).await {
            self.fail(&format!("{text:?} cannot be typed: {error}")).await;
        }
    }

    /// Runs a script in the page: a function body whose `arguments` are `args`.
    pub async fn eval(&self, script: &str, args: Vec<Value>) -> Value {
        match self.try_eval(script, args).await {
            Ok(value) => value,
            Err(error) => self.fail(&format!("a script failed: {error}")).await,
        }
    }

    /// Sends a command of the Chrome DevTools Protocol, for what WebDriver lacks.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        match self.client.issue_cmd(command::cdp(command, parameters)).await {
            Ok(value) => value,
            Err(error) => self.fail(&format!("the browser refused {command}: {error}")).await,
        }
    }

    /// Sets media features, such as `("prefers-color-scheme", "dark")`; those not named go back to
    /// what the session started with.
    pub async fn emulate_media(&self, features: &[(&str, &str)]) {
        let features: Vec<_> = features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Role and name of an element as the browser itself computes them.
    pub async fn computed(&self, element: &fantoccini::elements::Element) -> (String, String) {
        let mut computed = [String::new(), String::new()];
        for (value, what) in computed.iter_mut().zip(["computedrole", "computedlabel"]) {
            match self.client.issue_cmd(command::computed(element, what)).await {
                Ok(answer) => *value = answer.as_str().unwrap_or_default().to_owned(),
                Err(error) => self.fail(&format!("the browser has no {what}: {error}")).await,
            }
        }
        let [role, name] = computed;
        (role, name)
    }

    /// Role and name of an element as look-ups here see them.
    pub async fn look_at(&self, element: &fantoccini::elements::Element) -> (String, String) {
        let element = json!({ found::ELEMENT: element.element_id().as_ref() });
        match self.try_dom("return [role(arguments[0]), name(arguments[0])];", vec![element]).await {
            Ok(seen) => {
                let text = |index: usize| seen[index].as_str().unwrap_or_default().to_owned();
                (text(0), text(1))
            }
            Err(error) => self.fail(&format!("an element cannot be looked at: {error}")).await,
        }
    }

    /// The page as an indented list of roles and names.
    pub async fn outline(&self) -> String {
        const LINES: usize = 200;
        match self.try_dom("return outline(arguments[0]);", vec![json!(LINES)]).await {
            Ok(outline) => outline.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("(no outline: {error})"),
        }
    }

    /// What the page wrote to the console since this was called last, each with its level.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(command::console()).await.unwrap_or_default();
        let line = |entry: &Value| Some(format!("{} {}", entry["level"].as_str()?, entry["message"].as_str()?));
        entries.as_array().into_iter().flatten().filter_map(line).collect()
    }

    /// What the page says of its own failure, if it has failed.
    pub async fn failure(&self) -> Option<String> {
        let said = self.try_eval("return document.getElementById('failure')?.textContent ?? null;", vec![]).await;
        said.ok()?.as_str().map(str::to_owned)
    }

    /// Address, alerts and outline, for the report of a failed test.
    pub async fn report(&self) -> String {
        let alerts = match self.try_dom(ALERTS, vec![]).await {
            Ok(Value::Array(alerts)) => alerts.iter().filter_map(Value::as_str).map(|text| format!("\n  {text}")).collect(),
            _ => String::new(),
        };
        let alerts = if alerts.is_empty() { " none" } else { &alerts };
        let console: String = self.console().await.iter().map(|line| format!("\n  {line}")).collect();
        format!("address: {}\nalerts:{alerts}\nconsole:{console}\npage:\n{}", self.url().await, self.outline().await)
    }

    /// Ends the test with a report of what the page shows.
    pub async fn fail(&self, what: &str) -> ! {
        panic!("{what}\n{}{}", lines_of_the_test(), self.report().await);
    }

    /// Closes the window and its browser.
    pub async fn close(self) {
        // One that cannot be closed ends with the chromedriver.
        let _ = self.client.close().await;
    }

    async fn try_eval(&self, script: &str, args: Vec<Value>) -> Result<Value, String> {
        self.client.execute(script, args).await.map_err(|error| error.to_string())
    }

    async fn try_dom(&self, script: &str, args: Vec<Value>) -> Result<Value, String> {
        self.try_eval(&format!("{DOM}\n{script}"), args).await
    }
}

const ALERTS: &str = r#"return find([{ role: "alert", name: { kind: "any" }, nth: null }]).map((el) => squeeze(el.innerText));"#;

/// Loads a page. Chromium drops what is under way when a network comes or goes, as one does with each container of an engine
/// on the same machine, and then asks for what a person opened once more.
async fn load(page: &Page, mut open: impl AsyncFnMut() -> Result<(), CmdError>) -> Result<(), CmdError> {
    loop {
        match open().await {
            Err(error) if error.to_string().contains("ERR_NETWORK_CHANGED") => {}
            // It may say so on a page of its own.
            Ok(()) if page.try_eval(INTERRUPTED, vec![]).await.is_ok_and(|interrupted| interrupted == true) => {}
            outcome => return outcome,
        }
    }
}

const INTERRUPTED: &str =
    "return document.body?.classList.contains('neterror') && document.body.innerText.includes('connection was interrupted');";

/// Where in a test's file this is waited for. A panic's own place is of no use: it is in this file.
fn lines_of_the_test() -> String {
    let stack = Backtrace::force_capture().to_string();
    let places = stack.lines().filter_map(|line| line.trim().strip_prefix("at ")).filter(|place| place.contains("tests/e2e"));
    places.map(|place| format!("waited for at {place}\n")).collect()
}

/// A text with every run of white space as one blank.
pub(crate) fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
