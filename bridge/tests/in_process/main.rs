//! The layers below the browser in one process: a scripted engine and a browser's end of the websocket, both in memory, and
//! a clock that stands still until everybody waits. A minute of it takes milliseconds, and nothing here can come too late.

mod access;
mod browser;
mod engine;
mod world;

mod explain;
mod figures;
mod jobs;
mod keeper;
mod logs;
mod oidc;
mod review;
mod session;
