//! A clock that stands still while real sockets are at work.

use std::{sync::mpsc, thread, time::Duration};

use tokio::sync::oneshot;

/// Stops the clock of the test's runtime; from then on it moves when told and not by itself.
pub(crate) struct StoppedClock {
    _running: mpsc::Sender<()>,
}

/// Far longer than any step of a test takes, in real time: the clock's own would never pass.
const GIVES_UP: Duration = Duration::from_secs(30);

impl StoppedClock {
    pub(crate) fn stop() -> Self {
        let (running, until) = mpsc::channel();
        tokio::time::pause();
        // A stopped clock jumps to the next timer whenever nothing else is to do, unless blocking work is under way:
        // what comes through a real socket would lose that race.
        tokio::task::spawn_blocking(move || until.recv());
        Self { _running: running }
    }

    /// Timers that are due then have fired afterwards.
    pub(crate) async fn pass(&self, time: Duration) {
        // A timer is due at the next full millisecond.
        tokio::time::advance(time + Duration::from_millis(1)).await;
    }

    /// What must come without time passing. No deadline of the runtime can end it, so that it has one of its own.
    pub(crate) async fn now<T>(&self, future: impl Future<Output = T>) -> T {
        let (over, is_over) = oneshot::channel();
        thread::spawn(move || {
            thread::sleep(GIVES_UP);
            let _ = over.send(());
        });
        tokio::select! {
            done = future => done,
            _ = is_over => panic!("it takes time, although it should not"),
        }
    }
}
