//! A caller's connection, and when to give it up.
//!
//! States: *fresh*, which begins anew once HTTP may begin → *sending a head* → *in a call* → *idle* → *sending a head* …;
//! beside them, *taking nothing*, when bytes of an answer have waited for long. Each has its limit. They are looked at by
//! one task for all connections, twice a second: a timer per request would cost a system call per request.

mod room;

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ligand_tunnel::Intake;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::limit::Limit;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::socket::Socket;

/// How often connections are looked at. Limits are that exact.
const TICK: Duration = Duration::from_millis(500);
/// A connection on which nothing was ever asked.
const FRESH_LIMIT: u32 = ticks(30);
/// The same when the relay wants to end: probes and connections kept in reserve are not what it waits for. Long enough
/// for a TLS handshake, since whoever calls now is still to be heard.
const FRESH_LIMIT_IN_A_HURRY: u32 = ticks(2);

const fn ticks(seconds: u32) -> u32 {
    seconds * 2
}

const FRESH: u8 = 0;
const HEAD: u8 = 1;
const CALL: u8 = 2;
const IDLE: u8 = 3;

/// For how long callers are borne with, in ticks.
#[derive(Clone, Copy)]
struct Patience {
    head: u32,
    idle: u32,
    stuck: u32,
    fresh: u32,
}

/// Why a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Nothing was asked.
    Idle,
    Over(Limit),
}

/// What is known of one connection. Written by its own task, read by the one that watches.
pub(crate) struct Watch {
    /// Of the bodies of its calls.
    pub(crate) intake: Arc<Intake>,
    metrics: Arc<Metrics>,
    phase: AtomicU8,
    since: AtomicU32,
    /// The tick since which written bytes wait, plus one; 0 when none do.
    stuck: AtomicU32,
    cut: Notify,
    /// Whether it has been told, so that one that needs a moment to end is counted once.
    is_cut: AtomicBool,
    ticks: Arc<AtomicU32>,
}

impl Watch {
    fn enter(&self, phase: u8) {
        self.since
            .store(self.ticks.load(Ordering::Relaxed), Ordering::Relaxed);
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// HTTP may begin on it: what came before, such as a TLS handshake, has limits of its own.
    pub(crate) fn entered(&self) {
        self.enter(FRESH);
    }

    /// A call begins; it lasts until what is returned is dropped.
    pub(crate) fn call(self: &Arc<Self>) -> Answering {
        self.enter(CALL);
        self.intake.begin();
        Answering(self.clone())
    }

    /// Waits until the connection is to be cut.
    pub(crate) async fn cut(&self) {
        self.cut.notified().await;
    }

    /// Whether it is to be cut because its head does not come to an end.
    pub(crate) fn is_slow_head(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed) && self.phase.load(Ordering::Relaxed) == HEAD
    }

    fn expired(&self, now: u32, patience: Patience) -> Option<Cut> {
        let stuck = self.stuck.load(Ordering::Relaxed);
        if stuck != 0 && now.wrapping_add(1).wrapping_sub(stuck) >= patience.stuck {
            return Some(Cut::Over(Limit::StalledAnswer));
        }
        let (limit, cut) = match self.phase.load(Ordering::Relaxed) {
            FRESH => (patience.fresh, Cut::Idle),
            HEAD => (patience.head, Cut::Over(Limit::SlowHead)),
            IDLE => (patience.idle, Cut::Idle),
            // A call takes as long as it takes: agents think for minutes.
            _ => return None,
        };
        (now.wrapping_sub(self.since.load(Ordering::Relaxed)) >= limit).then_some(cut)
    }

    /// Something has come, which may be the beginning of a head.
    pub(crate) fn received(&self) {
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
        self.0.metrics.received(self.0.intake.begin());
    }
}

/// All connections that are watched.
pub(crate) struct Watched {
    patience: Patience,
    body_bytes: u64,
    body_ticks: u32,
    metrics: Arc<Metrics>,
    hurries: AtomicBool,
    ticks: Arc<AtomicU32>,
    connections: Mutex<HashMap<u64, Arc<Watch>>>,
    next: AtomicU64,
    first: Notify,
}

impl Watched {
    pub(crate) fn new(limits: &Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            patience: Patience {
                head: ticks(limits.slow_head_s),
                idle: ticks(limits.idle_s),
                stuck: ticks(limits.stalled_answer_s),
                fresh: FRESH_LIMIT,
            },
            body_bytes: limits.body_bytes(),
            body_ticks: ticks(limits.slow_body_s),
            metrics,
            hurries: AtomicBool::new(false),
            ticks: Arc::new(AtomicU32::new(0)),
            connections: Mutex::default(),
            next: AtomicU64::new(0),
            first: Notify::new(),
        })
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Watch>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The relay is about to end.
    pub(crate) fn hurry(&self) {
        self.hurries.store(true, Ordering::Relaxed);
    }

    fn patience(&self) -> Patience {
        let mut patience = self.patience;
        if self.hurries.load(Ordering::Relaxed) {
            patience.fresh = FRESH_LIMIT_IN_A_HURRY;
        }
        patience
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.connections().len()
    }

    /// Watches a new connection until what is returned is dropped.
    pub(crate) fn add(self: &Arc<Self>) -> Membership {
        let watch = Arc::new(Watch {
            intake: Intake::new(self.body_bytes, self.body_ticks),
            metrics: self.metrics.clone(),
            phase: AtomicU8::new(FRESH),
            since: AtomicU32::new(0),
            stuck: AtomicU32::new(0),
            cut: Notify::new(),
            is_cut: AtomicBool::new(false),
            ticks: self.ticks.clone(),
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
        let patience = self.patience();
        for watch in self.connections().values() {
            watch.intake.tick();
            let Some(cut) = watch.expired(now, patience) else {
                continue;
            };
            if let Cut::Over(limit) = cut
                && !watch.is_cut.swap(true, Ordering::Relaxed)
            {
                self.metrics.over(limit);
            }
            watch.cut.notify_one();
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
    socket: Socket,
    watch: Arc<Watch>,
}

impl CallerIo {
    pub(crate) fn new(socket: Socket, watch: Arc<Watch>) -> Self {
        Self { socket, watch }
    }

    /// The socket alone: a link has a watch of its own.
    pub(crate) fn into_socket(self) -> Socket {
        self.socket
    }
}

impl AsyncRead for CallerIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        self.watch.received();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for CallerIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.watch.wrote(wrote.is_pending());
        wrote
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        // TLS takes a little before it waits for the caller.
        self.watch.wrote(flushed.is_pending());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.socket).poll_write_vectored(cx, parts);
        self.watch.wrote(wrote.is_pending());
        wrote
    }
}

#[cfg(test)]
mod tests;
