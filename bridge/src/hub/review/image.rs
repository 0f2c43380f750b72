//! The image that consists of a container's own and one layer more. Only the layer goes to the engine, in the form that it takes
//! (see [`form`]): those below are found there.

use std::io::{self, Read};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use linkspan_docker::{EngineError, containers, images, model, system};
use linkspan_shared::{
    call::CommitSelection,
    ids::ImageId,
    problem::{Problem, ProblemCode},
    review::{LABEL_AUTHOR, LABEL_CONTAINER, LABEL_MESSAGE, LABEL_MODE, LABEL_OVERRIDE, LABEL_PARENT, LABELS},
};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use crate::owned::blocking;

use super::{
    super::{
        EngineHub,
        files::{guarded, reader_of},
        now,
    },
    form::{self, Form, Parts},
    layer::{Layer, header_of},
};

/// Bytes of a manifest or a configuration, at most, and of all of an image.
const SMALL: u64 = 4 << 20;
const ALL_SMALL: u64 = 64 << 20;
/// Bytes of a layer that are sent at a time: each piece is a way to another thread and back.
const PIECE: usize = 256 << 10;
/// A tar file is made of blocks, and ends with two empty ones.
const BLOCK: usize = 512;

impl EngineHub {
    /// The image of a layer upon another image.
    pub(super) async fn load_layer(&self, image: &str, layer: Layer, call: &CommitSelection, name: &str) -> Result<ImageId, Problem> {
        let problem = |error: EngineError| self.problem(&error, name);
        let parent: Value = self.client.json(&images::inspect(image)).await.map_err(problem)?;
        let history: Vec<Value> = self.client.json(&images::history(image)).await.unwrap_or_default();
        let config = config_of(&parent, history, &layer.digest, call, name, image);
        let form = self.form_of(image, &parent["RootFS"]["Layers"], name).await?;
        let Parts { files, layer: path, id, is_named } = form::parts(&form, &config, (&layer.digest, layer.size), &call.reference);
        let head = || {
            let mut head = tar::Builder::new(Vec::new());
            for (path, text) in &files {
                let mut header = header_of(text.len() as u64);
                head.append_data(&mut header, path, text.as_bytes())?;
            }
            let mut header = header_of(layer.size);
            header.set_path(path)?;
            header.set_cksum();
            let mut bytes = head.into_inner()?;
            // The end comes after the layer.
            bytes.truncate(bytes.len().saturating_sub(2 * BLOCK));
            bytes.extend_from_slice(header.as_bytes());
            io::Result::Ok(bytes)
        };
        let head = head().map_err(|error| Problem::new(ProblemCode::Internal, name, error.to_string()))?;
        let padding = (BLOCK - (layer.size % BLOCK as u64) as usize) % BLOCK;
        let file = ReaderStream::with_capacity(tokio::fs::File::from_std(layer.file), PIECE);
        let end = Bytes::from(vec![0; padding + 2 * BLOCK]);
        let archive = stream::iter([Ok(Bytes::from(head))]).chain(file).chain(stream::iter([Ok(end)]));
        self.load_archive(archive, name).await?;
        let made = ImageId(id);
        // It is there when the engine says so.
        self.client.json::<Value>(&images::inspect(&made.0)).await.map_err(|error| {
            let why = format!("the engine took the layer, and has no image of it: commit everything instead\n{error}");
            Problem::new(ProblemCode::EngineFailed, name, why)
        })?;
        self.learn_of(std::slice::from_ref(&made.0)).await;
        if !is_named && !call.reference.is_empty() {
            self.tag_image(&made.0, &call.reference).await?;
        }
        Ok(made)
    }

    async fn form_of(&self, image: &str, diff_ids: &Value, name: &str) -> Result<Form, Problem> {
        if self.engines.read(|rows| rows.get(&self.id)?.about.as_ref().map(|about| about.product == "Podman")) == Some(true) {
            return Ok(Form::Podman);
        }
        let info: model::Info = self.client.json(&system::info()).await.map_err(|error| self.problem(&error, name))?;
        if !info.has_containerd_store() {
            return Ok(Form::Docker);
        }
        // The digests of the layers below are in the manifest alone, and that in the image as it is saved.
        let saved = self.client.stream(&images::save(&[image.to_owned()])).await.map_err(|error| self.problem(&error, name))?;
        let saved = guarded(saved, self.stop.clone());
        let files = blocking(move || small_files(reader_of(saved))).await;
        let files =
            files.map_err(|error| Problem::new(ProblemCode::EngineFailed, name, format!("its image could not be read: {error}")))?;
        let lacks = || {
            Problem::new(
                ProblemCode::EngineFailed,
                name,
                "the manifest of its image is not in it as it is saved: commit everything instead",
            )
        };
        form::layers_of(&files, diff_ids).map(Form::Containerd).ok_or_else(lacks)
    }

    async fn load_archive(&self, archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static, name: &str) -> Result<(), Problem> {
        let said = self.unless_lost(self.client.documents_of::<model::ProgressLine>(&images::load(), archive)).await;
        let mut said = said.map_err(|error| self.problem(&error, name))?;
        while let Some(line) = said.next().await {
            let failure = match line {
                Ok(line) => line.failure(),
                Err(error) if error.is_of_one_document() => None,
                Err(error) => return Err(self.problem(&error, name)),
            };
            if let Some(why) = failure {
                let why = format!("this engine takes no layer without those below it: commit everything instead\n{why}");
                return Err(Problem::new(ProblemCode::EngineFailed, name, why));
            }
        }
        Ok(())
    }
}

/// Of a tar file those that could be manifests or configurations.
pub(crate) fn small_files(archive: impl Read) -> io::Result<Vec<Vec<u8>>> {
    let (mut files, mut room) = (Vec::new(), ALL_SMALL);
    for entry in tar::Archive::new(archive).entries()? {
        let entry = entry?;
        if entry.header().entry_type().is_file() && entry.size() <= SMALL.min(room) {
            room -= entry.size();
            let mut file = Vec::new();
            entry.take(SMALL).read_to_end(&mut file)?;
            if file.first() == Some(&b'{') {
                files.push(file);
            }
        }
    }
    Ok(files)
}

/// The configuration of the new image: that of the container's image, one layer more, and whence it comes.
fn config_of(parent: &Value, history: Vec<Value>, layer: &str, call: &CommitSelection, name: &str, image: &str) -> Value {
    let created = jiff::Timestamp::from_millisecond(now().0).unwrap_or_default().to_string();
    let mut config = parent["Config"].clone();
    if !config.is_object() {
        config = json!({});
    }
    containers::configure(&mut config, &call.configuration);
    // Those of the commit that the parent was made by are about that one.
    if let Some(labels) = config["Labels"].as_object_mut() {
        labels.retain(|name, _| !LABELS.contains(&name.as_str()));
    }
    let mut labels = vec![
        (LABEL_PARENT, image),
        (LABEL_CONTAINER, name),
        (LABEL_AUTHOR, call.author.as_str()),
        (LABEL_MESSAGE, call.message.as_str()),
        (LABEL_MODE, "selected changes"),
        (LABEL_OVERRIDE, call.reason.as_str()),
    ];
    labels.retain(|(_, value)| !value.is_empty());
    containers::label(&mut config, &labels);
    let mut layers = parent["RootFS"]["Layers"].as_array().cloned().unwrap_or_default();
    // As many entries that have a layer as there are layers, at most: an engine refuses more.
    let mut room = layers.len();
    let mut told: Vec<Value> = history
        .iter()
        .rev()
        .map(|entry| {
            let is_empty = entry["Size"].as_i64().unwrap_or_default() == 0 || room == 0;
            room -= usize::from(!is_empty);
            let created = jiff::Timestamp::from_second(entry["Created"].as_i64().unwrap_or_default()).unwrap_or_default().to_string();
            json!({ "created": created, "created_by": entry["CreatedBy"], "comment": entry["Comment"], "empty_layer": is_empty })
        })
        .collect();
    told.push(
        json!({ "created": created, "created_by": format!("selected changes of {name}"), "author": call.author, "comment": call.message }),
    );
    layers.push(json!(format!("sha256:{layer}")));
    let mut made = json!({
        "architecture": parent["Architecture"],
        "os": parent["Os"],
        "author": call.author,
        "created": created,
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": layers },
        "history": told,
    });
    if let Some(variant) = parent["Variant"].as_str().filter(|variant| !variant.is_empty()) {
        made["variant"] = json!(variant);
    }
    made
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{ids::ContainerId, image::Configuration};

    use super::*;

    fn call() -> CommitSelection {
        CommitSelection {
            container: ContainerId::new("a"),
            reference: "made:1".into(),
            message: "why".into(),
            author: "mika".into(),
            pause: false,
            selection: Default::default(),
            reviewed: now(),
            configuration: Configuration { user: Some("1000".into()), ..Configuration::default() },
            reason: String::new(),
        }
    }

    #[test]
    fn an_image_is_its_parent_and_one_layer() {
        let parent = json!({
            "Architecture": "amd64", "Os": "linux",
            "Config": { "Cmd": ["sh"], "Labels": { "team": "quay", "io.linkspan.parent": "sha256:00", "io.linkspan.override": "its own" } },
            "RootFS": { "Layers": ["sha256:aa"] }
        });
        let history = vec![json!({ "Created": 2, "CreatedBy": "CMD", "Size": 0 }), json!({ "Created": 1, "CreatedBy": "ADD", "Size": 7 })];
        let made = config_of(&parent, history, "bb", &call(), "box", "sha256:cc");
        assert_eq!(made["rootfs"]["diff_ids"], json!(["sha256:aa", "sha256:bb"]));
        assert_eq!(made["config"]["User"], json!("1000"));
        assert_eq!((&made["config"]["Cmd"], &made["config"]["Labels"]["io.linkspan.parent"]), (&json!(["sh"]), &json!("sha256:cc")));
        let labels = made["config"]["Labels"].as_object().unwrap();
        assert_eq!((labels.get("team"), labels.get("io.linkspan.override")), (Some(&json!("quay")), None));
        let empty: Vec<bool> =
            made["history"].as_array().unwrap().iter().map(|entry| entry["empty_layer"].as_bool().unwrap_or_default()).collect();
        assert_eq!(empty, [false, true, false]);
        assert_eq!(made["history"][2]["comment"], json!("why"));
    }
}
