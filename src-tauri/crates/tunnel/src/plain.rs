//! Plain calls at the relay's public end: nearly all of them, read and answered by one task, with the pieces of [`h1`].
//!
//! A call is plain when its head is here whole as soon as it begins, says HTTP/1.1, a path, one host and at most one
//! length, and asks nothing of the connection. Whatever is not, or could be read in two ways, is not judged here: it stays
//! as it came, for the general library, which takes the connection over between two calls and keeps it.
//!
//! States: waiting for a call → answering: what is needed of its body is read meanwhile → reading away what nobody wanted
//! → waiting again. What is not here: limits of time, which whoever watches the connection has.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::Body;
use hyper::header::{CONNECTION, EXPECT, HOST, UPGRADE};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};

use crate::body::{CallerBody, READ_AWAY_BYTES, READ_AWAY_FOR};
use crate::h1::{self, Content, Pipe, Wire};
use crate::link::BoxError;
use crate::serve::answering::{Broken, answered, write};
use crate::serve::content::{self, Feed};

/// How many pieces of a call's body are read ahead. Each is as long as what was there, up to 64 KB, and stays here while the
/// laptop takes nothing.
const PIECES_AHEAD: usize = 1;

/// See the module.
pub struct PlainCalls<P> {
    wire: Wire<P>,
    /// The largest head that is plain, in bytes and in lines.
    most_bytes: usize,
    most_lines: usize,
}

/// What became of what a caller said, and of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The call was answered, and the next one may come.
    GoesOn,
    /// The call was answered, and the connection is to be closed in order.
    Last,
    /// The service wants the connection closed in order, and without a byte.
    Silent,
    /// The caller has left, or the answer broke off: the connection is of no use any more.
    Broken,
    /// It was no plain call. Nothing of it was taken.
    NotPlain,
}

impl<P: Pipe> PlainCalls<P> {
    /// On a connection that begins. A plain call's head has so many bytes and header lines at most.
    pub fn new(pipe: P, most_bytes: usize, most_lines: usize) -> Self {
        Self {
            wire: Wire::new(pipe),
            most_bytes,
            most_lines,
        }
    }

    /// The pipe, and what has arrived on it and was not taken.
    pub fn into_parts(self) -> (P, Bytes) {
        self.wire.into_parts()
    }

    /// Ready when the caller says something; false when it has left instead.
    pub fn poll_begun(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.wire.poll_anything(cx)
    }

    /// Answers what has begun, if it is a plain call, with what `service` makes of it: an error is silence, and an answer
    /// with a `Connection` header is the last one.
    pub async fn answer<S, F, B, E>(&mut self, service: S) -> Answered
    where
        S: FnOnce(Request<CallerBody>) -> F,
        F: Future<Output = Result<Response<B>, E>>,
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let Some((parts, content)) = self.take_head() else {
            return Answered::NotPlain;
        };
        // A body of a known length is never malformed.
        let Ok((body, mut feed)) = content::begin(&mut self.wire, content, PIECES_AHEAD) else {
            return Answered::Broken;
        };
        let method = parts.method.clone();
        let answer = {
            let answering = pin!(service(Request::from_parts(parts, CallerBody::Plain(body))));
            answered(answering, &mut self.wire, &mut feed).await
        };
        let mut response = match answer {
            Ok(response) => response,
            Err(Broken::Hush) => return Answered::Silent,
            Err(_) => return Answered::Broken,
        };
        let is_last = response.headers_mut().remove(CONNECTION).is_some();
        let written = write(response, &method, is_last, &mut self.wire, &mut feed).await;
        if written.is_err() {
            Answered::Broken
        } else if !is_last && self.read_away(&mut feed).await {
            Answered::GoesOn
        } else {
            Answered::Last
        }
    }

    /// The head of a plain call.
    fn take_head(&mut self) -> Option<(Parts, Content)> {
        let received = self.wire.received();
        let length = h1::end_of_head(received, 0).filter(|length| *length <= self.most_bytes)?;
        let whole = received.clone();
        let read = h1::read_call(&received.split_to(length)).ok();
        let plain = read.filter(|(parts, content)| {
            parts.headers.len() <= self.most_lines && is_plain(parts) && matches!(content, Content::Length(_))
        });
        if plain.is_none() {
            *received = whole;
        }
        plain
    }

    /// Reads away what nobody wanted of a call that was answered; whether its end came.
    async fn read_away(&mut self, feed: &mut Feed) -> bool {
        // As a rule it is there, or was read long ago.
        let look = poll_fn(|cx| Poll::Ready(feed.poll_done(&mut self.wire, cx)));
        match look.await {
            Poll::Ready(done) => done,
            Poll::Pending if feed.left() > READ_AWAY_BYTES as u64 => false,
            Poll::Pending => {
                let rest = poll_fn(|cx| feed.poll_done(&mut self.wire, cx));
                tokio::time::timeout(READ_AWAY_FOR, rest).await.unwrap_or(false)
            }
        }
    }
}

/// Whether a head asks for nothing but an answer.
fn is_plain(parts: &Parts) -> bool {
    let mut hosts = 0;
    for (name, value) in &parts.headers {
        if name == HOST {
            hosts += 1;
        } else if name == EXPECT
            || name == UPGRADE
            || (name == CONNECTION && !value.as_bytes().eq_ignore_ascii_case(b"keep-alive"))
        {
            return false;
        }
    }
    hosts == 1
        && parts.method != Method::CONNECT
        && parts.uri.scheme().is_none()
        && parts.uri.authority().is_none()
}
