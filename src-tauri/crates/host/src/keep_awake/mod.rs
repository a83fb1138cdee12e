//! Keeps the machine awake while the agent works on something, where the user wants that.
//!
//! Off unless it was switched on. Not on a battery that is nearly empty, and not for ever: work that hangs must not
//! empty a battery over a night. The screen may go dark, and a lid that is closed is a sleep that the user wants.
//!
//! [`Policy`] decides and knows no system; `linux`, `macos` and `windows` hold the machine awake and read its battery.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", test))]
#[cfg_attr(
    not(target_os = "macos"),
    allow(dead_code, reason = "elsewhere only its reading is tested")
)]
mod macos;
#[cfg(target_os = "windows")]
mod windows;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::{clock::Clock, config::General, status::Status};

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(target_os = "macos")]
use self::macos as system;
#[cfg(target_os = "windows")]
use self::windows as system;

/// Percent of a battery in use below which the machine may sleep: what is left gets it through a sleep of days.
const BATTERY_FLOOR: u8 = 20;
/// The longest without a pause in the work: twice what anybody waits for an agent's answer, and twice again.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);
/// How often battery and time are looked at while there is work.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the decision is made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// The user wants it.
    is_wanted: bool,
    /// An agent works on something.
    is_working: bool,
    /// Percent that is left, while the machine runs on its battery.
    battery: Option<u8>,
}

/// Whether the machine is to be kept awake.
#[derive(Debug, Default)]
struct Policy {
    /// When the work began that has not paused since, in time awake.
    since: Option<Duration>,
}

impl Policy {
    fn step(&mut self, seen: Seen, now: Duration) -> bool {
        if !seen.is_working {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let is_empty = seen.battery.is_some_and(|percent| percent < BATTERY_FLOOR);
        seen.is_wanted && !is_empty && now.saturating_sub(since) < LONGEST
    }
}

/// Does so as long as it is kept.
pub(crate) struct KeepAwake(#[allow(dead_code, reason = "kept for what its end does")] AbortOnDropHandle<()>);

impl KeepAwake {
    /// Begins to look at what the agents do.
    pub(crate) fn watch(
        clock: Clock,
        status: watch::Receiver<Arc<Status>>,
        general: watch::Receiver<General>,
    ) -> Self {
        Self(AbortOnDropHandle::new(tokio::spawn(watch(
            clock, status, general,
        ))))
    }
}

async fn watch(
    clock: Clock,
    mut status: watch::Receiver<Arc<Status>>,
    mut general: watch::Receiver<General>,
) {
    let mut policy = Policy::default();
    let mut held = None;
    loop {
        let is_wanted = general.borrow_and_update().keep_awake;
        let is_working = {
            let status = status.borrow_and_update();
            status
                .profiles
                .iter()
                .any(|profile| profile.agent.active_tasks > 0)
        };
        // Nothing is asked of the system unless it matters.
        let battery = match is_wanted && is_working {
            true => system::battery().await,
            false => None,
        };
        let seen = Seen {
            is_wanted,
            is_working,
            battery,
        };
        match (policy.step(seen, clock.now()), held.is_some()) {
            (true, false) => match system::hold().await {
                Ok(hold) => {
                    tracing::debug!("the machine is kept awake");
                    held = Some(hold);
                }
                Err(error) => tracing::debug!(%error, "the machine cannot be kept awake"),
            },
            (false, true) => {
                tracing::debug!("the machine may sleep");
                held = None;
            }
            _ => {}
        }
        let next_look = async {
            match is_wanted && is_working {
                true => tokio::time::sleep(LOOK_EVERY).await,
                false => std::future::pending().await,
            }
        };
        let is_over = tokio::select! {
            biased;
            changed = general.changed() => changed.is_err(),
            changed = status.changed() => changed.is_err(),
            () = next_look => false,
        };
        if is_over {
            return;
        }
    }
}

/// Where there is no way to keep the machine awake.
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
mod system {
    pub(super) async fn battery() -> Option<u8> {
        None
    }

    pub(super) async fn hold() -> Result<std::convert::Infallible, std::io::Error> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKS: Seen = Seen {
        is_wanted: true,
        is_working: true,
        battery: None,
    };

    fn at(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn it_is_kept_awake_while_there_is_work_and_only_if_that_is_wanted() {
        let mut policy = Policy::default();
        assert!(policy.step(WORKS, at(0)));
        assert!(!policy.step(
            Seen {
                is_working: false,
                ..WORKS
            },
            at(1)
        ));
        assert!(!policy.step(
            Seen {
                is_wanted: false,
                ..WORKS
            },
            at(2)
        ));
        assert!(policy.step(WORKS, at(3)));
    }

    #[test]
    fn a_battery_that_is_nearly_empty_is_spared_and_one_that_is_charged_is_not_asked() {
        let mut policy = Policy::default();
        let on_battery = |percent| Seen {
            battery: Some(percent),
            ..WORKS
        };
        assert!(policy.step(on_battery(20), at(0)));
        assert!(!policy.step(on_battery(19), at(1)));
        assert!(policy.step(WORKS, at(2)));
    }

    #[test]
    fn after_two_hours_without_a_pause_it_may_sleep_until_the_work_has_paused() {
        let mut policy = Policy::default();
        assert!(policy.step(WORKS, at(0)));
        assert!(policy.step(WORKS, at(119)));
        assert!(!policy.step(WORKS, at(120)));
        assert!(!policy.step(WORKS, at(500)));
        policy.step(
            Seen {
                is_working: false,
                ..WORKS
            },
            at(501),
        );
        assert!(policy.step(WORKS, at(502)));
    }
}
