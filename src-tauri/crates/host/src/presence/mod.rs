//! Presence: what keeps our workspace online, as an explicit machine.
//!
//! The machine decides and does nothing itself: events and the time awake go in, effects come out. Performing them,
//! dialling the relay and talking to the platform, is the work of `profile`.
//!
//! ```text
//!            ┌──────────── Stop (from anywhere) ───────────┐
//!            ▼                                             │
//!  Stopped ──Start──▶ Connecting ──first beat──▶ Online ◀──▶ Degraded (agent away)
//!                      │  ▲  ▲                     │
//!                      │  │  └──── link, platform ─┴──▶ Unreachable (tried again)
//!                      │  └─ resumed ─ Paused ◀── seen in the state poll
//!                      └──▶ Removed, NeedsUser: nothing is sent any more until Start
//!  any that sends ──Sleep──▶ Asleep ──Wake──▶ Connecting, and so after every gap of 60 s and more
//! ```
//!
//! The order of coming back is kept by [`Machine`]: the link is dialled while the workspace's state is read; only
//! when that says *present*, the link is up and the agent is ready, deliveries are accepted, our own door is tested
//! from outside, the workspace is registered, and the heartbeat, at which the platform sends what it has queued,
//! comes last.

mod machine;
mod queue;
mod rules;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod words;

pub use machine::Machine;
pub use rules::{
    APART, BEAT_EVERY, BEATS_APART, FAILURES_PER_MINUTE, FRESH, LINK_GAP, LONG_GAP, NO_SLEEP_AFTER,
    QUEUED_WITHIN, REGISTER_AFTER_GAP, SHOWN_AFTER, STRIKES,
};
pub use words::{DoorMark, Effect, Event, Failure, FailureClass, LinkLoss, Need, Seen, State, Unreached};
