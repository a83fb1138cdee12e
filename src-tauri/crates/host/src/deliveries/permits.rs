//! How many deliveries the agent works on at a time, and how many may wait for their turn.
//!
//! First come, first served. The number of permits may change while they are out: a permit too many is withdrawn when
//! it comes back.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

use super::count::{Counted, Counter};

/// No workspace has more: it is the number of streams that one link carries.
const MOST: usize = 256;

/// The permits of one agent. Clones are the same permits.
#[derive(Clone)]
pub(super) struct Permits {
    free: Arc<Semaphore>,
    places: Arc<Semaphore>,
    supply: Arc<Mutex<Supply>>,
    active: Counter,
}

struct Supply {
    /// How many permits there should be.
    total: usize,
    /// How many of those that are out must not come back.
    surplus: usize,
}

/// The right to the agent's time, until this is dropped.
pub(super) struct Permit {
    held: Option<OwnedSemaphorePermit>,
    supply: Arc<Mutex<Supply>>,
    _active: Counted,
}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPermit {
    /// Too many are waiting already.
    Full,
    /// None came free in time.
    Expired,
}

impl Permits {
    /// `total` permits (at least one), and places for `waiting` that have none yet.
    pub(super) fn new(total: usize, waiting: usize) -> Self {
        let total = total.clamp(1, MOST);
        Self {
            free: Arc::new(Semaphore::new(total)),
            places: Arc::new(Semaphore::new(waiting.min(MOST))),
            supply: Arc::new(Mutex::new(Supply { total, surplus: 0 })),
            active: Counter::new(),
        }
    }

    /// Waits at most `hold` for a permit.
    pub(super) async fn acquire(&self, hold: Duration) -> Result<Permit, NoPermit> {
        if let Ok(held) = self.free.clone().try_acquire_owned() {
            return Ok(self.permit(held));
        }
        let _place = self.places.try_acquire().map_err(|_| NoPermit::Full)?;
        match timeout(hold, self.free.clone().acquire_owned()).await {
            Ok(Ok(held)) => Ok(self.permit(held)),
            // The semaphore is never closed, so this is the time-out.
            _ => Err(NoPermit::Expired),
        }
    }

    /// Waits for a permit as long as it takes. Whoever calls bounds how many do.
    pub(super) async fn await_one(&self) -> Permit {
        match self.free.clone().acquire_owned().await {
            Ok(held) => self.permit(held),
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    fn permit(&self, held: OwnedSemaphorePermit) -> Permit {
        Permit {
            held: Some(held),
            supply: self.supply.clone(),
            _active: self.active.enter(),
        }
    }

    /// Changes how many there are.
    pub(super) fn set(&self, total: usize) {
        let total = total.clamp(1, MOST);
        let mut supply = lock(&self.supply);
        if total >= supply.total {
            let more = total - supply.total;
            let kept = more.min(supply.surplus);
            supply.surplus -= kept;
            self.free.add_permits(more - kept);
        } else {
            let fewer = supply.total - total;
            supply.surplus += fewer - self.free.forget_permits(fewer);
        }
        supply.total = total;
    }

    /// How many are out.
    pub(super) fn active(&self) -> watch::Receiver<usize> {
        self.active.watch()
    }

    /// How many wait for their turn.
    #[cfg(test)]
    pub(super) fn waiting(&self, places: usize) -> usize {
        places - self.places.available_permits()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut supply = lock(&self.supply);
        if supply.surplus > 0
            && let Some(held) = self.held.take()
        {
            supply.surplus -= 1;
            held.forget();
        }
    }
}

fn lock(supply: &Mutex<Supply>) -> MutexGuard<'_, Supply> {
    supply.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: Duration = Duration::from_secs(20);

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_the_next_permit_or_gives_up_in_time() {
        let permits = Permits::new(1, 1);
        let first = permits.acquire(HOLD).await.unwrap();
        assert_eq!(permits.acquire(HOLD).await.err(), Some(NoPermit::Expired));
        let waiting = tokio::spawn({
            let permits = permits.clone();
            async move { permits.acquire(HOLD).await.is_ok() }
        });
        while permits.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(permits.acquire(HOLD).await.err(), Some(NoPermit::Full));
        drop(first);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn the_count_is_that_of_the_permits_that_are_out() {
        let permits = Permits::new(2, 1);
        let active = permits.active();
        let (a, b) = (permits.acquire(HOLD).await, permits.acquire(HOLD).await);
        assert_eq!(*active.borrow(), 2);
        drop((a, b));
        assert_eq!(*active.borrow(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn permits_can_become_more_and_fewer_while_they_are_out() {
        let permits = Permits::new(1, 4);
        permits.set(3);
        let mut out = Vec::new();
        for _ in 0..3 {
            out.push(permits.acquire(HOLD).await.unwrap());
        }
        permits.set(1);
        out.pop();
        out.pop();
        assert_eq!(
            permits.acquire(HOLD).await.err(),
            Some(NoPermit::Expired),
            "one is still out"
        );
        out.pop();
        let one = permits.acquire(HOLD).await.unwrap();
        assert!(permits.acquire(HOLD).await.is_err(), "there is only one");
        permits.set(2);
        assert!(permits.acquire(HOLD).await.is_ok());
        drop(one);
    }

    #[test]
    fn no_number_from_outside_is_a_fault() {
        let permits = Permits::new(0, usize::MAX);
        for total in [usize::MAX, 0, 1] {
            permits.set(total);
        }
        assert_eq!(permits.free.available_permits(), 1);
    }
}
