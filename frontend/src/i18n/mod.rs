//! Every word that people read, in one typed catalogue: `en.rs` declares a message by writing it, and any other
//! language has to write exactly the same messages with exactly the same parameters, or it does not compile.

mod en;
mod format;
mod ja;
mod problem;

use std::cell::OnceCell;

#[cfg(not(test))]
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use crate::browser;
#[cfg(not(test))]
use crate::chunks;

use en::Catalogue;
pub use en::Texts;
pub use format::{
    ago, ago_at, ago_by_bridge, bytes, clock, count, cpu, date_of, date_time, duration, memory, percent, time_of_day, uptime,
};
pub use problem::{explain, explain_access, explain_sso, role_name, why_not};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Japanese];

    /// BCP 47
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }

    /// In its own words, so that whoever reads it finds it.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Japanese => "日本語",
        }
    }

    /// Where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Self::English => "EN",
            Self::Japanese => "日本語",
        }
    }
}

thread_local! {
    /// Of any other language than the first; it stays the same as long as the page.
    static TRANSLATION: OnceCell<(Language, &'static dyn Catalogue)> = const { OnceCell::new() };
}

/// Before anything is shown. `theme.js` has found the language: what was chosen here before, else the first of the browser's
/// that there is. A translation is a file of its own, so that whoever reads another language does without.
#[cfg(not(test))]
pub async fn load() {
    if browser::document_language() != Language::Japanese.tag() {
        return;
    }
    match chunks::patiently(async || japanese().await.ok()).await {
        Some(words) => TRANSLATION.with(|translation| _ = translation.set((Language::Japanese, words))),
        None => browser::set_document_language(Language::English.tag()),
    }
}

#[cfg(not(test))]
#[wasm_split(japanese, wasm_split_path = ::leptos::wasm_split, fallible)]
fn japanese() -> Result<&'static dyn Catalogue, SplitLoaderError> {
    Ok(&ja::Japanese)
}

fn translation() -> Option<(Language, &'static dyn Catalogue)> {
    TRANSLATION.with(|translation| translation.get().copied())
}

/// The reader's language.
pub fn language() -> Language {
    translation().map_or(Language::English, |(language, _)| language)
}

/// From the next page on, which is this one loaded anew.
pub fn switch(language: Language) {
    browser::store("language", language.tag());
    browser::reload();
}

/// The messages in the reader's language. Each is a function of its own, so that a page's words come with the page.
pub fn t() -> Texts {
    Texts
}

/// Any other language than the first, with exactly its messages.
#[macro_export]
macro_rules! translation {
    ($language:ident; $($name:ident $(($($arg:ident: $type:ty),*))? = $text:tt;)*) => {
        pub struct $language;
        impl super::Catalogue for $language {
            $($crate::messages! { @define $name $(($($arg: $type),*))? = $text })*
        }
        #[cfg(test)]
        pub const SOURCES: &[(&str, &str)] = &[$((stringify!($name), stringify!($text))),*];
    };
}

/// Writes a language: the first one declares the catalogue with it.
#[macro_export]
macro_rules! messages {
    ($trait:ident for $language:ident; $($name:ident $(($($arg:ident: $type:ty),*))? = $text:tt;)*) => {
        pub trait $trait: Sync {
            $($crate::messages! { @declare $name $(($($arg: $type),*))? })*
        }
        pub struct $language;
        impl $trait for $language {
            $($crate::messages! { @define $name $(($($arg: $type),*))? = $text })*
        }
        #[derive(Clone, Copy)]
        pub struct Texts;
        impl Texts {
            $($crate::messages! { @choose $name $(($($arg: $type),*))? })*
        }
        #[cfg(test)]
        pub const SOURCES: &[(&str, &str)] = &[$((stringify!($name), stringify!($text))),*];
    };
    (@choose $name:ident) => {
        pub fn $name(self) -> &'static str {
            match super::translation() {
                None => super::en::English.$name(),
                Some((_, words)) => words.$name(),
            }
        }
    };
    (@choose $name:ident ($($arg:ident: $type:ty),*)) => {
        pub fn $name(self, $($arg: $type),*) -> String {
            match super::translation() {
                None => super::en::English.$name($($arg),*),
                Some((_, words)) => words.$name($($arg),*),
            }
        }
    };
    (@declare $name:ident) => { fn $name(&self) -> &'static str; };
    (@declare $name:ident ($($arg:ident: $type:ty),*)) => { fn $name(&self, $($arg: $type),*) -> String; };
    (@define $name:ident = $text:literal) => { fn $name(&self) -> &'static str { $text } };
    (@define $name:ident ($($arg:ident: $type:ty),*) = $text:literal) => {
        fn $name(&self, $($arg: $type),*) -> String { format!($text) }
    };
    // A plural or another choice: an expression in braces.
    (@define $name:ident ($($arg:ident: $type:ty),*) = $choice:block) => {
        fn $name(&self, $($arg: $type),*) -> String { $choice }
    };
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::{en, ja};

    /// The same in every language: names, signs, code.
    const SAME: &[&str] = &[
        "linkspan",
        "engine_on_host",
        "engine_option",
        "engine_version",
        "api_version",
        "address_placeholder",
        "image_placeholder",
        "column_cpu",
        "mount_tmpfs",
        "per_second",
        "bytes_of",
        "removes_itself",
        "dockerfile",
        "match_of",
        "about_it",
        "stream_stderr",
        "hunk_at",
    ];

    /// That no message is missing the compiler sees; that none was left in English, this does.
    #[wasm_bindgen_test]
    fn japanese_is_complete() {
        assert_eq!(en::SOURCES.len(), ja::SOURCES.len());
        let is_japanese = |text: &str| text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '、' | '。'));
        let left: Vec<_> = ja::SOURCES
            .iter()
            .filter(|(name, text)| !is_japanese(text) && text.chars().any(|c| c.is_ascii_alphabetic()) && !SAME.contains(name))
            .filter(|(_, text)| text.starts_with('{') || without_parameters(text).chars().any(|c| c.is_ascii_alphabetic()))
            .collect();
        assert!(left.is_empty(), "not in Japanese: {left:?}");
    }

    /// `"{name} ({state})"` has no words of its own.
    fn without_parameters(text: &str) -> String {
        let mut depth = 0;
        text.chars()
            .filter(|c| {
                depth += i32::from(*c == '{');
                let inside = depth > 0;
                depth -= i32::from(*c == '}');
                !inside
            })
            .collect()
    }
}
