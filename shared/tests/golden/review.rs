//! Of a review of what a container changed, and a commit of what was selected.

use linkspan_shared::{call::*, file::FileKind, ids::ImageId, image::Configuration, review::*, time::Timestamp};

use super::{Samples, objects::id};

pub fn calls(samples: &mut Samples) {
    samples.call(ListChanges {
        of: ReviewOf::Container(id()),
        folder: "/".into(),
        filter: String::new(),
        kinds: vec![ChangeKind::Replaced],
        fresh: true,
    });
    samples.output::<ListChanges>(ChangeList {
        scanned: Timestamp(1),
        total: ChangeCounts { added: 1, ..ChangeCounts::default() },
        entries: vec![ChangeEntry {
            path: "/tmp/a".into(),
            kind: Some(ChangeKind::Added),
            below: ChangeCounts::default(),
            noise: Some("/tmp".into()),
            secret: None,
            is_new: false,
        }],
        is_partial: false,
        noise: vec!["/tmp".into()],
    });
    samples.call(CommitSelection {
        container: id(),
        reference: "web:2".into(),
        message: "why".into(),
        author: "mika".into(),
        pause: true,
        selection: Selection { rest: true, rules: [("/tmp".to_owned(), false)].into(), ..Selection::default() },
        reviewed: Timestamp(1),
        configuration: Configuration { user: Some("1000".into()), ..Configuration::default() },
        reason: "a test's own".into(),
    });
    samples.call(RecreateContainer { container: id(), image: "web:1".into(), keep: true });
    samples.call(MeasureChanges { of: ReviewOf::Container(id()), paths: vec!["/tmp/a".into()] });
    let sizes = vec![ChangeSize { before: None, after: Some(7) }];
    samples.output::<MeasureChanges>(Measured { own: Some(9), sizes });
    samples.call(ListNoise {});
    samples.call(ReplaceNoise { patterns: Some(vec!["/var/cache".to_owned(), "**/*.pyc".to_owned()]) });
    samples.call(CountSelection { container: id(), selection: Selection::default() });
    samples.output::<CountSelection>(Selected { paths: 7, secrets: vec!["/app/.env".into()], all_secrets: 2 });
    samples.call(DraftDockerfile {
        of: ReviewOf::Container(id()),
        selection: Selection::default(),
        configuration: Configuration::default(),
        packages: true,
    });
    let draft = DockerfileDraft { id: "00ff".into(), text: "FROM web:2\n".into(), size: 2_048, has_packages: false };
    samples.output::<DraftDockerfile>(draft);
    samples.call(CompareFile {
        of: ReviewOf::Image { id: ImageId::new("sha256:0b"), before: ImageId::new("sha256:0a") },
        path: "/etc/hosts".into(),
    });
    let side = Side {
        kind: FileKind::File,
        size: 2,
        mode: 0o644,
        uid: 0,
        gid: 0,
        target: String::new(),
        digest: "00ff".into(),
        is_text: true,
        attributes: vec!["security.capability=0x0100".into()],
    };
    let lines = vec![
        DiffLine::Same("a".into()),
        DiffLine::Removed(vec![Span { text: "b".into(), changed: true }]),
        DiffLine::Added(vec![Span { text: "c".into(), changed: false }]),
    ];
    let hunks = Some(vec![Hunk { before: 1, after: 1, lines }]);
    samples.output::<CompareFile>(Comparison { before: None, after: Some(side), hunks, first_difference: None });
}
