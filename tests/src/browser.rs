//! One chromedriver for all tests of a binary, and sessions of their own for each.
//!
//! A session is a browser with a fresh profile, which no other test has signed in with. It reaches
//! loopback and nothing else.

use crate::page::Page;
use crate::scratch;
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use xtask::process;

const START: Duration = Duration::from_secs(20);

/// A chromedriver. Dropping it ends it and the browsers that it started.
#[derive(Debug)]
pub struct Browser {
    url: String,
    chromium: PathBuf,
    driver: Child,
    /// What the browsers write: profiles, caches, sockets.
    _folder: tempfile::TempDir,
    said: Arc<Mutex<String>>,
}

/// What a person's browser may differ in.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Width and height of the window's content, in CSS pixels.
    pub size: (u32, u32),
    /// `prefers-color-scheme: dark`.
    pub dark: bool,
    /// `prefers-reduced-motion: reduce`. On by default: a test has no use for animations.
    pub reduced_motion: bool,
    /// The browser's language, as in `Accept-Language`.
    pub language: String,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions { size: (1440, 900), dark: false, reduced_motion: true, language: "en".to_owned() }
    }
}

impl Browser {
    /// Starts chromedriver on a free port.
    ///
    /// # Errors
    /// When chromedriver or chromium is missing or does not start.
    pub fn start() -> Result<Browser, String> {
        let chromium = process::program("chromium", "chromium")
            .or_else(|problem| process::program("google-chrome", "chromium").map_err(|_| problem))?;
        let folder = scratch::folder("browser")?;
        let mut command = Command::new(process::program("chromedriver", "chromium-driver")?);
        command.args(["--port=0", "--log-level=WARNING"]);
        command.env("TMPDIR", folder.path()).env("HOME", folder.path()).env("TZ", "UTC");
        command.env_remove("DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
        process::mark(&mut command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().map_err(|error| format!("chromedriver: cannot be started: {error}"))?;
        let (found, port) = mpsc::channel();
        let said = Arc::new(Mutex::new(String::new()));
        if let Some(out) = driver.stdout.take() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if let Some(port) = port_in(&line) {
                        let _ = found.send(port);
                    }
                    said.lock().unwrap_or_else(PoisonError::into_inner).push_str(&format!("{line}\n"));
                }
            });
        }
        let mut browser = Browser { url: String::new(), chromium, driver, _folder: folder, said };
        let port = port
            .recv_timeout(START)
            .map_err(|_| format!("chromedriver does not say which port it listens on; it said:\n{}", browser.said()))?;
        browser.url = format!("http://127.0.0.1:{port}");
        Ok(browser)
    }

    /// Opens a browser window, as [`SessionOptions`] describes the person's preferences. Close it with
    /// [`Page::close`]; what is still open ends with the chromedriver.
    ///
    /// # Errors
    /// When chromium does not start, with what chromedriver said about it.
    pub async fn session(&self, options: &SessionOptions) -> Result<Page, String> {
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(self.capabilities(options))
            .connect(&self.url)
            .await
            .map_err(|error| format!("chromium does not start: {error}; chromedriver said:\n{}", self.said()))?;
        let page = Page::new(client);
        let motion = if options.reduced_motion { "reduce" } else { "no-preference" };
        let scheme = if options.dark { "dark" } else { "light" };
        page.emulate_media(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", motion)]).await;
        Ok(page)
    }

    fn capabilities(&self, options: &SessionOptions) -> Map<String, Value> {
        let (width, height) = options.size;
        let args = [
            "--headless=new".to_owned(),
            // Root, as which the private engine needs us to run, has no sandbox.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            // Several windows at once: those behind are to go on as if they were in front.
            "--disable-backgrounding-occluded-windows".to_owned(),
            "--disable-renderer-backgrounding".to_owned(),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost".to_owned(),
            format!("--lang={}", options.language),
            format!("--accept-lang={}", options.language),
            format!("--window-size={width},{height}"),
        ];
        let preferences = json!({ "intl.accept_languages": options.language });
        let chrome = json!({ "binary": self.chromium, "args": args, "prefs": preferences });
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), chrome);
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        // A page that hangs while loading is to fail by what the test waits for, with its dump.
        capabilities.insert("pageLoadStrategy".to_owned(), json!("eager"));
        // Of a CA that a bridge has made nobody has told the browser; that it is the right one, curl is asked.
        capabilities.insert("acceptInsecureCerts".to_owned(), json!(true));
        capabilities.insert("unhandledPromptBehavior".to_owned(), json!("ignore"));
        capabilities
    }

    fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Browsers that a test did not close would outlive their chromedriver.
        let mut all = process::descendants(self.driver.id());
        all.push(self.driver.id());
        process::end(&all, Duration::from_secs(10));
        let _ = self.driver.wait();
    }
}

/// The port in "ChromeDriver was started successfully on port 40123."
fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("started successfully on port ")?;
    rest.trim_end_matches(['.', '\n']).parse().ok()
}
