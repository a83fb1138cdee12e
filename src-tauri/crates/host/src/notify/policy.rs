//! When somebody is told that workspaces went away or came back. Pure: time awake is passed in.
//!
//! A workspace is up, away (since a time), or at rest: never seen up, or put to rest by somebody. Only who was up can
//! go away, so what was offline before we came is nobody's news. Beside it stands what people were told last: there is
//! something to tell where the two differ for long enough.
//!
//! The rules, each with its test: an outage is told after a minute in which we were connected; a return within two
//! minutes is not told; several within 15 s are one digest; nothing is told in the first 90 s after a start or a wake,
//! and then one digest; most of the org at once, or a bad connection of ours, is *Cannot see the org*, once; and of one
//! workspace there is one word in five minutes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use uuid::Uuid;

use crate::org::{OrgWorkspace, is_away};

/// An outage is told after this long. A restart of an agent takes less.
const LASTS: Duration = Duration::from_secs(60);
/// A return is told after this long: several come back one after the other, and some fall over again.
const SETTLES: Duration = Duration::from_secs(15);
/// Who was away for less is back without a word.
const SHORT: Duration = Duration::from_secs(120);
/// What is due within this is told together.
const TOGETHER: Duration = Duration::from_secs(15);
/// Nothing is told so soon after a start or a wake: first everybody must have had the time for two beats.
pub(super) const QUIET: Duration = Duration::from_secs(90);
/// Of one workspace there is at most one word in this time.
pub(super) const APART: Duration = Duration::from_secs(5 * 60);
/// So many away at once, and more than half of all, is no news of theirs: with fewer it may be two laptops that closed.
const MANY: usize = 3;

/// What we can see of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// All of it: we are well connected, and the picture is up to date.
    Clear,
    /// Nothing: our own way to them is bad.
    Blind,
    /// Nothing, and nobody wonders: we are at rest, or it is known why.
    Rest,
}

/// What is seen at one time.
pub(super) struct Look<'a> {
    /// Time awake since the start.
    pub(super) now: Duration,
    /// What we can see.
    pub(super) sight: Sight,
    /// The org's workspaces.
    pub(super) workspaces: &'a [Arc<OrgWorkspace>],
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Note {
    /// Workspaces went away or came back.
    Changed(Digest),
    /// The org cannot be seen, because our own way to it is bad.
    Blind,
    /// The org cannot be seen: most of it went away at once.
    Dark,
}

/// Workspaces that went away or came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Digest {
    /// Some of it was held back while nobody was to be disturbed.
    pub(super) while_away: bool,
    /// Who went away, in the platform's order.
    pub(super) offline: Vec<Arc<OrgWorkspace>>,
    /// Who came back.
    pub(super) back: Vec<Arc<OrgWorkspace>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Rest,
    Up {
        since: Duration,
    },
    Away {
        /// When it went away.
        began: Duration,
        /// Since when it is away and we could see all the time.
        seen: Duration,
    },
}

/// A workspace, and what people think of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    state: State,
    /// They were told that it is away.
    told_away: bool,
    told_at: Option<Duration>,
}

impl Seen {
    /// When there is a word for it, before anybody's quiet; none while there is nothing to tell.
    fn due(&self) -> Option<Duration> {
        let settled = match self.state {
            State::Away { seen, .. } if !self.told_away => seen + LASTS,
            State::Up { since } if self.told_away => since + SETTLES,
            _ => return None,
        };
        Some(self.told_at.map_or(settled, |at| settled.max(at + APART)))
    }

    /// It is in that state now.
    fn next(self, state: &str, now: Duration) -> Self {
        let next = match (state, self.state) {
            ("online" | "degraded", State::Up { .. }) => self.state,
            ("online" | "degraded", _) => State::Up { since: now },
            (away, State::Up { .. }) if is_away(away) => State::Away {
                began: now,
                seen: now,
            },
            (away, before) if is_away(away) => before,
            _ => State::Rest,
        };
        let is_short = match (self.state, next) {
            (State::Away { began, .. }, State::Up { .. }) => now.saturating_sub(began) <= SHORT,
            (_, State::Rest) => true,
            _ => false,
        };
        Self {
            state: next,
            told_away: self.told_away && !is_short,
            ..self
        }
    }
}

/// What was seen of the workspaces of one profile's org.
#[derive(Debug)]
pub(super) struct Policy {
    seen: HashMap<Uuid, Seen>,
    quiet_until: Duration,
    /// Since when we are blind, and whether that was told.
    blind: Option<(Duration, bool)>,
    blind_told_at: Option<Duration>,
    /// Most of the org went away at once, and that was told.
    dark: bool,
    clear: bool,
}

impl Policy {
    /// A policy that begins at this time.
    pub(super) fn starting(now: Duration) -> Self {
        Self {
            seen: HashMap::new(),
            quiet_until: now + QUIET,
            blind: None,
            blind_told_at: None,
            dark: false,
            clear: false,
        }
    }

    /// The machine has slept: for a while nobody is to be disturbed.
    pub(super) fn woke(&mut self, now: Duration) {
        self.quiet_until = now + QUIET;
    }

    /// Whether nobody is to be disturbed, and until when.
    pub(super) fn quiet_until(&self) -> Duration {
        self.quiet_until
    }

    /// Takes a look. Gives what somebody is to be told now.
    pub(super) fn look(&mut self, look: &Look<'_>) -> Option<Note> {
        let now = look.now;
        self.take_in(look);
        if let Some(note) = self.cannot_see(look) {
            return Some(note);
        }
        if !self.clear || self.dark || self.batch_at()? > now {
            return None;
        }
        self.tell(look)
    }

    /// When the next word is due, if nothing changes.
    pub(super) fn due(&self, now: Duration) -> Option<Duration> {
        let blind = self.blind_at();
        let batch = self.batch_at().filter(|_| self.clear && !self.dark);
        blind.into_iter().chain(batch).min().map(|at| at.max(now))
    }

    /// Writes down what is seen.
    fn take_in(&mut self, look: &Look<'_>) {
        let now = look.now;
        self.clear = look.sight == Sight::Clear;
        self.blind = match look.sight {
            Sight::Blind => Some(self.blind.unwrap_or((now, false))),
            Sight::Clear | Sight::Rest => None,
        };
        let mut before = std::mem::take(&mut self.seen);
        for workspace in look.workspaces.iter().filter(|workspace| !workspace.ours) {
            let unknown = Seen {
                state: State::Rest,
                told_away: false,
                told_at: None,
            };
            let seen = before.remove(&workspace.id).unwrap_or(unknown);
            let mut seen = seen.next(&workspace.state, now);
            if let State::Away { seen, .. } = &mut seen.state
                && !self.clear
            {
                *seen = now;
            }
            self.seen.insert(workspace.id, seen);
        }
        if self.dark && self.clear && !self.is_mostly_away() {
            // Who is still away now is so for itself.
            self.dark = false;
            for seen in self.seen.values_mut() {
                seen.told_away = false;
                if let State::Away { seen, .. } = &mut seen.state {
                    *seen = now;
                }
            }
        }
    }

    /// Says once that we are blind, when that has lasted as long as an outage must.
    fn cannot_see(&mut self, look: &Look<'_>) -> Option<Note> {
        let at = self.blind_at()?;
        if at > look.now {
            return None;
        }
        if let Some((_, is_told)) = &mut self.blind {
            *is_told = true;
        }
        self.blind_told_at = Some(look.now);
        Some(Note::Blind)
    }

    fn blind_at(&self) -> Option<Duration> {
        let (since, _) = self.blind.filter(|(_, is_told)| !is_told)?;
        let apart = self.blind_told_at.map_or(Duration::ZERO, |at| at + APART);
        Some((since + LASTS).max(apart).max(self.quiet_until))
    }

    /// When a digest of everything that is due about the same time can be told.
    fn batch_at(&self) -> Option<Duration> {
        let dues = || self.seen.values().filter_map(|seen| self.due_of(seen));
        let first = dues().min()?;
        dues().filter(|at| *at <= first + TOGETHER).max()
    }

    fn due_of(&self, seen: &Seen) -> Option<Duration> {
        seen.due().map(|at| at.max(self.quiet_until))
    }

    fn is_mostly_away(&self) -> bool {
        let count = |is: fn(&State) -> bool| self.seen.values().filter(|seen| is(&seen.state)).count();
        let away = count(|state| matches!(state, State::Away { .. }));
        let known = count(|state| *state != State::Rest);
        away >= MANY && away * 2 > known
    }

    /// Tells everything that is due.
    fn tell(&mut self, look: &Look<'_>) -> Option<Note> {
        let mut digest = Digest::default();
        let mostly_away = self.is_mostly_away();
        for workspace in look.workspaces {
            let Some(seen) = self.seen.get_mut(&workspace.id) else {
                continue;
            };
            let Some(due) = seen.due().filter(|due| (*due).max(self.quiet_until) <= look.now) else {
                continue;
            };
            digest.while_away |= due < self.quiet_until;
            seen.told_at = Some(look.now);
            seen.told_away = matches!(seen.state, State::Away { .. });
            match seen.told_away {
                true => digest.offline.push(Arc::clone(workspace)),
                false => digest.back.push(Arc::clone(workspace)),
            }
        }
        if digest.offline.len() >= MANY && mostly_away {
            self.dark = true;
            self.blind_told_at = Some(look.now);
            return Some(Note::Dark);
        }
        (digest != Digest::default()).then_some(Note::Changed(digest))
    }
}

#[cfg(test)]
mod tests;
