//! The engine's lines of progress, folded into what a person wants to know. Pure: the time is given.

use std::{collections::VecDeque, time::Duration};

use linkspan_shared::job::{Layer, Progress};

use linkspan_docker::model::ProgressLine;
use tokio::time::Instant;

/// Layers of one image that are followed; the engine itself allows 127.
const LAYERS: usize = 256;
/// Speed is that of this time up to now …
const WINDOW: Duration = Duration::from_secs(4);
/// … and is not said before it is worth something.
const SHORTEST: Duration = Duration::from_secs(1);
/// Looks at the sum of bytes, at most one in this time.
const SAMPLE: Duration = Duration::from_millis(200);
/// Bytes of a layer that has not said how large it is.
const LARGE: f64 = 32e6;
/// Only the end is the end.
const ALMOST: u16 = 999;

#[derive(Default)]
pub struct Fold {
    /// When, and the bytes over the network by then.
    samples: VecDeque<(Instant, u64)>,
    /// Of a file that the engine takes layers out of, one after the other, its size: they are not named before.
    file: Option<u64>,
}

impl Fold {
    pub fn of_file(size: u64) -> Self {
        Self { file: Some(size), ..Self::default() }
    }

    pub fn advance(&mut self, progress: &mut Progress, line: &ProgressLine, now: Instant) {
        if take(progress, line) {
            progress.bytes_total = progress.layers.iter().map(|layer| layer.total).fold(0, u64::saturating_add);
            progress.bytes = progress.layers.iter().map(over_network).fold(0, u64::saturating_add);
            let fraction = match self.file {
                // The engine has all of it before it says anything of a layer.
                Some(size) => 0.5 + progress.bytes as f64 / (2.0 * size.max(1) as f64),
                None => fraction(&progress.layers),
            };
            progress.permille = progress.permille.max(((fraction * 1000.0) as u16).min(ALMOST));
        }
        self.look(progress, now);
    }

    /// Also to be called while the engine says nothing: a connection that stands still has no speed.
    pub fn look(&mut self, progress: &mut Progress, now: Instant) {
        if self.samples.back().is_none_or(|(at, _)| now.duration_since(*at) >= SAMPLE) {
            self.samples.push_back((now, progress.bytes));
        }
        while self.samples.len() > 2 && self.samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.samples.pop_front();
        }
        let Some((began, before)) = self.samples.front().copied() else { return };
        let took = now.duration_since(began);
        progress.bytes_per_second = match took >= SHORTEST {
            true => (progress.bytes.saturating_sub(before) as f64 / took.as_secs_f64()) as u64,
            false => 0,
        };
        let left = progress.bytes_total.saturating_sub(progress.bytes);
        let is_known = progress.layers.iter().all(|layer| layer.total > 0 || is_complete(layer));
        progress.seconds_left = (is_known && left > 0 && progress.bytes_per_second > 0).then(|| left.div_ceil(progress.bytes_per_second));
    }
}

/// `false`: the line was about no layer.
fn take(progress: &mut Progress, line: &ProgressLine) -> bool {
    // A line with an id that is no layer's is about the tag: `{"status":"Pulling from a/b","id":"latest"}`.
    let is_layer = line.id.len() == 12 && line.id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let known = progress.layers.iter().position(|layer| layer.id == line.id);
    if !is_layer || (known.is_none() && progress.layers.len() >= LAYERS) {
        if !line.status.is_empty() {
            progress.status.clone_from(&line.status);
        }
        return false;
    }
    let index = known.unwrap_or_else(|| {
        progress.layers.push(Layer { id: line.id.clone(), status: String::new(), current: 0, total: 0 });
        progress.layers.len() - 1
    });
    let Some(layer) = progress.layers.get_mut(index) else { return false };
    layer.status.clone_from(&line.status);
    if line.detail.total > 0 {
        layer.total = line.detail.total as u64;
    }
    layer.current = match line.status.as_str() {
        // These lines carry no figures: the phase is at its end.
        "Verifying Checksum" | "Download complete" | "Pull complete" | "Pushed" => layer.total,
        _ => line.detail.current.max(0) as u64,
    };
    // A push counts the headers of its archive, too, which it did not know of before.
    layer.total = layer.total.max(if layer.total > 0 { layer.current } else { 0 });
    true
}

fn is_complete(layer: &Layer) -> bool {
    matches!(layer.status.as_str(), "Pull complete" | "Already exists" | "Pushed" | "Layer already exists")
        || layer.status.starts_with("Mounted from")
}

/// Bytes of it that need not come over the network any more.
fn over_network(layer: &Layer) -> u64 {
    let bytes = match layer.status.as_str() {
        "Downloading" | "Pushing" | "Loading layer" => layer.current,
        "Verifying Checksum" | "Download complete" | "Extracting" => layer.total,
        _ if is_complete(layer) => layer.total,
        _ => 0,
    };
    // One that has not said how large it is does not count.
    bytes.min(layer.total)
}

/// How far a layer is, from 0 to 1. Of a pull, the download is the first half and the extraction the second.
fn part(layer: &Layer) -> f64 {
    let part = if layer.total == 0 { 0.0 } else { (layer.current as f64 / layer.total as f64).min(1.0) };
    match layer.status.as_str() {
        _ if is_complete(layer) => 1.0,
        "Downloading" => part / 2.0,
        "Verifying Checksum" | "Download complete" => 0.5,
        "Extracting" => 0.5 + part / 2.0,
        "Pushing" | "Loading layer" => part,
        _ => 0.0,
    }
}

/// Each layer weighs its bytes. One whose size is not known yet is taken for a large one: what turns out to be more than
/// was thought would have the whole go back, and what turns out to be less has it jump ahead.
fn fraction(layers: &[Layer]) -> f64 {
    let known = layers.iter().map(|layer| layer.total).filter(|total| *total > 0);
    let (sum, count) = known.fold((0.0, 0), |(sum, count), total| (sum + total as f64, count + 1));
    let unknown = (sum / f64::from(count.max(1))).max(LARGE);
    let (mut done, mut all) = (0.0, 0.0);
    for layer in layers {
        let weight = match layer.total {
            // What was there before weighs nothing beside what has to come.
            0 if is_complete(layer) => 0.0,
            0 => unknown,
            total => total as f64,
        };
        done += weight * part(layer);
        all += weight;
    }
    if all > 0.0 { done / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(status: &str, id: &str, current: i64, total: i64) -> ProgressLine {
        let text = serde_json::json!({ "status": status, "id": id, "progressDetail": { "current": current, "total": total } });
        serde_json::from_value(text).unwrap()
    }

    const A: &str = "0123456789ab";
    const B: &str = "ba9876543210";

    #[test]
    fn lines_become_layers() {
        let (mut fold, mut progress, now) = (Fold::default(), Progress::default(), Instant::now());
        for text in [
            r#"{"status":"Pulling from library/a","id":"latest"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"0123456789ab"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"0123456789ab"}"#,
            r#"{"status":"Download complete","progressDetail":{},"id":"0123456789ab"}"#,
            r#"{"status":"Digest: sha256:00"}"#,
        ] {
            fold.advance(&mut progress, &serde_json::from_str(text).unwrap(), now);
        }
        assert_eq!(progress.status, "Digest: sha256:00");
        assert_eq!(progress.layers, [Layer { id: A.into(), status: "Download complete".into(), current: 100, total: 100 }]);
        assert_eq!((progress.permille, progress.bytes, progress.bytes_total), (500, 100, 100));
    }

    #[test]
    fn the_whole_weighs_bytes() {
        let layer = |status: &str, current, total| Layer { id: A.into(), status: status.into(), current, total };
        assert_eq!(fraction(&[]), 0.0);
        // Nothing is known of what comes behind it.
        assert_eq!(fraction(&[layer("Already exists", 0, 0)]), 0.0);
        assert!(fraction(&[layer("Pull complete", 100, 100), layer("Waiting", 0, 0)]) < 0.001);
        assert_eq!(fraction(&[layer("Download complete", 100, 100), layer("Extracting", 0, 300)]), 0.5);
        assert_eq!(fraction(&[layer("Already exists", 0, 0), layer("Downloading", 100, 100)]), 0.5);
        assert_eq!(fraction(&[layer("Pushing", 25, 100), layer("Mounted from a", 0, 0)]), 0.25);
    }

    #[test]
    fn speed_is_of_the_last_seconds_and_the_rest_is_known_or_not_said() {
        let (mut fold, mut progress, begin) = (Fold::default(), Progress::default(), Instant::now());
        let mut at = |fold: &mut Fold, seconds: f64, text: ProgressLine| {
            fold.advance(&mut progress, &text, begin + Duration::from_secs_f64(seconds));
            (progress.bytes_per_second, progress.seconds_left)
        };
        assert_eq!(at(&mut fold, 0.0, line("Downloading", A, 0, 1000)), (0, None));
        assert_eq!(at(&mut fold, 0.5, line("Downloading", A, 50, 1000)), (0, None));
        assert_eq!(at(&mut fold, 1.0, line("Downloading", A, 100, 1000)), (100, Some(9)));
        assert_eq!(at(&mut fold, 1.0, line("Waiting", B, 0, 0)), (100, None));
        assert_eq!(at(&mut fold, 2.0, line("Downloading", B, 0, 100)).1, Some(20));
        // Nothing more comes.
        fold.look(&mut progress, begin + Duration::from_secs(9));
        fold.look(&mut progress, begin + Duration::from_secs(14));
        assert_eq!((progress.bytes_per_second, progress.seconds_left), (0, None));
    }

    proptest! {
        /// Whatever an engine says, the percentage does not go back, and is not whole before the end.
        #[test]
        fn progress_never_goes_back(lines in proptest::collection::vec((0usize..9, 0usize..3, -5i64..2000, -5i64..2000), 0..60)) {
            let words = ["Waiting", "Pulling fs layer", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete", "Already exists", "Retrying in 5 seconds"];
            let (mut fold, mut progress, mut now) = (Fold::default(), Progress::default(), Instant::now());
            for (word, layer, current, total) in lines {
                let before = progress.permille;
                now += Duration::from_millis(150);
                fold.advance(&mut progress, &line(words[word], &format!("00000000000{layer}"), current, total), now);
                prop_assert!(progress.permille >= before && progress.permille < 1000);
                prop_assert!(progress.bytes <= progress.bytes_total);
            }
        }
    }
}
