//! Where there are no process groups: agents are not started by Ligand here, and the user is told what works instead.

use std::{
    ffi::OsStr,
    io::{self, Empty},
};

use super::environment::Environment;

/// How an agent would be started.
#[derive(Debug, Clone)]
pub(super) struct GuardProgram;

/// An agent that runs: none does.
#[derive(Debug)]
pub(super) enum Process {}

/// What would come of it.
#[derive(Debug)]
pub(super) enum Life {}

/// What it would say.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) stdout: Empty,
    pub(super) stderr: Empty,
}

impl GuardProgram {
    pub(super) fn this() -> io::Result<Self> {
        Ok(Self)
    }
}

impl Process {
    /// Says that it cannot be started.
    pub(super) async fn start(
        _: &GuardProgram,
        _: &[String],
        _: &OsStr,
        _: &Environment,
    ) -> Result<(Self, Life, Streams), String> {
        Err(
            "Ligand starts no agents on this system yet; start it yourself, and attach it with its URL"
                .to_owned(),
        )
    }

    pub(super) fn end(&mut self) {
        match *self {}
    }
}

impl Life {
    pub(super) async fn end(self) -> String {
        match self {}
    }
}
