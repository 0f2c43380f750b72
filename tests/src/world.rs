//! What one test after the other uses, and the start of what each has for itself.

use crate::bridge::{self, Bridge};
use crate::browser::{Browser, SessionOptions};
use crate::page::Page;
use crate::scratch;
use crate::site;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio::task::block_in_place;
use xtask::engine::{self, Engine};
use xtask::{images, process};

/// The password of the user `admin` on the bridges that [`World::bridge`] starts.
pub const PASSWORD: &str = "correct horse battery staple";

/// One engine with `alpine:latest`, one chromedriver, and the windows of the running test. There are as many as tests run at
/// a time.
///
/// Its methods panic where a step of preparing a test fails, with what failed and what to do: there
/// is nothing a test could do about it.
#[derive(Debug, Default)]
pub struct World {
    // A failed start is kept too: the next test would fail in the same way, half a minute later.
    engine: OnceLock<Result<Engine, String>>,
    browser: OnceLock<Result<Browser, String>>,
    pages: Mutex<Vec<Page>>,
}

impl World {
    /// The shared engine. Containers, volumes and networks on it are removed after each test, images
    /// stay: give them names of their own. A test that stops it or fills it takes [`World::own_engine`].
    pub fn engine(&self) -> &Engine {
        let engine = self.engine.get_or_init(|| block_in_place(|| start_engine(engine::Options::default())));
        engine.as_ref().unwrap_or_else(|problem| panic!("no engine to test with: {problem}"))
    }

    /// An engine for one test alone, with `alpine:latest`.
    pub fn own_engine(&self, options: engine::Options) -> Engine {
        let engine = block_in_place(|| start_engine(options));
        engine.unwrap_or_else(|problem| panic!("no engine to test with: {problem}"))
    }

    /// Runs the docker command against the shared engine; returns what it prints.
    pub fn docker(&self, args: &[&str]) -> String {
        let engine = self.engine();
        block_in_place(|| engine.docker(args)).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Takes its restart policy from a container. The engine refuses that between two of its lives.
    pub async fn stop_restarting(&self, container: &str) {
        let update = || block_in_place(|| self.engine().docker(&["update", "--restart", "no", container]));
        site::until(&format!("{container} to keep no policy"), async || update().is_ok()).await;
    }

    /// A bridge for the shared engine, where `admin` signs in with [`PASSWORD`].
    pub async fn bridge(&self) -> Bridge {
        self.bridge_with(bridge::Options::new(&self.engine().host(), PASSWORD)).await
    }

    /// A bridge started in another way.
    pub async fn bridge_with(&self, options: bridge::Options) -> Bridge {
        Bridge::start(options).await.unwrap_or_else(|problem| panic!("no bridge to test with: {problem}"))
    }

    /// A browser window with a fresh profile; two of them are two people. Closed after the test.
    pub async fn page(&self) -> Page {
        self.page_with(&SessionOptions::default()).await
    }

    /// A browser window of a person with other preferences.
    pub async fn page_with(&self, options: &SessionOptions) -> Page {
        let browser = self.browser.get_or_init(|| block_in_place(Browser::start));
        let browser = browser.as_ref().unwrap_or_else(|problem| panic!("no browser to test with: {problem}"));
        let page = browser.session(options).await.unwrap_or_else(|problem| panic!("no browser window: {problem}"));
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).push(page.clone());
        page
    }

    /// Whatever a test was about: no page of it may have failed, see `frontend/js/failure.js`.
    pub(crate) async fn verdict(&self) -> Result<(), String> {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (number, page) in pages.iter().enumerate() {
            if let Some(failure) = page.failure().await {
                return Err(format!("the page in window {number} failed: {failure}"));
            }
        }
        Ok(())
    }

    /// Puts the world back in order after a test; keeps a picture of its windows when it failed.
    pub(crate) async fn after(&self, test: &str, failed: bool, too_long: bool) {
        let pages = std::mem::take(&mut *self.pages.lock().unwrap_or_else(PoisonError::into_inner));
        for (number, page) in pages.into_iter().enumerate() {
            if failed {
                keep_picture(&page, test, number).await;
                // A test that was ended for its time had no chance to say what it waited for.
                if too_long {
                    eprintln!("{}", page.report().await);
                }
            }
            page.close().await;
        }
        if let Some(Ok(engine)) = self.engine.get()
            && let Err(problem) = block_in_place(|| empty(engine))
        {
            eprintln!("the shared engine cannot be emptied: {problem}");
        }
    }
}

fn start_engine(options: engine::Options) -> Result<Engine, String> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let name = format!("{}-{}", process::owner().replace(':', "-"), COUNTER.fetch_add(1, Ordering::Relaxed));
    let engine = Engine::start(&scratch::engines().join(name), options)?;
    images::alpine(&engine)?;
    Ok(engine)
}

/// Removes all containers, volumes and networks.
fn empty(engine: &Engine) -> Result<(), String> {
    let lists: [(&[&str], &[&str]); 3] = [
        (&["ps", "--all", "--quiet"], &["rm", "--force", "--volumes"]),
        (&["volume", "ls", "--quiet"], &["volume", "rm", "--force"]),
        (&["network", "ls", "--quiet", "--filter", "type=custom"], &["network", "rm"]),
    ];
    for (list, remove) in lists {
        let ids = engine.docker(list)?;
        let ids: Vec<&str> = ids.lines().filter(|id| !id.is_empty()).collect();
        if !ids.is_empty() {
            engine.docker(&[remove, &ids].concat())?;
        }
    }
    Ok(())
}

async fn keep_picture(page: &Page, test: &str, number: usize) {
    let file = scratch::reports().join(format!("{}-{number}.png", test.replace("::", "-")));
    let picture = page.client().screenshot().await.map_err(|error| error.to_string());
    let kept = picture.and_then(|picture| {
        fs::create_dir_all(scratch::reports()).and_then(|()| fs::write(&file, picture)).map_err(|error| error.to_string())
    });
    match kept {
        Ok(()) => eprintln!("a picture of window {number} is in {}", file.display()),
        Err(problem) => eprintln!("no picture of window {number}: {problem}"),
    }
}
