//! The paths that changed as a tree: folded, counted, filtered. Pure.

use std::{collections::HashSet, sync::Arc};

use linkspan_docker::model::Change;
use linkspan_shared::review::{ChangeCounts, ChangeEntry, ChangeKind, Selected, Selection, noise, secret};

/// Secrets that are named.
const NAMED: usize = 10;

#[derive(Default)]
struct Node {
    name: String,
    parent: usize,
    kind: Option<ChangeKind>,
    children: Vec<usize>,
    below: ChangeCounts,
    is_new: bool,
}

/// What a layer is made of.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// That were selected.
    pub paths: u64,
}

#[derive(Debug, PartialEq)]
pub enum Step {
    /// What is at a path itself.
    One(String),
    /// A folder above some, as the image has it.
    Way(String),
    /// With all that is in it.
    Whole(String),
    Deleted(String),
    /// Nothing of the image's is in it any more.
    Emptied(String),
}

fn is_mounted(path: &str, mounts: &[String]) -> bool {
    mounts.iter().any(|mount| path.strip_prefix(mount.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

pub struct Tree {
    /// Parents before their children; the first is the root.
    nodes: Vec<Node>,
    pub noise: Arc<[String]>,
}

impl Tree {
    /// `before`: the paths of the look before, if there was one. `mounts`: what is mounted is no part of the container. `noise`:
    /// patterns of what usually nobody keeps.
    pub fn new(mut changes: Vec<Change>, before: Option<&HashSet<String>>, mounts: &[String], noise: Arc<[String]>) -> Self {
        changes.retain(|change| !is_mounted(&change.path, mounts));
        changes.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
        let mut nodes = vec![Node::default()];
        // Where the one before is, from the root on.
        let mut way = vec![0usize];
        for change in &changes {
            let Some(kind) = kind(change.kind) else { continue };
            let names: Vec<&str> = change.path.split('/').filter(|name| !name.is_empty()).collect();
            let Some((last, folders)) = names.split_last() else { continue };
            let shared =
                way.iter().skip(1).zip(folders).take_while(|(at, name)| nodes.get(**at).is_some_and(|node| node.name == **name)).count();
            way.truncate(shared + 1);
            let mut add = |way: &mut Vec<usize>, name: &str, kind, is_new| {
                let (parent, at) = (way.last().copied().unwrap_or_default(), nodes.len());
                nodes.push(Node { name: name.to_owned(), parent, kind, is_new, ..Node::default() });
                if let Some(parent) = nodes.get_mut(parent) {
                    parent.children.push(at);
                }
                way.push(at);
            };
            for name in folders.iter().skip(shared) {
                add(&mut way, name, None, false);
            }
            add(&mut way, last, Some(kind), before.is_some_and(|before| !before.contains(&change.path)));
        }
        let mut tree = Self { nodes, noise };
        tree.count();
        tree
    }

    /// From the leaves up; what was deleted and has something in it again was replaced.
    fn count(&mut self) {
        for at in (1..self.nodes.len()).rev() {
            let Some(node) = self.nodes.get_mut(at) else { continue };
            if node.kind == Some(ChangeKind::Deleted) && node.below.added + node.below.changed > 0 {
                node.kind = Some(ChangeKind::Replaced);
            }
            let (below, kind, parent) = (node.below, node.kind, node.parent);
            let Some(parent) = self.nodes.get_mut(parent) else { continue };
            parent.below.added += below.added;
            parent.below.changed += below.changed;
            parent.below.deleted += below.deleted;
            parent.below.replaced += below.replaced;
            if let Some(kind) = kind {
                parent.below.count(kind);
            }
        }
    }

    pub fn total(&self) -> ChangeCounts {
        self.nodes.first().map(|root| root.below).unwrap_or_default()
    }

    pub fn paths(&self) -> HashSet<String> {
        (1..self.nodes.len()).filter(|at| self.nodes.get(*at).is_some_and(|node| node.kind.is_some())).map(|at| self.path(at)).collect()
    }

    /// `None`: nothing changed there.
    pub fn kind_at(&self, path: &str) -> Option<ChangeKind> {
        self.nodes.get(self.at(path)?)?.kind
    }

    /// The path itself, or what in it has nothing in it; nothing where that is more than `limit`.
    pub fn ends_below(&self, path: &str, limit: usize) -> Vec<String> {
        let (mut ends, mut next) = (Vec::new(), self.at(path).into_iter().collect::<Vec<_>>());
        while let Some(node) = next.pop().and_then(|at| Some((at, self.nodes.get(at)?))) {
            match node {
                (_, node) if !node.children.is_empty() => next.extend(&node.children),
                _ if ends.len() == limit => return Vec::new(),
                (at, _) => ends.push(self.path(at)),
            }
        }
        ends
    }

    fn at(&self, path: &str) -> Option<usize> {
        path.split('/').filter(|name| !name.is_empty()).try_fold(0, |at, name| {
            let children = &self.nodes.get(at)?.children;
            children.iter().copied().find(|child| self.nodes.get(*child).is_some_and(|node| node.name == name))
        })
    }

    /// What is in a folder, `limit` at most, and whether that is all; `None`: there is no such folder.
    pub fn list(&self, folder: &str, limit: usize) -> Option<(Vec<ChangeEntry>, bool)> {
        let children = &self.nodes.get(self.at(folder)?)?.children;
        Some((children.iter().take(limit).filter_map(|child| self.entry(*child)).collect(), children.len() <= limit))
    }

    /// Of all paths those that have a text in them and are of one of these kinds; of any, if there is none.
    pub fn find(&self, text: &str, kinds: &[ChangeKind], limit: usize) -> (Vec<ChangeEntry>, bool) {
        let text = text.to_lowercase();
        let fits = |at: &usize| {
            let kind = self.nodes.get(*at).and_then(|node| node.kind);
            kind.is_some_and(|kind| kinds.is_empty() || kinds.contains(&kind)) && self.path(*at).to_lowercase().contains(&text)
        };
        let mut found = (1..self.nodes.len()).filter(fits);
        let entries = found.by_ref().take(limit).filter_map(|at| self.entry(at)).collect();
        (entries, found.next().is_none())
    }

    /// What a layer with the selected changes is made of, folders before what is in them.
    pub fn plan(&self, selection: &Selection) -> Plan {
        let selection = &self.own(selection);
        let mut plan = Plan::default();
        let mut headers = HashSet::new();
        // The last one is looked at first.
        let mut waiting: Vec<usize> = self.nodes.first().map(|root| root.children.iter().rev().copied().collect()).unwrap_or_default();
        while let Some(at) = waiting.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            let path = self.path(at);
            let included = node.kind.filter(|_| selection.includes(&path));
            if let Some(kind) = included {
                plan.paths += 1;
                // A layer says of each folder on the way what it is like.
                let mut folder = node.parent;
                let mut above = Vec::new();
                while folder > 0 {
                    above.push(folder);
                    folder = self.nodes.get(folder).map_or(0, |node| node.parent);
                }
                for folder in above.into_iter().rev().filter(|folder| headers.insert(*folder)) {
                    let step = if self.nodes.get(folder).is_some_and(|node| node.kind.is_none()) { Step::Way } else { Step::One };
                    plan.steps.push(step(self.path(folder)));
                }
                if kind != ChangeKind::Deleted && self.is_whole(at, selection) {
                    plan.paths += node.below.all();
                    plan.steps.push(Step::Whole(path));
                    continue;
                }
                match kind {
                    ChangeKind::Deleted => plan.steps.push(Step::Deleted(path)),
                    _ if headers.insert(at) => {
                        plan.steps.push(Step::One(path.clone()));
                        if kind == ChangeKind::Replaced {
                            plan.steps.push(Step::Emptied(path));
                        }
                    }
                    _ => {}
                }
            }
            waiting.extend(node.children.iter().rev());
        }
        plan
    }

    /// A new folder with all that is in it: one request instead of one for each.
    fn is_whole(&self, at: usize, selection: &Selection) -> bool {
        let is_new = |at: &usize| self.nodes.get(*at).is_some_and(|node| node.kind == Some(ChangeKind::Added));
        let mut waiting = vec![at];
        let mut is_folder = false;
        while let Some(at) = waiting.pop() {
            let Some(node) = self.nodes.get(at) else { return false };
            let path = self.path(at);
            if !is_new(&at) || !selection.includes(&path) {
                return false;
            }
            is_folder |= !node.children.is_empty();
            waiting.extend(&node.children);
        }
        is_folder
    }

    /// What is selected, with the first secrets of it by name.
    pub fn summary(&self, selection: &Selection) -> Selected {
        let selection = self.own(selection);
        let mut selected = Selected::default();
        let changed = (1..self.nodes.len()).filter(|at| self.nodes.get(*at).is_some_and(|node| node.kind.is_some()));
        for at in changed {
            let path = self.path(at);
            // What is deleted gives nothing away.
            let is_there = self.nodes.get(at).is_some_and(|node| node.kind != Some(ChangeKind::Deleted));
            let is_secret = is_there && secret(&path).is_some();
            let is_selected = selection.includes(&path);
            selected.paths += u64::from(is_selected);
            selected.all_secrets += u64::from(is_secret);
            if is_selected && is_secret && selected.secrets.len() < NAMED {
                selected.secrets.push(path);
            }
        }
        selected
    }

    /// Those of each kind that are selected, to be compared with those of another look.
    pub fn selected(&self, selection: &Selection) -> HashSet<(String, ChangeKind)> {
        let selection = self.own(selection);
        let nodes = (1..self.nodes.len()).filter_map(|at| Some((self.path(at), self.nodes.get(at)?.kind?)));
        nodes.filter(|(path, _)| selection.includes(path)).collect()
    }

    /// With the noise of this look, whatever a browser knew.
    fn own(&self, selection: &Selection) -> Selection {
        Selection { noise: self.noise.clone(), ..selection.clone() }
    }

    fn entry(&self, at: usize) -> Option<ChangeEntry> {
        let (node, path) = (self.nodes.get(at)?, self.path(at));
        let (noise, secret) = (noise(&self.noise, &path).map(str::to_owned), secret(&path).map(str::to_owned));
        Some(ChangeEntry { path, kind: node.kind, below: node.below, noise, secret, is_new: node.is_new })
    }

    fn path(&self, mut at: usize) -> String {
        let mut names = Vec::new();
        while at > 0 {
            let Some(node) = self.nodes.get(at) else { break };
            names.push(node.name.as_str());
            at = node.parent;
        }
        names.iter().rev().fold(String::new(), |path, name| path + "/" + name)
    }
}

/// As the Engine API counts them.
fn kind(number: i64) -> Option<ChangeKind> {
    match number {
        0 => Some(ChangeKind::Changed),
        1 => Some(ChangeKind::Added),
        2 => Some(ChangeKind::Deleted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::review::standard_noise;

    use super::*;

    fn tree(changes: &[(&str, i64)], before: Option<&HashSet<String>>) -> Tree {
        Tree::new(
            changes.iter().map(|(path, kind)| Change { path: (*path).to_owned(), kind: *kind }).collect(),
            before,
            &[],
            standard_noise().into(),
        )
    }

    fn said(entries: &[ChangeEntry]) -> Vec<(&str, Option<ChangeKind>, u64)> {
        entries.iter().map(|entry| (entry.path.as_str(), entry.kind, entry.below.all())).collect()
    }

    #[test]
    fn a_tree_is_folded_and_counted() {
        use ChangeKind::{Added, Changed, Deleted};
        let tree = tree(&[("/etc", 0), ("/etc/hosts", 0), ("/etc-old", 2), ("/srv/a/b", 1), ("/srv/a/c", 2), ("/etc/new", 1)], None);
        let (entries, is_all) = tree.list("/", 10).unwrap();
        assert_eq!((said(&entries), is_all), (vec![("/etc", Some(Changed), 2), ("/etc-old", Some(Deleted), 0), ("/srv", None, 2)], true));
        assert_eq!(said(&tree.list("/srv/a", 10).unwrap().0), [("/srv/a/b", Some(Added), 0), ("/srv/a/c", Some(Deleted), 0)]);
        assert!(tree.list("/nowhere", 10).is_none());
        assert_eq!((tree.total().all(), tree.total().added), (6, 2));
        let (entries, is_all) = tree.list("/", 2).unwrap();
        assert_eq!((entries.len(), is_all), (2, false));
        let (found, is_all) = tree.find("ETC", &[Added, Deleted], 10);
        assert_eq!((said(&found), is_all), (vec![("/etc/new", Some(Added), 0), ("/etc-old", Some(Deleted), 0)], true));
        assert!(!tree.find("", &[], 2).1);
    }

    #[test]
    fn a_layer_has_what_is_selected_and_the_folders_above_it() {
        let changes = [
            ("/etc", 0),
            ("/etc/hosts", 0),
            ("/etc/old", 2),
            ("/srv/new", 1),
            ("/srv/new/a", 1),
            ("/srv/new/a/b", 1),
            ("/data", 1),
            ("/data/x", 1),
            ("/root/secret", 1),
        ];
        let changes = changes.map(|(path, kind)| Change { path: path.to_owned(), kind }).to_vec();
        let tree = Tree::new(changes, None, &["/data".to_owned()], standard_noise().into());
        let mut selection = Selection { rest: true, ..Selection::default() };
        selection.set("/root", false);
        let of = |selection: &Selection| tree.plan(selection);
        let path = |text: &str| text.to_owned();
        let steps = vec![
            Step::One(path("/etc")),
            Step::One(path("/etc/hosts")),
            Step::Deleted(path("/etc/old")),
            Step::Way(path("/srv")),
            Step::Whole(path("/srv/new")),
        ];
        assert_eq!(of(&selection), Plan { steps, paths: 6 });
        // Of a new folder a part: the rest of it is not fetched either.
        selection.set("/srv/new/a/b", false);
        let steps = of(&selection).steps;
        assert_eq!(steps[3..], [Step::Way(path("/srv")), Step::One(path("/srv/new")), Step::One(path("/srv/new/a"))]);
        let mut one = Selection::default();
        one.set("/etc/old", true);
        assert_eq!(of(&one), Plan { steps: vec![Step::One(path("/etc")), Step::Deleted(path("/etc/old"))], paths: 1 });
    }

    #[test]
    fn secrets_are_left_out_until_somebody_wants_them() {
        let tree = tree(&[("/app", 1), ("/app/.env", 1), ("/app/a", 1), ("/root/.ssh/id_rsa", 2)], None);
        let mut selection = Selection { rest: true, ..Selection::default() };
        assert_eq!(tree.summary(&selection), Selected { paths: 2, secrets: vec![], all_secrets: 1 });
        selection.set("/app/.env", true);
        assert_eq!(tree.summary(&selection), Selected { paths: 3, secrets: vec!["/app/.env".into()], all_secrets: 1 });
    }

    #[test]
    fn what_was_deleted_and_is_there_again_was_replaced() {
        // As Podman says it.
        let tree = tree(&[("/app", 2), ("/app/c", 1)], None);
        assert_eq!(said(&tree.list("/", 9).unwrap().0), [("/app", Some(ChangeKind::Replaced), 1)]);
        assert_eq!(tree.total(), ChangeCounts { added: 1, replaced: 1, ..ChangeCounts::default() });
    }

    #[test]
    fn two_files_of_one_path_stay_two() {
        let tree = tree(&[("/srv/\u{fffd}", 1), ("/srv/\u{fffd}", 1), ("/srv/\u{fffd}/x", 1)], None);
        assert_eq!(tree.list("/srv", 9).unwrap().0.len(), 2);
        assert_eq!(tree.total().added, 3);
    }

    #[test]
    fn what_came_since_the_look_before_is_new() {
        let first = tree(&[("/a", 1)], None).paths();
        let entries = tree(&[("/a", 1), ("/b", 1)], Some(&first)).list("/", 9).unwrap().0;
        assert_eq!(entries.iter().map(|entry| entry.is_new).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_hundred_thousand_paths_are_no_trouble() {
        let changes: Vec<Change> = (0..100_000).map(|n| Change { path: format!("/srv/{}/{n}", n % 300), kind: 1 }).collect();
        let tree = Tree::new(changes, None, &[], standard_noise().into());
        assert_eq!((tree.total().added, tree.list("/srv", 1_000).unwrap().0.len()), (100_000, 300));
    }
}
