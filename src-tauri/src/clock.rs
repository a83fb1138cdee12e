//! The one place of this program where a clock is read: the wall clock, to tell a person how long something takes.

use time::OffsetDateTime;

/// The wall clock.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "this is the place where the shell reads the wall clock"
)]
pub(crate) fn wall_now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
