//! The local org: an embedded stand-in for the Molecule platform, for trying, developing and testing.
//!
//! It speaks the platform's HTTP and WebSocket interface as faithfully as it can, the known faults of the
//! older generation included, and keeps everything in one SQLite file. It is not a second control plane: it
//! starts no containers, bills nobody and is meant to listen on loopback.
//!
//! ```no_run
//! # async fn demo() -> Result<(), ligand_local_org::StartError> {
//! use ligand_local_org::{Era, Options, start};
//! let org = start(Options {
//!     allow_loopback_agents: true,
//!     ..Options::new(([127, 0, 0, 1], 0).into(), "org.db".into(), Era::L)
//! })
//! .await?;
//! println!("{} {}", org.url(), org.admin_token());
//! org.stop().await;
//! # Ok(())
//! # }
//! ```

mod a2a;
mod agent_url;
mod auth;
mod clock;
mod era;
mod faults;
mod hierarchy;
mod hub;
mod id;
mod org;
mod refusal;
mod routes;
mod running;
mod secret;
mod status;
mod store;
mod sweep;

pub use clock::Clock;
pub use era::Era;
pub use running::{Options, Running, StartError, start, start_at};
pub use store::OpenError;
