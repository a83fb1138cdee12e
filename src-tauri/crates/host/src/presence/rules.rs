//! The numbers of presence, each with its reason.

use std::time::Duration;

/// State poll and heartbeat: the interval that every known client of the platform uses.
pub const BEAT_EVERY: Duration = Duration::from_secs(30);

/// After a gap this long since the last good beat we register again before we beat: platforms of the older
/// generation lift an offline workspace only by a register, and a lapsed liveness key is made anew only by it.
pub const REGISTER_AFTER_GAP: Duration = Duration::from_secs(60);

/// Refusals in a row until we stop and ask the user: one can be a platform in the middle of a restart.
pub const STRIKES: u8 = 3;

/// Failures shorter than this do not change what is shown of a workspace that was online: the near-immediate tries are
/// over by then, and what is shown is to be true within two seconds.
pub const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// A state poll younger than this need not be made again when the link comes up.
pub const FRESH: Duration = Duration::from_secs(5);

/// After a sleep this long nothing that was known still holds: the whole order of coming back begins anew. A relay has
/// dropped the link by then, and a platform may have called us offline.
pub const LONG_GAP: Duration = Duration::from_secs(60);

/// After this long nothing is known of the link: the relay drops one that it has not heard for 20 to 35 s, and a stopped
/// process counts half of its first 30 s as awake. Another link costs less than waiting for an answer over this one.
pub const LINK_GAP: Duration = Duration::from_secs(10);

/// A sleep that was announced comes within seconds (logind's delay is 5 s, macOS waits for 30 s); after this long awake
/// it has been called off, and nobody said so.
pub const NO_SLEEP_AFTER: Duration = Duration::from_secs(60);

/// Failed calls in any minute, after which the rest of it is waited out: a platform in trouble gets at most 15 requests
/// in the first minute, and some are the Canvas's.
pub const FAILURES_PER_MINUTE: usize = 10;

/// The least between two state polls when somebody says that the workspace's state has changed.
pub const APART: Duration = Duration::from_secs(2);

/// A delivery that comes so soon after a heartbeat was probably queued: the platform sends those at a beat.
pub const QUEUED_WITHIN: Duration = Duration::from_secs(2);

/// The least between a heartbeat and one that only asks for what else is queued: two a second, a fifth of what a
/// platform allows from one address by default.
pub const BEATS_APART: Duration = Duration::from_millis(500);
