//! What a feed does, step by step: whatever wakes it is taken in, then what is due is done.

use std::{sync::Arc, time::Duration};

use ligand_platform::{Error, Event, Events, Kind, PING_EVERY, PendingApproval, Platform};
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{
    FeedKit, Pace, Pending,
    approvals::Approvals,
    ear::Ear,
    heard::Heard,
    lists::Lists,
    note::{self, Missing},
    saver::Saver,
};
use crate::{
    clock::{Clock, next_turn, wall_clock, wall_now},
    config::ProfileName,
    org::{
        board::{Board, OrgBoard},
        change::Change,
        model::{List, Model},
        record::Record,
        source::{Loaded, Source},
        thread::Threads,
        view::{Org, OrgScope, SCHEMA, Voice},
    },
};

/// A refused org key is tried again this seldom: somebody may have mended the platform, and nobody is to be flooded.
const KEY_AGAIN: Duration = Duration::from_secs(300);
/// So long a list waits for the way to the events: one that is asked for before they arrive may miss a change, and a
/// second one has to be asked for. Longer than that way takes, and nobody misses a picture that is so late.
const LISTENS_FIRST: Duration = Duration::from_millis(400);
/// The event that says that the tokens of an external workspace were replaced.
const OUR_TOKEN_ENDED: &str = "EXTERNAL_CREDENTIALS_ROTATED";
/// Each picture costs a pointer per workspace: one of 10,000 comes half as often as one of a few.
const PER_ROW: Duration = Duration::from_micros(5);
/// A picture that was right so lately: what differs in the next one has just changed.
const CLOSE: time::Duration = time::Duration::seconds(60);

/// The task.
pub(super) struct FeedTask {
    profile: ProfileName,
    source: Source,
    platform: watch::Receiver<Platform>,
    clock: Clock,
    board: OrgBoard,
    doubt: Arc<Notify>,
    answers: watch::Receiver<bool>,
    pace: Pace,
    model: Model,
    record: Record,
    threads: Board<Threads>,
    ear: Ear,
    lists: Lists,
    approvals: Approvals,
    saver: Saver,
    /// A list was asked for since the ear was opened: from then on nothing is missed.
    synced: bool,
    scope: OrgScope,
    no_peers: Option<String>,
    key_refused_at: Option<Duration>,
    /// When the picture was last known to be right.
    as_of: Option<(String, OffsetDateTime)>,
    /// The picture is from the disk, and the platform has not been heard since.
    from_snapshot: bool,
    revision: u64,
    dirty: bool,
    published_at: Option<Duration>,
}

/// What woke the task.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
enum Woken {
    Stop,
    Loaded(Result<Loaded, Error>),
    Opened(Result<Events, Error>),
    Heard(Result<Option<Event>, Error>),
    Approvals(Result<Vec<PendingApproval>, Error>),
    /// Whether the platform answers has changed.
    Answers,
    /// The connections of before lead nowhere.
    Renewed,
    Time,
}

impl FeedTask {
    pub(super) fn new(kit: FeedKit, pace: Pace) -> Self {
        let last = kit.board.get(kit.profile.as_str());
        let now = kit.clock.now();
        let asked = kit.platform.borrow().clone();
        let rows = last.as_ref().map(|org| org.workspaces.clone());
        let scope = last.as_ref().map_or(OrgScope::Own, |org| org.scope);
        Self {
            model: Model::new(kit.workspace, rows.unwrap_or_default(), scope == OrgScope::Org),
            scope,
            from_snapshot: last.as_ref().is_some_and(|org| org.from_snapshot),
            revision: last.as_ref().map_or(0, |org| org.revision),
            // It may be from before a night: nothing that differs has just changed.
            as_of: last.and_then(|org| Some((org.as_of.clone()?, OffsetDateTime::UNIX_EPOCH))),
            profile: kit.profile,
            record: kit.record,
            threads: kit.threads,
            saver: Saver::new(kit.snapshot, kit.workspace),
            approvals: Approvals::default(),
            source: Source {
                platform: asked,
                workspace: kit.workspace,
                token: kit.token,
                org_key: kit.org_key,
            },
            platform: kit.platform,
            clock: kit.clock,
            board: kit.board,
            doubt: kit.doubt,
            answers: kit.answers,
            pace,
            ear: Ear::shut_until(now, kit.waits),
            lists: Lists::due_at(now + LISTENS_FIRST, kit.waits),
            synced: false,
            no_peers: None,
            key_refused_at: None,
            // Where there is a picture already, it is said that it is being asked for again.
            dirty: true,
            published_at: None,
        }
    }

    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            self.act();
            match self.wait(&stop).await {
                Woken::Stop => break,
                Woken::Loaded(Ok(loaded)) => self.show(loaded),
                Woken::Loaded(Err(error)) => self.failed(&error),
                Woken::Opened(Ok(events)) => self.opened(events),
                Woken::Heard(Ok(Some(event))) => self.heard(&event),
                Woken::Approvals(answer) => self.dirty |= self.approvals.told(answer),
                Woken::Heard(Ok(None)) => self.deaf("the platform ended them", None),
                Woken::Opened(Err(error)) | Woken::Heard(Err(error)) => {
                    self.doubt_the_platform(&error);
                    self.deaf(&error.to_string(), hint(&error));
                }
                Woken::Answers => self.answers_or_not(),
                Woken::Renewed => self.renew(),
                Woken::Time => {}
            }
        }
        self.leave().await;
    }

    async fn wait(&mut self, stop: &CancellationToken) -> Woken {
        let wake = self.clock.instant(self.wake_at());
        let Self {
            lists,
            ear,
            answers,
            platform,
            approvals,
            ..
        } = self;
        let Ear { opening, open, .. } = ear;
        let events = async {
            match open {
                Some(events) => events.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => Woken::Stop,
            loaded = settled(&mut lists.loading) => Woken::Loaded(loaded),
            opened = settled(opening) => Woken::Opened(opened),
            event = events => Woken::Heard(event),
            answer = settled(&mut approvals.asking) => Woken::Approvals(answer),
            Ok(()) = answers.changed() => Woken::Answers,
            Ok(()) = platform.changed() => Woken::Renewed,
            () = tokio::time::sleep_until(wake) => Woken::Time,
        }
    }

    fn wake_at(&self) -> Duration {
        let publish = self.dirty.then(|| self.publish_at());
        let asks = |due: Option<Duration>| due.filter(|_| self.platform_answers());
        let due = [
            asks(self.lists.due()),
            asks(self.ear.due()),
            asks(self.approvals.due()),
            self.model.doubts_at(),
            publish,
        ];
        // With none, a list is under way, and it ends by its own deadline.
        let first = due.into_iter().flatten().min();
        first.unwrap_or_else(|| self.clock.now() + self.pace.refresh)
    }

    fn publish_at(&self) -> Duration {
        let rows = u32::try_from(self.model.rows().len()).unwrap_or(u32::MAX);
        let apart = self.pace.publish + PER_ROW.saturating_mul(rows);
        self.published_at.map_or(Duration::ZERO, |at| at + apart)
    }

    /// Does what is due.
    fn act(&mut self) {
        let now = self.clock.now();
        let use_key = self.may_use_key(now);
        let asks = self.platform_answers();
        if asks && self.lists.due().is_some_and(|at| at <= now) {
            let load = self.source.clone().load(use_key, self.model.with_runtime());
            self.lists.begin(Box::pin(load), now);
        }
        if asks && self.ear.due().is_some_and(|at| at <= now) {
            let events = self.source.clone().events(use_key);
            self.ear.begin(Box::pin(events), use_key);
        }
        if asks && self.approvals.due().is_some_and(|at| at <= now) {
            self.approvals.begin(Box::pin(self.source.clone().approvals()));
        }
        self.dirty |= self.model.doubt(now);
        if self.dirty && self.publish_at() <= now {
            self.publish(now);
        }
    }

    fn may_use_key(&self, now: Duration) -> bool {
        let rests = self
            .key_refused_at
            .is_some_and(|at| now.saturating_sub(at) < KEY_AGAIN);
        self.source.org_key.is_some() && !rests
    }

    /// A list is there.
    fn show(&mut self, loaded: Loaded) {
        let (now, wall, at) = (self.clock.now(), wall_now(), wall_clock(Duration::ZERO));
        let close = self.as_of.as_ref().is_some_and(|(_, then)| wall - *then <= CLOSE);
        let whole = loaded.scope == OrgScope::Org;
        if whole {
            self.approvals.wanted(now);
        } else {
            self.approvals.forget();
        }
        if loaded.key_refused {
            tracing::warn!(profile = %self.profile, "the platform refused the org key");
            self.key_refused_at = Some(now);
        } else if whole {
            self.key_refused_at = None;
        }
        self.model.replace(List {
            workspaces: loaded.workspaces,
            whole,
            at: at.clone(),
            close,
        });
        self.saver.begin(now);
        let mut look = false;
        let (replay, all) = self.lists.taken();
        for (change, at) in &replay {
            look |= self.model.apply(change, at).look;
        }
        self.note_moves(&at, close);
        (self.scope, self.no_peers) = (loaded.scope, loaded.no_peers);
        self.as_of = Some((at, wall));
        self.from_snapshot = false;
        self.dirty = true;
        if self.ear.with_key().is_some_and(|with_key| with_key != whole) {
            // By the other credential come too few events, or such as the list does not explain.
            self.ear.shut(now);
            self.model.deaf();
        }
        self.synced = self.ear.is_open_since(self.lists.began());
        let next = if self.ear.is_open() {
            self.pace.refresh
        } else {
            self.pace.poll
        };
        self.lists.next_at(next_turn(now, next));
        if look || !all || (self.ear.is_open() && !self.synced) {
            self.look(now);
        }
    }

    /// Notes the states that changed. What changed while nobody looked was seen late, and is noted as an absence.
    fn note_moves(&mut self, at: &str, close: bool) {
        let moved = self.model.take_moved();
        if moved.is_empty() {
            return;
        }
        let mut seen = self.record.lock();
        let before = seen.history.last();
        seen.history.note(moved, at, !close);
        if let (false, Some((as_of, _))) = (close, &self.as_of) {
            seen.history.note_absence(as_of.clone(), at.to_owned(), before);
        }
    }

    fn platform_answers(&self) -> bool {
        *self.answers.borrow()
    }

    /// The platform answers no more, and presence asks until it does; or it does again.
    fn answers_or_not(&mut self) {
        self.dirty = true;
        if self.platform_answers() {
            let now = self.clock.now();
            self.ear.again_at(now);
            self.lists.again_at(if self.ear.is_open() {
                now
            } else {
                now + LISTENS_FIRST
            });
        }
    }

    /// Asks and listens anew, over the new connections.
    fn renew(&mut self) {
        self.source.platform = self.platform.borrow_and_update().clone();
        let now = self.clock.now();
        self.lists.abandon(now + LISTENS_FIRST);
        self.ear.shut(now);
        self.model.deaf();
        self.dirty = true;
    }

    /// A list could not be had.
    fn failed(&mut self, error: &Error) {
        self.doubt_the_platform(error);
        tracing::debug!(profile = %self.profile, %error, "the org could not be read");
        self.dirty |= self
            .lists
            .failed(error.to_string(), hint(error), self.clock.now());
    }

    /// A list is wanted soon.
    fn look(&mut self, now: Duration) {
        self.lists.wanted(self.pace.apart, now);
    }

    fn opened(&mut self, mut events: Events) {
        let now = self.clock.now();
        events.ping_from(self.clock.instant(next_turn(now, PING_EVERY)));
        self.ear.opened(events, now);
        self.model.listen(now);
        self.record.lock().calls.listen(wall_now());
        self.look(now);
    }

    fn heard(&mut self, event: &Event) {
        let ours = event.workspace_id == Some(self.source.workspace);
        if ours && event.event == OUR_TOKEN_ENDED {
            self.doubt.notify_one();
        }
        for heard in Heard::of(event) {
            self.took_place(heard);
        }
        let Some(change) = Change::of(event) else { return };
        if ours && change.puts_in_doubt() {
            self.doubt.notify_one();
        }
        let (now, at) = (self.clock.now(), wall_clock(Duration::ZERO));
        let applied = self.model.happens(&change, &at, now);
        self.note_moves(&at, true);
        if applied.changed {
            self.dirty = true;
            if self.synced {
                self.as_of = Some((at.clone(), wall_now()));
            }
        }
        self.lists.came_meanwhile(change, at);
        if applied.look {
            self.look(now);
        }
    }

    /// Something happened that is no state.
    fn took_place(&mut self, heard: Heard) {
        let at = wall_clock(Duration::ZERO);
        let profile = self.profile.as_str();
        match heard {
            Heard::Call { from, to, kind } => self.record.lock().calls.note(from, to, kind, wall_now()),
            Heard::Approval => {
                let now = self.clock.now();
                if self.scope == OrgScope::Org && self.may_use_key(now) {
                    self.approvals.wanted(now);
                }
            }
            Heard::Reply {
                workspace,
                message,
                outcome,
            } => self.threads.change(profile, |threads| {
                let mut next = threads.clone();
                let is_ours = next.answered(profile, workspace, &message, outcome, at);
                (is_ours.then_some(next), ())
            }),
            Heard::Spoke {
                workspace,
                text,
                files,
            } => self.threads.change(profile, |threads| {
                let mut next = threads.clone();
                next.spoke(profile, workspace, &text, files, at);
                (Some(next), ())
            }),
        }
    }

    /// No events for a while: lists come more often.
    fn deaf(&mut self, why: &str, hint: Option<Duration>) {
        let now = self.clock.now();
        tracing::debug!(profile = %self.profile, %why, "no events of the org");
        self.dirty |= self.ear.failed(why, hint, now);
        self.synced = false;
        self.model.deaf();
        self.lists.wanted(self.pace.poll, now);
    }

    /// Presence finds out what a failure means.
    fn doubt_the_platform(&self, error: &Error) {
        if !matches!(error.kind, Kind::Unauthorized { .. } | Kind::Refused { .. }) {
            self.doubt.notify_one();
        }
    }

    fn is_live(&self) -> bool {
        self.platform_answers() && self.synced && self.lists.may_be_trusted()
    }

    fn publish(&mut self, now: Duration) {
        // Before the first answer there is nothing to say, unless it does not come.
        if self.as_of.is_some() || self.lists.failure().is_some() {
            let note = self.missing().words();
            self.hang_up(self.is_live(), note);
        }
        let (board, profile) = (&self.board, self.profile.as_str());
        self.saver.save(|| board.get(profile), now);
        (self.dirty, self.published_at) = (false, Some(now));
    }

    fn missing(&self) -> Missing<'_> {
        Missing {
            // Before the first list nobody knows how much it will tell.
            scope: self.as_of.as_ref().map(|_| self.scope),
            key_refused: self.key_refused_at.is_some(),
            no_peers: self.no_peers.as_deref(),
            hidden: self.model.hidden(),
            asking: self
                .as_of
                .as_ref()
                .is_some_and(|(_, at)| *at == OffsetDateTime::UNIX_EPOCH),
            no_list: match self.platform_answers() {
                true => self.lists.failure().filter(|_| !self.is_live()),
                false => Some("the platform cannot be reached"),
            },
            no_events: self.ear.why().filter(|_| !self.is_live()),
        }
    }

    fn hang_up(&mut self, live: bool, note: Option<String>) {
        self.revision += 1;
        let has_key = self.source.org_key.is_some();
        let picture = Org {
            schema: SCHEMA,
            profile: self.profile.to_string(),
            scope: self.scope,
            note,
            as_of: self.as_of.as_ref().map(|(text, _)| text.clone()),
            live,
            from_snapshot: self.from_snapshot,
            revision: self.revision,
            speaks_as: match has_key && self.key_refused_at.is_none() {
                true => Voice::Human,
                false => Voice::Workspace,
            },
            key_refused: has_key && self.key_refused_at.is_some(),
            history: self.record.lock().history.last(),
            approvals: self.approvals.shown().cloned(),
            workspaces: self.model.rows().to_vec(),
        };
        self.board.put(self.profile.as_str(), picture);
    }

    /// The last picture, as one of the past.
    async fn leave(mut self) {
        self.hang_up(false, Some(note::AT_REST.to_owned()));
        let last = self.board.get(self.profile.as_str());
        self.saver.finish(last).await;
    }
}

/// What the platform asked us to wait.
fn hint(error: &Error) -> Option<Duration> {
    match error.kind {
        Kind::RateLimited { retry_after } | Kind::Server { retry_after, .. } => retry_after,
        _ => None,
    }
}

/// The result of what is under way, once; never, if nothing is.
async fn settled<T>(pending: &mut Pending<T>) -> Result<T, Error> {
    match pending {
        Some(future) => {
            let result = future.await;
            *pending = None;
            result
        }
        None => std::future::pending().await,
    }
}
