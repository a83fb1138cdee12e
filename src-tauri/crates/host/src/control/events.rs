//! `GET /v1/events`: what changes, as it changes. Each document is sent whole, the first ones at once; a reader that
//! is slow gets the newest and not every one.
//!
//! Orgs come at most four times a second: their feeds see to that.

use std::{collections::VecDeque, convert::Infallible, sync::Arc};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    api::{EventName, EventsQuery},
    error::ApiError,
    handlers::{KEEP_ALIVE, Shared},
};
use crate::{
    org::{Org, Orgs},
    status::Status,
};

pub(super) async fn events(
    State(shared): State<Shared>,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(EventsQuery { only }) = query.map_err(ApiError::bad_request)?;
    let wants = |name| only.is_none_or(|only| only == name);
    let changes = Changes {
        status: wants(EventName::Status).then(|| unseen(shared.handle.status())),
        orgs: wants(EventName::Org).then(|| unseen(shared.handle.orgs())),
        sent: Orgs::new(),
        waiting: VecDeque::new(),
        stop: shared.stop,
    };
    let events = stream::unfold(changes, async |mut changes| {
        let change = changes.next().await?;
        // Nothing in these documents can fail to become JSON; if it ever did, the stream would end and be opened anew.
        Some((Ok::<_, Infallible>(change.event()?), changes))
    });
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

/// Something to be told.
enum Change {
    Status(Arc<Status>),
    Org(Arc<Org>),
}

impl Change {
    fn event(&self) -> Option<Event> {
        match self {
            Self::Status(status) => named("status", &**status),
            Self::Org(org) => named("org", &**org),
        }
    }
}

fn named(name: &str, document: &impl Serialize) -> Option<Event> {
    Event::default().event(name).json_data(document).ok()
}

/// What one reader is told.
struct Changes {
    status: Option<watch::Receiver<Arc<Status>>>,
    orgs: Option<watch::Receiver<Arc<Orgs>>>,
    /// The orgs as the reader knows them.
    sent: Orgs,
    waiting: VecDeque<Arc<Org>>,
    stop: CancellationToken,
}

impl Changes {
    /// The next change; `None` when the listener stops or the host has gone.
    async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(org) = self.waiting.pop_front() {
                return Some(Change::Org(org));
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                status = newest(&mut self.status) => return status.map(Change::Status),
                orgs = newest(&mut self.orgs) => self.compare(&orgs?),
            }
        }
    }

    fn compare(&mut self, orgs: &Arc<Orgs>) {
        let is_known = |org: &Arc<Org>| {
            let sent = self.sent.get(&org.profile);
            sent.is_some_and(|sent| Arc::ptr_eq(sent, org))
        };
        let changed = orgs.values().filter(|org| !is_known(org));
        self.waiting.extend(changed.cloned());
        self.sent.clone_from(orgs);
    }
}

/// The newest of what is followed, once it changes; never, if it is not.
async fn newest<T: Clone>(followed: &mut Option<watch::Receiver<T>>) -> Option<T> {
    match followed {
        Some(receiver) => {
            receiver.changed().await.ok()?;
            Some(receiver.borrow_and_update().clone())
        }
        None => std::future::pending().await,
    }
}

/// The same, with what is there now still to be told.
fn unseen<T>(mut receiver: watch::Receiver<T>) -> watch::Receiver<T> {
    receiver.mark_changed();
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::OrgBoard;

    fn put(board: &OrgBoard, profile: &str, note: &str) {
        board.put(Org::unknown(profile.to_owned(), note));
    }

    fn reader(board: &OrgBoard) -> Changes {
        Changes {
            status: None,
            orgs: Some(unseen(board.watch())),
            sent: Orgs::new(),
            waiting: VecDeque::new(),
            stop: CancellationToken::new(),
        }
    }

    async fn next(reader: &mut Changes) -> Option<(String, String)> {
        match reader.next().await? {
            Change::Org(org) => Some((org.profile.clone(), org.note.clone().unwrap())),
            Change::Status(_) => panic!("nobody asked for the status"),
        }
    }

    fn told(profile: &str, note: &str) -> Option<(String, String)> {
        Some((profile.to_owned(), note.to_owned()))
    }

    #[tokio::test]
    async fn every_org_is_told_at_once_and_then_only_what_changed() {
        let board = OrgBoard::default();
        put(&board, "a", "1");
        put(&board, "b", "1");
        let mut reader = reader(&board);
        assert_eq!(next(&mut reader).await, told("a", "1"));
        assert_eq!(next(&mut reader).await, told("b", "1"));
        put(&board, "b", "2");
        assert_eq!(next(&mut reader).await, told("b", "2"));
    }

    #[tokio::test]
    async fn a_slow_reader_gets_the_newest_and_a_stop_ends_it() {
        let board = OrgBoard::default();
        let mut reader = reader(&board);
        for note in ["1", "2", "3"] {
            put(&board, "a", note);
        }
        assert_eq!(next(&mut reader).await, told("a", "3"));
        put(&board, "a", "4");
        reader.stop.cancel();
        assert_eq!(next(&mut reader).await, None);
    }
}
