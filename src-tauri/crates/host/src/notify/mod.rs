//! Notifications: others of the org that went away or came back, and ours when it needs somebody.
//!
//! `policy` and `own` decide, pure; `words` says it; `settings` is what the user wants to be told; `sender` hands it to
//! the desktop, and hears what is clicked. Here is the task between them. It runs only where there is a desktop to
//! notify, and nothing that goes wrong with it reaches the host.

mod own;
mod policy;
mod sender;
mod settings;
mod words;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

pub(crate) use self::settings::Wishes;
pub use self::settings::{MutedWorkspace, NotificationSettings, NotifyError, Pause};
use self::{
    own::{Own, Trouble},
    policy::{Digest, Look, Note, Policy, Sight},
    sender::{Button, Message, Pressed, Sender},
    words::Words,
};
use crate::{
    clock::Clock,
    host::{Click, HostHandle, Screen},
    org::{Org, OrgWorkspace, Orgs},
    status::{LinkWord, PresenceWord, ProfileStatus, Severity, Status},
};

/// The least between two looks: a large org changes all the time, and nothing here is urgent to the second.
const LOOKS_APART: Duration = Duration::from_secs(1);

/// The task that notifies. It ends when dropped.
pub(crate) struct Notify {
    _stop: Option<DropGuard>,
}

impl Notify {
    /// Starts it, where there is a desktop.
    pub(crate) fn start(handle: &HostHandle) -> Self {
        if !sender::has_desktop() {
            tracing::debug!("no desktop to notify");
            return Self { _stop: None };
        }
        let stop = CancellationToken::new();
        let wishes = handle.wishes();
        let watcher = Watcher {
            status: handle.status(),
            orgs: handle.orgs(),
            wakes: handle.wakes(),
            wished: wishes.watch(),
            wishes,
            screen: handle.screen(),
            clock: handle.clock(),
            sender: Sender::default(),
            seen: BTreeMap::new(),
            handle: handle.clone(),
        };
        let stopped = stop.clone();
        tokio::spawn(async move { stopped.run_until_cancelled(watcher.run()).await });
        Self {
            _stop: Some(stop.drop_guard()),
        }
    }
}

/// What was seen of one profile.
struct Seen {
    others: Policy,
    own: Own,
}

/// What a click on a notification is about.
#[derive(Debug, Clone)]
struct About {
    profile: String,
    workspace: Option<Uuid>,
}

struct Watcher {
    status: watch::Receiver<Arc<Status>>,
    orgs: watch::Receiver<Arc<Orgs>>,
    /// Told whenever the machine has slept.
    wakes: watch::Receiver<()>,
    wished: watch::Receiver<Arc<NotificationSettings>>,
    wishes: Wishes,
    screen: Option<Screen>,
    clock: Clock,
    sender: Sender<About>,
    seen: BTreeMap<String, Seen>,
    handle: HostHandle,
}

impl Watcher {
    async fn run(mut self) {
        loop {
            let due = self.look().await;
            let next_look = self.clock.now() + LOOKS_APART;
            let timer = async {
                match due {
                    Some(at) => tokio::time::sleep_until(self.clock.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Ok(()) = self.wakes.changed() => {
                    let now = self.clock.now();
                    self.seen.values_mut().for_each(|seen| seen.others.woke(now));
                }
                changed = self.status.changed() => if changed.is_err() { return },
                changed = self.orgs.changed() => if changed.is_err() { return },
                changed = self.wished.changed() => if changed.is_err() { return },
                pressed = self.sender.pressed() => self.press(pressed),
                () = timer => {}
            }
            // Only now: what happens once in a while is no reason to wake this machine twice.
            if next_look > self.clock.now() {
                tokio::time::sleep_until(self.clock.instant(next_look)).await;
            }
        }
    }

    /// Looks at every profile, notifies, and says when time alone changes something.
    async fn look(&mut self) -> Option<Duration> {
        let (status, orgs) = (
            self.status.borrow_and_update().clone(),
            self.orgs.borrow_and_update().clone(),
        );
        let now = self.clock.now();
        let pause = self.pause_ends(now).await;
        self.seen.retain(|name, _| status.profile(name).is_some());
        let mut due = pause;
        for ours in &status.profiles {
            let org = orgs.get(&ours.name).map(Arc::as_ref);
            let seen = self.seen.entry(ours.name.clone()).or_insert_with(|| Seen {
                others: Policy::starting(now),
                own: Own::default(),
            });
            let quiet = seen.others.quiet_until();
            let trouble = Trouble::of(ours);
            let own = seen.own.look(trouble.as_ref(), now, quiet);
            let note = seen.others.look(&Look {
                now,
                sight: sight(ours, org),
                workspaces: org.map(|org| org.workspaces.as_slice()).unwrap_or_default(),
            });
            let next = seen.own.due(quiet).into_iter().chain(seen.others.due(now));
            due = due.into_iter().chain(next).min();
            if pause.is_some() {
                continue;
            }
            if let Some(trouble) = trouble.filter(|_| own) {
                self.tell_own(ours, &trouble).await;
            }
            if let Some(note) = note {
                self.tell(ours, note).await;
            }
        }
        due
    }

    /// When the pause is over that the user wants, if there is one.
    async fn pause_ends(&mut self, now: Duration) -> Option<Duration> {
        let is_set = self.wished.borrow_and_update().paused_until.is_some();
        if let Some(until) = self.wishes.paused_until() {
            let rest = until - crate::clock::wall_now();
            return Some(now + rest.unsigned_abs());
        }
        if is_set {
            let wishes = self.wishes.clone();
            if let Err(error) = tokio::task::spawn_blocking(move || wishes.end_pause()).await {
                tracing::warn!(%error, "the end of a pause was not noticed");
            }
        }
        None
    }

    /// Tells of others.
    async fn tell(&mut self, ours: &ProfileStatus, note: Note) {
        let muted = |workspace: &Arc<OrgWorkspace>| self.wished.borrow().is_muted(&ours.name, workspace.id);
        let (words, workspace, quietly) = match note {
            Note::Blind => (Some(words::of_blind(reason(ours))), None, false),
            Note::Dark => (Some(words::of_dark()), None, false),
            Note::Changed(digest) => {
                let heard = |of: Vec<_>| of.into_iter().filter(|one| !muted(one)).collect();
                let digest = Digest {
                    offline: heard(digest.offline),
                    back: heard(digest.back),
                    ..digest
                };
                let mut named = digest.offline.iter().chain(&digest.back);
                let only = named.next().map(|one| one.id).filter(|_| named.next().is_none());
                (words::of_digest(&digest), only, digest.offline.is_empty())
            }
        };
        if let Some(words) = words {
            self.send(ours, workspace, words, quietly, &[]).await;
        }
    }

    /// Tells of ours.
    async fn tell_own(&mut self, ours: &ProfileStatus, trouble: &Trouble) {
        if self.wished.borrow().is_muted(&ours.name, ours.workspace.id) {
            return;
        }
        let words = words::of_own(ours.workspace.name.as_deref(), &ours.name, trouble);
        let buttons: &[Button] = match trouble.restart {
            true => &[Button::Restart],
            false => &[],
        };
        self.send(ours, Some(ours.workspace.id), words, false, buttons)
            .await;
    }

    async fn send(
        &mut self,
        ours: &ProfileStatus,
        workspace: Option<Uuid>,
        words: Words,
        quietly: bool,
        buttons: &[Button],
    ) {
        // Without a screen of ours there is nothing to open.
        let open: &[Button] = match self.screen {
            Some(_) => &[Button::Open],
            None => &[],
        };
        let message = Message {
            words,
            buttons: [open, buttons].concat(),
            quietly,
        };
        let about = About {
            profile: ours.name.clone(),
            workspace,
        };
        self.sender.send(message, about).await;
    }

    fn press(&self, Pressed { button, about }: Pressed<About>) {
        match button {
            Button::Open => {
                if let (Some(screen), Ok(profile)) = (&self.screen, about.profile.parse()) {
                    screen.click(Click::Canvas {
                        profile,
                        workspace: about.workspace,
                    });
                }
            }
            Button::Restart => {
                let handle = self.handle.clone();
                tokio::spawn(async move {
                    if let Err(error) = handle.restart_agent(&about.profile).await {
                        tracing::warn!(profile = %about.profile, %error, "the agent was not restarted");
                    }
                });
            }
        }
    }
}

/// What can be seen of the others: a bad link of ours looks like an outage of theirs.
fn sight(ours: &ProfileStatus, org: Option<&Org>) -> Sight {
    let linked = ours.link.verified || ours.link.state == LinkWord::Off;
    match ours.presence.state {
        PresenceWord::Online | PresenceWord::Degraded if !linked => Sight::Blind,
        // A picture that is not live is late and not wrong, and says so itself.
        PresenceWord::Online | PresenceWord::Degraded if org.is_some_and(|org| org.live) => Sight::Clear,
        PresenceWord::Connecting | PresenceWord::Unreachable if Trouble::of(ours).is_none() => Sight::Blind,
        _ => Sight::Rest,
    }
}

/// Why our own way is bad.
fn reason(ours: &ProfileStatus) -> Option<&str> {
    let mut faults = ours.health.iter().filter(|item| item.severity != Severity::Info);
    let worst = faults.next().map(|item| item.title.as_str());
    worst.or(ours.presence.reason.as_deref())
}

#[cfg(test)]
mod tests;
