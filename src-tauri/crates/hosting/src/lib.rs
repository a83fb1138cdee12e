//! What every process does that holds the host, whatever its face: see whose turn it is, bring the local org and its
//! relay along when asked to, hear the wish to end, be a service of the system's, go without a trace, and have a last
//! word when it fails.
//!
//! It prints nothing of itself but that last word: what a face says, and how it ends, is the face's.

mod embedded;
mod leaving;
mod local;
mod panic;
pub mod service;
mod signals;
mod turn;
mod version;

pub use embedded::{Embedded, EmbeddedError, PROFILE, profile_name};
pub use leaving::{LeaveError, remove_at_login, remove_kept};
pub use local::{Local, LocalToCome};
pub use panic::die_with_a_word;
pub use signals::EndSignals;
pub use turn::{Turn, TurnError, take_turn};
pub use version::{COMMIT, VERSION};

/// The generations of the platform that the local org speaks like.
pub use ligand_local_org::Era;
