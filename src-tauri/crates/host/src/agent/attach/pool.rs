//! Connections to the agent: a small stack of idle ones, and what becomes of one after a call.
//!
//! States of a connection: fresh or idle → in use (its call's future, then the body of its answer, owns it) → idle
//! again when the answer was read to its end, else closed. Dropping it at any point closes it, and that is how the
//! agent learns that its caller has left. What has been idle for a while is closed, so that a burst is over when it is
//! over, whatever the agent does with idle connections.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{
    Request, Response,
    body::{Body as HttpBody, Frame, SizeHint},
};
use ligand_tunnel::{AnswerError, Exchange, Unanswered};

use super::{gathered::Gathered, wire::Wire};
use crate::agent::{AgentError, Body, BoxError};

/// More idle connections than this were a burst.
const IDLE_LIMIT: usize = 32;

/// How often the idle ones are looked at. One that no call has used since the last look is closed: after one to two of
/// these, about as long as the relay keeps a stream.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(30);

/// One connection that no call uses, or one that a call owns. Whoever owns it drives it: a task of its own would be
/// woken, and wake the call, for each part of an answer.
pub(super) struct Connection(Box<Exchange<Wire, Gathered>>);

/// What came of sending on a connection.
pub(super) enum Sent {
    /// The head of an answer.
    Answered(Response<Body>),
    /// Nothing went out: the request is given back, to be sent on another connection.
    NotBegun(Box<Request<Gathered>>),
}

/// The idle connections.
#[derive(Default)]
pub(super) struct Pool(Mutex<Stack>);

#[derive(Default)]
struct Stack {
    idle: Vec<Idle>,
    /// Whether a task looks at them, which is while there are any.
    looked_at: bool,
}

struct Idle {
    connection: Connection,
    /// Whether it has been looked at since its last call.
    seen: bool,
}

impl Pool {
    fn stack(&self) -> MutexGuard<'_, Stack> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The idle connection that was used last, if it can be used again. Dead ones on the way to it are dropped.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut stack = self.stack();
        while let Some(Idle { mut connection, .. }) = stack.idle.pop() {
            if connection.0.is_ready() && connection.0.pipe().is_open_and_silent() {
                return Some(connection);
            }
        }
        None
    }

    fn give_back(self: &Arc<Self>, mut connection: Connection) {
        let mut stack = self.stack();
        if stack.idle.len() < IDLE_LIMIT && connection.0.is_ready() {
            let seen = false;
            stack.idle.push(Idle { connection, seen });
            if !stack.looked_at {
                stack.looked_at = true;
                tokio::spawn(look(Arc::downgrade(self)));
            }
        }
    }

    /// Closes those that have been seen before; whether any are left.
    fn close_unused(&self) -> bool {
        let mut stack = self.stack();
        stack
            .idle
            .retain_mut(|idle| !std::mem::replace(&mut idle.seen, true));
        stack.looked_at = !stack.idle.is_empty();
        stack.looked_at
    }

    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.stack().idle.len()
    }
}

/// Closes what is not used any more, until nothing is idle or the pool has gone.
async fn look(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !pool.upgrade().is_some_and(|pool| pool.close_unused()) {
            return;
        }
    }
}

impl Connection {
    /// A fresh one.
    pub(super) fn new(wire: Wire) -> Self {
        Self(Exchange::new(wire))
    }

    /// Sends one request. The connection goes on into the body of the answer, and from there back to the pool.
    pub(super) async fn send(
        mut self,
        request: Request<Gathered>,
        pool: &Arc<Pool>,
    ) -> Result<Sent, AgentError> {
        let short = request.body().whole();
        match self.0.send(request, short).await {
            Ok(parts) => {
                let body = Lent::new(self, pool.clone()).boxed();
                Ok(Sent::Answered(Response::from_parts(parts, body)))
            }
            Err(Unanswered::Back(request)) => Ok(Sent::NotBegun(request)),
            Err(Unanswered::Broken(AnswerError::Wire(error))) => Err(AgentError::Broken(error)),
            Err(Unanswered::Broken(AnswerError::Body(error))) => Err(AgentError::Body(error)),
        }
    }
}

/// The body of an answer, which owns its connection until its end.
struct Lent(Option<(Connection, Arc<Pool>)>);

impl Lent {
    fn new(connection: Connection, pool: Arc<Pool>) -> Self {
        let mut lent = Self(Some((connection, pool)));
        lent.give_back_at_the_end();
        lent
    }

    /// A reader that knows the length never asks for more than that, so the end is looked for after each piece.
    fn give_back_at_the_end(&mut self) {
        if let Some((connection, pool)) = self.0.take_if(|(connection, _)| connection.0.is_answered()) {
            pool.give_back(connection);
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some((connection, _)) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let piece = match ready!(connection.0.poll_content(cx)) {
            Ok(piece) => {
                self.give_back_at_the_end();
                piece.map(|piece| Ok(Frame::data(piece)))
            }
            Err(error) => {
                self.0 = None;
                Some(Err(match error {
                    AnswerError::Wire(error) => error.into(),
                    AnswerError::Body(error) => error,
                }))
            }
        };
        Poll::Ready(piece)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.0.as_ref().map(|(connection, _)| connection.0.content_hint());
        left.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}
