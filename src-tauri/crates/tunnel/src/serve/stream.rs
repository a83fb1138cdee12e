//! One stream at the laptop: calls that come one after the other, and their answers.
//!
//! States: waiting for a head → answering: the service works, and what it needs of the call's body is read → the answer
//! goes out → waiting again. A relay that closes the stream at any time has a caller that left: the service, or the
//! answer's body, is dropped.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use hyper::body::Body;
use hyper::{Request, Response};
use tokio_util::sync::CancellationToken;

use super::answering::{Broken, answered, write};
use super::content::{self, CallContent};
use crate::h1::{self, Wire, WireError};
use crate::link::{BoxError, Hush};

/// How many pieces of a call's body are read ahead: frames of 16 KB, as a rule, that are written to the agent together.
const PIECES_AHEAD: usize = 4;

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
        let (body, mut feed) = content::begin(&mut wire, content, PIECES_AHEAD).map_err(WireError::from)?;
        let method = parts.method.clone();
        let response = {
            let answering = pin!(service(Request::from_parts(parts, body)));
            answered(answering, &mut wire, &mut feed).await?
        };
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
