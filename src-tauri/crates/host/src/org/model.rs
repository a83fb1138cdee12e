//! The picture of an org, pure: lists and events go in, rows come out. It talks to nobody and reads no clock.
//!
//! A list is right about everything that it tells, as of the moment when it was asked for; so whoever reads one
//! applies again, afterwards, the changes that came in the meantime. An event is right about the one thing that it
//! says. What a list does not tell (last seen, since when; for peers also task, error and runtime) is kept.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use ligand_platform::{Status, Workspace};
use serde_json::Value;
use uuid::Uuid;

use super::{
    change::{Change, Newcomer, What, word},
    text,
    view::OrgWorkspace,
};

/// Workspaces that are shown: ten times the largest org that anybody has told of. A bound for memory.
pub(super) const MOST: usize = 10_000;

/// The runtimes of workspaces that run outside the platform.
const REMOTE: [&str; 3] = ["external", "kimi", "kimi-cli"];

/// A list, and what is known of it.
pub(super) struct List {
    /// The workspaces, in the platform's order.
    pub(super) workspaces: Vec<Workspace>,
    /// Whether it is the whole org: then a workspace that is not in it and begins to be made belongs to the picture.
    pub(super) whole: bool,
    /// When it was asked for, RFC 3339.
    pub(super) at: String,
    /// Whether the picture was right a moment ago, so that what differs has just changed.
    pub(super) close: bool,
}

/// What a change did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// The picture differs.
    pub(super) changed: bool,
    /// Only a list can say the rest.
    pub(super) look: bool,
}

/// The picture.
#[derive(Debug)]
pub(super) struct Model {
    ours: Uuid,
    rows: Vec<Arc<OrgWorkspace>>,
    at: HashMap<Uuid, usize>,
    whole: bool,
    hidden: usize,
    /// Workspaces outside the picture that a look was asked for because of. Each is worth one look: events may tell
    /// of more workspaces than we are allowed to list.
    strangers: HashSet<Uuid>,
}

impl Model {
    /// A picture to begin with: empty, or the last one of an earlier feed.
    pub(super) fn new(ours: Uuid, rows: Vec<Arc<OrgWorkspace>>) -> Self {
        let mut model = Self {
            ours,
            rows,
            at: HashMap::new(),
            whole: false,
            hidden: 0,
            strangers: HashSet::new(),
        };
        model.index();
        model
    }

    /// The workspaces, in the platform's order.
    pub(super) fn rows(&self) -> &[Arc<OrgWorkspace>] {
        &self.rows
    }

    /// Workspaces of the last list that there was no room for.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    /// The workspaces whose runtime is known.
    pub(super) fn with_runtime(&self) -> HashSet<Uuid> {
        let known = self.rows.iter().filter(|row| row.runtime.is_some());
        known.map(|row| row.id).collect()
    }

    /// Takes a list in the picture's place. Says whether that changed anything.
    pub(super) fn replace(&mut self, list: List) -> bool {
        let List {
            workspaces,
            whole,
            at,
            close,
        } = list;
        let before = std::mem::take(&mut self.rows);
        let old = std::mem::take(&mut self.at);
        let mut ours_is_in = false;
        let mut hidden = 0;
        for seen in workspaces {
            if seen.status == Status::Removed || self.at.contains_key(&seen.id) {
                continue;
            }
            // Our own always has room.
            let is_ours = seen.id == self.ours;
            let room = MOST - usize::from(!ours_is_in && !is_ours);
            if self.rows.len() >= room {
                hidden += 1;
                continue;
            }
            ours_is_in |= is_ours;
            let known = old.get(&seen.id).and_then(|at| before.get(*at));
            self.at.insert(seen.id, self.rows.len());
            self.rows.push(merged(known, seen, is_ours, &at, close));
        }
        let changed = self.hidden != hidden || self.rows != before;
        (self.whole, self.hidden) = (whole, hidden);
        changed
    }

    /// Applies what an event said. `at` is when it came, RFC 3339.
    pub(super) fn apply(&mut self, change: &Change, at: &str) -> Applied {
        let Some(place) = self.at.get(&change.workspace).copied() else {
            return self.unknown(change, at);
        };
        if change.what == What::Removed {
            self.remove(place);
            return Applied {
                changed: true,
                look: false,
            };
        }
        let Some(row) = self.rows.get_mut(place) else {
            return Applied::default();
        };
        let mut next = OrgWorkspace::clone(row);
        let look = write(&mut next, &change.what, at);
        let changed = next != **row;
        if changed {
            *row = Arc::new(next);
        }
        Applied { changed, look }
    }

    /// A change of a workspace that is not in the picture.
    fn unknown(&mut self, change: &Change, at: &str) -> Applied {
        if change.what == What::Removed {
            return Applied::default();
        }
        if self.strangers.len() >= MOST {
            self.strangers.clear();
        }
        // Who only lives on was either in the last list or is none of ours to see.
        let lives_on = matches!(change.what, What::Beat { .. } | What::Task { .. });
        let look = !lives_on && self.strangers.insert(change.workspace);
        let changed = match &change.what {
            What::Provisioning(newcomer) if self.whole && self.rows.len() < MOST => {
                self.at.insert(change.workspace, self.rows.len());
                let row = newcomer_row(change.workspace, newcomer, change.workspace == self.ours, at);
                self.rows.push(Arc::new(row));
                true
            }
            _ => false,
        };
        Applied { changed, look }
    }

    /// Takes a workspace out; who stood under it stands where it stood.
    fn remove(&mut self, place: usize) {
        let gone = self.rows.remove(place);
        for row in &mut self.rows {
            if row.parent_id == Some(gone.id) {
                Arc::make_mut(row).parent_id = gone.parent_id;
            }
        }
        self.index();
    }

    fn index(&mut self) {
        let places = self.rows.iter().enumerate();
        self.at = places.map(|(at, row)| (row.id, at)).collect();
    }
}

/// Writes a change into a row. Says whether only a list can tell the rest.
fn write(row: &mut OrgWorkspace, what: &What, at: &str) -> bool {
    match what {
        What::Provisioning(_) => {
            set_state(row, word::PROVISIONING, at);
            row.error = None;
        }
        What::State(state) => {
            // Some platforms tell of a register that changed nothing: it does not lift these.
            let doubtful =
                *state == word::ONLINE && matches!(row.state.as_str(), word::PAUSED | word::HIBERNATED);
            set_state(row, state, at);
            match *state {
                word::ONLINE => row.error = None,
                word::PAUSED => row.current_task = None,
                _ => {}
            }
            return doubtful;
        }
        What::Silent if row.state == word::AWAITING_AGENT => {}
        What::Silent => set_state(row, word::OFFLINE, at),
        What::Trouble(state, error) => {
            set_state(row, state, at);
            row.error.clone_from(error);
        }
        What::Beat { active_tasks } => {
            row.last_seen = Some(at.to_owned());
            row.active_tasks = active_tasks.unwrap_or(row.active_tasks);
        }
        What::Task {
            current,
            active_tasks,
        } => {
            row.current_task.clone_from(current);
            row.active_tasks = active_tasks.unwrap_or(row.active_tasks);
        }
        What::Removed => {}
        What::Unclear => return true,
    }
    false
}

fn set_state(row: &mut OrgWorkspace, state: &str, at: &str) {
    if row.state != state {
        if !(is_away(state) && is_away(&row.state)) {
            row.since = Some(at.to_owned());
        }
        row.state = state.to_owned();
    }
}

/// Whether nobody answers for the workspace. Newer platforms say the one in events and the other in lists.
pub(crate) fn is_away(state: &str) -> bool {
    matches!(state, word::OFFLINE | word::AWAITING_AGENT)
}

fn newcomer_row(id: Uuid, newcomer: &Newcomer, ours: bool, at: &str) -> OrgWorkspace {
    OrgWorkspace {
        id,
        name: newcomer.name.clone(),
        role: None,
        state: word::PROVISIONING.to_owned(),
        since: Some(at.to_owned()),
        last_seen: None,
        remote: ours || newcomer.runtime.as_deref().is_some_and(is_remote),
        runtime: newcomer.runtime.clone(),
        ours,
        parent_id: newcomer.parent_id,
        tier: newcomer.tier,
        active_tasks: 0,
        current_task: None,
        error: None,
    }
}

/// A row as the list has it, with what the list does not tell from the row as it was.
fn merged(
    known: Option<&Arc<OrgWorkspace>>,
    seen: Workspace,
    ours: bool,
    at: &str,
    close: bool,
) -> Arc<OrgWorkspace> {
    let old = known.map(Arc::as_ref);
    let state = text::line(seen.status.word(), text::WORD);
    let is_same = old.is_some_and(|old| old.state == state);
    let stays = is_same || old.is_some_and(|old| is_away(&old.state) && is_away(&state));
    let since = match old {
        Some(old) if stays => old.since.clone(),
        Some(_) if close => Some(at.to_owned()),
        _ => None,
    };
    // An error that an event told stays as long as the state that it explains.
    let explained = matches!(state.as_str(), word::DEGRADED | word::FAILED) && is_same;
    let error = seen.last_sample_error.as_deref().and_then(text::error);
    let error = error.or_else(|| old.filter(|_| explained)?.error.clone());
    let current_task = match &seen.current_task {
        Some(told) => text::some_line(told, text::SENTENCE),
        None => old.and_then(|old| old.current_task.clone()),
    };
    let runtime = seen.runtime.as_deref().or_else(|| card_runtime(&seen));
    let runtime = runtime.and_then(|runtime| text::some_line(runtime, text::WORD));
    let runtime = runtime.or_else(|| old?.runtime.clone());
    let row = OrgWorkspace {
        id: seen.id,
        name: text::line(&seen.name, text::NAME),
        role: seen
            .role
            .as_deref()
            .and_then(|role| text::some_line(role, text::SENTENCE)),
        state,
        since,
        last_seen: old.and_then(|old| old.last_seen.clone()),
        // Older platforms may have forgotten what ours runs on.
        remote: ours || runtime.as_deref().is_some_and(is_remote),
        runtime,
        ours,
        parent_id: seen.parent_id,
        tier: seen.tier.or_else(|| old?.tier),
        active_tasks: seen.active_tasks,
        current_task,
        error,
    };
    match known {
        // The same row stays the same object: a picture in which nothing changed costs nothing to compare.
        Some(known) if **known == row => Arc::clone(known),
        _ => Arc::new(row),
    }
}

/// The runtime that the agent itself says it is.
fn card_runtime(seen: &Workspace) -> Option<&str> {
    seen.agent_card
        .as_ref()
        .and_then(|card| card.get("runtime"))
        .and_then(Value::as_str)
}

fn is_remote(runtime: &str) -> bool {
    REMOTE.contains(&runtime)
}
