//! The picture of an org, pure: lists and events go in, rows come out. It talks to nobody and reads no clock.
//!
//! A list is right about everything that it tells, as of the moment when it was asked for; so whoever reads one
//! applies again, afterwards, the changes that came in the meantime. An event is right about the one thing that it
//! says. What a list does not tell (last seen, since when; for peers also task, error and runtime) is kept.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use ligand_platform::{Status, Workspace};
use uuid::Uuid;

use super::{
    card::Brief,
    change::{Change, Newcomer, What, word},
    source::Listed,
    suspects::{Suspects, is_up},
    text,
    view::{OrgWorkspace, Place},
};

/// Workspaces that are shown: ten times the largest org that anybody has told of. A bound for memory.
pub(super) const MOST: usize = 10_000;

/// The runtimes of workspaces that run outside the platform.
const REMOTE: [&str; 3] = ["external", "kimi", "kimi-cli"];

/// A list, and what is known of it.
pub(super) struct List {
    /// The workspaces, in the platform's order.
    pub(super) workspaces: Vec<Listed>,
    /// Whether it is the whole org: then a workspace that is not in it and begins to be made belongs to the picture.
    pub(super) whole: bool,
    /// When it was asked for, RFC 3339.
    pub(super) at: String,
    /// Whether the picture was right a moment ago, so that what differs has just changed.
    pub(super) close: bool,
}

/// A workspace came to another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) workspace: Uuid,
    pub(crate) name: String,
    /// None for one that was not there.
    pub(crate) from: Option<String>,
    /// None for one that is gone.
    pub(crate) to: Option<String>,
    pub(crate) error: Option<String>,
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
    /// The states that changed since somebody asked.
    moved: Vec<Moved>,
    /// Workspaces outside the picture that a look was asked for because of. Each is worth one look: events may tell
    /// of more workspaces than we are allowed to list.
    strangers: HashSet<Uuid>,
    suspects: Suspects,
}

impl Model {
    /// A picture to begin with: empty, or the last one of an earlier feed, which was of the whole org or not.
    pub(super) fn new(ours: Uuid, rows: Vec<Arc<OrgWorkspace>>, whole: bool) -> Self {
        let mut model = Self {
            ours,
            rows,
            at: HashMap::new(),
            whole,
            hidden: 0,
            moved: Vec::new(),
            strangers: HashSet::new(),
            suspects: Suspects::default(),
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

    /// The states that changed since this was last asked: each workspace once, from where it was to where it is. A list
    /// that is older than an event takes it back until the event is applied again, and that is no change.
    pub(super) fn take_moved(&mut self) -> Vec<Moved> {
        let mut net: Vec<Moved> = Vec::new();
        let mut of: HashMap<Uuid, usize> = HashMap::new();
        for moved in self.moved.drain(..) {
            match of.get(&moved.workspace).and_then(|at| net.get_mut(*at)) {
                Some(known) => {
                    let from = known.from.take();
                    *known = Moved { from, ..moved };
                }
                None => {
                    of.insert(moved.workspace, net.len());
                    net.push(moved);
                }
            }
        }
        net.retain(|moved| !is_same(moved.from.as_deref(), moved.to.as_deref()));
        net
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
        // What a first list shows was there before.
        let is_first = before.is_empty();
        // Who is seen for the first time, or no more, because we may see more or less, has neither come nor gone.
        let same_extent = self.whole == whole;
        let mut ours_is_in = false;
        let mut hidden = 0;
        for Listed { seen, card } in workspaces {
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
            let row = merged(known, seen, card, is_ours, &at, close);
            if !is_first && (same_extent || known.is_some()) {
                self.moved.extend(movement(known.map(Arc::as_ref), Some(&row)));
            }
            self.rows.push(row);
        }
        let gone = before.iter().filter(|row| !self.at.contains_key(&row.id));
        // Of a list without room for all, nobody knows who is gone.
        let gone = gone.filter(|_| hidden == 0 && same_extent);
        self.moved
            .extend(gone.filter_map(|row| movement(Some(row), None)));
        let changed = self.hidden != hidden || self.rows != before;
        (self.whole, self.hidden) = (whole, hidden);
        changed
    }

    /// Events are heard from now on (time awake).
    pub(super) fn listen(&mut self, now: Duration) {
        self.suspects.listen(now);
    }

    /// Events are not heard any more: silence proves nothing.
    pub(super) fn deaf(&mut self) {
        self.suspects.deaf();
    }

    /// When somebody may have been silent for too long.
    pub(super) fn doubts_at(&self) -> Option<Duration> {
        self.suspects.due()
    }

    /// Marks who has been silent for too long. Says whether that changed anything.
    pub(super) fn doubt(&mut self, now: Duration) -> bool {
        self.suspects.look(&mut self.rows, now)
    }

    /// As [`Self::apply`], of something that has just happened (time awake).
    pub(super) fn happens(&mut self, change: &Change, at: &str, now: Duration) -> Applied {
        if change.is_sign_of_life() {
            self.suspects.heard(change.workspace, now);
        }
        self.apply(change, at)
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
        if let Some(card) = &change.card {
            card.write(&mut next);
        }
        let changed = next != **row;
        if changed {
            self.moved.extend(movement(Some(row), Some(&next)));
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
                self.moved.extend(movement(None, Some(&row)));
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
        self.moved.extend(movement(Some(&gone), None));
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
                word::ONLINE => (row.error, row.suspect) = (None, false),
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
            row.suspect = false;
            row.active_tasks = active_tasks.unwrap_or(row.active_tasks);
        }
        What::Task {
            current,
            active_tasks,
        } => {
            row.suspect = false;
            row.current_task.clone_from(current);
            row.active_tasks = active_tasks.unwrap_or(row.active_tasks);
        }
        What::Boot { step } if row.state == word::PROVISIONING => row.current_task.clone_from(step),
        What::Boot { .. } | What::Card | What::Removed => {}
        What::Unclear => return true,
    }
    false
}

/// What became of a workspace's state, if that is worth telling: one absence by two names is one.
fn movement(before: Option<&OrgWorkspace>, after: Option<&OrgWorkspace>) -> Option<Moved> {
    let row = after.or(before)?;
    let state = |row: Option<&OrgWorkspace>| row.map(|row| row.state.clone());
    if is_same(
        before.map(|row| row.state.as_str()),
        after.map(|row| row.state.as_str()),
    ) {
        return None;
    }
    Some(Moved {
        workspace: row.id,
        name: row.name.clone(),
        from: state(before),
        to: state(after),
        error: after.and_then(|row| row.error.clone()),
    })
}

fn is_same(before: Option<&str>, after: Option<&str>) -> bool {
    before == after || before.is_some_and(is_away) && after.is_some_and(is_away)
}

fn set_state(row: &mut OrgWorkspace, state: &str, at: &str) {
    if row.state != state {
        if !(is_away(state) && is_away(&row.state)) {
            row.since = Some(at.to_owned());
        }
        row.state = state.to_owned();
        row.suspect &= is_up(state);
    }
}

/// Whether nobody answers for the workspace. Newer platforms say the one in events and the other in lists.
pub(crate) fn is_away(state: &str) -> bool {
    matches!(state, word::OFFLINE | word::AWAITING_AGENT)
}

fn newcomer_row(id: Uuid, newcomer: &Newcomer, ours: bool, at: &str) -> OrgWorkspace {
    OrgWorkspace {
        id,
        name: called(&newcomer.name, id),
        role: None,
        description: None,
        skills: Vec::new(),
        suspect: false,
        place: newcomer.place,
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

/// A workspace's name: of one without any, enough of its id to know it by.
fn called(name: &str, id: Uuid) -> String {
    text::some_line(name, text::NAME).unwrap_or_else(|| format!("Unnamed {:.8}", id.to_string()))
}

/// A row as the list has it, with what the list does not tell from the row as it was.
fn merged(
    known: Option<&Arc<OrgWorkspace>>,
    seen: Workspace,
    card: Brief,
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
    let runtime = seen
        .runtime
        .as_deref()
        .and_then(|runtime| text::some_line(runtime, text::WORD));
    let runtime = runtime.or_else(|| old?.runtime.clone());
    let row = OrgWorkspace {
        id: seen.id,
        name: called(&seen.name, seen.id),
        role: seen
            .role
            .as_deref()
            .and_then(|role| text::some_line(role, text::SENTENCE)),
        description: card.description,
        skills: card.skills,
        suspect: is_up(&state) && old.is_some_and(|old| old.suspect),
        place: place(seen.x, seen.y),
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

/// Where a workspace is, in whole units; nowhere for what stands at the corner, where the platform puts what nobody
/// has put anywhere.
pub(super) fn place(x: f64, y: f64) -> Option<Place> {
    /// Farther out than anything is drawn.
    const FAR: f64 = 1e7;
    #[allow(clippy::cast_possible_truncation, reason = "it was clamped")]
    let whole = |at: f64| at.clamp(-FAR, FAR).round() as i32;
    let is_somewhere = x.is_finite() && y.is_finite() && (x != 0.0 || y != 0.0);
    is_somewhere.then(|| Place {
        x: whole(x),
        y: whole(y),
    })
}

fn is_remote(runtime: &str) -> bool {
    REMOTE.contains(&runtime)
}
