//! The name of an image.

use leptos::prelude::*;
use linkspan_shared::image::Image;

use crate::{sorting, store::store};

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

/// What an image is known by.
pub fn name_of(image: &Image) -> String {
    image.names().first().map_or_else(|| image.id.short().to_owned(), |name| (*name).to_owned())
}

/// All images; those of the same repository come first.
pub fn images_near(name: &str) -> Vec<Image> {
    let repository =
        |name: &str| name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(repository, _)| repository).to_owned();
    let own = repository(name);
    let mut images = store().images.all();
    let key = |image: &Image| (repository(&name_of(image)) != own, name_of(image));
    sorting::sort_by(&mut images, |a, b| key(a).cmp(&key(b)));
    images
}
