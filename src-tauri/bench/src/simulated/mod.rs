//! Hosts by the thousand, without their processes: workspaces at a real local org, and for each a simulated host with
//! a key, a link and a backoff of its own, over the real tunnel.

pub(crate) mod attempts;
pub(crate) mod call;
pub(crate) mod laptop;
pub(crate) mod limits;
pub(crate) mod workspaces;

/// What a relay may ask of the platform in a minute when it starts and knows nobody of thousands (--lookups-per-min).
pub(crate) const FIRST_LOOKUPS_PER_MIN: &str = "60000";
