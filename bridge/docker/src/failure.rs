//! Why there is no connection to an engine.

use std::fmt;

use linkspan_shared::connect::ConnectFault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub fault: ConnectFault,
    /// In the words of whoever noticed: the operating system, the TLS library, ssh.
    pub detail: String,
}

impl Failure {
    pub fn new(fault: ConnectFault, detail: impl Into<String>) -> Self {
        Self { fault, detail: harmless(&detail.into()) }
    }
}

/// Whoever answers may be anybody: what it says is short, and nothing in it commands a terminal.
fn harmless(text: &str) -> String {
    const LONGEST: usize = 1024;
    let mut harmless: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    if harmless.len() > LONGEST {
        harmless.truncate(harmless.floor_char_boundary(LONGEST));
        harmless.push('…');
    }
    harmless
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => f.write_str(self.fault.what()),
            detail => write!(f, "{} ({detail})", self.fault.what()),
        }
    }
}

impl std::error::Error for Failure {}
