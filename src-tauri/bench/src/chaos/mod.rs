//! `chaos`: messages while agents, host, relay and local org are killed with -9 at moments that a seed decides.
//!
//! One host has an agent of each kind, for a workspace each: attached, started by the host, run for each message, and
//! built in.
//!
//! Three ways one after the other: the older and the later generation calling the laptop, and the later one being
//! fetched from. Senders try a message again under the same id whenever they were not told that it was taken. In the
//! end each message was answered, or its fate was told (*outcome unknown*); what was acknowledged and had neither is
//! lost, and what the agent saw twice is doubled. The older generation's own fault, which takes a drained message for
//! done that met a busy agent, is counted apart. Whatever any of these processes has
//! started must have ended with them: what is left then is an orphan.

pub(crate) mod agent;
mod orphans;
mod scene;
mod sender;
mod verdict;

use std::time::Duration;

use ligand_e2e::{Era, now};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use self::scene::{Scene, Victim};
use crate::figures::Figures;

/// The pause before a kill, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 300..1_500;
/// How long what was killed stays dead, in milliseconds.
const DEAD_MS: std::ops::Range<u64> = 20..600;
/// About how long a kill takes with what comes before and after: the messages are spread over so many of them.
const KILL_EVERY: Duration = Duration::from_millis(1_300);
/// How long everything may take to be settled once nothing is killed any more.
const SETTLE: Duration = Duration::from_secs(240);

/// A way for messages to the laptop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The platform of this generation calls.
    Push(Era),
    /// The host fetches.
    Poll,
}

const WAYS: [(Way, &str); 3] = [
    (Way::Push(Era::S), "push, older"),
    (Way::Push(Era::L), "push, later"),
    (Way::Poll, "poll"),
];

/// What became of the messages.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) sent: usize,
    pub(crate) answered: usize,
    pub(crate) unknown: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) lost_by_platform: usize,
    pub(crate) orphans: usize,
    kills: usize,
}

impl Outcome {
    /// Whether nothing was lost, nothing doubled, and nothing left running.
    pub(crate) fn held(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.orphans == 0
    }

    /// As figures.
    #[allow(clippy::cast_precision_loss, reason = "counts of thousands")]
    pub(crate) fn figures(&self) -> Figures {
        let mut figures = Figures::new("chaos");
        for (key, count, meaning) in [
            ("sent", self.sent, "messages that the platform acknowledged"),
            ("answered", self.answered, "of them answered"),
            ("unknown", self.unknown, "told as of unknown outcome"),
            ("lost", self.lost, "neither"),
            ("doubled", self.doubled, "seen twice by the agent"),
            (
                "lost_by_platform",
                self.lost_by_platform,
                "given up by the platform itself",
            ),
            (
                "orphans",
                self.orphans,
                "processes that outlived who started them",
            ),
        ] {
            figures.add(key, count as f64, meaning);
        }
        figures.note(format!("{} kills with -9", self.kills));
        figures
    }

    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.unknown += other.unknown;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.lost_by_platform += other.lost_by_platform;
        self.orphans += other.orphans;
        self.kills += other.kills;
    }
}

/// Sends messages over every way, with kills.
pub(crate) async fn run(messages: usize, kills: usize, seed: u64) -> Outcome {
    let mut outcome = Outcome::default();
    orphans::adopt();
    for (number, (way, name)) in WAYS.into_iter().enumerate() {
        let share = |all: usize| all / WAYS.len() + usize::from(number < all % WAYS.len());
        let seed = seed.wrapping_add(number as u64);
        let began = now();
        let one = one_way(way, share(messages), share(kills), seed).await;
        eprintln!("    {name}: {one:?} in {:.0} s", began.elapsed().as_secs_f64());
        outcome.add(&one);
    }
    outcome
}

async fn one_way(way: Way, messages: usize, kills: usize, seed: u64) -> Outcome {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut scene = Scene::set(way).await;
    let senders = sender::start(
        &scene,
        messages,
        KILL_EVERY * u32::try_from(kills).unwrap_or(u32::MAX),
    );
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(PAUSE_MS))).await;
        let victim = Victim::ALL[random.random_range(0..Victim::ALL.len())];
        let victim = scene.kill(victim);
        tokio::time::sleep(Duration::from_millis(random.random_range(DEAD_MS))).await;
        scene.again(victim).await;
    }
    let acknowledged = senders.done().await;
    scene.settle(way, &acknowledged, SETTLE).await;
    let mut outcome = verdict::of(&scene, &acknowledged);
    outcome.kills = kills;
    drop(scene);
    outcome.orphans = orphans::count().await;
    outcome
}
