//! A file on its way from a browser to the engine: in pieces, never as a whole.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use linkspan_shared::problem::{Problem, ProblemCode};
use tokio::sync::mpsc;

/// Pieces that wait for the engine. When it is full, the browser waits.
const PIECES: usize = 4;
/// The browser begins to send as soon as it has learnt of the job.
const BEGIN: Duration = Duration::from_secs(60);

pub const CUT: &str = "the browser stopped sending it before its end";

/// Where the browser's half puts what comes.
pub struct Sender {
    pieces: mpsc::Sender<Piece>,
}

/// What the job reads.
pub struct Receiver {
    pieces: mpsc::Receiver<Piece>,
}

enum Piece {
    Bytes(Bytes),
    /// Without it the file was cut off.
    End,
}

pub fn channel() -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::channel(PIECES);
    (Sender { pieces: sender }, Receiver { pieces: receiver })
}

impl Sender {
    /// `false`: nobody reads any more.
    pub async fn send(&self, bytes: Bytes) -> bool {
        self.pieces.send(Piece::Bytes(bytes)).await.is_ok()
    }

    /// The file is whole.
    pub async fn end(&self) {
        let _ = self.pieces.send(Piece::End).await;
    }

    /// Ends when nobody reads any more.
    pub async fn closed(&self) {
        self.pieces.closed().await;
    }
}

impl Receiver {
    /// The file, once its first piece is here. `seen` is told the number of bytes that the engine has asked for.
    pub async fn begin(mut self, name: &str, seen: impl FnMut(u64) + Send + 'static) -> Result<File, Problem> {
        let first = tokio::time::timeout(BEGIN, self.pieces.recv()).await.ok().flatten();
        let first = first.ok_or_else(|| Problem::new(ProblemCode::UploadCut, name, "the browser did not send it"))?;
        Ok(File { first: Some(first), pieces: self.pieces, bytes: 0, seen: Box::new(seen), over: false })
    }
}

/// A stream of its bytes. One that is cut off ends with an error, so that the engine does not take it for whole.
pub struct File {
    first: Option<Piece>,
    pieces: mpsc::Receiver<Piece>,
    bytes: u64,
    seen: Box<dyn FnMut(u64) + Send>,
    over: bool,
}

impl Stream for File {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let piece = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.pieces.poll_recv(context)),
        };
        match piece {
            Some(Piece::Bytes(bytes)) => {
                self.bytes += bytes.len() as u64;
                let so_far = self.bytes;
                (self.seen)(so_far);
                Poll::Ready(Some(Ok(bytes)))
            }
            Some(Piece::End) => {
                self.over = true;
                Poll::Ready(None)
            }
            None => {
                self.over = true;
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::UnexpectedEof, CUT))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test]
    async fn a_file_that_is_cut_is_not_taken_for_whole() {
        for whole in [true, false] {
            let (sender, receiver) = channel();
            let sent = crate::owned::spawn(async move {
                for _ in 0..10 {
                    assert!(sender.send(Bytes::from_static(b"abc")).await);
                }
                if whole {
                    sender.end().await;
                }
            });
            let pieces: Vec<_> = receiver.begin("a.tar", |_| ()).await.unwrap().collect().await;
            sent.await.unwrap();
            assert_eq!(pieces.len(), if whole { 10 } else { 11 });
            assert_eq!(pieces.last().unwrap().is_ok(), whole);
        }
    }
}
