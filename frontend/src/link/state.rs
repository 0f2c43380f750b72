//! How the connection to the bridge is.

#[derive(Clone, Debug, PartialEq)]
pub enum LinkState {
    Connecting,
    Connected,
    /// Milliseconds since 1970.
    Lost {
        since: f64,
        next_try: f64,
        /// The bridge answers, but could not say who is signed in.
        failing: bool,
    },
    SignedOut,
    /// The bridge serves another version of this page.
    Outdated,
}
