//! Busy polling: between messages that follow each other closely the thread stays awake.
//!
//! To sleep until the next message and to be woken for it takes the kernel longer than a small call costs in a tunnel. So
//! when nothing more is to be done, a driver has its runtime look at the sockets again, while that pays: after a message a
//! few times at first, and more often the longer every wait has paid. A wait that came to nothing is followed by messages
//! without one, the more the more often that happens. Whoever else wants the core goes first at each look, and where that
//! takes long, somebody is at work there for whom we make room. On two cores one caller has two to three times as many calls
//! in a second with it, and 32 have a tenth to a third more (`cargo xtask bench tunnel`).
//!
//! So an idle link, a stream of events and calls that take their agent a moment are waited for asleep, as always. The same
//! holds for a long body, of which more is there at once the later one looks.
//!
//! What is not here: what a look finds. It is the driver's to do with.

use std::cell::Cell;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// Looks before the thread sleeps, when nothing is known yet: about 50 µs.
const FEW_LOOKS: u32 = 60;
/// The same when waiting has long paid. With 32 callers, one wait in a hundred outlasts 100 looks, and each sleep makes the
/// scheduler choose a core anew, often the one that is busy with the message.
const MOST_LOOKS: u32 = 8 * FEW_LOOKS;
/// How many more looks the next wait has after one that has paid.
const EARNED_LOOKS: u32 = 8;
/// Most messages that go by without a wait after those that came to nothing: 50 µs in as many messages are little.
const MOST_SKIPPED: u32 = 8192;
/// When others have the core for longer, it is not the laptop's agent or a caller at work on a small call, but something
/// that takes all that it gets. Each look would cost us its whole turn.
const LONG_TURN: Duration = Duration::from_millis(2);
/// Frames of more than this, on average, are a long body's, whose frames have 16 KB and whose answers 12 bytes.
const LONG_FRAME_BYTES: usize = 4 * 1024;
/// Over how many frames that average goes: a few, so that a body is known as long after its first 100 KB.
const AVERAGED_FRAMES: usize = 8;

thread_local! {
    /// Of this thread, whatever links it drives.
    static PATIENCE: Cell<Patience> = const { Cell::new(Patience::NEW) };
}

/// A driver's part in it. See the module.
pub(crate) struct BusyPoll {
    link: u64,
}

impl BusyPoll {
    /// `None` where several threads share the work: looking is left to whichever of them is free, so that staying awake
    /// costs a core and gains nothing.
    pub(crate) fn new() -> Option<Self> {
        static LINKS: AtomicU64 = AtomicU64::new(0);
        let is_alone = Handle::try_current().is_ok_and(|runtime| runtime.metrics().num_workers() == 1);
        is_alone.then(|| Self {
            link: LINKS.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// For when a driver has nothing more to do. It is polled again after another look at the sockets, while that pays;
    /// `moved` is the length of the longest frame that came or went since the last time.
    pub(crate) fn wait(&self, moved: Option<usize>, cx: &mut Context<'_>) {
        let mut patience = PATIENCE.get();
        if let Some(bytes) = moved {
            patience.moved(self.link, bytes);
        }
        if patience.looks_again(self.link) {
            let turn = others_turn();
            patience.gave_way(turn);
            if turn <= LONG_TURN {
                // Its first poll is all that is wanted of it: the runtime looks at the sockets, and wakes us.
                let _ = pin!(tokio::task::yield_now()).poll(cx);
            }
        }
        PATIENCE.set(patience);
    }
}

/// Lets others have the core, and gives how long they did.
#[allow(
    clippy::disallowed_methods,
    reason = "no clock of a link: the thread's own time is meant"
)]
fn others_turn() -> Duration {
    let before = Instant::now();
    std::thread::yield_now();
    before.elapsed()
}

/// What waiting awake has brought so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Patience {
    /// The link that moved last. It alone looks: one look is at the sockets of all.
    link: u64,
    /// The average length of a frame, as of late.
    bytes: usize,
    /// How often the next wait looks.
    looks: u32,
    /// How many looks this one has left.
    left: u32,
    /// Whether this one has looked.
    has_looked: bool,
    /// How many messages went by after the last wait that came to nothing, less with each that has paid since. The next in
    /// vain costs twice as many.
    penalty: u32,
    /// How many of them are still to go by.
    skips: u32,
}

impl Patience {
    const NEW: Self = Self {
        link: 0,
        bytes: 0,
        looks: FEW_LOOKS,
        left: 0,
        has_looked: false,
        penalty: 0,
        skips: 0,
    };

    /// Something came or went.
    fn moved(&mut self, link: u64, bytes: usize) {
        if self.left > 0 && self.has_looked {
            self.looks = (self.looks + EARNED_LOOKS).min(MOST_LOOKS);
            self.penalty /= 2;
        }
        self.bytes = self.bytes / AVERAGED_FRAMES * (AVERAGED_FRAMES - 1) + bytes / AVERAGED_FRAMES;
        self.link = link;
        self.has_looked = false;
        self.left = if self.skips > 0 || self.bytes > LONG_FRAME_BYTES {
            0
        } else {
            self.looks
        };
        self.skips = self.skips.saturating_sub(1);
    }

    /// Whether a link should look once more before the thread sleeps.
    fn looks_again(&mut self, link: u64) -> bool {
        if link != self.link || self.left == 0 {
            return false;
        }
        self.has_looked = true;
        self.left -= 1;
        if self.left == 0 {
            self.give_up((2 * self.penalty).clamp(1, MOST_SKIPPED));
        }
        self.left > 0
    }

    /// Others had the core for so long.
    fn gave_way(&mut self, turn: Duration) {
        if turn > LONG_TURN {
            self.give_up(MOST_SKIPPED);
        }
    }

    fn give_up(&mut self, penalty: u32) {
        self.left = 0;
        self.looks = FEW_LOOKS;
        self.penalty = penalty;
        self.skips = penalty;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: usize = 1200;

    /// Waits until it sleeps, and gives how often it looked.
    fn in_vain(patience: &mut Patience) -> u32 {
        let mut looked = 0;
        while patience.looks_again(1) {
            looked += 1;
        }
        looked
    }

    #[test]
    fn waits_that_pay_are_long_and_the_first_in_vain_ends_that() {
        let mut patience = Patience::NEW;
        for _ in 0..100 {
            patience.moved(1, CALL);
            assert!(patience.looks_again(1));
        }
        patience.moved(1, CALL);
        assert_eq!(in_vain(&mut patience), MOST_LOOKS - 1);
        patience.moved(1, CALL);
        assert_eq!(in_vain(&mut patience), 0, "one message goes by");
        patience.moved(1, CALL);
        assert_eq!(in_vain(&mut patience), FEW_LOOKS - 1);
    }

    #[test]
    fn messages_that_come_far_apart_are_hardly_ever_waited_for_awake() {
        let mut patience = Patience::NEW;
        let looked: u32 = (0..100_000)
            .map(|_| {
                patience.moved(1, CALL);
                in_vain(&mut patience)
            })
            .sum();
        assert!(looked < 30 * FEW_LOOKS, "{looked}");
    }

    #[test]
    fn a_wait_that_pays_now_and_then_is_tried_now_and_then() {
        let mut patience = Patience::NEW;
        for _ in 0..14 {
            while patience.skips > 0 {
                patience.moved(1, CALL);
            }
            patience.moved(1, CALL);
            in_vain(&mut patience);
        }
        assert_eq!(patience.skips, MOST_SKIPPED);
        while patience.skips > 0 {
            patience.moved(1, CALL);
        }
        // The message that ends the wait is the next.
        for halved in 1..4 {
            patience.moved(1, CALL);
            assert!(patience.looks_again(1));
            patience.moved(1, CALL);
            assert_eq!(patience.penalty, MOST_SKIPPED >> halved);
        }
    }

    #[test]
    fn a_long_body_is_waited_for_asleep_with_the_short_answers_to_it() {
        let mut patience = Patience::NEW;
        for _ in 0..16 {
            patience.moved(1, 16 * 1024);
            patience.moved(1, 12);
        }
        assert!(!patience.looks_again(1));
        for _ in 0..32 {
            patience.moved(1, CALL);
        }
        assert!(patience.looks_again(1));
    }

    #[test]
    fn of_many_links_the_one_that_moved_last_looks() {
        let mut patience = Patience::NEW;
        patience.moved(1, CALL);
        patience.moved(2, CALL);
        assert!(!patience.looks_again(1));
        assert!(patience.looks_again(2));
    }

    #[test]
    fn somebody_who_takes_the_whole_core_is_made_room_for() {
        let mut patience = Patience::NEW;
        patience.moved(1, CALL);
        assert!(patience.looks_again(1));
        patience.gave_way(LONG_TURN * 2);
        assert!(!patience.looks_again(1));
        for _ in 0..MOST_SKIPPED {
            patience.moved(1, CALL);
            assert!(!patience.looks_again(1));
        }
        patience.moved(1, CALL);
        assert!(patience.looks_again(1));
    }

    #[tokio::test]
    async fn a_thread_that_is_alone_with_its_links_waits_awake() {
        assert!(BusyPoll::new().is_some());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn threads_that_share_the_work_sleep_as_soon_as_there_is_none() {
        assert!(BusyPoll::new().is_none());
    }
}
