//! A caller's connection, and when to give it up.
//!
//! States: *fresh* → *sending a head* → *in a call* → *idle* → *sending a head* …; beside them, *taking nothing*, when
//! bytes of an answer have waited for long. Each has its limit. They are looked at by one task for all connections,
//! twice a second: a timer per request would cost a system call per request.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::sync::Notify;

use crate::framing::{Doubt, Looked};
use crate::socket::Socket;

/// How often connections are looked at. Limits are that exact.
const TICK: Duration = Duration::from_millis(500);
/// A connection on which nothing was ever sent.
const FRESH_LIMIT: u32 = ticks(30);
/// A head that does not end.
const HEAD_LIMIT: u32 = ticks(20);
/// Between two calls: more than the 100 s for which callers keep connections, since closing one under the pen of a
/// caller looks like a failed call.
const IDLE_LIMIT: u32 = ticks(180);
/// A caller that takes nothing of its answer.
const STUCK_LIMIT: u32 = ticks(60);

const fn ticks(seconds: u32) -> u32 {
    seconds * 2
}

const FRESH: u8 = 0;
const HEAD: u8 = 1;
const CALL: u8 = 2;
const IDLE: u8 = 3;

/// What is known of one connection. Written by its own task, read by the one that watches.
#[derive(Default)]
pub(crate) struct Watch {
    phase: AtomicU8,
    since: AtomicU32,
    /// The tick since which written bytes wait, plus one; 0 when none do.
    stuck: AtomicU32,
    cut: Notify,
    ticks: Arc<AtomicU32>,
}

impl Watch {
    fn enter(&self, phase: u8) {
        self.since
            .store(self.ticks.load(Ordering::Relaxed), Ordering::Relaxed);
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// A call begins; it lasts until what is returned is dropped.
    pub(crate) fn call(self: &Arc<Self>) -> Answering {
        self.enter(CALL);
        Answering(self.clone())
    }

    /// Waits until the connection is to be cut.
    pub(crate) async fn cut(&self) {
        self.cut.notified().await;
    }

    fn has_expired(&self, now: u32) -> bool {
        let stuck = self.stuck.load(Ordering::Relaxed);
        let limit = match self.phase.load(Ordering::Relaxed) {
            FRESH => FRESH_LIMIT,
            HEAD => HEAD_LIMIT,
            IDLE => IDLE_LIMIT,
            // A call takes as long as it takes: agents think for minutes.
            _ => u32::MAX,
        };
        now.wrapping_sub(self.since.load(Ordering::Relaxed)) >= limit
            || (stuck != 0 && now.wrapping_add(1).wrapping_sub(stuck) >= STUCK_LIMIT)
    }

    fn received(&self) {
        if matches!(self.phase.load(Ordering::Relaxed), FRESH | IDLE) {
            self.enter(HEAD);
        }
    }

    fn wrote(&self, waits: bool) {
        let stuck = self.stuck.load(Ordering::Relaxed);
        if waits && stuck == 0 {
            let now = self.ticks.load(Ordering::Relaxed);
            self.stuck.store(now.wrapping_add(1).max(1), Ordering::Relaxed);
        } else if !waits && stuck != 0 {
            self.stuck.store(0, Ordering::Relaxed);
        }
    }
}

/// A call that is being answered on a connection.
pub(crate) struct Answering(Arc<Watch>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.enter(IDLE);
    }
}

/// All connections that are watched.
pub(crate) struct Watched {
    ticks: Arc<AtomicU32>,
    connections: Mutex<HashMap<u64, Arc<Watch>>>,
    next: AtomicU64,
    first: Notify,
}

impl Watched {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            ticks: Arc::new(AtomicU32::new(0)),
            connections: Mutex::default(),
            next: AtomicU64::new(0),
            first: Notify::new(),
        })
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Watch>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a new connection until what is returned is dropped.
    pub(crate) fn add(self: &Arc<Self>) -> Membership {
        let watch = Arc::new(Watch {
            ticks: self.ticks.clone(),
            ..Watch::default()
        });
        watch.enter(FRESH);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.connections().insert(number, watch.clone());
        self.first.notify_one();
        Membership {
            watch,
            number,
            of: self.clone(),
        }
    }

    /// Cuts every connection that is over a limit. Never returns; sleeps deeply while there are no connections.
    pub(crate) async fn watch(&self) {
        loop {
            if self.connections().is_empty() {
                self.first.notified().await;
            }
            tokio::time::sleep(TICK).await;
            self.tick();
        }
    }

    fn tick(&self) {
        let now = self.ticks.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        for watch in self.connections().values() {
            if watch.has_expired(now) {
                watch.cut.notify_one();
            }
        }
    }
}

/// A connection's place among the watched.
pub(crate) struct Membership {
    pub(crate) watch: Arc<Watch>,
    number: u64,
    of: Arc<Watched>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.of.connections().remove(&self.number);
    }
}

/// The socket, with its comings and goings noted.
pub(crate) struct CallerIo {
    io: TokioIo<Looked<Socket>>,
    watch: Arc<Watch>,
}

impl CallerIo {
    pub(crate) fn new(socket: Socket, watch: Arc<Watch>, doubt: Doubt) -> Self {
        Self {
            io: TokioIo::new(Looked::new(socket, doubt)),
            watch,
        }
    }

    /// The socket alone: a link has a watch of its own.
    pub(crate) fn into_socket(self) -> Socket {
        self.io.into_inner().into_inner()
    }
}

impl Read for CallerIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
        self.watch.received();
        Poll::Ready(Ok(()))
    }
}

impl Write for CallerIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.watch.wrote(wrote.is_pending());
        wrote
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        // TLS takes a little before it waits for the caller.
        self.watch.wrote(flushed.is_pending());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.io).poll_write_vectored(cx, parts);
        self.watch.wrote(wrote.is_pending());
        wrote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets ticks pass and says whether the connection was to be cut.
    fn is_cut_after(watched: &Watched, watch: &Watch, ticks: u32) -> bool {
        (0..ticks).for_each(|_| watched.tick());
        watch.has_expired(watched.ticks.load(Ordering::Relaxed))
    }

    #[test]
    fn a_head_that_does_not_end_is_cut() {
        let watched = Watched::new();
        let member = watched.add();
        member.watch.received();
        assert!(!is_cut_after(&watched, &member.watch, HEAD_LIMIT - 1));
        member.watch.received();
        assert!(
            is_cut_after(&watched, &member.watch, 1),
            "a byte now and then does not help"
        );
    }

    #[test]
    fn a_call_takes_as_long_as_it_takes() {
        let watched = Watched::new();
        let member = watched.add();
        member.watch.received();
        let answering = member.watch.call();
        assert!(!is_cut_after(&watched, &member.watch, ticks(3600)));
        drop(answering);
        assert!(
            !is_cut_after(&watched, &member.watch, ticks(101)),
            "idle connections are kept over 100 s"
        );
        assert!(is_cut_after(&watched, &member.watch, IDLE_LIMIT));
    }

    #[test]
    fn a_caller_that_takes_nothing_for_a_minute_is_cut() {
        let watched = Watched::new();
        let member = watched.add();
        let _answering = member.watch.call();
        member.watch.wrote(true);
        assert!(!is_cut_after(&watched, &member.watch, STUCK_LIMIT - 1));
        member.watch.wrote(false);
        member.watch.wrote(true);
        assert!(
            !is_cut_after(&watched, &member.watch, STUCK_LIMIT - 1),
            "it had taken something"
        );
        assert!(is_cut_after(&watched, &member.watch, 1));
    }

    #[test]
    fn a_connection_that_has_ended_is_forgotten() {
        let watched = Watched::new();
        let member = watched.add();
        assert_eq!(watched.connections().len(), 1);
        drop(member);
        assert!(watched.connections().is_empty());
    }
}
