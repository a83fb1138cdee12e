//! When somebody is told of our own workspace: at once, because only they can mend it, and once. Pure.

use std::{collections::BTreeMap, time::Duration};

use super::policy::APART;
use crate::{
    health::Fault,
    status::{PresenceWord, ProfileStatus, Severity},
};

/// What is wrong with ours that does not pass by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Its stable code.
    pub(super) code: String,
    /// What is wrong.
    pub(super) title: String,
    /// What to do next.
    pub(super) next: String,
    /// Whether starting the agent anew may mend it.
    pub(super) restart: bool,
}

impl Trouble {
    /// What is wrong with this profile, if anything is. The health table says it, as everywhere.
    pub(super) fn of(profile: &ProfileStatus) -> Option<Self> {
        let by_the_org = matches!(
            profile.presence.state,
            PresenceWord::Paused | PresenceWord::Removed | PresenceWord::NeedsUser
        );
        let worst = profile.health.iter().find(|item| {
            item.severity == Severity::Error || (by_the_org && item.severity != Severity::Info)
        })?;
        Some(Self {
            code: worst.code.clone(),
            title: worst.title.clone(),
            next: worst.next.clone(),
            restart: worst.code == Fault::AgentCrashLoop.code(),
        })
    }
}

/// What was told of one profile's own workspace.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// What is wrong now, and whether that was told.
    now: Option<(String, bool)>,
    told: BTreeMap<String, Duration>,
}

impl Own {
    /// Takes a look; whether somebody is to be told now.
    pub(super) fn look(&mut self, trouble: Option<&Trouble>, now: Duration, quiet_until: Duration) -> bool {
        let Some(trouble) = trouble else {
            self.now = None;
            return false;
        };
        let is_new = self.now.as_ref().is_none_or(|(code, _)| *code != trouble.code);
        if is_new {
            self.now = Some((trouble.code.clone(), false));
        }
        if self.due(quiet_until).is_none_or(|at| at > now) {
            return false;
        }
        self.now = Some((trouble.code.clone(), true));
        self.told.insert(trouble.code.clone(), now);
        true
    }

    /// When it is to be told, if it stays.
    pub(super) fn due(&self, quiet_until: Duration) -> Option<Duration> {
        let (code, _) = self.now.as_ref().filter(|(_, is_told)| !is_told)?;
        let again = self.told.get(code).map_or(Duration::ZERO, |at| *at + APART);
        Some(again.max(quiet_until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn trouble(code: &str) -> Trouble {
        Trouble {
            code: code.to_owned(),
            title: "x".to_owned(),
            next: "y".to_owned(),
            restart: false,
        }
    }

    #[test]
    fn ours_is_told_at_once_and_once() {
        let mut own = Own::default();
        assert!(!own.look(None, s(100), s(90)));
        assert!(own.look(Some(&trouble("token_refused")), s(101), s(90)));
        assert!(!own.look(Some(&trouble("token_refused")), s(900), s(90)));
        assert_eq!(own.due(s(90)), None);
    }

    #[test]
    fn another_reason_is_told_at_once_and_the_same_again_after_five_minutes() {
        let mut own = Own::default();
        assert!(own.look(Some(&trouble("a")), s(100), s(0)));
        assert!(own.look(Some(&trouble("b")), s(110), s(0)));
        assert!(!own.look(None, s(120), s(0)));
        assert!(!own.look(Some(&trouble("a")), s(130), s(0)));
        assert_eq!(own.due(s(0)), Some(s(400)));
        assert!(own.look(Some(&trouble("a")), s(400), s(0)));
    }

    #[test]
    fn after_a_start_or_a_wake_it_waits_for_the_end_of_the_quiet() {
        let mut own = Own::default();
        assert!(!own.look(Some(&trouble("a")), s(10), s(90)));
        assert_eq!(own.due(s(90)), Some(s(90)));
        assert!(own.look(Some(&trouble("a")), s(90), s(90)));
    }
}
