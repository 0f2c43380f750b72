//! Linkspan in the browser.
//!
//! [`link`] is the reconnecting websocket: calls and channels. [`store`] holds what the bridge says, reduced from
//! messages. [`pages`] show it with [`components`]; every word of theirs comes from [`i18n`]. State flows down this
//! list, actions go up it as calls.

// The tests in the browser are built in one piece, without the app that is cut into parts.
#![cfg_attr(test, allow(dead_code, unused_imports))]

mod address;
#[cfg(not(test))]
mod app;
mod archive;
mod base;
mod browser;
#[cfg(test)]
mod browser_tests;
mod case;
mod chunks;
mod components;
mod decode;
mod failure;
#[cfg(not(test))]
mod further;
mod i18n;
mod link;
mod log;
mod pages;
mod passkey;
mod route;
mod sorting;
mod store;

#[cfg(not(test))]
fn main() {
    failure::watch();
    wasm_bindgen_futures::spawn_local(async {
        i18n::load().await;
        failure::translate();
        app::ask_to_sign_in();
        leptos::mount::mount_to_body(app::App);
        browser::remove_loading_notice();
    });
}
