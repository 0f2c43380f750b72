//! One module for each view with an address.

pub mod activity;
pub mod build;
pub mod commit;
pub mod compare;
pub mod container;
pub mod containers;
pub mod disk;
pub mod engine;
pub mod files;
pub mod fleet;
pub mod image;
pub mod images;
pub mod jobs;
pub mod login;
pub mod resources;
pub mod run;
pub mod settings;
