//! The host's clocks: the only place of this crate where time is read.
//!
//! State machines get time from here, as *time awake* since the host started. It stands still while the machine sleeps
//! (`asleep` knows for how long) and while the process was stopped, which is told from a tick that comes far too late.
//! Setting the wall clock moves nothing here. Who acts on a sleep is `power`.

mod asleep;
mod awake;
mod morning;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;

pub(crate) use self::awake::{TICK, next_turn};
use self::{
    asleep::{COUNTED, asleep},
    awake::Awake,
};

/// Time awake since the host started. Copies tell the same time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    started: Instant,
    /// How long the machine had slept at the start.
    slept: Duration,
    awake: Arc<Mutex<Awake>>,
}

impl Clock {
    /// A clock that starts at zero, now.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the place where the host reads its clock"
    )]
    pub(crate) fn start() -> Self {
        let slept = asleep();
        Self {
            started: Instant::now(),
            slept,
            awake: Arc::new(Mutex::new(Awake::new(slept))),
        }
    }

    /// The time awake.
    #[must_use]
    pub(crate) fn now(&self) -> Duration {
        self.awake().now(self.raw())
    }

    /// Says that a tick has come, of which there is one every [`TICK`]; gives how long the machine has slept, or the
    /// process was stopped, since the last one.
    pub(crate) fn tick(&self) -> Duration {
        self.awake().tick(self.raw(), asleep())
    }

    /// The process's own clock, for the tunnel, which marks its pongs with it.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the place where the host reads its clock"
    )]
    pub(crate) fn instant_now(&self) -> std::time::Instant {
        std::time::Instant::now()
    }

    /// The runtime's instant of a time awake, to sleep until it.
    #[must_use]
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.started + self.awake().raw(at) + self.counted()
    }

    /// The runtime's clock since the start, without what it counted of the machine's sleep.
    fn raw(&self) -> Duration {
        self.started.elapsed().saturating_sub(self.counted())
    }

    /// How much of the machine's sleep since the start the runtime's clock has counted.
    fn counted(&self) -> Duration {
        if COUNTED {
            asleep().saturating_sub(self.slept)
        } else {
            Duration::ZERO
        }
    }

    fn awake(&self) -> MutexGuard<'_, Awake> {
        self.awake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wall clock, for people to read and to tell how old a picture is; nothing is decided by it.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "this is the place where the host reads the wall clock"
)]
pub(crate) fn wall_now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// When it is morning next, by this machine's own time: the end of "until tomorrow".
#[must_use]
pub(crate) fn next_morning() -> OffsetDateTime {
    morning::after(wall_now(), jiff::tz::TimeZone::system())
}

/// The same moment with this machine's own offset, for people to read.
#[must_use]
pub(crate) fn here(at: OffsetDateTime) -> OffsetDateTime {
    morning::at(at, &jiff::tz::TimeZone::system())
}

/// The wall clock in milliseconds since 1970, for the journal, which outlives every other clock.
#[must_use]
pub(crate) fn wall_ms() -> u64 {
    u64::try_from(wall_now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

/// A time of [`wall_ms`] in RFC 3339 and UTC, to the millisecond.
#[must_use]
pub(crate) fn wall_text(ms: u64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// A time to the second and in UTC, in a sentence.
#[must_use]
pub(crate) fn wall_words(at: OffsetDateTime) -> String {
    let (hour, minute, second) = at.time().as_hms();
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", at.date())
}

/// The wall clock `from_now` in the future, in RFC 3339 and UTC, for people to read and for nothing else.
#[must_use]
pub(crate) fn wall_clock(from_now: Duration) -> String {
    let at = wall_now() + from_now;
    at.replace_nanosecond(0)
        .unwrap_or(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
