//! What changed from one picture of an org to a later one, so that a reader who has the first needs only that.
//!
//! Rows that did not change are the same object in both pictures, so an org of 10,000 in which ten workspaces gave a
//! sign of life is compared in microseconds.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::view::{Approval, Org, OrgScope, OrgWorkspace, Voice};

/// What became of an [`Org`]. Changes follow one another without a gap: whoever has another revision than `since`
/// reads the whole picture again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OrgChange {
    /// The profile whose org it is.
    pub profile: String,
    /// The revision of the picture that this changes.
    #[ts(type = "number")]
    pub since: u64,
    /// The revision of the picture that comes of it.
    #[ts(type = "number")]
    pub revision: u64,
    /// The picture's new `as_of`.
    pub as_of: Option<String>,
    /// Everything else about the picture but its workspaces; none where nothing of it changed.
    pub head: Option<OrgHead>,
    /// Workspaces that changed, as they are now; those that were not there go to the end.
    pub changed: Vec<Arc<OrgWorkspace>>,
    /// Workspaces of which only the last sign of life is newer.
    pub beats: Vec<OrgBeat>,
    /// Workspaces that are gone.
    pub removed: Vec<Uuid>,
    /// All workspaces in their order, where that is not the order of before.
    pub order: Option<Vec<Uuid>>,
}

/// What is said of a whole picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OrgHead {
    /// As in [`Org`].
    pub scope: OrgScope,
    /// As in [`Org`].
    pub note: Option<String>,
    /// As in [`Org`].
    pub live: bool,
    /// As in [`Org`].
    pub from_snapshot: bool,
    /// As in [`Org`].
    pub speaks_as: Voice,
    /// As in [`Org`].
    #[serde(default)]
    pub key_refused: bool,
    /// As in [`Org`].
    #[ts(type = "number")]
    pub history: u64,
    /// As in [`Org`].
    pub approvals: Option<Vec<Approval>>,
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrgBeat {
    /// Of which workspace.
    pub id: Uuid,
    /// When it was seen, RFC 3339 in UTC.
    pub last_seen: String,
}

impl OrgHead {
    fn of(org: &Org) -> Self {
        Self {
            scope: org.scope,
            note: org.note.clone(),
            live: org.live,
            from_snapshot: org.from_snapshot,
            speaks_as: org.speaks_as,
            key_refused: org.key_refused,
            history: org.history,
            approvals: org.approvals.clone(),
        }
    }

    fn fits(org: &Org, next: &Org) -> bool {
        (org.scope, org.live, org.from_snapshot, org.speaks_as, org.history)
            == (
                next.scope,
                next.live,
                next.from_snapshot,
                next.speaks_as,
                next.history,
            )
            && org.key_refused == next.key_refused
            && org.note == next.note
            && org.approvals == next.approvals
    }
}

impl OrgChange {
    /// What leads from the one picture to the other of the same profile.
    #[must_use]
    pub fn between(old: &Org, new: &Org) -> Self {
        let mut change = Self {
            profile: new.profile.clone(),
            since: old.revision,
            revision: new.revision,
            as_of: new.as_of.clone(),
            head: (!OrgHead::fits(old, new)).then(|| OrgHead::of(new)),
            changed: Vec::new(),
            beats: Vec::new(),
            removed: Vec::new(),
            order: None,
        };
        let same_rows = old.workspaces.len() == new.workspaces.len()
            && old
                .workspaces
                .iter()
                .zip(&new.workspaces)
                .all(|(old, new)| Arc::ptr_eq(old, new) || old.id == new.id);
        if same_rows {
            for (old, new) in old.workspaces.iter().zip(&new.workspaces) {
                change.row(old, new);
            }
        } else {
            change.rows_anew(old, new);
        }
        change
    }

    /// How many workspaces it speaks of.
    #[must_use]
    pub fn count(&self) -> usize {
        self.changed.len() + self.beats.len() + self.removed.len()
    }

    /// What the picture becomes, as a page works it out; `None` where it does not fit.
    #[cfg(test)]
    pub(crate) fn apply(&self, org: &Org) -> Option<Org> {
        if org.revision != self.since || org.profile != self.profile {
            return None;
        }
        let mut next = org.clone();
        (next.revision, next.as_of) = (self.revision, self.as_of.clone());
        if let Some(head) = self.head.clone() {
            next.scope = head.scope;
            next.note = head.note;
            next.live = head.live;
            next.from_snapshot = head.from_snapshot;
            next.speaks_as = head.speaks_as;
            next.key_refused = head.key_refused;
            next.history = head.history;
            next.approvals = head.approvals;
        }
        let removed: HashSet<Uuid> = self.removed.iter().copied().collect();
        next.workspaces.retain(|row| !removed.contains(&row.id));
        let mut at: HashMap<Uuid, usize> = next
            .workspaces
            .iter()
            .enumerate()
            .map(|(at, row)| (row.id, at))
            .collect();
        for row in &self.changed {
            match at.get(&row.id) {
                Some(at) => next.workspaces[*at] = Arc::clone(row),
                None => {
                    at.insert(row.id, next.workspaces.len());
                    next.workspaces.push(Arc::clone(row));
                }
            }
        }
        for beat in &self.beats {
            let row = &mut next.workspaces[*at.get(&beat.id)?];
            Arc::make_mut(row).last_seen = Some(beat.last_seen.clone());
        }
        if let Some(order) = &self.order {
            let ordered: Option<Vec<_>> = order
                .iter()
                .map(|id| Some(Arc::clone(&next.workspaces[*at.get(id)?])))
                .collect();
            next.workspaces = ordered?;
        }
        Some(next)
    }

    /// Compares a workspace with itself.
    fn row(&mut self, old: &Arc<OrgWorkspace>, new: &Arc<OrgWorkspace>) {
        if Arc::ptr_eq(old, new) || old == new {
            return;
        }
        match &new.last_seen {
            Some(last_seen) if is_beat(old, new) => self.beats.push(OrgBeat {
                id: new.id,
                last_seen: last_seen.clone(),
            }),
            _ => self.changed.push(Arc::clone(new)),
        }
    }

    /// Compares pictures of which one has workspaces that the other has not, or in another order.
    fn rows_anew(&mut self, old: &Org, new: &Org) {
        let before: HashMap<Uuid, &Arc<OrgWorkspace>> =
            old.workspaces.iter().map(|row| (row.id, row)).collect();
        let after: HashSet<Uuid> = new.workspaces.iter().map(|row| row.id).collect();
        let stay = |row: &&Arc<OrgWorkspace>| after.contains(&row.id);
        self.removed = old
            .workspaces
            .iter()
            .filter(|row| !stay(row))
            .map(|row| row.id)
            .collect();
        let mut fresh = Vec::new();
        for row in &new.workspaces {
            match before.get(&row.id) {
                Some(old) => self.row(old, row),
                None => fresh.push(row),
            }
        }
        let expected = old.workspaces.iter().filter(stay).chain(fresh.iter().copied());
        if !expected
            .map(|row| row.id)
            .eq(new.workspaces.iter().map(|row| row.id))
        {
            self.order = Some(new.workspaces.iter().map(|row| row.id).collect());
        }
        self.changed.extend(fresh.into_iter().cloned());
    }
}

/// Whether only the last sign of life differs.
fn is_beat(old: &OrgWorkspace, new: &OrgWorkspace) -> bool {
    let OrgWorkspace {
        id,
        name,
        role,
        description,
        skills,
        state,
        since,
        last_seen: _,
        suspect,
        runtime,
        remote,
        ours,
        parent_id,
        tier,
        place,
        active_tasks,
        current_task,
        error,
    } = old;
    (
        *id,
        *suspect,
        *remote,
        *ours,
        *parent_id,
        *tier,
        *place,
        *active_tasks,
    ) == (
        new.id,
        new.suspect,
        new.remote,
        new.ours,
        new.parent_id,
        new.tier,
        new.place,
        new.active_tasks,
    ) && (name, state, since, current_task, error)
        == (&new.name, &new.state, &new.since, &new.current_task, &new.error)
        && (role, description, skills, runtime) == (&new.role, &new.description, &new.skills, &new.runtime)
}
