//! The tunnel: one WebSocket that a laptop dials to a relay, with many HTTP/1.1 calls inside it.
//!
//! ```text
//!            relay                                         laptop
//!  call ─▶ RelayLink::send ─▶ stream ┐              ┌ stream ─▶ the service of Link::serve
//!  call ─▶ RelayLink::send ─▶ stream ┼─ yamux ─ WS ─┼ stream ─▶ the service
//!                                    ┘   driver     ┘   driver
//! ```
//!
//! Binary frames are yamux, and the relay opens the streams. Each stream carries HTTP/1.1, one exchange at a time,
//! and is used again. Text frames are the handshake and a few words beside the calls ([`hello`]). One task per end,
//! the *driver*, owns the WebSocket; everything else talks to it through streams and channels.
//!
//! States of a link, seen from the laptop: dialling ([`dial`]) → welcomed ([`Link`]) → served ([`Link::serve`]) →
//! ended ([`LinkEnd`]). Seen from the relay: challenged ([`Handshake`]) → welcomed ([`RelayLink`]) → ended.
//!
//! What is not here: who may connect (the relay decides), what a call may do (the laptop's delivery policy), and
//! when to dial again (the host's presence).

mod accept;
mod adapter;
mod backlog;
mod body;
mod busy_poll;
pub mod card;
mod carrier;
mod clock;
mod dial;
pub mod door;
mod driver;
mod exchange;
mod h1;
pub mod hello;
pub mod host_label;
mod intake;
mod link;
mod pings;
mod plain;
mod proof;
mod queue;
mod read_ahead;
mod relay_link;
mod serve;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(target_os = "linux")]
mod unpaced;
#[cfg(target_os = "linux")]
mod unsent;

pub use accept::{AcceptError, Handshake, OpenedLink, RelayEvent, RelayEvents};
pub use body::{CallBody, CallerBody, read_away};
pub use carrier::Carrier;
pub use dial::{Dial, DialError, Stage, dial};
pub use driver::EVENTS_AT_ONCE;
pub use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
pub use exchange::{AnswerError, Exchange, ExchangeError, Reply, Unanswered};
pub use h1::{Malformed, Pipe, Room, WireError, chunk_size};
pub use intake::{BodyError, Intake};
pub use link::{BoxError, Granted, Hush, Link, LinkEnd, LinkHandle, LinkLost, LinkStatus};
pub use plain::{Answered, PlainCalls};
pub use proof::{Prover, RELAY_KEY_EXTENSION, RelayKeyHash, Shown, card_extension, key_text, keys_in_card};
pub use relay_link::{RelayLink, STREAMS_PER_LINK};
pub use serve::CallContent;
#[cfg(target_os = "linux")]
pub use unpaced::unpace;
#[cfg(target_os = "linux")]
pub use unsent::keep_unsent;
