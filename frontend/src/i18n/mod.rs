//! Every word that people read, in one typed catalogue: `en.rs` declares a message by writing it, and any other
//! language has to write exactly the same messages with exactly the same parameters, or it does not compile.

mod en;
mod format;
mod problem;

pub use en::Catalogue;
pub use format::{ago, bytes, clock, count, cpu, date_time, duration, memory, percent};
pub use problem::{explain, explain_access};

/// The reader's language. English so far.
pub fn t() -> &'static dyn Catalogue {
    &en::English
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
