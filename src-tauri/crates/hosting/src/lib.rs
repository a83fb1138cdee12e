//! What every process does that holds the host, whatever its face: see whose turn it is, bring the local org and its
//! relay along when asked to, hear the wish to end, and have a last word when it fails.
//!
//! It prints nothing of itself but that last word: what a face says, and how it ends, is the face's.

mod embedded;
mod panic;
mod signals;
mod turn;

pub use embedded::{Embedded, EmbeddedError, PROFILE, profile_name};
pub use panic::die_with_a_word;
pub use signals::EndSignals;
pub use turn::{Turn, TurnError, take_turn};

/// The generations of the platform that the local org speaks like.
pub use ligand_local_org::Era;
