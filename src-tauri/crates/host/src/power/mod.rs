//! Power: what the machine's sleep means for the profiles.
//!
//! Two sources, and the second one works everywhere: the system says that it will sleep and that it woke (`linux`,
//! `macos`, `windows`), and every 15 s the clocks tell what nobody said ([`Clock::tick`]). What a profile does about it is the profile's to decide.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "windows")]
mod windows;

use std::{future::Future, time::Duration};

use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::task::AbortOnDropHandle;

use crate::clock::{Clock, TICK, next_turn};

#[cfg(target_os = "linux")]
use self::linux::{Inhibitor, listen};
#[cfg(target_os = "macos")]
use self::macos::{Inhibitor, listen};
#[cfg(target_os = "windows")]
use self::windows::{Inhibitor, listen};

/// How long a sleep is held back at most, so that the relay can be told.
const HELD_BACK: Duration = Duration::from_secs(2);

/// Sleeps and wakes wait here; whoever reads them is done with each within [`HELD_BACK`].
const WAITING: usize = 8;

/// Holds the sleep of the machine back until it is dropped.
pub(crate) struct Permit {
    /// None where the system would not wait.
    _inhibitor: Option<Inhibitor>,
}

/// What the system, or a clock, says.
pub(crate) enum PowerEvent {
    /// The machine will sleep when the permit is dropped.
    WillSleep(Permit),
    /// It has slept, or this process was stopped, for so long.
    DidWake {
        /// As the clocks tell. Zero when they tell nothing, after a sleep that was called off for example.
        slept: Duration,
    },
}

/// Whoever acts on a sleep.
pub(crate) trait Sleeper: Send + 'static {
    /// The machine will sleep: returns when nothing of ours needs the network any more.
    fn sleep(&self) -> impl Future<Output = ()> + Send;
    /// The machine has slept for so long.
    fn wake(&self, slept: Duration) -> impl Future<Output = ()> + Send;
}

/// Watches the machine's sleep as long as it is kept.
pub(crate) struct Power(#[allow(dead_code, reason = "kept for what its end does")] AbortOnDropHandle<()>);

impl Power {
    /// Starts to watch.
    pub(crate) fn watch(clock: Clock, sleeper: impl Sleeper) -> Self {
        Self(AbortOnDropHandle::new(tokio::spawn(watch(clock, sleeper))))
    }
}

async fn watch(clock: Clock, sleeper: impl Sleeper) {
    let (tell, mut events) = mpsc::channel(WAITING);
    let listening: JoinHandle<()> = tokio::spawn(listen(tell, clock.clone()));
    // It ends with this.
    let _listening = AbortOnDropHandle::new(listening);
    clock.tick();
    loop {
        let tick = clock.instant(next_turn(clock.now(), TICK));
        let event = tokio::select! {
            biased;
            Some(event) = events.recv() => Some(event),
            () = tokio::time::sleep_until(tick) => None,
        };
        match event {
            Some(PowerEvent::WillSleep(permit)) => {
                tracing::info!("the machine goes to sleep");
                if tokio::time::timeout(HELD_BACK, sleeper.sleep()).await.is_err() {
                    tracing::warn!("not everything was at rest in time for the sleep");
                }
                drop(permit);
            }
            Some(PowerEvent::DidWake { slept }) => sleeper.wake(slept).await,
            None => {
                let slept = clock.tick();
                if !slept.is_zero() {
                    sleeper.wake(slept).await;
                }
            }
        }
    }
}

/// Where nothing announces a sleep the clocks alone tell of it.
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
async fn listen(_tell: mpsc::Sender<PowerEvent>, _clock: Clock) {}

/// Nothing waits for us there either.
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
type Inhibitor = std::convert::Infallible;

#[cfg(test)]
mod tests {
    use super::*;

    /// On every system: what the system was asked for is given back, with the thread that hears it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_is_left_of_a_listener_that_is_stopped() {
        let (tell, events) = mpsc::channel(WAITING);
        let left = tell.downgrade();
        let listening = AbortOnDropHandle::new(tokio::spawn(listen(tell, Clock::start())));
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(listening);
        let ended = async {
            while left.strong_count() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(5), ended).await.is_ok());
        drop(events);
    }
}
