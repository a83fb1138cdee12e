//! One call over a link, from the relay's side.
//!
//! Each stream of the link carries HTTP/1.1, one exchange at a time, and is used again. A call owns its stream while
//! it lasts and polls the HTTP connection on it from its own task: no task per stream, no hand-over between tasks,
//! and a call that is dropped resets its stream at once, which cancels the work at the laptop.
//!
//! States of an exchange: idle → sent → answering ([`Reply`]) → idle again, or dropped.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use tokio::sync::OwnedSemaphorePermit;

use crate::body::CallBody;
use crate::intake::BodyError;
use crate::io::{StreamIo, Written};
use crate::relay_link::Shared;

/// Largest head of an answer. Calls' heads are bounded to 64 KB at the relay's public end; here is some room for
/// what is added on the way.
pub(crate) const MAX_HEAD_BYTES: usize = 80 * 1024;
/// Most header lines in a head.
pub(crate) const MAX_HEADERS: usize = 256;

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The link has ended or the laptop is silent. Nothing of the call was sent: it can go to another link.
    #[error("the link has ended")]
    Away(Box<Request<CallBody>>),
    /// All streams of the link stayed busy. Nothing of the call was sent.
    #[error("all streams of the link are busy")]
    Busy(Box<Request<CallBody>>),
    /// The stream ended before the answer's head.
    #[error("the exchange broke off before its answer")]
    Broken {
        /// Whether a byte of the call was written to the laptop.
        sent_any: bool,
        /// What hyper says.
        #[source]
        cause: hyper::Error,
    },
}

impl ExchangeError {
    /// Whether the laptop may have seen something of the call.
    #[must_use]
    pub fn sent_any(&self) -> bool {
        matches!(self, Self::Broken { sent_any: true, .. })
    }

    /// What was wrong with the call's own body, if that is why.
    #[must_use]
    pub fn body_error(&self) -> Option<&BodyError> {
        let Self::Broken { cause, .. } = self else {
            return None;
        };
        std::error::Error::source(cause)?.downcast_ref()
    }
}

/// How a call failed on one stream.
pub(crate) enum Unanswered {
    /// The stream was closed already, and here is the call again.
    Back(Box<Request<CallBody>>),
    /// The call is gone with its stream.
    Broken { sent_any: bool, cause: hyper::Error },
}

/// A stream of the link with HTTP on it.
pub(crate) struct Exchange {
    sender: http1::SendRequest<CallBody>,
    /// Until it has ended: it must not be polled after that.
    connection: Option<http1::Connection<StreamIo, CallBody>>,
    written: Written,
}

impl Exchange {
    /// Boxed: it is large, and moves from call to call.
    pub(crate) async fn start(stream: yamux::Stream) -> Result<Box<Self>, hyper::Error> {
        let io = StreamIo::new(stream);
        let written = io.written();
        let (sender, connection) = http1::Builder::new()
            // One frame for a head and its short body.
            .writev(false)
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .handshake(io)
            .await?;
        Ok(Box::new(Self {
            sender,
            connection: Some(connection),
            written,
        }))
    }

    /// Lets the HTTP connection do what it can. It says by itself how it ended, through the answer or its body.
    fn poll_connection(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && connection.poll_without_shutdown(cx).is_ready()
        {
            self.connection = None;
        }
    }

    /// Whether it can take a call: open at both ends, as far as is known here, and done with the last one.
    pub(crate) fn is_ready(&mut self) -> bool {
        // A stream that is not in use wakes nobody: whoever takes it looks.
        self.poll_connection(&mut Context::from_waker(Waker::noop()));
        self.connection.is_some() && self.sender.is_ready()
    }

    /// Sends a call and waits for the head of its answer.
    pub(crate) async fn send(
        &mut self,
        request: Request<CallBody>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let before = self.written.bytes();
        let mut answer = pin!(self.sender.try_send_request(request));
        let answered = std::future::poll_fn(|cx| {
            self.poll_connection(cx);
            answer.as_mut().poll(cx)
        })
        .await;
        answered.map_err(|mut error| match error.take_message() {
            Some(request) => Unanswered::Back(Box::new(request)),
            None => {
                let sent_any = self.written.bytes() > before;
                Unanswered::Broken {
                    sent_any,
                    cause: error.into_error(),
                }
            }
        })
    }
}

/// The body of an answer. It drives its stream while it is read; dropped before its end, it resets the stream, and the
/// laptop's work is cancelled.
pub struct Reply {
    body: Incoming,
    exchange: Option<Box<Exchange>>,
    /// Whether the stream is fit for another call when this one is done.
    reusable: bool,
    link: Arc<Shared>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Reply {
    pub(crate) fn new(
        body: Incoming,
        exchange: Box<Exchange>,
        reusable: bool,
        link: Arc<Shared>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            body,
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
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let mut frame = Pin::new(&mut this.body).poll_frame(cx);
        if frame.is_pending()
            && let Some(exchange) = &mut this.exchange
        {
            exchange.poll_connection(cx);
            frame = Pin::new(&mut this.body).poll_frame(cx);
        }
        if matches!(frame, Poll::Ready(None)) || this.body.is_end_stream() {
            this.finish();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // Whoever knows the length of a body does not ask for its end.
        if self.body.is_end_stream() {
            self.finish();
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
