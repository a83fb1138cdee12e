//! Messages to agents: from a caller's `POST /workspaces/:id/a2a` to the agent's answer, and the queue for
//! those who are busy.
//!
//! ```text
//!   caller ─▶ routes::a2a (who is it, may it) ─▶ normalise ─▶ proxy ─▶ attempt ─▶ dispatch ─▶ agent
//!                                                            │             │
//!   heartbeat ─▶ drain ◀── queue ◀──────────── failure: busy ┴── outcome ◀─┘
//! ```
//!
//! A dispatch is a task of its own: a caller who leaves does not end it.

mod attempt;
mod dispatch;
mod drain;
mod failure;
mod log;
mod normalise;
mod outcome;
mod proxy;
mod target;

pub(crate) use dispatch::Dispatcher;
pub(crate) use drain::drain;
pub(crate) use outcome::answer_text;
pub(crate) use proxy::{Answer, Delivery, busy, deliver};
pub(crate) use target::{Caller, Target, load_target};
