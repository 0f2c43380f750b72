//! An element by role and name, looked up anew for each use.
//!
//! A page replaces its elements whenever it likes (rows of a virtual table, above all), so a locator
//! holds the way to an element and never the element.

use super::{Found, Name, POLL, Page, normal};
use serde_json::{Value, json};
use std::{fmt, sync::Mutex, time::Instant};

/// The way to an element: inside this, inside that.
#[derive(Debug, Clone)]
pub struct Locator {
    pub(super) page: Page,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
struct Step {
    role: String,
    name: Name,
    nth: Option<usize>,
}

impl Locator {
    pub(super) fn new(page: Page, role: &str, name: Name) -> Locator {
        Locator { page, steps: vec![Step { role: role.to_owned(), name, nth: None }] }
    }

    /// An element inside this one.
    #[must_use]
    pub fn get_by_role(&self, role: &str, name: impl Into<Name>) -> Locator {
        let mut steps = self.steps.clone();
        steps.push(Step { role: role.to_owned(), name: name.into(), nth: None });
        Locator { page: self.page.clone(), steps }
    }

    /// All elements with a role inside this one, without waiting.
    pub async fn find_all_by_role(&self, role: &str) -> Vec<Found> {
        self.get_by_role(role, Name::Any).all().await
    }

    /// One of several matches, counted from 0 in the page's order.
    #[must_use]
    pub fn nth(&self, index: usize) -> Locator {
        let mut locator = self.clone();
        if let Some(step) = locator.steps.last_mut() {
            step.nth = Some(index);
        }
        locator
    }

    /// The page it is on.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// All matches now, without waiting.
    pub async fn all(&self) -> Vec<Found> {
        match self.look().await {
            Ok(found) => found,
            Err(problem) => self.page.fail(&format!("{self} cannot be looked up: {problem}")).await,
        }
    }

    /// The number of matches now, without waiting.
    pub async fn count(&self) -> usize {
        self.all().await.len()
    }

    /// Whether there is a match now, without waiting.
    pub async fn exists(&self) -> bool {
        self.count().await > 0
    }

    /// Waits for exactly one match.
    pub async fn wait(&self) -> Found {
        self.retry("to be found", async |_| Ok(())).await
    }

    /// Waits until nothing matches.
    pub async fn wait_gone(&self) {
        self.page.wait_until(&format!("{self} to go away"), async || self.look().await.is_ok_and(|all| all.is_empty())).await;
    }

    /// Waits for this many matches.
    pub async fn expect_count(&self, count: usize) {
        self.page
            .wait_until(&format!("{self} to be there {count} times"), async || self.look().await.is_ok_and(|all| all.len() == count))
            .await;
    }

    /// Waits until exactly one match fulfils a condition; `what` completes "waited in vain for …".
    pub async fn wait_for(&self, what: &str, condition: impl Fn(&Found) -> bool) -> Found {
        self.retry(what, async |found| if condition(found) { Ok(()) } else { Err(format!("it is {found}")) }).await
    }

    /// Waits until the element shows a text among others.
    pub async fn expect_text(&self, text: &str) {
        let wanted = normal(text);
        self.wait_for(&format!("to show {wanted:?}"), |found| found.text.contains(&wanted)).await;
    }

    /// Waits until the field holds a value.
    pub async fn expect_value(&self, value: &str) {
        self.wait_for(&format!("to hold {value:?}"), |found| found.value.as_deref() == Some(value)).await;
    }

    /// Waits until the focus is on the element.
    pub async fn expect_focus(&self) {
        self.wait_for("to have the focus", |found| found.focused).await;
    }

    /// What the element shows, with white space normalised.
    pub async fn text(&self) -> String {
        self.wait().await.text
    }

    /// What the field holds.
    pub async fn value(&self) -> String {
        self.wait().await.value.unwrap_or_default()
    }

    /// An attribute of the element, as the page's source has it.
    pub async fn attribute(&self, name: &str) -> Option<String> {
        let value = Mutex::new(None);
        let read = async |found: &Found| {
            let read = found.element.attr(name).await.map_err(|error| error.to_string())?;
            *value.lock().expect("one reads") = read;
            Ok(())
        };
        self.retry(&format!("with the attribute {name} read"), read).await;
        value.into_inner().expect("one reads")
    }

    /// Looks the element up and tries something on it, until that works or the deadline passes.
    pub(super) async fn retry(&self, what: &str, attempt: impl AsyncFn(&Found) -> Result<(), String>) -> Found {
        let deadline = Instant::now() + self.page.deadline;
        loop {
            let problem = match self.look().await {
                Err(problem) => problem,
                Ok(mut found) if found.len() == 1 => match attempt(&found[0]).await {
                    Ok(()) => return found.remove(0),
                    Err(problem) => problem,
                },
                Ok(found) if found.is_empty() => "nothing matches".to_owned(),
                Ok(found) => {
                    let list: String = found.iter().map(|found| format!("\n  {found}")).collect();
                    format!("{} elements match, look inside one element or choose one with nth:{list}", found.len())
                }
            };
            if Instant::now() >= deadline {
                self.page.fail(&format!("waited in vain for {self} {what}: {problem}")).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn look(&self) -> Result<Vec<Found>, String> {
        let steps: Vec<_> = self.steps.iter().map(|step| json!({ "role": step.role, "name": step.name.json(), "nth": step.nth })).collect();
        let found = self.page.try_dom("return find(arguments[0]).map(describe);", vec![json!(steps)]).await?;
        let Value::Array(found) = found else {
            return Err(format!("unexpected answer of the page: {found}"));
        };
        found.iter().map(|found| Found::read(found, self.page.client())).collect()
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().rev().enumerate() {
            let inside = if index > 0 { " in " } else { "" };
            write!(f, "{inside}{} {}", step.role, step.name)?;
            if let Some(nth) = step.nth {
                write!(f, " (number {nth}, from 0)")?;
            }
        }
        Ok(())
    }
}
