//! Building blocks without knowledge of containers, store or connection.

pub mod card;
pub mod dialog;
pub mod icon;
pub mod password_field;
pub mod place;
pub mod problem_note;
pub mod progress;
pub mod state_view;
pub mod virtual_rows;

pub use icon::{Glyph, Icon};
