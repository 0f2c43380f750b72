//! JavaScript that only some pages need, loaded when they are opened: xterm.js and uPlot, see `frontend/js`.

use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    /// `boot.js`: imports a file beside this one.
    #[wasm_bindgen(catch, js_name = linkspanLoad)]
    fn load(name: &str) -> Result<js_sys::Promise, JsValue>;

    pub type TerminalModule;
    #[wasm_bindgen(method)]
    pub fn open(
        this: &TerminalModule,
        host: &HtmlElement,
        label: &str,
        on_data: &Closure<dyn Fn(js_sys::Uint8Array)>,
        on_resize: &Closure<dyn Fn(u16, u16)>,
        on_leave: &Closure<dyn Fn()>,
    ) -> TerminalView;

    #[derive(Clone)]
    pub type TerminalView;
    #[wasm_bindgen(method)]
    pub fn write(this: &TerminalView, bytes: &[u8]);
    #[wasm_bindgen(method)]
    pub fn reset(this: &TerminalView);
    #[wasm_bindgen(method)]
    pub fn focus(this: &TerminalView);
    #[wasm_bindgen(method)]
    pub fn columns(this: &TerminalView) -> u16;
    #[wasm_bindgen(method)]
    pub fn rows(this: &TerminalView) -> u16;
    #[wasm_bindgen(method)]
    pub fn selection(this: &TerminalView) -> String;
    #[wasm_bindgen(method)]
    pub fn accessible(this: &TerminalView, on: bool);
    #[wasm_bindgen(method)]
    pub fn text(this: &TerminalView) -> String;
    #[wasm_bindgen(method)]
    pub fn close(this: &TerminalView);

    pub type ChartModule;
    /// `series`: label, colour and area of each; the last two are custom properties.
    #[wasm_bindgen(method)]
    pub fn create(
        this: &ChartModule,
        host: &HtmlElement,
        series: &js_sys::Array,
        format: &Closure<dyn Fn(f64) -> String>,
        least: f64,
        is_binary: bool,
    ) -> Chart;

    #[derive(Clone)]
    pub type Chart;
    /// Times in seconds; `columns` are `Float64Array`s with NaN where there is nothing.
    #[wasm_bindgen(method)]
    pub fn show(this: &Chart, columns: &js_sys::Array, from: f64, to: f64, marks: &js_sys::Array, limit: Option<f64>);
    #[wasm_bindgen(method, js_name = close)]
    pub fn close_chart(this: &Chart);
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
