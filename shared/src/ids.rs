//! Every identifier is a type of its own, so that a container's id never ends up where an image's belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The first twelve digits without the algorithm, as the docker CLI shows ids.
            pub fn short(&self) -> &str {
                let digits = self.0.split_once(':').map_or(self.0.as_str(), |(_, digits)| digits);
                digits.get(..12).unwrap_or(digits)
            }

            /// Whether somebody means it who gives its digits, or as many of the first ones as the docker CLI shows.
            pub fn is_abbreviated(&self, said: &str) -> bool {
                self.0 == said || said.len() >= 12 && self.0.starts_with(said)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_ids! {
    /// 64 hexadecimal digits, given by the engine.
    ContainerId
    /// `sha256:` and 64 hexadecimal digits, given by the engine.
    ImageId
    /// What the engine knows a volume by; it has no other id.
    VolumeName
    /// Given by the engine: 64 hexadecimal digits.
    NetworkId
    /// The name an engine has in this Linkspan: unique, chosen by whoever configured it.
    EngineId
    /// A UUID, given by the bridge.
    JobId
    /// A UUID, given by the bridge.
    TerminalId
    /// A person's name in this Linkspan; unique.
    UserName
    /// Changes whenever the bridge restarts, which makes every sequence number of before meaningless.
    Epoch
}

macro_rules! number_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
    )*};
}

number_ids! {
    /// Chosen by the browser, unique among its calls in flight.
    RequestId
    /// Chosen by the browser, never used twice on one connection.
    ChannelId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_the_cli_s() {
        let digits = "3f9c1d7a2b64".repeat(5) + "abcd";
        assert_eq!(ContainerId::new(digits.clone()).short(), "3f9c1d7a2b64");
        assert_eq!(ImageId::new(format!("sha256:{digits}")).short(), "3f9c1d7a2b64");
        assert_eq!(ContainerId::new("é").short(), "é");
    }
}
