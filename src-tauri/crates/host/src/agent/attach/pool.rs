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
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio_util::task::AbortOnDropHandle;

use super::wire::{Peephole, Wire};
use crate::agent::{AgentError, Body, BoxError};

/// More idle connections than this were a burst.
const IDLE_LIMIT: usize = 32;

/// How often the idle ones are looked at. One that no call has used since the last look is closed: after one to two of
/// these, about as long as the relay keeps a stream.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Heads of answers may have this size, like those of requests.
const HEAD_LIMIT: usize = 64 * 1024;

/// One connection that no call uses, or one that a call owns.
pub(super) struct Connection {
    sender: SendRequest<Body>,
    peephole: Peephole,
    /// The task that drives HTTP on it.
    _driver: AbortOnDropHandle<()>,
}

/// What came of sending on a connection.
pub(super) enum Sent {
    /// The head of an answer.
    Answered(Response<Body>),
    /// Nothing went out: the request is given back, to be sent on another connection.
    NotBegun(Box<Request<Body>>),
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
        while let Some(Idle { connection, .. }) = stack.idle.pop() {
            if connection.sender.is_ready() && connection.peephole.is_open_and_silent() {
                return Some(connection);
            }
        }
        None
    }

    fn give_back(self: &Arc<Self>, connection: Connection) {
        let mut stack = self.stack();
        if stack.idle.len() < IDLE_LIMIT && !connection.sender.is_closed() {
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
    /// Speaks HTTP/1.1 on a fresh connection.
    pub(super) async fn begin(wire: Wire) -> Result<Self, AgentError> {
        let peephole = wire.peephole();
        let handshake = http1::Builder::new()
            .max_buf_size(HEAD_LIMIT)
            .handshake(TokioIo::new(wire))
            .await;
        let (sender, driver) = handshake.map_err(|_| AgentError::Closed)?;
        let driver = tokio::spawn(async move {
            // Its errors reach the call that they end; the end of an idle connection is no error.
            let _ = driver.await;
        });
        Ok(Self {
            sender,
            peephole,
            _driver: AbortOnDropHandle::new(driver),
        })
    }

    /// Sends one request. The connection goes on into the body of the answer, and from there back to the pool.
    pub(super) async fn send(mut self, request: Request<Body>, pool: &Arc<Pool>) -> Result<Sent, AgentError> {
        match self.sender.try_send_request(request).await {
            Ok(response) => {
                let pool = pool.clone();
                Ok(Sent::Answered(
                    response.map(|body| Lent::new(body, self, pool).boxed()),
                ))
            }
            Err(mut failed) => match failed.take_message() {
                Some(request) => Ok(Sent::NotBegun(Box::new(request))),
                None => Err(AgentError::Broken(failed.into_error())),
            },
        }
    }
}

/// The body of an answer, which owns its connection until its end.
struct Lent {
    body: Incoming,
    connection: Option<(Connection, Arc<Pool>)>,
}

impl Lent {
    fn new(body: Incoming, connection: Connection, pool: Arc<Pool>) -> Self {
        let mut lent = Self {
            body,
            connection: Some((connection, pool)),
        };
        lent.give_back_at_the_end();
        lent
    }

    /// A reader that knows the length never asks for more than that, so the end is looked for after each frame.
    fn give_back_at_the_end(&mut self) {
        if self.body.is_end_stream()
            && let Some((connection, pool)) = self.connection.take()
        {
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
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(_)) => self.give_back_at_the_end(),
            Some(Err(_)) => self.connection = None,
            None => {
                if let Some((connection, pool)) = self.connection.take() {
                    pool.give_back(connection);
                }
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
