//! One stream at the laptop: calls that come one after the other, and their answers.
//!
//! States: waiting for a head → answering: the service works, and what it needs of the call's body is read → the answer
//! goes out → waiting again. A relay that closes the stream at any time has a caller that left: the service, or the
//! answer's body, is dropped.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::Body;
use hyper::{Method, Request, Response};
use tokio_util::sync::CancellationToken;

use super::content::{self, CallContent, Feed};
use crate::h1::{self, Refused, Wire, WireError};
use crate::link::{BoxError, Hush};

/// How much of an answer is gathered before it goes out.
const SHORT_BYTES: usize = 64 * 1024;
/// A piece that is worth a frame of its own, rather than to be copied behind another.
const LONG_PIECE_BYTES: usize = 8 * 1024;

/// Why a stream is used no more, before its time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// What came is no call.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The caller is to see the end of its connection, and no byte.
    #[error("closed without an answer")]
    Hush,
    /// The caller has left.
    #[error("the caller has left")]
    Left,
    /// The answer broke off.
    #[error("the answer broke off: {0}")]
    Answer(BoxError),
}

/// Answers calls until the relay closes the stream, or until `stopping` and the end of the answer under way.
pub(super) async fn serve<S, F, B>(
    stream: yamux::Stream,
    service: S,
    stopping: &CancellationToken,
) -> Result<(), Broken>
where
    S: Fn(Request<CallContent>) -> F,
    F: Future<Output = Result<Response<B>, Hush>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut wire = Wire::new(stream);
    loop {
        let head = tokio::select! {
            biased;
            head = poll_fn(|cx| wire.poll_head(cx)) => head?,
            () = stopping.cancelled() => None,
        };
        let Some(head) = head else { break };
        let (parts, content) = h1::read_call(&head).map_err(WireError::from)?;
        let (body, mut feed) = content::begin(&mut wire, content).map_err(WireError::from)?;
        let method = parts.method.clone();
        let answering = service(Request::from_parts(parts, body));
        let response = answered(answering, &mut wire, &mut feed).await?;
        let is_last = stopping.is_cancelled();
        write(response, &method, is_last, &mut wire, &mut feed).await?;
        // What the service did not want of a short call has come all the same.
        let _over = poll_fn(|cx| Poll::Ready(feed.poll_end(&mut wire, cx))).await;
        if is_last || !feed.is_done() {
            break;
        }
    }
    poll_fn(|cx| wire.poll_close(cx)).await;
    Ok(())
}

/// What the service answers, unless the caller leaves before.
async fn answered<F, B>(answering: F, wire: &mut Wire, feed: &mut Feed) -> Result<Response<B>, Broken>
where
    F: Future<Output = Result<Response<B>, Hush>>,
{
    let mut answering = pin!(answering);
    poll_fn(|cx| {
        if let Poll::Ready(response) = answering.as_mut().poll(cx) {
            return Poll::Ready(response.map_err(|_| Broken::Hush));
        }
        feed.poll_end(wire, cx).map(|()| Err(Broken::Left))
    })
    .await
}

/// Sends an answer, unless the caller leaves before its end.
async fn write<B>(
    response: Response<B>,
    method: &Method,
    is_last: bool,
    wire: &mut Wire,
    feed: &mut Feed,
) -> Result<(), Broken>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = response.into_parts();
    let body = pin!(body);
    let left = body.size_hint().exact();
    let spare = left
        .and_then(|left| usize::try_from(left).ok())
        .unwrap_or_default();
    let (head, has_body) = h1::answer_head(&parts, method, left, is_last, spare.min(SHORT_BYTES));
    let mut writing = Writing {
        gathered: head,
        bytes: Bytes::new(),
        is_whole: !has_body || left == Some(0),
        body,
        left,
        failed: None,
    };
    poll_fn(|cx| {
        if let Poll::Ready(written) = writing.poll(wire, cx) {
            return Poll::Ready(written);
        }
        feed.poll_end(wire, cx).map(|()| Err(Broken::Left))
    })
    .await
}

/// An answer on its way out.
struct Writing<'a, B> {
    /// To go out together: the head, and the short pieces that were there at once.
    gathered: Vec<u8>,
    /// To be written next.
    bytes: Bytes,
    body: Pin<&'a mut B>,
    /// How much of it there must still be; `None` for chunks.
    left: Option<u64>,
    /// Whether nothing more is to be had of it.
    is_whole: bool,
    /// What it ended with, to be told when what came before has been written.
    failed: Option<BoxError>,
}

impl<B> Writing<'_, B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn poll(&mut self, wire: &mut Wire, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        loop {
            ready!(wire.poll_write(cx, &mut self.bytes)).map_err(|Refused| Broken::Left)?;
            if let Some(error) = self.failed.take() {
                return Poll::Ready(Err(Broken::Answer(error)));
            }
            if self.is_whole && self.gathered.is_empty() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_gather(cx));
        }
    }

    /// Makes the next bytes, of everything that is there.
    fn poll_gather(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.is_whole && self.failed.is_none() && self.gathered.len() < SHORT_BYTES {
            match self.body.as_mut().poll_frame(cx) {
                Poll::Pending if self.gathered.is_empty() => return Poll::Pending,
                Poll::Pending => break,
                Poll::Ready(frame) => {
                    // Trailers are for the neighbour.
                    let piece = frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default()));
                    if let Some(long) = self.take(piece) {
                        self.bytes = long;
                        return Poll::Ready(());
                    }
                }
            }
        }
        self.bytes = std::mem::take(&mut self.gathered).into();
        Poll::Ready(())
    }

    /// Gathers a piece; one that is long and has nothing before it comes back, to be written as it is.
    fn take(&mut self, piece: Option<Result<Bytes, B::Error>>) -> Option<Bytes> {
        match (piece, &mut self.left) {
            (Some(Ok(piece)), None) => h1::put_chunk(&mut self.gathered, &piece),
            (Some(Ok(piece)), Some(left)) => match left.checked_sub(piece.len() as u64) {
                Some(rest) => {
                    *left = rest;
                    self.is_whole = rest == 0;
                    if self.gathered.is_empty() && piece.len() >= LONG_PIECE_BYTES {
                        return Some(piece);
                    }
                    self.gathered.extend_from_slice(&piece);
                }
                None => self.failed = Some("longer than it said".into()),
            },
            (Some(Err(error)), _) => self.failed = Some(error.into()),
            (None, Some(1..)) => self.failed = Some("shorter than it said".into()),
            (None, Some(0)) => self.is_whole = true,
            (None, None) => {
                self.gathered.extend_from_slice(h1::END_OF_BODY);
                self.is_whole = true;
            }
        }
        None
    }
}
