//! The few things the browser does for us outside of views.

use std::{cell::Cell, rc::Rc, time::Duration};

use futures_util::future::{AbortHandle, Abortable};
use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::*;
use linkspan_shared::{
    ids::JobId,
    problem::{Problem, ProblemCode},
    user::{AccessProblem, SessionState},
};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Headers, HtmlAnchorElement, HtmlElement, Request, RequestInit, Response};

use crate::{base, decode};

/// Milliseconds since 1970, by this machine's clock: for what begins and ends here. What others stamp is measured by theirs.
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// How many milliseconds other clocks are ahead of this machine's.
#[derive(Clone, Copy)]
pub struct Clocks {
    /// The bridge's; it stamps jobs and what becomes of connections.
    pub bridge: RwSignal<f64>,
    /// The page's engine's, beside the bridge's; it stamps containers and all that belongs to them.
    pub engine: RwSignal<f64>,
}

impl Clocks {
    pub fn bridge_now(self) -> f64 {
        now() + self.bridge.get()
    }

    pub fn engine_now(self) -> f64 {
        self.bridge_now() + self.engine.get()
    }
}

thread_local! {
    static CLOCKS: Clocks = Clocks { bridge: RwSignal::new(0.0), engine: RwSignal::new(0.0) };
}

pub fn clocks() -> Clocks {
    CLOCKS.with(|clocks| *clocks)
}

pub fn is_hidden() -> bool {
    document().hidden()
}

/// As `theme.js` found it, and what is shown is.
pub fn document_language() -> String {
    document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

/// For screen readers, fonts and hyphenation.
pub fn set_document_language(tag: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", tag);
    }
}

pub fn reload() {
    let _ = window().location().reload();
}

pub fn remove_loading_notice() {
    if let Some(notice) = document().get_element_by_id("loading") {
        notice.remove();
    }
}

/// A task that ends with the scope that calls this: for what a page asks for itself. What somebody told Linkspan to do must
/// not end so.
///
/// It does not keep the scope alive, and follows no signal of it.
pub fn spawn_scoped(task: impl Future<Output = ()> + 'static) {
    let (handle, registration) = AbortHandle::new_pair();
    on_cleanup(move || handle.abort());
    leptos::task::spawn_local(async move {
        let _ = Abortable::new(task, registration).await;
    });
}

/// Before the next frame is painted, unless the scope that calls this is gone by then.
pub fn next_frame(work: impl FnOnce() + 'static) {
    if let Ok(frame) = request_animation_frame_with_handle(work) {
        on_cleanup(move || frame.cancel());
    }
}

/// Ends after so many milliseconds.
pub async fn sleep(milliseconds: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, i32::try_from(milliseconds).unwrap_or(i32::MAX));
    });
    let _ = JsFuture::from(promise).await;
}

thread_local! {
    static TICKS: RwSignal<u32> = RwSignal::new(0);
}

/// Half a minute has passed, over and over: what says how long ago something was follows it. It begins with the app.
pub fn start_clock() {
    let tick = TICKS.with(|ticks| *ticks);
    set_interval(move || tick.update(|tick| *tick = tick.wrapping_add(1)), Duration::from_secs(30));
}

pub fn follow_clock() {
    TICKS.with(|ticks| ticks.track());
}

thread_local! {
    static CAME_BACK: Cell<f64> = const { Cell::new(0.0) };
}

/// Notices when somebody goes back or forward. It begins with the app.
pub fn watch_history() {
    let _ = window_event_listener_untyped("popstate", |_| CAME_BACK.set(now()));
    // Where somebody goes on from there is somewhere else.
    for event in ["pointerdown", "keydown"] {
        let _ = window_event_listener_untyped(event, |_| CAME_BACK.set(0.0));
    }
}

/// This page is shown because somebody went back or forward to it.
pub fn came_back() -> bool {
    now() - CAME_BACK.get() < 2_000.0
}

/// Calls `woken` when the tab may have been without its network: it is shown again, comes out of the browser's cache, or the
/// network is there again. For as long as the page lives.
pub fn on_wake(woken: impl Fn() + Copy + 'static) {
    for event in ["online", "pageshow", "visibilitychange", "resume"] {
        let _ = window_event_listener_untyped(event, move |_| {
            if !is_hidden() {
                woken();
            }
        });
    }
}

/// Whether the tab can be seen; `false` behind others and when minimized.
pub fn visible() -> ReadSignal<bool> {
    let (visible, set_visible) = signal(!is_hidden());
    let handle = window_event_listener_untyped("visibilitychange", move |_| set_visible.set(!is_hidden()));
    on_cleanup(move || handle.remove());
    visible
}

/// Does it again and again while there is a period, as long as the scope that calls this lives.
pub fn every(period: impl Fn() -> Option<Duration> + 'static, act: impl Fn() + Clone + 'static) {
    Effect::new(move || {
        if let Some(Ok(timer)) = period().map(|period| set_interval_with_handle(act.clone(), period)) {
            on_cleanup(move || timer.clear());
        }
    });
}

/// A frame that does not come for as long is not waited for.
const LATEST: Duration = Duration::from_millis(250);

/// Once before the next frame is painted, however often it is asked for; at once while nothing is painted. Each asks for the
/// same work every time.
#[derive(Default)]
pub struct NextFrame {
    asked: Cell<bool>,
}

impl NextFrame {
    pub fn ask(self: &Rc<Self>, work: impl FnOnce() + 'static) {
        if is_hidden() {
            return work();
        }
        if self.asked.replace(true) {
            return;
        }
        // A window that lies behind others is not always painted, and not hidden either.
        let work = Rc::new(Cell::new(Some(work)));
        let late = work.clone();
        let (frame, timer) = (self.clone(), self.clone());
        request_animation_frame(move || frame.run(&work));
        set_timeout(move || timer.run(&late), LATEST);
    }

    fn run(&self, work: &Cell<Option<impl FnOnce()>>) {
        if let Some(work) = work.take() {
            self.asked.set(false);
            work();
        }
    }
}

/// What came of a request to `/api/`.
pub enum Fetched<T> {
    Ok(T),
    Refused(AccessProblem),
    /// The bridge does not answer.
    Unreachable,
}

fn told_session() -> Option<Element> {
    document().query_selector("meta[name=session]").ok()?
}

/// Who was signed in when the bridge sent the page; `None` where it could not tell, or that was used already.
pub fn first_session() -> Option<SessionState> {
    decode::read(&told_session()?.get_attribute("content")?)
}

/// Who is signed in. The first time the page came with the answer.
pub async fn session() -> Fetched<SessionState> {
    let first = first_session();
    if let Some(told) = told_session() {
        told.remove();
    }
    match first {
        Some(session) => Fetched::Ok(session),
        None => get("/api/session").await,
    }
}

pub async fn get<T: DeserializeOwned>(path: &str) -> Fetched<T> {
    fetch(path, "GET", None).await
}

pub async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Fetched<T> {
    fetch(path, "POST", serde_json::to_string(body).ok()).await
}

async fn fetch<T: DeserializeOwned>(path: &str, method: &str, body: Option<String>) -> Fetched<T> {
    let sent = async {
        let init = RequestInit::new();
        init.set_method(method);
        if let Some(body) = body {
            let headers = Headers::new()?;
            headers.set("content-type", "application/json")?;
            init.set_headers(&headers);
            init.set_body(&JsValue::from_str(&body));
        }
        let request = Request::new_with_str_and_init(&format!("{}{path}", base::path()), &init)?;
        let response: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
        let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        Ok::<_, JsValue>((response.ok(), text))
    };
    match sent.await {
        Ok((true, text)) => match decode::read(if text.is_empty() { "null" } else { &text }) {
            Some(value) => Fetched::Ok(value),
            None => Fetched::Unreachable,
        },
        Ok((false, text)) => match decode::read(&text) {
            Some(problem) => Fetched::Refused(problem),
            None => Fetched::Unreachable,
        },
        Err(_) => Fetched::Unreachable,
    }
}

thread_local! {
    static UPLOADS: Cell<u32> = const { Cell::new(0) };
}

/// Sends a file to the job that waits for it, in the background; the job says what came of it.
pub fn upload(job: &JobId, file: &web_sys::Blob) {
    let sent = || {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(file);
        let request = Request::new_with_str_and_init(&format!("{}/api/jobs/{job}/upload", base::path()), &init)?;
        Ok::<_, JsValue>(window().fetch_with_request(&request))
    };
    let Ok(sent) = sent() else { return };
    UPLOADS.set(UPLOADS.get() + 1);
    leptos::task::spawn_local(async move {
        let _ = JsFuture::from(sent).await;
        UPLOADS.set(UPLOADS.get().saturating_sub(1));
    });
}

/// Sends a file to an address of the bridge, and waits for what comes of it.
pub async fn send(path: &str, body: &JsValue) -> Result<String, Problem> {
    let lost = |_| Problem::new(ProblemCode::ConnectionLost, "", "");
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(body);
    let request = Request::new_with_str_and_init(&format!("{}{path}", base::path()), &init).map_err(lost)?;
    UPLOADS.set(UPLOADS.get() + 1);
    let answered = JsFuture::from(window().fetch_with_request(&request)).await;
    UPLOADS.set(UPLOADS.get().saturating_sub(1));
    let response: Response = answered.map_err(lost)?.unchecked_into();
    let text = JsFuture::from(response.text().map_err(lost)?).await.map_err(lost)?.as_string().unwrap_or_default();
    if response.ok() {
        return Ok(text);
    }
    Err(decode::read(&text).unwrap_or_else(|| Problem::new(ProblemCode::Internal, "", text)))
}

/// Scrolls as little as it takes.
pub fn reveal(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

pub fn focus_on(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// Whoever leaves the page while a file is on its way is asked. It begins with the app.
pub fn guard_uploads() {
    let _ = window_event_listener_untyped("beforeunload", |event| {
        if UPLOADS.get() > 0 {
            event.prevent_default();
        }
    });
}

/// A phone's width.
pub fn is_narrow() -> bool {
    window().match_media("(max-width: 719px)").ok().flatten().is_some_and(|query| query.matches())
}

/// Local preferences; a browser that refuses storage forgets them.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

pub fn store(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// `false` where the page has no access to the clipboard (plain http beyond loopback).
pub async fn copy(text: &str) -> bool {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or_default();
    if clipboard.is_undefined() {
        return copy_by_selection(text);
    }
    JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

/// The old way, which needs no secure context.
fn copy_by_selection(text: &str) -> bool {
    let copied = || {
        let area: web_sys::HtmlTextAreaElement = document().create_element("textarea").ok()?.dyn_into().ok()?;
        area.set_value(text);
        document().body()?.append_child(&area).ok()?;
        area.select();
        let command: Function = Reflect::get(&document(), &"execCommand".into()).ok()?.dyn_into().ok()?;
        let done = command.call1(&document(), &"copy".into()).ok()?.is_truthy();
        area.remove();
        Some(done)
    };
    copied().unwrap_or(false)
}

/// Hands the person a file.
pub fn download(name: &str, parts: &[Vec<u8>]) {
    let saved = || {
        let list = Array::new();
        for part in parts {
            list.push(&js_sys::Uint8Array::from(part.as_slice()));
        }
        let blob = web_sys::Blob::new_with_u8_array_sequence(&list).ok()?;
        let url = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
        let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
        link.set_href(&url);
        link.set_download(name);
        link.click();
        web_sys::Url::revoke_object_url(&url).ok()
    };
    saved();
}

/// Has the browser save what an address gives, beside the page.
pub fn save_from(address: &str) {
    let saved = || {
        let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
        link.set_href(&format!("{}{address}", base::path()));
        link.set_download("");
        link.click();
        Some(())
    };
    saved();
}

/// Calls `changed` whenever the element's size does, until the owner of the calling scope is disposed of.
pub fn watch_size(element: &HtmlElement, changed: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(changed);
    if let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(element);
        let kept = send_wrapper::SendWrapper::new((observer, callback));
        on_cleanup(move || kept.0.disconnect());
    }
}

/// A CSS length in pixels, as it applies to this element.
pub fn css_pixels(element: &web_sys::Element, property: &str) -> Option<f64> {
    let style = window().get_computed_style(element).ok()??;
    // Rust's own parser of floating point numbers is large.
    let length = js_sys::parse_float(style.get_property_value(property).ok()?.trim());
    length.is_finite().then_some(length)
}

/// A CSS length of whole pixels. Rust's way to write floating point numbers is large.
pub fn px(length: f64) -> String {
    format!("{}px", length.round() as i64)
}

/// Options for a constructor of Intl.
pub fn options(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in pairs {
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object
}

/// Once nothing else is to be done, or after a second of other work.
pub fn when_idle(work: impl FnOnce() + 'static) {
    let options = web_sys::IdleRequestOptions::new();
    options.set_timeout(1_000);
    let callback = Closure::once_into_js(work);
    // Not every browser has it.
    if window().request_idle_callback_with_options(callback.unchecked_ref(), &options).is_err() {
        drop(callback.unchecked_into::<js_sys::Function>().call0(&JsValue::NULL));
    }
}
