//! The database: one SQLite connection on a thread of its own, fed through a bounded channel.
//!
//! A job is one transaction. The events that it caused are published after its commit and before the next
//! job, so their order is the order of the changes, and a caller who goes away in between can't swallow one.
//! With the write-ahead log a commit survives the process being killed; a power cut may cost the last
//! moments.

mod activity;
mod approvals;
mod delegations;
mod events;
mod messages;
mod meta;
mod schema;
mod secrets;
mod seed;
mod tokens;
mod workspaces;

use std::borrow::Cow;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::clock::{Clock, Stamp};
use crate::era::Era;
use crate::hub::{Event, Hub};
use crate::id::Id;
use crate::refusal::Refusal;
use crate::secret::{Digest, Secret};

pub(crate) use activity::{Activity, ActivityQuery, Page};
pub(crate) use delegations::Delegation;
pub(crate) use messages::Queued;
pub use schema::OpenError;
pub(crate) use workspaces::{NewRow, Workspace};

/// Jobs that may wait. Each is a request in flight, so a full channel only makes requests wait for each
/// other.
const WAITING_JOBS: usize = 256;

/// Why a job did not go through: it was refused, or the database failed. Either way nothing of it was kept.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The caller gets this.
    Refused(Box<Refusal>),
    /// The caller gets a 503.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        Fault::Sql(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(Box::new(refusal))
    }
}

/// What every job knows of the org.
#[derive(Clone)]
pub(crate) struct Realm {
    pub(crate) era: Era,
    pub(crate) admin: Digest,
}

/// A transaction, and the events that it causes.
pub(crate) struct Tx<'c> {
    sql: Transaction<'c>,
    /// The time of everything that this transaction does.
    pub(crate) now: Stamp,
    /// The org's generation and admin token.
    pub(crate) realm: &'c Realm,
    events: Vec<Event>,
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.sql
    }
}

impl Tx<'_> {
    /// Keeps an event and tells everybody.
    pub(crate) fn record(
        &mut self,
        workspace: Id,
        kind: &'static str,
        payload: Value,
    ) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO events (id, kind, workspace_id, payload, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((Id::new(), kind, workspace, payload.to_string(), self.now))?;
        self.announce(workspace, kind, payload);
        Ok(())
    }

    fn commit(self) -> rusqlite::Result<Vec<Event>> {
        self.sql.commit()?;
        Ok(self.events)
    }

    /// Tells everybody of something that is not worth keeping.
    pub(crate) fn announce(&mut self, workspace: Id, kind: impl Into<Cow<'static, str>>, payload: Value) {
        self.events.push(Event {
            kind: kind.into(),
            workspace,
            at: self.now,
            payload,
        });
    }
}

type Work = Box<dyn FnOnce(&mut Keeper) + Send>;

enum Job {
    Work(Work),
    Close(oneshot::Sender<()>),
}

/// What the database's thread owns.
struct Keeper {
    sql: Connection,
    clock: Clock,
    realm: Realm,
    hub: Arc<Hub>,
}

impl Keeper {
    fn transact<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut tx = Tx {
            sql: self.sql.transaction()?,
            now: self.clock.now(),
            realm: &self.realm,
            events: Vec::new(),
        };
        let done = work(&mut tx)?;
        for event in &tx.commit()? {
            self.hub.publish(&self.sql, self.realm.era, event);
        }
        Ok(done)
    }
}

/// A handle on the database.
#[derive(Clone)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    /// Opens or makes the file, and starts its thread. Blocks; `admin` is used instead of the stored admin
    /// token. Gives the admin token that is in force.
    pub(crate) fn open(
        path: &Path,
        era: Era,
        clock: Clock,
        hub: Arc<Hub>,
        admin: Option<Secret>,
    ) -> Result<(Store, Secret), OpenError> {
        let mut sql = schema::open(path)?;
        let admin = schema::prepare(&mut sql, clock.now(), admin)?;
        let realm = Realm {
            era,
            admin: admin.digest(),
        };
        let (jobs, mut queue) = mpsc::channel(WAITING_JOBS);
        let mut keeper = Keeper {
            sql,
            clock,
            realm,
            hub,
        };
        std::thread::Builder::new()
            .name("local-org-store".into())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    match job {
                        Job::Work(work) => work(&mut keeper),
                        Job::Close(closed) => {
                            drop(keeper);
                            // Nobody waiting is fine.
                            let _ = closed.send(());
                            return;
                        }
                    }
                }
            })
            .map_err(OpenError::Thread)?;
        Ok((Store { jobs }, admin))
    }

    /// Runs a job in one transaction. It runs to its end even if the caller stops waiting.
    pub(crate) async fn run<T, W>(&self, work: W) -> Result<T, Refusal>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (done, result) = oneshot::channel();
        let job = Job::Work(Box::new(move |keeper| {
            // Nobody waiting any more is fine.
            let _ = done.send(keeper.transact(work));
        }));
        self.jobs.send(job).await.map_err(|_| Refusal::datastore())?;
        match result.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Fault::Refused(refusal))) => Err(*refusal),
            Ok(Err(Fault::Sql(error))) => {
                tracing::error!(%error, "the database failed");
                Err(Refusal::datastore())
            }
            Err(_) => Err(Refusal::datastore()),
        }
    }

    /// Finishes the waiting jobs and closes the file.
    pub(crate) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.jobs.send(Job::Close(closed)).await.is_ok() {
            let _ = done.await;
        }
    }
}
