//! One profile at work: it performs what `presence` decides, holds the link, and reports on the board.
//!
//! `actor` is the one task of a profile, and `handle` the way to it; `link` keeps the link up in a task of its own, or `front` the own listener; `calls` are the requests to
//! the platform; `send` and `peers` are what people ask of it; `secrets` is what is read from the vault at a start; `report` puts the profile's state into words.
//!
//! States of a profile (`actor::Phase`): at rest → loading (secrets; waits for a locked keychain) → running (as
//! `presence::State` says) → at rest; or blocked, when something only the user can give is missing.

mod actor;
mod calls;
mod card;
mod front;
mod handle;
mod link;
mod org;
mod peers;
mod poll;
mod report;
mod running;
mod secrets;
mod send;

pub(crate) use card::for_anybody;
pub(crate) use handle::{Command, NoRestart, ProfileHandle, Shared};
pub(crate) use org::OrgKit;
pub(crate) use peers::PeerKit;
pub use peers::{Delegation, DelegationState, Peer, PeerError, PeerList, PeerOutcome, SentToPeer};
pub use send::SendError;
