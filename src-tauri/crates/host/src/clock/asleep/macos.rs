//! `CLOCK_MONOTONIC_RAW` counts sleep, `CLOCK_UPTIME_RAW` does not, and nothing adjusts either. Rust's own clock is the
//! second one.

use std::time::Duration;

pub(in crate::clock) fn asleep() -> Duration {
    // The one that counts less is read first, so that what passes between the two never hides a sleep.
    let uptime = read(libc::CLOCK_UPTIME_RAW);
    read(libc::CLOCK_MONOTONIC_RAW).saturating_sub(uptime)
}

#[allow(unsafe_code, reason = "rustix does not know these two clocks")]
fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: it writes the time to a place that is ours and outlives the call, or nothing at all.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
