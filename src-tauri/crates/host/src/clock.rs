//! The host's clocks: the only place of this crate where time is read.
//!
//! State machines get time from here, as *time awake* since the host started. It stands still while the machine sleeps
//! (the system's own clock does on Linux and macOS) and while the process was stopped, which is told from a tick that
//! comes far too late. Setting the wall clock moves nothing here. Who acts on a sleep is `power`.

mod awake;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;

use self::awake::Awake;
pub(crate) use self::awake::TICK;

/// Time awake since the host started. Copies tell the same time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    started: Instant,
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
        Self {
            started: Instant::now(),
            awake: Arc::new(Mutex::new(Awake::new(asleep()))),
        }
    }

    /// The time awake.
    #[must_use]
    pub(crate) fn now(&self) -> Duration {
        self.awake().now(self.started.elapsed())
    }

    /// Says that a tick has come, of which there is one every [`TICK`]; gives how long the machine has slept, or the
    /// process was stopped, since the last one.
    pub(crate) fn tick(&self) -> Duration {
        self.awake().tick(self.started.elapsed(), asleep())
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
        self.started + self.awake().raw(at)
    }

    fn awake(&self) -> MutexGuard<'_, Awake> {
        self.awake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the machine has slept since it was switched on, where the system tells: the boot clock counts sleep, the
/// monotonic one does not.
#[cfg(target_os = "linux")]
fn asleep() -> Duration {
    use rustix::time::{ClockId, Timespec, clock_gettime};
    let span = |time: Timespec| {
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    };
    let monotonic = span(clock_gettime(ClockId::Monotonic));
    span(clock_gettime(ClockId::Boottime)).saturating_sub(monotonic)
}

/// Where the system has no such pair of clocks that Rust reads, a tick that comes too late has to do.
#[cfg(not(target_os = "linux"))]
fn asleep() -> Duration {
    Duration::ZERO
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
