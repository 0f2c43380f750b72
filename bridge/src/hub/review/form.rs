//! The forms in which an engine takes an image of which it has all layers but the last. Pure.
//!
//! Docker's own store takes its own form (Docker image specification v1.2), and finds the layers below by their content. The
//! others take an OCI layout (OCI image specification, "Image Layout") whose manifest names them: containerd's store by the
//! digests that it has them under, Podman by those of their content.

use linkspan_shared::reference::Reference;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// What containerd's store reads the image's name from.
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// Which form, and the layers below in it.
pub enum Form {
    Docker,
    /// Descriptors.
    Containerd(Vec<Value>),
    Podman,
}

/// What the tar file has beside the layer.
#[derive(Debug)]
pub struct Parts {
    /// Paths and contents, before the layer.
    pub files: Vec<(String, String)>,
    pub layer: String,
    /// What the engine will call the image.
    pub id: String,
    /// The name is in it.
    pub is_named: bool,
}

fn digest_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `layer`: SHA-256 and bytes of the last one.
pub fn parts(form: &Form, config: &Value, (layer, size): (&str, u64), name: &str) -> Parts {
    let below = config["rootfs"]["diff_ids"].as_array().map_or(&[][..], Vec::as_slice);
    let below = below.get(..below.len().saturating_sub(1)).unwrap_or_default();
    let layers = match form {
        Form::Docker => return docker(config, below.len(), name),
        Form::Containerd(layers) => layers.clone(),
        // It looks for the content, whatever size is said.
        Form::Podman => below.iter().map(|digest| json!({ "mediaType": LAYER, "digest": digest, "size": 0 })).collect(),
    };
    let config = config.to_string();
    let layers: Vec<Value> =
        layers.into_iter().chain([json!({ "mediaType": LAYER, "digest": format!("sha256:{layer}"), "size": size })]).collect();
    let blob = |kind: &str, text: &str| json!({ "mediaType": kind, "digest": format!("sha256:{}", digest_of(text)), "size": text.len() });
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": blob(CONFIG, &config), "layers": layers }).to_string();
    let mut entry = blob(MANIFEST, &manifest);
    let is_containerd = matches!(form, Form::Containerd(_));
    if is_containerd && !name.is_empty() {
        // With its registry, which this store adds to none.
        let whole = Reference::parse(name).map_or_else(|_| name.to_owned(), |of| whole_name(&of.or_latest()));
        entry["annotations"] = json!({ CONTAINERD_NAME: whole });
    }
    let index = json!({ "schemaVersion": 2, "manifests": [entry] }).to_string();
    let path = |text: &str| format!("blobs/sha256/{}", digest_of(text));
    Parts {
        id: format!("sha256:{}", digest_of(if is_containerd { &manifest } else { &config })),
        is_named: is_containerd,
        files: vec![
            ("oci-layout".to_owned(), json!({ "imageLayoutVersion": "1.0.0" }).to_string()),
            ("index.json".to_owned(), index),
            (path(&config), config),
            (path(&manifest), manifest),
        ],
        layer: format!("blobs/sha256/{layer}"),
    }
}

fn whole_name(of: &Reference) -> String {
    format!("{}/{}:{}", of.registry, of.repository, of.tag.as_deref().unwrap_or_default())
}

fn docker(config: &Value, below: usize, name: &str) -> Parts {
    let config = config.to_string();
    let digest = digest_of(&config);
    // Those below are not in the file.
    let paths: Vec<String> = (0..below).map(|at| format!("below-{at}/layer.tar")).chain(["layer.tar".to_owned()]).collect();
    let names: Vec<&str> = Some(name).filter(|name| !name.is_empty()).into_iter().collect();
    let manifest = json!([{ "Config": format!("{digest}.json"), "RepoTags": names, "Layers": paths }]).to_string();
    Parts {
        files: vec![("manifest.json".to_owned(), manifest), (format!("{digest}.json"), config)],
        layer: "layer.tar".to_owned(),
        id: format!("sha256:{digest}"),
        is_named: true,
    }
}

/// The descriptors of an image's layers, of the small files of an OCI layout that has it: those whose configuration has these
/// layers. An index may have several platforms, and what was signed of them.
pub fn layers_of(files: &[Vec<u8>], diff_ids: &Value) -> Option<Vec<Value>> {
    let digest = |bytes: &[u8]| format!("sha256:{}", Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let texts: Vec<(String, Value)> = files.iter().filter_map(|bytes| Some((digest(bytes), serde_json::from_slice(bytes).ok()?))).collect();
    texts.iter().find_map(|(_, manifest): &(String, Value)| {
        let layers = manifest["layers"].as_array()?;
        let wanted = manifest["config"]["digest"].as_str()?;
        let (_, config) = texts.iter().find(|(digest, _)| digest == wanted)?;
        (config["rootfs"]["diff_ids"] == *diff_ids).then(|| layers.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_below_are_named_as_each_store_has_them() {
        let config = json!({ "rootfs": { "diff_ids": ["sha256:aa", "sha256:bb"] } });
        let made = parts(&Form::Docker, &config, ("bb", 7), "made:1");
        assert!(made.files[0].1.contains(r#""Layers":["below-0/layer.tar","layer.tar"],"RepoTags":["made:1"]"#), "{made:?}");
        let made = parts(&Form::Podman, &config, ("bb", 7), "made:1");
        let manifest: Value = serde_json::from_str(&made.files[3].1).unwrap();
        assert_eq!((&manifest["layers"][0]["digest"], &manifest["layers"][1]["size"]), (&json!("sha256:aa"), &json!(7)));
        assert_eq!((made.id, made.is_named), (format!("sha256:{}", digest_of(&made.files[2].1)), false));
        let base = json!({ "mediaType": "gzip", "digest": "sha256:cc", "size": 3 });
        let made = parts(&Form::Containerd(vec![base.clone()]), &config, ("bb", 7), "made:1");
        let manifest: Value = serde_json::from_str(&made.files[3].1).unwrap();
        assert_eq!(manifest["layers"][0], base);
        assert_eq!(made.id, format!("sha256:{}", digest_of(&made.files[3].1)));
        assert!(made.files[1].1.contains(r#""io.containerd.image.name":"docker.io/library/made:1""#));
    }

    #[test]
    fn of_several_platforms_the_one_that_the_image_is_of_is_found() {
        let config = |id: &str| json!({ "rootfs": { "diff_ids": [id] } }).to_string();
        let manifest = |config: &str, layer: &str| {
            json!({ "config": { "digest": format!("sha256:{}", digest_of(config)) }, "layers": [{ "digest": layer }] }).to_string()
        };
        let (one, other) = (config("sha256:aa"), config("sha256:bb"));
        let files = [manifest(&one, "a"), manifest(&other, "b"), "no JSON".into(), one, other].map(String::into_bytes);
        assert_eq!(layers_of(&files, &json!(["sha256:bb"])), Some(vec![json!({ "digest": "b" })]));
        assert_eq!(layers_of(&files, &json!(["sha256:cc"])), None);
    }
}
