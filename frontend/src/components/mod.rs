//! Parts that pages share. `ui` knows nothing of Linkspan; the others read the store.

pub mod actions;
pub mod banner;
pub mod credentials;
pub mod dialogs;
pub mod filter_box;
pub mod focus;
pub mod grid;
pub mod job_card;
pub mod job_output;
pub mod json_tree;
pub mod keys;
pub mod menu;
pub mod nav;
pub mod output;
pub mod palette;
pub mod people;
pub mod select_all;
pub mod shortcuts;
pub mod state_pill;
pub mod status_bar;
pub mod stop_dialog;
pub mod theme;
pub mod toasts;
pub mod top_bar;
pub mod ui;
pub mod under_way;
