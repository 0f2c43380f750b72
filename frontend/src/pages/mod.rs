//! One module for each view with an address.

pub mod commit;
pub mod container;
pub mod containers;
pub mod fleet;
pub mod images;
pub mod jobs;
pub mod login;
pub mod run;
pub mod settings;
