//! The body of an answer.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::{AnswerError, Exchange};
use crate::relay_link::Shared;

/// The body of an answer. It drives its stream while it is read; dropped before its end, it resets the stream, and the
/// laptop's work is cancelled.
pub struct Reply {
    /// Until the answer has ended.
    exchange: Option<Box<Exchange>>,
    /// Whether the stream is fit for another call when this one is done.
    reusable: bool,
    link: Arc<Shared>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Reply {
    pub(crate) fn new(
        exchange: Box<Exchange>,
        reusable: bool,
        link: Arc<Shared>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            exchange: Some(exchange),
            reusable,
            link,
            permit: Some(permit),
        }
    }

    /// The answer is complete: the stream goes back, unless something is still under way on it.
    fn finish(&mut self) {
        if let Some(mut exchange) = self.exchange.take()
            && self.reusable
            && exchange.is_ready()
        {
            self.link.keep(exchange);
        }
        self.permit = None;
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        let Some(exchange) = &mut self.exchange else {
            return Poll::Ready(None);
        };
        let piece = ready!(exchange.poll_content(cx));
        if exchange.is_answered() {
            self.finish();
        } else if piece.is_err() {
            self.exchange = None;
            self.permit = None;
        }
        Poll::Ready(piece.transpose().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.exchange
            .as_ref()
            .is_none_or(|exchange| exchange.is_answered())
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.exchange.as_ref().map(|exchange| exchange.content_hint());
        left.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // Whoever knows the length of a body does not ask for its end.
        if self.is_end_stream() {
            self.finish();
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
