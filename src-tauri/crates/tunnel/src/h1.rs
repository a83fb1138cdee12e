//! HTTP/1.1 on a stream of a link: as much of it as a relay and a laptop need to talk to each other, and no more.
//!
//! The general libraries parse a connection that anybody may write to, hand each exchange to a task of its own, and
//! read ahead; all of it is paid once per call. Here a head arrives whole in one packet as a rule, and so does a short
//! body, and both are used where they lie.
//!
//! Anyone may own the laptop at the other side of a relay, so this is strict: what could be read in two ways is an error,
//! and the stream is dropped. The laptop speaks the same with its agent, and the relay with callers whose calls are plain
//! (`plain`). What is not here: everything else that a caller may say at the relay's public end, where the general library
//! stays.

mod answer;
mod bunch;
mod call;
mod chunks;
mod content;
mod headers;
mod room;
mod wire;

pub(crate) use self::{
    answer::{Answer, put_answer_head},
    bunch::Bunch,
    call::{put_call_head, read_call},
    chunks::{END_OF_BODY, put_chunk},
    content::Content,
    wire::{Refused, Wire, end_of_head},
};
pub use self::{
    chunks::chunk_size,
    room::Room,
    wire::{Pipe, WireError},
};

/// What was read is not HTTP/1.1, or can be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);
