//! Events and who watches them.
//!
//! An event reaches the hub after the transaction that caused it was committed, in commit order, on the
//! database's own thread. A viewer has a buffer of fixed size; an event that finds it full is dropped for
//! this viewer and nobody waits. The hub also remembers, for calls in flight, when a workspace was last heard
//! of.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::clock::Stamp;
use crate::era::Era;
use crate::hierarchy;
use crate::id::Id;

/// Events that a viewer may lag behind before it loses some; the platform's number.
const VIEWER_BUFFER: usize = 256;
/// The same for a stream of one workspace's events; the platform's number.
const STREAM_BUFFER: usize = 64;
/// Viewers at a time. Far above what one laptop's org has; a bound all the same.
const MAX_VIEWERS: usize = 1024;

/// Something that happened to a workspace.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: Cow<'static, str>,
    pub(crate) workspace: Id,
    pub(crate) at: Stamp,
    pub(crate) payload: Value,
}

impl Event {
    /// As a frame of the feed.
    fn frame(&self) -> Utf8Bytes {
        let frame = json!({
            "event": self.kind,
            "workspace_id": self.workspace,
            "timestamp": self.at.to_string(),
            "payload": self.payload,
        });
        frame.to_string().into()
    }

    /// As an event of a stream, whose times are milliseconds since the Unix epoch.
    fn streamed(&self) -> Utf8Bytes {
        let event = json!({
            "type": self.kind,
            "timestamp": self.at.micros() / 1_000,
            "data": self.payload,
        });
        event.to_string().into()
    }
}

/// Which events a viewer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// All of the org.
    Org,
    /// Those of workspaces that this one may talk to, itself included.
    Of(Id),
    /// Those of this one alone, in the form of a stream.
    Stream(Id),
}

struct Viewer {
    view: View,
    frames: mpsc::Sender<Utf8Bytes>,
}

#[derive(Default)]
struct Audience {
    next: u64,
    viewers: HashMap<u64, Viewer>,
    /// Every event finds every viewer's buffer full: a fault that tests ask for.
    muted: bool,
    /// Workspaces with calls in flight: how many, and when the last event of the workspace was.
    heard: HashMap<Id, (usize, Stamp)>,
}

/// The audience of the org.
#[derive(Default)]
pub(crate) struct Hub {
    audience: Mutex<Audience>,
    /// No viewer's connection carries anything: another such fault.
    silent: watch::Sender<bool>,
}

impl Hub {
    fn audience(&self) -> MutexGuard<'_, Audience> {
        // Nothing here can be left half changed by a panic.
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an event to everybody whom it concerns. Never waits.
    pub(crate) fn publish(&self, sql: &Connection, era: Era, event: &Event) {
        let mut audience = self.audience();
        if let Some((_, last)) = audience.heard.get_mut(&event.workspace) {
            *last = event.at;
        }
        if audience.viewers.is_empty() || audience.muted {
            return;
        }
        let is_stream = |viewer: &Viewer| matches!(viewer.view, View::Stream(_));
        let frame = event.frame();
        // Seldom is anybody there who wants it so.
        let streamed = audience.viewers.values().any(is_stream).then(|| event.streamed());
        audience.viewers.retain(|_, viewer| {
            let (concerned, frame) = match viewer.view {
                View::Org => (true, &frame),
                View::Of(own) => {
                    let may = hierarchy::may_talk(sql, era, own, event.workspace);
                    (may.unwrap_or(false), &frame)
                }
                View::Stream(own) => (own == event.workspace, streamed.as_ref().unwrap_or(&frame)),
            };
            !concerned
                || !matches!(
                    viewer.frames.try_send(frame.clone()),
                    Err(mpsc::error::TrySendError::Closed(_))
                )
        });
    }

    /// Whether all viewers miss what happens from now on.
    pub(crate) fn mute(&self, on: bool) {
        self.audience().muted = on;
    }

    /// Whether the viewers' connections stand without a word from now on, those that will be made too.
    pub(crate) fn silence(&self, on: bool) {
        self.silent.send_replace(on);
    }

    /// Closes every viewer's connection.
    pub(crate) fn drop_viewers(&self) {
        self.audience().viewers.clear();
    }

    /// Adds a viewer; `None` when there are too many.
    pub(crate) fn join(self: &Arc<Hub>, view: View) -> Option<Seat> {
        let buffer = match view {
            View::Org | View::Of(_) => VIEWER_BUFFER,
            View::Stream(_) => STREAM_BUFFER,
        };
        let (frames, events) = mpsc::channel(buffer);
        let mut audience = self.audience();
        if audience.viewers.len() >= MAX_VIEWERS {
            return None;
        }
        let number = audience.next;
        audience.next += 1;
        audience.viewers.insert(number, Viewer { view, frames });
        Some(Seat {
            hub: Arc::clone(self),
            number,
            events,
            silent: self.silent.subscribe(),
        })
    }

    /// Begins to listen for signs of life of a workspace, for the time of a call to it.
    pub(crate) fn listen(self: &Arc<Hub>, workspace: Id, now: Stamp) -> Ear {
        let mut audience = self.audience();
        let (calls, last) = audience.heard.entry(workspace).or_insert((0, now));
        *calls += 1;
        *last = (*last).max(now);
        Ear {
            hub: Arc::clone(self),
            workspace,
        }
    }
}

/// A viewer's place; leaves when dropped.
pub(crate) struct Seat {
    hub: Arc<Hub>,
    number: u64,
    /// The frames for this viewer.
    pub(crate) events: mpsc::Receiver<Utf8Bytes>,
    /// Whether its connection carries nothing now.
    pub(crate) silent: watch::Receiver<bool>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.audience().viewers.remove(&self.number);
    }
}

/// Hears when a workspace gives a sign of life; stops when dropped.
pub(crate) struct Ear {
    hub: Arc<Hub>,
    workspace: Id,
}

impl Ear {
    /// When the workspace was last heard of, or when listening began.
    pub(crate) fn last(&self) -> Option<Stamp> {
        self.hub
            .audience()
            .heard
            .get(&self.workspace)
            .map(|(_, last)| *last)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut audience = self.hub.audience();
        if let Some((calls, _)) = audience.heard.get_mut(&self.workspace) {
            *calls -= 1;
            if *calls == 0 {
                audience.heard.remove(&self.workspace);
            }
        }
    }
}
