//! What became of the workspaces' states in this run: a bounded ring, in memory, that outlives every window.
//!
//! One ring serves all who ask: what happened to one workspace, who went offline and came back, and what changed while
//! nobody looked. A workspace that flaps may not push the others out, so each has a share of its own.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::model::Moved;

/// Changes that are kept of the whole org: as many as workspaces are shown.
const KEPT: usize = 10_000;
/// Changes that are kept of one workspace.
const KEPT_OF_ONE: usize = 50;
/// Absences that are kept.
const ABSENCES: usize = 10;

/// A workspace came to another state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StateChange {
    /// Its number, counted from 1 since the host started.
    #[ts(type = "number")]
    pub number: u64,
    /// When it was seen, RFC 3339 in UTC.
    pub at: String,
    /// The workspace.
    pub workspace: Uuid,
    /// Its name at that time.
    pub name: String,
    /// Its state before; none for one that was not there.
    pub from: Option<String>,
    /// Its state after; none for one that is gone.
    pub to: Option<String>,
    /// The error that came with it.
    pub error: Option<String>,
    /// Whether it happened while nobody looked, and so before `at`.
    pub seen_late: bool,
}

/// A time in which nobody looked, and what had changed after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Absence {
    /// Until then the picture was right, RFC 3339 in UTC.
    pub from: String,
    /// From then on it was again.
    pub until: String,
    /// What had changed are the changes after this number, …
    #[ts(type = "number")]
    pub after: u64,
    /// … up to this one.
    #[ts(type = "number")]
    pub through: u64,
}

/// The changes that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrgHistory {
    /// The changes, oldest first.
    pub changes: Vec<StateChange>,
    /// Whether older ones were left out.
    pub more: bool,
    /// The last absences, oldest first.
    pub absences: Vec<Absence>,
}

/// Which changes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Those with a higher number.
    pub(crate) after: u64,
    /// Of this workspace alone.
    pub(crate) workspace: Option<Uuid>,
    /// At most so many, the newest.
    pub(crate) limit: usize,
}

/// The ring.
#[derive(Debug, Default)]
pub(crate) struct History {
    last: u64,
    changes: VecDeque<StateChange>,
    of_one: HashMap<Uuid, usize>,
    absences: VecDeque<Absence>,
}

impl History {
    /// The number of the newest change.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Notes what a list or an event did.
    pub(crate) fn note(&mut self, moved: Vec<Moved>, at: &str, seen_late: bool) {
        for moved in moved {
            self.last += 1;
            let workspace = moved.workspace;
            let count = self.of_one.entry(workspace).or_default();
            *count += 1;
            if *count > KEPT_OF_ONE {
                *count -= 1;
                let oldest = self.changes.iter().position(|one| one.workspace == workspace);
                oldest.and_then(|at| self.changes.remove(at));
            } else if self.changes.len() >= KEPT {
                self.drop_oldest();
            }
            self.changes.push_back(StateChange {
                number: self.last,
                at: at.to_owned(),
                workspace,
                name: moved.name,
                from: moved.from,
                to: moved.to,
                error: moved.error,
                seen_late,
            });
        }
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.changes.pop_front() else {
            return;
        };
        if let Some(count) = self.of_one.get_mut(&oldest.workspace) {
            *count -= 1;
            if *count == 0 {
                self.of_one.remove(&oldest.workspace);
            }
        }
    }

    /// Notes a time in which nobody looked; what had changed was noted since the number `after`.
    pub(crate) fn note_absence(&mut self, from: String, until: String, after: u64) {
        if self.absences.len() >= ABSENCES {
            self.absences.pop_front();
        }
        self.absences.push_back(Absence {
            from,
            until,
            after,
            through: self.last,
        });
    }

    /// The changes that somebody wants.
    pub(crate) fn read(&self, wanted: Wanted) -> OrgHistory {
        let fits = |one: &&StateChange| {
            one.number > wanted.after
                && wanted
                    .workspace
                    .is_none_or(|workspace| workspace == one.workspace)
        };
        let mut newest = self
            .changes
            .iter()
            .rev()
            .take_while(|one| one.number > wanted.after)
            .filter(fits);
        let mut changes: Vec<StateChange> = newest.by_ref().take(wanted.limit).cloned().collect();
        changes.reverse();
        OrgHistory {
            changes,
            more: newest.next().is_some(),
            absences: self.absences.iter().cloned().collect(),
        }
    }
}
