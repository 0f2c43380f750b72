//! The bridge between browsers and a container engine.
//!
//! From the engine up: [`linkspan_docker`] speaks the Engine API; [`hub`] keeps the live state and the jobs; [`session`] serves
//! one browser's connection; [`explain`] writes requests down as commands; [`web`] is HTTP. [`access`] decides who may do what. Data flows up this list, actions come
//! down it as typed calls; a lower module never knows a higher one.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests wait for nobody"))]

pub mod access;
pub mod actions;
pub mod activity;
mod causes;
pub mod config;
pub mod credentials;
pub mod database;
#[cfg(any(test, fuzzing))]
pub mod decoders;
pub mod explain;
pub mod fleet;
pub mod hub;
mod owned;
pub mod policy;
pub mod records;
pub mod serve;
pub mod session;
pub mod shares;
pub mod users;
pub mod web;
pub mod webhooks;
