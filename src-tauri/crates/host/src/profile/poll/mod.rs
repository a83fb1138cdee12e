//! Fetching messages from a platform that keeps them: asks for new rows of the workspace's log, has them answered, and
//! moves the cursor only past what has an answer in the journal.
//!
//! Which rows are messages says [`rows`]; how an answer gets to whoever asked, [`replies`]. It decides nothing about
//! presence, and asks nothing while deliveries are not taken.

mod replies;
mod rows;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::{StreamExt as _, stream::FuturesOrdered};
use ligand_backoff::{Backoff, Bounds};
use ligand_platform::{Platform, Row, Rows, Since, Token};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::AbortOnDropHandle,
};
use uuid::Uuid;

use self::{
    replies::Replies,
    rows::{Sorted, sorted},
};
use crate::{
    clock::Clock,
    deliveries::{Deliveries, Fetched, Outcome, Owed},
};

/// How long nothing is asked when nothing came; as often as the platform's own clients ask.
const IDLE: Duration = Duration::from_secs(5);
/// Rows of one answer.
const PAGE: u32 = 100;
/// While so many messages are worked on or wait for their turn no more are fetched.
const MOST_OPEN: usize = 64;
/// How far the very first look goes back, in seconds: what came before was not meant for this laptop.
const FIRST_LOOK: u32 = 600;
/// How far a look goes back after the cursor was lost: as far as the journal knows what was answered.
const WHOLE_LOOK: u32 = 7 * 24 * 60 * 60;
/// Pages of one look back.
const MOST_PAGES: usize = 100;
/// How often, and how far, what may have been passed over is looked for: before rows had numbers, two of the same
/// microsecond could be taken for one.
const OVERLAP_EVERY: Duration = Duration::from_secs(60);
const OVERLAP: u32 = 120;
/// Ids of rows that are known to have been seen.
const REMEMBERED: usize = 1_000;
/// How often answers that could not be sent are sent again.
const OWED_EVERY: Duration = Duration::from_secs(30);

/// What the poller needs.
pub(super) struct PollKit {
    pub(super) platform: Platform,
    pub(super) token: Token,
    pub(super) workspace: Uuid,
    pub(super) deliveries: Deliveries,
    pub(super) clock: Clock,
    pub(super) waits: Bounds,
}

/// The task that fetches; it ends with this.
pub(super) struct Poller {
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Poller {
    /// Starts it.
    pub(super) fn start(kit: PollKit) -> Self {
        let stop = CancellationToken::new();
        let polling = Polling::new(kit);
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            stopped.run_until_cancelled(polling.run()).await;
        });
        Self {
            stop: stop.drop_guard(),
            task,
        }
    }

    /// Ends it. What the agent works on goes on, and its answer is in the journal.
    pub(super) async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "fetching messages did not end well");
        }
    }
}

/// A row that was taken care of.
struct Done {
    id: String,
    seq: Option<i64>,
}

struct Polling {
    kit: Arc<PollKit>,
    replies: Replies,
    backoff: Backoff,
    /// The last row that was fetched.
    fetched_to: Option<String>,
    /// How far back to look while there is none, in seconds.
    look_back: u32,
    seen: VecDeque<String>,
    /// Each ends with the poller: what the agent works on goes on, what is owed is in the journal.
    open: FuturesOrdered<AbortOnDropHandle<Option<Done>>>,
    overlap_at: Duration,
    owed_at: Duration,
}

impl Polling {
    fn new(kit: PollKit) -> Self {
        let kit = Arc::new(kit);
        Self {
            replies: Replies::new(&kit),
            backoff: Backoff::new(kit.waits),
            fetched_to: None,
            look_back: FIRST_LOOK,
            seen: VecDeque::new(),
            open: FuturesOrdered::new(),
            overlap_at: Duration::ZERO,
            owed_at: Duration::ZERO,
            kit,
        }
    }

    async fn run(mut self) {
        self.fetched_to = self.kit.deliveries.cursor().await;
        let mut wait = Duration::ZERO;
        let mut accepting = self.kit.deliveries.accepting();
        loop {
            tokio::select! {
                biased;
                Some(done) = self.open.next() => match done {
                    Ok(Some(done)) => self.advance(done).await,
                    Ok(None) => {}
                    Err(error) => self.begin_anew(&error).await,
                },
                () = tokio::time::sleep(wait), if self.open.len() < MOST_OPEN => {
                    if accepting.wait_for(|on| *on).await.is_err() {
                        return;
                    }
                    wait = self.turn().await;
                    continue;
                }
            }
            // A message was answered: its sender may have the next one ready.
            wait = wait.min(Duration::from_millis(100));
        }
    }

    /// One round: what is owed, and new rows. Says when the next one is due.
    async fn turn(&mut self) -> Duration {
        let now = self.kit.clock.now();
        if now >= self.owed_at {
            self.owed_at = now + OWED_EVERY;
            self.replies.send_what_is_owed().await;
        }
        match self.fetch(now).await {
            Ok(came) => {
                self.backoff.good();
                if came { Duration::ZERO } else { IDLE }
            }
            Err(hint) => self.backoff.next_delay(now, hint).max(Duration::from_millis(200)),
        }
    }

    /// Asks for rows and starts the work on them. Says whether any came, or when the platform wants to be asked again.
    async fn fetch(&mut self, now: Duration) -> Result<bool, Option<Duration>> {
        let Some(row) = self.fetched_to.clone() else {
            let oldest = self.oldest(self.look_back).await?;
            let came = oldest.is_some();
            oldest.into_iter().for_each(|row| self.take(row, true));
            return Ok(came);
        };
        match self.ask(&Since::Row(row)).await? {
            Rows::Found(rows) if rows.is_empty() && now >= self.overlap_at => {
                self.overlap_at = now + OVERLAP_EVERY;
                self.passed_over().await
            }
            Rows::Found(rows) => {
                let came = !rows.is_empty();
                rows.into_iter().for_each(|row| self.take(row, true));
                Ok(came)
            }
            Rows::CursorGone => {
                tracing::info!(
                    "the place up to which messages were fetched is gone from the log; looking back"
                );
                self.fetched_to = None;
                self.look_back = WHOLE_LOOK;
                self.kit.deliveries.set_cursor(None).await;
                Ok(true)
            }
        }
    }

    /// The oldest row of the last seconds, from which the others are fetched in their order.
    async fn oldest(&self, seconds: u32) -> Result<Option<Row>, Option<Duration>> {
        let mut oldest: Option<Row> = None;
        for _ in 0..MOST_PAGES {
            let before = oldest.as_ref().map(|row| row.created_at.clone());
            let Rows::Found(mut rows) = self.ask(&Since::Seconds(seconds, before)).await? else {
                break;
            };
            let is_last = rows.len() < PAGE as usize;
            oldest = rows.pop().or(oldest);
            if is_last {
                break;
            }
        }
        Ok(oldest)
    }

    /// Starts the work on rows of the last minutes that were never seen. Says whether there are any.
    async fn passed_over(&mut self) -> Result<bool, Option<Duration>> {
        let Rows::Found(rows) = self.ask(&Since::Seconds(OVERLAP, None)).await? else {
            return Ok(false);
        };
        let is_new = |row: &Row| !self.seen.contains(&row.id);
        let missed: Vec<Row> = rows.into_iter().rev().filter(is_new).collect();
        let came = !missed.is_empty();
        missed.into_iter().for_each(|row| self.take(row, false));
        Ok(came)
    }

    async fn ask(&self, since: &Since) -> Result<Rows, Option<Duration>> {
        let kit = &self.kit;
        let asked = kit.platform.inbound(&kit.token, kit.workspace, since, PAGE).await;
        asked.map_err(|error| {
            tracing::debug!(%error, "no messages could be fetched");
            error.kind.retry_after()
        })
    }

    /// Starts the work on a row, once; `moves` says whether the cursor goes past it.
    fn take(&mut self, row: Row, moves: bool) {
        if moves {
            self.fetched_to = Some(row.id.clone());
        }
        let is_new = !self.seen.contains(&row.id);
        if is_new {
            self.seen.push_back(row.id.clone());
            if self.seen.len() > REMEMBERED {
                self.seen.pop_front();
            }
        }
        let done = moves.then(|| Done {
            id: row.id.clone(),
            seq: row.seq,
        });
        let (kit, replies) = (Arc::clone(&self.kit), self.replies.clone());
        let work = async move {
            match sorted(row, kit.workspace) {
                _ if !is_new => {}
                Sorted::NotOurs => {}
                Sorted::Upload { from } => replies.refuse_upload(&from).await,
                Sorted::Message { body, from } => answer(&kit, &replies, body, from).await,
            }
            done
        };
        self.open.push_back(AbortOnDropHandle::new(tokio::spawn(work)));
    }

    /// The work on a row has ended without a word: what comes after the last that was taken care of is fetched again.
    async fn begin_anew(&mut self, error: &JoinError) {
        tracing::error!(%error, "the work on a fetched message did not end well");
        self.open.clear();
        self.seen.clear();
        self.fetched_to = self.kit.deliveries.cursor().await;
    }

    /// Everything up to this row is taken care of.
    async fn advance(&mut self, done: Done) {
        let kit = &self.kit;
        kit.deliveries.set_cursor(Some(done.id)).await;
        let Some(seq) = done.seq else { return };
        if let Err(error) = kit.platform.acknowledge(&kit.token, kit.workspace, seq).await {
            // It only keeps the row longer.
            tracing::debug!(%error, "a fetched message could not be acknowledged");
        }
    }
}

/// Has a message answered, however often the agent must be asked, and sends the answer.
async fn answer(kit: &PollKit, replies: &Replies, body: bytes::Bytes, from: Owed) {
    let mut accepting = kit.deliveries.accepting();
    let mut waits = Backoff::new(kit.waits);
    while accepting.wait_for(|on| *on).await.is_ok() {
        let fetched = Fetched {
            body: body.clone(),
            from: from.clone(),
        };
        match kit.deliveries.fetched(fetched).await {
            Outcome::Known => return,
            Outcome::Ended { seq, reply } => return replies.send(seq, &from, &reply).await,
            Outcome::NotYet => tokio::time::sleep(waits.next_delay(kit.clock.now(), None)).await,
        }
    }
}
