//! Which containers keep something from being removed, as links: whoever wants it gone begins there.

use leptos::prelude::*;
use linkspan_shared::container::Container;

use crate::{
    address::at,
    i18n::t,
    route::{Route, Tab},
    sorting,
    store::store,
};

/// Links; for more there is the table.
const SHOWN: usize = 5;

/// `filter`: what the table of containers leaves by it are the same ones. Nothing where there are none.
#[component]
pub fn UsedBy(uses: impl Fn(&Container) -> bool + Send + Sync + 'static, filter: String) -> impl IntoView {
    let users = Memo::new(move |_| {
        let mut users = store().containers.fold(Vec::new(), |mut users, container| {
            if uses(container) {
                users.push((container.name.clone(), container.id.clone()));
            }
            users
        });
        sorting::sort(&mut users);
        users
    });
    move || {
        let users = users.get();
        let more = users.len().saturating_sub(SHOWN);
        (!users.is_empty()).then(|| {
            let links = users.into_iter().take(SHOWN).map(|(name, id)| {
                view! { <a class="link mono" href=at(Route::container(&id, Tab::Overview))>{name}</a> }
            });
            view! {
                <span class="used-by">
                    <span>{t().used_by_these()}</span>
                    {links.collect_view()}
                    {(more > 0).then(|| view! { <a class="link" href=at(Route::Containers.with(&[("q", &filter)]))>{t().and_n_more(more)}</a> })}
                </span>
            }
        })
    }
}
