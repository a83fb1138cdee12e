//! Who counts as online and has given no sign of life for so long that it is doubtful. Pure: time awake is passed in.
//!
//! The platform calls a workspace offline after 90 or 180 s. Workspaces beat every 30 s, so whoever misses one and a half
//! beats is suspect long before. Only a silence that we listened to counts, and only of somebody who was heard before:
//! not every platform has all its workspaces beat. There is no timer per workspace: one look goes over all, and says when
//! the next is due.

use std::{collections::HashMap, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{change::word, view::OrgWorkspace};

/// A silence of this long makes suspect.
const SILENCE: Duration = Duration::from_secs(45);
/// The least between two looks.
const APART: Duration = Duration::from_secs(1);

/// Since when nothing was heard of whom.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    silent_since: HashMap<Uuid, Duration>,
    /// When the next look is due; none while nobody listens.
    due: Option<Duration>,
}

impl Suspects {
    /// Events are heard from now on: whoever is silent is silent since now.
    pub(super) fn listen(&mut self, now: Duration) {
        self.silent_since.clear();
        self.due = Some(now);
    }

    /// Events are not heard any more. Who is suspect stays so.
    pub(super) fn deaf(&mut self) {
        self.due = None;
    }

    /// A workspace gave a sign of life.
    pub(super) fn heard(&mut self, workspace: Uuid, now: Duration) {
        if self.due.is_some() {
            self.silent_since.insert(workspace, now);
        }
    }

    /// When the next look is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Looks, if it is time to. Says whether that changed anything.
    pub(super) fn look(&mut self, rows: &mut [Arc<OrgWorkspace>], now: Duration) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        let (mut changed, mut next) = (false, now + SILENCE);
        let mut still_there = HashMap::with_capacity(self.silent_since.len());
        for row in rows {
            if !is_up(&row.state) || row.last_seen.is_none() {
                continue;
            }
            let since = self.silent_since.get(&row.id).copied().unwrap_or(now);
            still_there.insert(row.id, since);
            if since + SILENCE > now {
                next = next.min(since + SILENCE);
            } else if !row.suspect {
                Arc::make_mut(row).suspect = true;
                changed = true;
            }
        }
        self.silent_since = still_there;
        self.due = Some(next.max(now + APART));
        changed
    }
}

/// Whether somebody should give signs of life.
pub(super) fn is_up(state: &str) -> bool {
    matches!(state, word::ONLINE | word::DEGRADED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn rows(states: &[&str]) -> Vec<Arc<OrgWorkspace>> {
        let row = |(at, state): (usize, &&str)| {
            Arc::new(OrgWorkspace {
                last_seen: Some("before".into()),
                ..OrgWorkspace::named(at as u128, "w", state)
            })
        };
        states.iter().enumerate().map(row).collect()
    }

    fn suspects(rows: &[Arc<OrgWorkspace>]) -> Vec<bool> {
        rows.iter().map(|row| row.suspect).collect()
    }

    #[test]
    fn who_is_silent_for_45_s_while_we_listen_is_suspect_and_nobody_else() {
        let mut rows = rows(&["online", "degraded", "offline"]);
        let mut who = Suspects::default();
        assert!(!who.look(&mut rows, s(1_000)), "nobody listened");
        who.listen(s(0));
        assert!(!who.look(&mut rows, s(0)));
        who.heard(Uuid::from_u128(1), s(30));
        assert_eq!(who.due(), Some(s(45)));
        assert!(!who.look(&mut rows, s(44)));
        assert!(who.look(&mut rows, s(45)));
        assert_eq!(suspects(&rows), [true, false, false]);
        assert!(who.look(&mut rows, s(75)));
        assert_eq!(suspects(&rows), [true, true, false]);
    }

    #[test]
    fn a_time_in_which_nobody_listened_makes_nobody_suspect() {
        let mut rows = rows(&["online"]);
        let mut who = Suspects::default();
        who.listen(s(0));
        who.look(&mut rows, s(0));
        who.deaf();
        assert!(!who.look(&mut rows, s(100)));
        who.listen(s(100));
        assert!(!who.look(&mut rows, s(100)));
        assert!(!who.look(&mut rows, s(144)));
        assert!(who.look(&mut rows, s(145)));
    }

    #[test]
    fn who_was_never_heard_is_not_suspect() {
        let mut rows = vec![Arc::new(OrgWorkspace::named(1, "w", "online"))];
        let mut who = Suspects::default();
        who.listen(s(0));
        who.look(&mut rows, s(0));
        assert!(!who.look(&mut rows, s(100)));
    }

    #[test]
    fn looks_are_no_closer_than_a_second() {
        let mut rows = rows(&["online", "online"]);
        let mut who = Suspects::default();
        who.listen(s(0));
        who.look(&mut rows, s(0));
        who.heard(Uuid::from_u128(0), Duration::from_millis(100));
        who.look(&mut rows, s(45));
        assert_eq!(who.due(), Some(s(46)));
    }
}
