//! JavaScript and styles that only some pages need, loaded when they are opened: xterm.js and uPlot, see `frontend/js`.

use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

use crate::{browser, failure};

#[wasm_bindgen]
extern "C" {
    /// `boot.js`: imports a file beside this one.
    #[wasm_bindgen(catch, js_name = linkspanLoad)]
    fn load(name: &str) -> Result<js_sys::Promise, JsValue>;

    /// `boot.js`: adds the rules of a file beside it.
    #[wasm_bindgen(catch, js_name = linkspanStyle)]
    async fn load_style(name: &str) -> Result<(), JsValue>;

    pub type TerminalModule;
    #[wasm_bindgen(method, catch)]
    pub fn open(
        this: &TerminalModule,
        host: &HtmlElement,
        label: &str,
        on_data: &Closure<dyn Fn(js_sys::Uint8Array)>,
        on_resize: &Closure<dyn Fn(u16, u16)>,
        is_ours: &Closure<dyn Fn(web_sys::KeyboardEvent) -> bool>,
    ) -> Result<TerminalView, JsValue>;

    /// Columns and rows of a terminal that would fill it.
    #[wasm_bindgen(method, catch)]
    pub fn measure(this: &TerminalModule, host: &HtmlElement) -> Result<Option<Vec<u16>>, JsValue>;

    #[derive(Clone)]
    pub type TerminalView;
    /// `replayed`: what they ask of the terminal was answered before. `written` is called when they are on the screen.
    #[wasm_bindgen(method, catch)]
    pub fn write(this: &TerminalView, bytes: &[u8], replayed: bool, written: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn reset(this: &TerminalView) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub fn focus(this: &TerminalView);
    /// As large as it is elsewhere, from now on.
    #[wasm_bindgen(method, catch)]
    pub fn fix(this: &TerminalView, columns: u16, rows: u16) -> Result<(), JsValue>;
    /// A key by its name in `KeyboardEvent.key`.
    #[wasm_bindgen(method, catch)]
    pub fn press(this: &TerminalView, key: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub fn columns(this: &TerminalView) -> u16;
    #[wasm_bindgen(method)]
    pub fn rows(this: &TerminalView) -> u16;
    #[wasm_bindgen(method)]
    pub fn selection(this: &TerminalView) -> String;
    /// `step`: 1 for the next, -1 for the one before, 0 while the text is typed. `on_found` is told which of how many is shown;
    /// the first one that is given is the one.
    #[wasm_bindgen(method, catch)]
    pub async fn find(this: &TerminalView, text: &str, step: i32, on_found: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub fn accessible(this: &TerminalView, on: bool);
    #[wasm_bindgen(method)]
    pub fn text(this: &TerminalView) -> String;
    #[wasm_bindgen(method, catch)]
    pub fn close(this: &TerminalView) -> Result<(), JsValue>;

    pub type ChartModule;
    /// `series`: label, colour and area of each; the last two are custom properties.
    #[wasm_bindgen(method, catch)]
    pub fn create(
        this: &ChartModule,
        host: &HtmlElement,
        series: &js_sys::Array,
        format: &Closure<dyn Fn(f64) -> String>,
        least: f64,
        is_binary: bool,
        nothing: &str,
    ) -> Result<Chart, JsValue>;

    #[derive(Clone)]
    pub type Chart;
    /// Times in seconds; `columns` are `Float64Array`s with NaN where there is nothing.
    #[wasm_bindgen(method, catch)]
    pub fn show(
        this: &Chart,
        columns: &js_sys::Array,
        from: f64,
        to: f64,
        marks: &js_sys::Array,
        limit: Option<f64>,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = close)]
    pub fn close_chart(this: &Chart) -> Result<(), JsValue>;
}

/// What a library throws would take the task that called it down, half done. It is said on the page, and nothing comes of
/// that call.
pub fn ok<T>(answer: Result<T, JsValue>) -> Option<T> {
    answer.map_err(|error| failure::thrown(&error)).ok()
}

/// A browser drops what is under way when a network comes or goes, as one does with every container beside it.
pub async fn patiently<T>(load: impl AsyncFn() -> Option<T>) -> Option<T> {
    for pause in [100, 400, 1_000] {
        if let Some(loaded) = load().await {
            return Some(loaded);
        }
        browser::sleep(pause).await;
    }
    load().await
}

/// The rules of all pages but the first.
pub async fn further_styles() -> Option<()> {
    load_style("further.css").await.ok()
}

pub async fn terminal() -> Option<TerminalModule> {
    module("terminal.js").await.map(JsCast::unchecked_into)
}

pub async fn charts() -> Option<ChartModule> {
    module("charts.js").await.map(JsCast::unchecked_into)
}

async fn module(name: &str) -> Option<JsValue> {
    JsFuture::from(load(name).ok()?).await.ok()
}
