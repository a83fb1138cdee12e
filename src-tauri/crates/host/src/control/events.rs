//! `GET /v1/events`: what changes, as it changes. Each document is sent whole, the first ones at once; a reader that
//! is slow gets the newest and not every one.
//!
//! An org may have thousands of workspaces and changes all the time. Who asks for `changes` gets it whole once and then
//! what is different from what this very reader was sent, so that nothing is lost and nobody keeps a queue. Who does not
//! gets it whole each time, at most four times a second. Deliveries are told as they come and as they end, no more often.

use std::{collections::VecDeque, convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use serde::Serialize;
use tokio::{sync::watch, time::Sleep};
use tokio_util::sync::CancellationToken;

use super::{
    api::{Arranged, DeliveryNews, EventName, EventsQuery},
    delivery_news::Followed,
    error::ApiError,
    handlers::{KEEP_ALIVE, Shared},
};
use crate::{
    notify::NotificationSettings,
    org::{Arrangement, Org, OrgChange, Orgs, PerProfile, Thread, Threads},
    status::Status,
};

/// The least between two whole orgs.
const WHOLE_APART: Duration = Duration::from_millis(250);
/// Of an org with fewer workspaces than this a change is never larger than the whole.
const SMALL: usize = 16;

pub(super) async fn events(
    State(shared): State<Shared>,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(EventsQuery { only, changes }) = query.map_err(ApiError::bad_request)?;
    let wants = |name| only.is_none_or(|only| only == name);
    let reader = Reader {
        status: wants(EventName::Status).then(|| unseen(shared.handle.status())),
        orgs: wants(EventName::Org).then(|| unseen(shared.handle.orgs())),
        notifications: wants(EventName::Notifications).then(|| unseen(shared.handle.notifications())),
        threads: wants(EventName::Thread).then(|| unseen(shared.handle.threads())),
        arrangements: wants(EventName::Arrangement).then(|| unseen(shared.handle.arrangements())),
        deliveries: wants(EventName::Deliveries).then(|| Followed::from_now(shared.handle.clone())),
        changes,
        sent: Sent::default(),
        rest: None,
        waiting: VecDeque::new(),
        stop: shared.stop,
    };
    let events = stream::unfold(reader, async |mut reader| {
        let told = reader.next().await?;
        // Nothing in these documents can fail to become JSON; if it ever did, the stream would end and be opened anew.
        Some((Ok::<_, Infallible>(told.event()?), reader))
    });
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

/// Something to be told.
enum Told {
    Status(Arc<Status>),
    Org(Arc<Org>),
    OrgChange(Box<OrgChange>),
    Thread(Arc<Thread>),
    Arrangement(Arranged),
    Deliveries(DeliveryNews),
    Notifications(Arc<NotificationSettings>),
}

impl Told {
    fn event(&self) -> Option<Event> {
        match self {
            Self::Status(status) => named("status", &**status),
            Self::Org(org) => named("org", &**org),
            Self::OrgChange(change) => named("org_change", &**change),
            Self::Thread(thread) => named("thread", &**thread),
            Self::Arrangement(arranged) => named("arrangement", arranged),
            Self::Deliveries(news) => named("deliveries", news),
            Self::Notifications(settings) => named("notifications", &**settings),
        }
    }
}

fn named(name: &str, document: &impl Serialize) -> Option<Event> {
    Event::default().event(name).json_data(document).ok()
}

/// What a reader knows.
#[derive(Default)]
struct Sent {
    orgs: Orgs,
    threads: PerProfile<Threads>,
    arrangements: PerProfile<Arrangement>,
}

/// One reader.
struct Reader {
    status: Option<watch::Receiver<Arc<Status>>>,
    orgs: Option<watch::Receiver<Arc<Orgs>>>,
    notifications: Option<watch::Receiver<Arc<NotificationSettings>>>,
    threads: Option<watch::Receiver<Arc<PerProfile<Threads>>>>,
    arrangements: Option<watch::Receiver<Arc<PerProfile<Arrangement>>>>,
    deliveries: Option<Followed>,
    changes: bool,
    sent: Sent,
    /// Until the next whole org may be sent.
    rest: Option<Pin<Box<Sleep>>>,
    waiting: VecDeque<Told>,
    stop: CancellationToken,
}

impl Reader {
    /// What is to be told next; `None` when the listener stops or the host has gone.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                return Some(told);
            }
            let Self { orgs, rest, .. } = self;
            let orgs = async {
                if let Some(rest) = rest {
                    rest.await;
                }
                newest(orgs).await
            };
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                status = newest(&mut self.status) => return status.map(Told::Status),
                settings = newest(&mut self.notifications) => return settings.map(Told::Notifications),
                threads = newest(&mut self.threads) => self.compare_threads(&threads?),
                arrangements = newest(&mut self.arrangements) => self.compare_arrangements(&arrangements?),
                orgs = orgs => self.compare_orgs(&orgs?),
                news = news(&mut self.deliveries) => {
                    self.waiting.extend(news?.into_iter().map(Told::Deliveries));
                }
            }
        }
    }

    fn compare_orgs(&mut self, orgs: &Arc<Orgs>) {
        self.rest = None;
        for org in orgs.values() {
            let told = match self.sent.orgs.get(&org.profile) {
                Some(sent) if Arc::ptr_eq(sent, org) => continue,
                // One from the disk has the revision of one that knows nothing: a change from the one to the other would
                // look like old news.
                Some(sent) if self.changes && sent.revision < org.revision => {
                    let change = OrgChange::between(sent, org);
                    match change.count() * 2 > org.workspaces.len().max(SMALL) {
                        true => Told::Org(Arc::clone(org)),
                        false => Told::OrgChange(Box::new(change)),
                    }
                }
                _ => Told::Org(Arc::clone(org)),
            };
            if matches!(told, Told::Org(_)) && !self.changes {
                self.rest = Some(Box::pin(tokio::time::sleep(WHOLE_APART)));
            }
            self.waiting.push_back(told);
        }
        self.sent.orgs.clone_from(orgs);
    }

    fn compare_threads(&mut self, threads: &Arc<PerProfile<Threads>>) {
        for (profile, threads) in threads.iter() {
            let sent = self.sent.threads.get(profile);
            for thread in threads.all() {
                let known = sent.and_then(|sent| sent.get(thread.workspace));
                if !known.is_some_and(|known| Arc::ptr_eq(known, thread)) {
                    self.waiting.push_back(Told::Thread(Arc::clone(thread)));
                }
            }
        }
        self.sent.threads.clone_from(threads);
    }

    fn compare_arrangements(&mut self, arrangements: &Arc<PerProfile<Arrangement>>) {
        for (profile, arrangement) in arrangements.iter() {
            let known = self.sent.arrangements.get(profile);
            if !known.is_some_and(|known| Arc::ptr_eq(known, arrangement)) {
                self.waiting.push_back(Told::Arrangement(Arranged {
                    profile: profile.clone(),
                    arrangement: Arc::clone(arrangement),
                }));
            }
        }
        self.sent.arrangements.clone_from(arrangements);
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

/// The next news of deliveries; never, if they are not followed.
async fn news(followed: &mut Option<Followed>) -> Option<Vec<DeliveryNews>> {
    match followed {
        Some(followed) => followed.next().await,
        None => std::future::pending().await,
    }
}

/// The same, with what is there now still to be told.
fn unseen<T>(mut receiver: watch::Receiver<T>) -> watch::Receiver<T> {
    receiver.mark_changed();
    receiver
}

#[cfg(test)]
mod tests;
