//! An image of the engine's store.

use serde::{Deserialize, Serialize};

use crate::{ids::ImageId, table::Row, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: ImageId,
    /// `repository:tag`; empty for a dangling image.
    pub tags: Vec<String>,
    /// `repository@sha256:…`
    pub digests: Vec<String>,
    pub created: Timestamp,
    /// Bytes of all its layers, shared ones included.
    pub size: i64,
}

impl Row for Image {
    type Id = ImageId;
    fn id(&self) -> &ImageId {
        &self.id
    }
}

/// `repository` and `tag` of a reference such as `localhost:5000/team/api:2.1`. The colon of a port is no tag.
pub fn split_reference(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (reference, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::split_reference;

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(split_reference("alpine:3.20"), ("alpine", "3.20"));
        assert_eq!(split_reference("localhost:5000/alpine"), ("localhost:5000/alpine", ""));
        assert_eq!(split_reference("localhost:5000/alpine:3"), ("localhost:5000/alpine", "3"));
    }
}
