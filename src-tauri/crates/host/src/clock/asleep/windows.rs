//! The interrupt time counts sleep, the unbiased one does not. Both move at the system's tick, every 16 ms or so.

use std::time::Duration;

use windows_sys::Win32::System::WindowsProgramming::{QueryInterruptTime, QueryUnbiasedInterruptTime};

#[allow(unsafe_code, reason = "Rust has no safe way to these clocks")]
pub(in crate::clock) fn asleep() -> Duration {
    let (mut unbiased, mut biased) = (0, 0);
    // The one that counts less is read first, so that what passes between the two never hides a sleep.
    // SAFETY: each writes one number, to a place that is ours and outlives the call.
    let read = unsafe { QueryUnbiasedInterruptTime(&raw mut unbiased) };
    // SAFETY: as above.
    unsafe { QueryInterruptTime(&raw mut biased) };
    if read == 0 {
        return Duration::ZERO;
    }
    hundreds_of_nanoseconds(biased).saturating_sub(hundreds_of_nanoseconds(unbiased))
}

fn hundreds_of_nanoseconds(count: u64) -> Duration {
    Duration::from_nanos(count.saturating_mul(100))
}
