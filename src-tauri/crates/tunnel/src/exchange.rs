//! One call over a pipe, from the side that calls: the relay's over a stream of a link, the laptop's over a connection to
//! its agent.
//!
//! Each pipe carries HTTP/1.1, one exchange at a time, and is used again. A call owns its pipe while it lasts and polls
//! it from its own task: no task per pipe, no hand-over between tasks, and a call that is dropped ends its pipe at once,
//! which cancels the work at the other side.
//!
//! States of an exchange: idle → sending and waiting for the head → answering ([`Reply`]), perhaps still sending → idle
//! again, or dropped.

mod reply;
#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::body::{Body, Frame, SizeHint};
use hyper::http::response::Parts;
use hyper::{Method, Request};

use crate::body::CallBody;
use crate::h1::{self, Answer, Bunch, Content, Pipe, Refused, Wire, WireError};
use crate::intake::BodyError;

pub use self::reply::Reply;

/// What a chunk needs besides its piece.
const CHUNK_ROOM: usize = 20;

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The link has ended or the laptop is silent. Nothing of the call was sent: it can go to another link.
    #[error("the link has ended")]
    Away(Box<Request<CallBody>>),
    /// All streams of the link stayed busy. Nothing of the call was sent.
    #[error("all streams of the link are busy")]
    Busy(Box<Request<CallBody>>),
    /// The exchange ended before the answer's head, after something of the call was sent.
    #[error("the exchange broke off before its answer")]
    Broken(#[source] AnswerError),
}

/// Why an answer broke off.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError<E = BodyError> {
    /// What the other side sent is no answer, or not a whole one.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The call's own body did not come as it should.
    #[error("the call's body broke off")]
    Body(#[source] E),
}

/// How a call failed on one pipe.
pub enum Unanswered<B: Body> {
    /// The pipe was closed already, and here is the call again.
    Back(Box<Request<B>>),
    /// The call is gone with its pipe.
    Broken(AnswerError<B::Error>),
}

/// A pipe with HTTP on it, for calls with such a body.
pub struct Exchange<P = yamux::Stream, B = CallBody> {
    wire: Wire<P>,
    sending: Option<Sending<B>>,
    /// What is still to come of the answer.
    content: Content,
    /// Whether the stream is good for another exchange.
    keeps_alive: bool,
}

/// A call on its way out.
struct Sending<B> {
    /// To be written next.
    bytes: Bunch,
    /// What follows, unless it is in there already.
    body: Option<B>,
    /// How much of it there must be; `None` for chunks.
    left: Option<u64>,
}

/// Why a call can't be sent further.
enum Unsent<E> {
    /// The other side takes no more. It may still answer.
    Refused,
    Body(E),
}

impl<E> From<Refused> for Unsent<E> {
    fn from(_: Refused) -> Self {
        Self::Refused
    }
}

impl<P: Pipe, B: Body<Data = Bytes> + Unpin> Exchange<P, B> {
    /// Boxed: it moves from call to call.
    #[must_use]
    pub fn new(pipe: P) -> Box<Self> {
        Box::new(Self {
            wire: Wire::new(pipe),
            sending: None,
            content: Content::NONE,
            keeps_alive: true,
        })
    }

    /// What carries it.
    #[must_use]
    pub fn pipe(&self) -> &P {
        self.wire.pipe()
    }

    /// Whether it can take a call: open at both ends, as far as is known here, and done with the last one.
    #[must_use]
    pub fn is_ready(&mut self) -> bool {
        self.keeps_alive && self.sending.is_none() && self.content.is_done() && self.wire.is_quiet()
    }

    /// Sends a call and waits for the head of its answer, whose body is then read from here. `short` is its whole body,
    /// where that is here and short enough to go out with the head.
    ///
    /// # Errors
    /// With the call itself, where nothing of it went out.
    pub async fn send(&mut self, request: Request<B>, short: Option<Bytes>) -> Result<Parts, Unanswered<B>> {
        let (parts, body) = request.into_parts();
        let length = body.size_hint().exact();
        let short = short.as_deref();
        let mut head = self.wire.take_room();
        h1::put_call_head(&mut head, &parts, length, short.map_or(0, <[u8]>::len));
        // One frame for a head and its short body.
        head.extend_from_slice(short.unwrap_or_default());
        let mut bytes = Cursor::new(head);
        let refused = poll_fn(|cx| {
            // Whatever comes now, comes before there was a call: an end, as a rule.
            if bytes.position() == 0 && self.wire.poll_silence(cx).is_ready() {
                return Poll::Ready(true);
            }
            match self.wire.poll_write(cx, &mut bytes) {
                Poll::Pending if bytes.position() == 0 => Poll::Pending,
                Poll::Ready(Err(Refused)) => Poll::Ready(bytes.position() == 0),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(false),
            }
        });
        if refused.await {
            return Err(Unanswered::Back(Box::new(Request::from_parts(parts, body))));
        }
        let (body, left) = match short {
            Some(_) => (None, Some(0)),
            None => (Some(body), length),
        };
        let mut unsent = Bunch::default();
        if bytes.has_remaining() {
            unsent.push(bytes.copy_to_bytes(bytes.remaining()));
        } else {
            self.wire.keep_room(bytes.into_inner());
        }
        if unsent.has_remaining() || left != Some(0) {
            self.sending = Some(Sending {
                bytes: unsent,
                body,
                left,
            });
        }
        let answer = poll_fn(|cx| self.poll_answer(cx, &parts.method)).await;
        let answer = answer.map_err(Unanswered::Broken)?;
        self.content = answer.content;
        self.keeps_alive &= answer.keeps_alive;
        Ok(answer.parts)
    }

    /// The head of the answer, while the rest of the call goes out.
    fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        method: &Method,
    ) -> Poll<Result<Answer, AnswerError<B::Error>>> {
        self.send_on(cx)?;
        loop {
            let head = ready!(self.wire.poll_head(cx))?.ok_or(WireError::Ended)?;
            let answer = Answer::read(&head, method).map_err(WireError::from)?;
            if !answer.is_interim() {
                return Poll::Ready(Ok(answer));
            }
        }
    }

    /// The next piece of the answer's body, while the rest of the call goes out. `None` at its end.
    pub fn poll_content(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, AnswerError<B::Error>>> {
        self.send_on(cx)?;
        self.wire
            .poll_piece(cx, &mut self.content)
            .map_err(AnswerError::from)
    }

    /// How much of the answer's body is still to come, as far as is known.
    #[must_use]
    pub fn content_hint(&self) -> SizeHint {
        self.content.size_hint()
    }

    /// Whether the answer has been read to its end.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.content.is_done()
    }

    /// Sends what it can of the call.
    fn send_on(&mut self, cx: &mut Context<'_>) -> Result<(), AnswerError<B::Error>> {
        let Some(sending) = &mut self.sending else {
            return Ok(());
        };
        match sending.poll(&mut self.wire, cx) {
            Poll::Pending => return Ok(()),
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(Unsent::Refused)) => self.keeps_alive = false,
            Poll::Ready(Err(Unsent::Body(error))) => return Err(AnswerError::Body(error)),
        }
        self.sending = None;
        Ok(())
    }
}

impl<B: Body<Data = Bytes> + Unpin> Sending<B> {
    fn poll<P: Pipe>(
        &mut self,
        wire: &mut Wire<P>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unsent<B::Error>>> {
        loop {
            ready!(wire.poll_write(cx, &mut self.bytes))?;
            if self.left == Some(0) {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_gather(cx))?;
        }
    }

    /// Gathers what goes out next, of everything that is there.
    fn poll_gather(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Unsent<B::Error>>> {
        while self.left != Some(0)
            && !self.bytes.is_full()
            && let Some(body) = &mut self.body
        {
            let frame = match Pin::new(body).poll_frame(cx) {
                Poll::Pending if self.bytes.has_remaining() => break,
                Poll::Pending => return Poll::Pending,
                Poll::Ready(frame) => frame.transpose().map_err(Unsent::Body)?,
            };
            match (frame.map(Frame::into_data), &mut self.left) {
                // Trailers are for the neighbour.
                (Some(Err(_)), _) => {}
                (Some(Ok(piece)), Some(left)) => {
                    *left = left.checked_sub(piece.len() as u64).ok_or(Unsent::Refused)?;
                    self.bytes.push(piece);
                }
                (Some(Ok(piece)), None) => {
                    let mut chunk = Vec::with_capacity(piece.len() + CHUNK_ROOM);
                    h1::put_chunk(&mut chunk, &piece);
                    self.bytes.push(chunk.into());
                }
                // Shorter than its caller said: the laptop would wait for the rest.
                (None, Some(_)) => return Poll::Ready(Err(Unsent::Refused)),
                (None, left @ None) => {
                    self.bytes.push(Bytes::from_static(h1::END_OF_BODY));
                    *left = Some(0);
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
