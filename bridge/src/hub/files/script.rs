//! Scripts that a container's own shell runs, for what the Engine API has no call for.

use std::time::Duration;

use futures_util::StreamExt;
use linkspan_docker::{EngineError, exec, model};
use linkspan_shared::stdcopy::{Decoder, Stream};

use super::{super::EngineHub, place::Place};

/// Bytes that one may print.
const PRINTED: usize = 8 << 20;
/// A script that is not done in this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Ran {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// `None`: the engine does not say.
    pub exit_code: Option<i64>,
}

impl EngineHub {
    /// As root, as the engine itself reads and writes files.
    pub(super) async fn run_script(&self, place: &Place, script: &str, arguments: &[&str]) -> Result<Ran, EngineError> {
        let command: Vec<String> = ["/bin/sh", "-c", script, "sh"].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
        let created: model::ExecCreated = self.client.json(&exec::create(&place.container, &command, "0", "", false)).await?;
        let mut answer = self.client.stream(&exec::start(&created.id)).await?;
        let mut ran = Ran { stdout: Vec::new(), stderr: Vec::new(), exit_code: None };
        let read = async {
            let mut decoder = Decoder::default();
            while let Some(chunk) = answer.next().await {
                let sink = |stream, bytes: &[u8]| match stream {
                    Stream::Stdout => ran.stdout.extend_from_slice(bytes),
                    _ => ran.stderr.extend_from_slice(bytes),
                };
                decoder.push(&chunk?, sink).map_err(|_| EngineError::Malformed("what it printed cannot be read".to_owned()))?;
                if ran.stdout.len() + ran.stderr.len() > PRINTED {
                    return Err(EngineError::Malformed("it prints too much".to_owned()));
                }
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, read).await.map_err(|_| EngineError::lost("it takes too long"))??;
        ran.exit_code = self.client.json::<model::ExecInspect>(&exec::inspect(&created.id)).await?.exit_code;
        Ok(ran)
    }
}
