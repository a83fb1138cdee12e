//! The one place where the command line reads the wall clock: only to say how long ago something was.

use time::OffsetDateTime;

/// Now, in UTC.
#[allow(clippy::disallowed_methods, reason = "shown to people; decides nothing")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
