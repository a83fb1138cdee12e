//! What callers are sent: the relay's own words, or a laptop's answer as it comes, which is counted on its way.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use ligand_tunnel::{AnswerError, Reply};

use crate::caller::Answering;
use crate::card_copies::Copying;
use crate::metrics::Metrics;
use crate::turns::Turn;

/// The body of every response of the public listener.
pub(crate) struct PublicBody {
    from: From,
    /// What of it has been sent.
    sent: u64,
    /// Tells the caller's connection when the answer is over.
    _answering: Option<Answering>,
}

enum From {
    Relay(Full<Bytes>),
    Laptop {
        reply: Reply,
        metrics: Arc<Metrics>,
        /// Where it is a card of which a copy is made.
        copying: Option<Box<Copying>>,
        /// Lasts as long as the answer.
        _turn: Turn,
    },
}

impl Drop for PublicBody {
    fn drop(&mut self) {
        if let From::Laptop { metrics, .. } = &self.from {
            metrics.sent(self.sent);
        }
    }
}

impl PublicBody {
    /// What the relay has whole.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self {
            from: From::Relay(Full::new(bytes.into())),
            sent: 0,
            _answering: None,
        }
    }

    /// What the laptop answers, as it comes.
    pub(crate) fn laptop(
        reply: Reply,
        turn: Turn,
        metrics: Arc<Metrics>,
        copying: Option<Box<Copying>>,
    ) -> Self {
        Self {
            from: From::Laptop {
                reply,
                metrics,
                copying,
                _turn: turn,
            },
            sent: 0,
            _answering: None,
        }
    }

    /// No body.
    pub(crate) fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    pub(crate) fn answering(mut self, answering: Answering) -> Self {
        self._answering = Some(answering);
        self
    }
}

fn never<T>(error: Infallible) -> T {
    match error {}
}

impl Body for PublicBody {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        match &mut self.from {
            From::Relay(body) => Pin::new(body).poll_frame(cx).map_err(never),
            From::Laptop { reply, copying, .. } => {
                let frame = ready!(Pin::new(reply).poll_frame(cx));
                if let Some(Ok(frame)) = &frame
                    && let Some(data) = frame.data_ref()
                {
                    if copying.as_mut().is_some_and(|copying| copying.add(data))
                        && let Some(copying) = copying.take()
                    {
                        copying.keep();
                    }
                    self.sent += data.len() as u64;
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.from {
            From::Relay(body) => body.is_end_stream(),
            From::Laptop { reply, .. } => reply.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.from {
            From::Relay(body) => body.size_hint(),
            From::Laptop { reply, .. } => reply.size_hint(),
        }
    }
}
