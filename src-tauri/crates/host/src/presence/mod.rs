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
//! ```
//!
//! The order of coming back is kept by [`Machine`]: the link is dialled while the workspace's state is read; only
//! when that says *present*, the link is up and the agent is ready, deliveries are accepted, our own door is tested
//! from outside, the workspace is registered, and the heartbeat, at which the platform sends what it has queued,
//! comes last.

mod machine;
mod rules;
#[cfg(test)]
mod tests;

pub use machine::{
    DoorMark, Effect, Event, Failure, FailureClass, LinkLoss, Machine, Need, Seen, State, Unreached,
};
pub use rules::{BEAT_EVERY, FRESH, HEADROOM, REGISTER_AFTER_GAP, SHOWN_AFTER, STRIKES};
