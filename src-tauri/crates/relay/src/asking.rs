//! Questions to the platforms: how many at a time and how often, for everybody here who asks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ligand_platform::Platform;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::budget::Budget;
use crate::clock::Clock;

/// How long what a laptop waits for may take to find out, the wait for a turn included. Laptops wait 15 s for their
/// welcome.
pub(crate) const ASK_WAIT: Duration = Duration::from_secs(10);
/// Questions at the same time, so that a slow platform is not buried.
const AT_A_TIME: usize = 8;

/// See the module.
pub(crate) struct Asking {
    platforms: Vec<Platform>,
    budget: Mutex<Budget>,
    turns: Semaphore,
    pub(crate) clock: Clock,
}

impl Asking {
    pub(crate) fn new(platforms: Vec<Platform>, per_minute: u32, clock: Clock) -> Self {
        Self {
            platforms,
            budget: Mutex::new(Budget::new(per_minute)),
            turns: Semaphore::new(AT_A_TIME),
            clock,
        }
    }

    /// The platform with this index, and the turn to ask it.
    pub(crate) async fn turn(&self, platform: usize) -> Option<(&Platform, SemaphorePermit<'_>)> {
        let platform = self.platforms.get(platform)?;
        Some((platform, self.turns.acquire().await.ok()?))
    }

    /// Whether one more question may be asked for a laptop that waits.
    pub(crate) fn take(&self) -> bool {
        self.budget().take(self.clock.now())
    }

    /// Whether one more question may be asked that can wait.
    pub(crate) fn take_spare(&self) -> bool {
        self.budget().take_spare(self.clock.now())
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
