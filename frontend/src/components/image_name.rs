//! The name of an image.

use leptos::prelude::*;

/// Registry and path, repository, tag or digest. The first stands back, and gives way first: the others always stay.
pub fn image_parts(reference: &str) -> (Option<&str>, &str, &str) {
    let (path, name) = reference.rsplit_once('/').map_or((None, reference), |(path, name)| (Some(path), name));
    let (repository, tag) = name.split_at(name.find([':', '@']).unwrap_or(name.len()));
    (path, repository, tag)
}

pub fn image_name(reference: &str) -> impl IntoView + use<> {
    let (path, repository, tag) = image_parts(reference);
    let path = path.map(str::to_owned);
    view! {
        {path.map(|path| view! { <span class="img-reg"><bdi>{path}</bdi></span><span class="img-slash">"/"</span> })}
        <span class="img-repo">{repository.to_owned()}</span>
        <span class="img-tag">{tag.to_owned()}</span>
    }
}
