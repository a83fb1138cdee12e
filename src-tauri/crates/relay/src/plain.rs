//! A caller's plain calls, as the tunnel reads and answers them from the connection's own task: hyper, which can read whatever
//! a caller may say, does a third of all the work on a call.
//!
//! A connection begins here and stays here for as long as its calls are plain. With the first that is not it goes on in
//! hyper, whatever comes after that: what the relay refuses, and how, is decided there alone.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONNECTION, DATE, HeaderValue};
use ligand_tunnel::{Answered, Pipe, PlainCalls, Room};
use tokio::io::AsyncWrite;

use crate::call::Silence;
use crate::caller::{CallerIo, Watch};
use crate::framing::MAX_HEADERS;
use crate::known_door::KnownDoor;
use crate::public_body::PublicBody;
use crate::routes;
use crate::running::Relay;
use crate::socket::Socket;

/// How a connection's plain calls came to an end.
pub(crate) enum Over {
    /// The connection has ended.
    Ended,
    /// It is to be closed in order, with nothing more to be said.
    Leave(Socket),
    /// It goes on with something else, of which so much was read.
    Else(CallerIo, Bytes),
}

/// Answers the plain calls of a connection that begins.
pub(crate) async fn answer(
    relay: &Arc<Relay>,
    io: CallerIo,
    watch: &Arc<Watch>,
    peer: IpAddr,
    known: &KnownDoor,
) -> Over {
    let pipe = Caller {
        io,
        room: Room::default(),
    };
    let mut calls = PlainCalls::new(pipe, relay.limits.head_bytes(), MAX_HEADERS);
    let mut has_called = false;
    loop {
        let begun = poll_fn(|cx| match calls.poll_begun(cx) {
            Poll::Pending if relay.draining.is_cancelled() => Poll::Ready(None),
            begun => begun.map(Some),
        });
        let answered = match begun.await {
            Some(true) => {
                let _answering = watch.call();
                let service = async |request| {
                    let mut answer = routes::answer(relay, peer, known, &watch.intake, request).await?;
                    complete(&mut answer, relay);
                    Ok::<_, Silence>(answer)
                };
                calls.answer(service).await
            }
            Some(false) => return Over::Ended,
            // It is heard and answered once more, if it has not been yet.
            None if has_called => Answered::Last,
            None => Answered::NotPlain,
        };
        has_called = true;
        match answered {
            Answered::GoesOn => {}
            Answered::Broken => return Over::Ended,
            Answered::Last | Answered::Silent => {
                let (caller, _unused) = calls.into_parts();
                return Over::Leave(caller.io.into_socket());
            }
            Answered::NotPlain => {
                let (caller, begun) = calls.into_parts();
                if !begun.is_empty() {
                    watch.received();
                }
                return Over::Else(caller.io, begun);
            }
        }
    }
}

/// Adds what is about the connection, and what every answer says.
fn complete(answer: &mut Response<PublicBody>, relay: &Relay) {
    let headers = answer.headers_mut();
    if !headers.contains_key(DATE)
        && let Some(date) = relay.dates.now()
    {
        headers.insert(DATE, date);
    }
    if relay.draining.is_cancelled() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The connection as a pipe.
struct Caller {
    io: CallerIo,
    room: Room,
}

impl Pipe for Caller {
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.room.poll_packet(&mut self.io, cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, pieces)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
