//! The menus of a container and of a project.

use std::rc::Rc;

use linkspan_shared::{
    container::{Container, ContainerState},
    job::BatchKind,
};

use super::{
    actions::{Action, act},
    copy::copy_id,
    dialogs::{Asked, Dialogs, batch},
    menu::Item,
    ui::Icon,
};
use crate::{
    address::go,
    i18n::t,
    link,
    route::{Route, Tab},
    store::store,
};

/// What is done to several.
const BATCH: &str = "job.act_on_containers";

/// The menu of one container: only what its state allows.
pub fn of_container(container: &Container, dialogs: Dialogs, live: bool) -> Vec<Item> {
    let to = |page: Route| move || go(&page);
    let tab = |label: &'static str, icon: Icon, tab: Tab| Item::new(label, icon, to(Route::container(&container.id, tab)));
    let mut items = vec![tab(t().action_logs(), Icon::Lines, Tab::Logs)];
    if live && container.state == ContainerState::Running {
        items.push(tab(t().terminal(), Icon::Terminal, Tab::Terminal).needs("terminal.open"));
    }
    items.extend([tab(t().stats(), Icon::Activity, Tab::Stats), tab(t().files(), Icon::Folder, Tab::Files).needs("file.list")]);
    if live {
        items.push(Item::new(t().action_commit(), Icon::Commit, to(Route::Commit(container.id.0.clone()))).needs("job.commit"));
        let mut first = true;
        for action in [Action::Start, Action::Stop, Action::Restart, Action::Pause, Action::Resume, Action::Kill] {
            if action.is_allowed(container) {
                let container = container.clone();
                let item = Item::new(action.label(), action.icon(), move || act(link::engine(), action, &container, dialogs))
                    .needs(action.needs());
                // What spares nothing stands apart from what does.
                items.push(match action {
                    Action::Kill => item.danger().separated(),
                    _ if std::mem::take(&mut first) => item.separated(),
                    _ => item,
                });
            }
        }
        let renamed = container.clone();
        items.push(
            Item::new(t().action_rename(), Icon::Pencil, move || dialogs.ask(Asked::Rename(renamed.clone())))
                .separated()
                .needs("container.rename"),
        );
        let updated = container.clone();
        items.push(
            Item::new(t().action_update(), Icon::Settings, move || dialogs.ask(Asked::Update(updated.clone()))).needs("container.update"),
        );
    }
    if live {
        let like = Route::Run.with(&[("like", &container.id.0)]);
        items.push(Item::new(t().action_run_like(), Icon::Play, move || go(&like)).needs("job.run"));
    }
    if live && !container.is_self {
        items.push(Item::new(t().action_edit_container(), Icon::Pencil, to(Route::Edit(container.id.0.clone()))).needs("container.edit"));
        let recreated = container.clone();
        items.push(
            Item::new(t().action_recreate(), Icon::Restart, move || dialogs.ask(Asked::Recreate(recreated.clone()))).needs("job.recreate"),
        );
    }
    if live {
        let exported = container.clone();
        items.push(
            Item::new(t().action_export(), Icon::Download, move || dialogs.ask(Asked::Export(vec![exported.clone()])))
                .needs("explain.export"),
        );
    }
    let id = container.id.clone();
    items.push(Item::new(t().action_copy_id(), Icon::Copy, move || copy_id(&id)));
    if live && !container.is_self {
        let removed = container.clone();
        let remove = move || dialogs.ask(Asked::Remove(vec![removed.clone()]));
        items.push(Item::new(t().action_remove(), Icon::Trash, remove).danger().separated().needs("container.remove"));
    }
    items
}

/// The menu of a project: what is done to all of its containers.
pub fn of_project(name: &str, all: Vec<Container>, select: Rc<dyn Fn()>, dialogs: Dialogs) -> Vec<Item> {
    let each = |kind: BatchKind, all: Vec<Container>| move || dialogs.ask(batch(kind, all.clone()));
    let up: Vec<Container> = all.iter().filter(|one| one.state.is_up()).cloned().collect();
    let removable: Vec<Container> = all.iter().filter(|one| !one.is_self).cloned().collect();
    let mut items = vec![Item::new(t().select_project(name), Icon::Check, move || select())];
    if store().is_live() {
        let exported = all.clone();
        items.push(Item::new(t().action_start(), Icon::Play, each(BatchKind::Start, all.clone())).separated().needs(BATCH));
        items.push(Item::new(t().action_restart(), Icon::Restart, each(BatchKind::Restart, all)).needs(BATCH));
        if !up.is_empty() {
            let stop = move || dialogs.ask(Asked::Stop { kind: BatchKind::Stop, containers: up.clone(), all: false });
            items.push(Item::new(t().action_stop(), Icon::Stop, stop).needs(BATCH));
        }
        items.push(
            Item::new(t().action_export(), Icon::Download, move || dialogs.ask(Asked::Export(exported.clone())))
                .separated()
                .needs("explain.export"),
        );
        if !removable.is_empty() {
            let remove = move || dialogs.ask(Asked::Remove(removable.clone()));
            items.push(Item::new(t().action_remove(), Icon::Trash, remove).danger().separated().needs("job.remove"));
        }
    }
    items
}
