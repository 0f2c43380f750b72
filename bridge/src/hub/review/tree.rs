//! The paths that changed as a tree: folded, counted, filtered. Pure.

use std::collections::HashSet;

use linkspan_docker::model::Change;
use linkspan_shared::review::{ChangeCounts, ChangeEntry, ChangeKind};

use super::noise;

#[derive(Default)]
struct Node {
    name: String,
    parent: usize,
    kind: Option<ChangeKind>,
    children: Vec<usize>,
    below: ChangeCounts,
    is_new: bool,
}

pub struct Tree {
    /// Parents before their children; the first is the root.
    nodes: Vec<Node>,
}

impl Tree {
    /// `before`: the paths of the look before, if there was one.
    pub fn new(mut changes: Vec<Change>, before: Option<&HashSet<String>>) -> Self {
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
        let mut tree = Self { nodes };
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

    /// What is in a folder, `limit` at most, and whether that is all; `None`: there is no such folder.
    pub fn list(&self, folder: &str, limit: usize) -> Option<(Vec<ChangeEntry>, bool)> {
        let mut at = 0;
        for name in folder.split('/').filter(|name| !name.is_empty()) {
            at = *self.nodes.get(at)?.children.iter().find(|child| self.nodes.get(**child).is_some_and(|node| node.name == name))?;
        }
        let children = &self.nodes.get(at)?.children;
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

    fn entry(&self, at: usize) -> Option<ChangeEntry> {
        let (node, path) = (self.nodes.get(at)?, self.path(at));
        let noise = noise::pattern(&path).map(str::to_owned);
        Some(ChangeEntry { path, kind: node.kind, below: node.below, noise, is_new: node.is_new })
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
    use super::*;

    fn tree(changes: &[(&str, i64)], before: Option<&HashSet<String>>) -> Tree {
        Tree::new(changes.iter().map(|(path, kind)| Change { path: (*path).to_owned(), kind: *kind }).collect(), before)
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
        let tree = Tree::new(changes, None);
        assert_eq!((tree.total().added, tree.list("/srv", 1_000).unwrap().0.len()), (100_000, 300));
    }
}
