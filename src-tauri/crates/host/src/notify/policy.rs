//! When somebody is told that a workspace is offline. Pure: time awake is passed in.
//!
//! A workspace is up (seen to answer), away (since a time, told or not), or of no interest: it was never seen up, or
//! somebody put it to rest. Only who was up can go away, so what was offline before we came is nobody's news.

use std::{collections::HashMap, sync::Arc, time::Duration};

use uuid::Uuid;

use crate::org::{OrgWorkspace, is_away};

/// An outage is told after this long. A restart of an agent takes less.
const LASTS: Duration = Duration::from_secs(60);
/// Nothing is told so soon after the start: first everybody must have had the time for two beats.
const QUIET: Duration = Duration::from_secs(90);

/// What is seen at one time.
pub(super) struct Look<'a> {
    /// Time awake since the start.
    pub(super) now: Duration,
    /// Whether we ourselves are well connected, and the picture is up to date.
    pub(super) well: bool,
    /// The org's workspaces.
    pub(super) workspaces: &'a [Arc<OrgWorkspace>],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Up,
    Away {
        /// Since when it is away and we were well all the time.
        since: Duration,
        told: bool,
    },
}

/// What was seen of the workspaces of one profile's org.
#[derive(Debug, Default)]
pub(super) struct Policy {
    seen: HashMap<Uuid, Seen>,
    well: bool,
}

impl Policy {
    /// Takes a look. Gives the workspaces that somebody is to be told of now; each outage once.
    pub(super) fn look(&mut self, look: &Look<'_>) -> Vec<Arc<OrgWorkspace>> {
        let Look {
            now,
            well,
            workspaces,
        } = *look;
        self.well = well;
        let mut before = std::mem::take(&mut self.seen);
        let mut told = Vec::new();
        for workspace in workspaces.iter().filter(|workspace| !workspace.ours) {
            let Some(mut seen) = next(before.remove(&workspace.id), &workspace.state, now) else {
                continue;
            };
            if let Seen::Away { since, told: is_told } = &mut seen
                && !*is_told
            {
                if !well {
                    *since = now;
                } else if due(*since) <= now {
                    *is_told = true;
                    told.push(Arc::clone(workspace));
                }
            }
            self.seen.insert(workspace.id, seen);
        }
        told
    }

    /// When the next outage has lasted long enough, if nothing changes.
    pub(super) fn due(&self, now: Duration) -> Option<Duration> {
        let waiting = self
            .seen
            .values()
            .filter(|_| self.well)
            .filter_map(|seen| match seen {
                Seen::Away { since, told: false } => Some(due(*since)),
                _ => None,
            });
        waiting.min().map(|at| at.max(now))
    }
}

/// When an outage that began then is told.
fn due(since: Duration) -> Duration {
    (since + LASTS).max(QUIET)
}

/// What a workspace in that state is now.
fn next(before: Option<Seen>, state: &str, now: Duration) -> Option<Seen> {
    match (state, before) {
        ("online" | "degraded", _) => Some(Seen::Up),
        (away, Some(Seen::Up)) if is_away(away) => Some(Seen::Away {
            since: now,
            told: false,
        }),
        (away, before) if is_away(away) => before,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Workspaces 1, 2, … in these states; the first is ours.
    fn org(states: &[&str]) -> Vec<Arc<OrgWorkspace>> {
        let row = |(at, state): (usize, &&str)| {
            Arc::new(OrgWorkspace {
                id: Uuid::from_u128(at as u128 + 1),
                name: format!("w{}", at + 1),
                role: None,
                state: (*state).to_owned(),
                since: None,
                last_seen: None,
                runtime: None,
                remote: false,
                ours: at == 0,
                parent_id: None,
                tier: None,
                active_tasks: 0,
                current_task: None,
                error: None,
            })
        };
        states.iter().enumerate().map(row).collect()
    }

    fn look(policy: &mut Policy, now: Duration, well: bool, states: &[&str]) -> Vec<String> {
        let told = policy.look(&Look {
            now,
            well,
            workspaces: &org(states),
        });
        told.iter().map(|workspace| workspace.name.clone()).collect()
    }

    const NOBODY: [&str; 0] = [];

    #[test]
    fn an_outage_of_a_minute_is_told_once() {
        let mut policy = Policy::default();
        assert_eq!(look(&mut policy, s(100), true, &["online", "online"]), NOBODY);
        assert_eq!(policy.due(s(100)), None);
        assert_eq!(look(&mut policy, s(110), true, &["online", "offline"]), NOBODY);
        assert_eq!(policy.due(s(111)), Some(s(170)));
        assert_eq!(
            look(&mut policy, s(169), true, &["online", "awaiting_agent"]),
            NOBODY
        );
        assert_eq!(
            look(&mut policy, s(170), true, &["online", "awaiting_agent"]),
            ["w2"]
        );
        assert_eq!(policy.due(s(171)), None);
        assert_eq!(look(&mut policy, s(900), true, &["online", "offline"]), NOBODY);
    }

    #[test]
    fn the_next_outage_is_told_again() {
        let mut policy = Policy::default();
        for at in [100, 300] {
            assert_eq!(look(&mut policy, s(at), true, &["online", "online"]), NOBODY);
            assert_eq!(
                look(&mut policy, s(at + 10), true, &["online", "offline"]),
                NOBODY
            );
            assert_eq!(
                look(&mut policy, s(at + 70), true, &["online", "offline"]),
                ["w2"]
            );
        }
    }

    #[test]
    fn nothing_is_told_soon_after_the_start() {
        let mut policy = Policy::default();
        look(&mut policy, s(1), true, &["online", "online"]);
        look(&mut policy, s(2), true, &["online", "offline"]);
        assert_eq!(look(&mut policy, s(89), true, &["online", "offline"]), NOBODY);
        assert_eq!(policy.due(s(89)), Some(s(90)));
        assert_eq!(look(&mut policy, s(90), true, &["online", "offline"]), ["w2"]);
    }

    #[test]
    fn a_bad_link_of_ours_starts_the_minute_over() {
        let mut policy = Policy::default();
        look(&mut policy, s(100), true, &["online", "online"]);
        look(&mut policy, s(110), true, &["online", "offline"]);
        assert_eq!(look(&mut policy, s(150), false, &["online", "offline"]), NOBODY);
        assert_eq!(policy.due(s(150)), None);
        assert_eq!(look(&mut policy, s(180), true, &["online", "offline"]), NOBODY);
        assert_eq!(look(&mut policy, s(209), true, &["online", "offline"]), NOBODY);
        assert_eq!(look(&mut policy, s(210), true, &["online", "offline"]), ["w2"]);
    }

    #[test]
    fn what_went_offline_while_we_were_away_is_told_when_we_are_back_for_a_minute() {
        let mut policy = Policy::default();
        look(&mut policy, s(100), true, &["online", "online"]);
        look(&mut policy, s(110), false, &["online", "online"]);
        assert_eq!(look(&mut policy, s(500), true, &["online", "offline"]), NOBODY);
        assert_eq!(look(&mut policy, s(560), true, &["online", "offline"]), ["w2"]);
    }

    #[test]
    fn our_own_workspace_and_who_was_never_up_are_no_news() {
        let mut policy = Policy::default();
        look(
            &mut policy,
            s(100),
            true,
            &["online", "offline", "awaiting_agent"],
        );
        look(
            &mut policy,
            s(110),
            true,
            &["offline", "offline", "awaiting_agent"],
        );
        assert_eq!(policy.due(s(110)), None);
        assert_eq!(
            look(
                &mut policy,
                s(500),
                true,
                &["offline", "offline", "awaiting_agent"]
            ),
            NOBODY
        );
    }

    #[test]
    fn who_was_put_to_rest_is_no_news() {
        let mut policy = Policy::default();
        look(&mut policy, s(100), true, &["online", "online", "online"]);
        look(&mut policy, s(110), true, &["online", "paused"]);
        look(&mut policy, s(120), true, &["online", "offline", "offline"]);
        assert_eq!(
            look(&mut policy, s(500), true, &["online", "offline", "offline"]),
            NOBODY
        );
    }

    proptest! {
        #[test]
        fn nobody_is_told_of_unless_it_was_away_and_we_were_well_for_a_minute(
            looks in prop::collection::vec((1_u64..40, any::<bool>(), 0..4_usize), 1..60),
        ) {
            let states = ["online", "offline", "awaiting_agent", "paused"];
            let mut policy = Policy::default();
            let mut now = s(0);
            // Since when, as far as looks can tell, it is away and we are well.
            let mut good_since: Option<Duration> = None;
            for (step, well, state) in looks {
                now += s(step);
                let away = is_away(states[state]);
                let told = look(&mut policy, now, well, &["online", states[state]]);
                let since = (away && well).then(|| good_since.unwrap_or(now));
                if !told.is_empty() {
                    prop_assert!(now >= QUIET && well && away);
                    prop_assert!(since.is_some_and(|since| now - since >= LASTS));
                }
                good_since = if away { since.or(Some(now)) } else { None };
            }
        }
    }
}
