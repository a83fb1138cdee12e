//! Programs that Ligand keeps running: started, watched, started again when they end, and never left behind.
//!
//! [`Supervisor`] is the one task of such a program: it does what `machine` decides. What is peculiar to one, how it is
//! started, what shows that it is ready, and what is told of it, is its [`Charge`]. `process` and `guard` are how it is
//! started and never outlives the host, `environment` is what it inherits, and `output` keeps what it says.
//!
//! A program that is run once, for its answer, is a [`Process`] without a supervisor.
//!
//! States, as `machine` has them: stopped, starting, ready, unhealthy, backing off, gave up, and ending.
//!
//! What is not here: what the programs are for.

mod environment;
#[cfg(unix)]
mod guard;
#[cfg(unix)]
mod handing;
mod machine;
#[cfg(unix)]
mod order;
mod output;
#[cfg(unix)]
mod process;
#[cfg(windows)]
#[path = "process_windows.rs"]
mod process;
mod task;

#[cfg(unix)]
pub use self::guard::guard_if_asked;
#[cfg(test)]
#[cfg(unix)]
pub(crate) use self::process::tests::guard_program;
pub(crate) use self::{
    environment::Environment,
    machine::{Machine, State},
    output::{Ear, Hidden, Output, hidden},
    process::{GuardProgram, Life, Process, Streams, reader, writer},
    task::{Charge, Launch, NotLaunched, Supervisor, Terms},
};

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Whether it says itself that all went well.
    pub(crate) is_good: bool,
    /// In words.
    pub(crate) how: String,
}
