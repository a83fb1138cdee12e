//! The programs that make the own listener reachable, and what is peculiar to each.

use std::{
    ffi::{OsStr, OsString},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use ligand_tunnel::door::without_doors;

use super::{cloudflared, ngrok, word::Word};
use crate::{agent::found, supervise::Environment};

/// A program that makes the own listener reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// A quick tunnel of Cloudflare's, which needs no account.
    Cloudflared,
    /// ngrok, which needs an account.
    Ngrok,
}

impl Program {
    /// The first that is installed.
    pub(crate) fn installed() -> Option<Self> {
        [Self::Cloudflared, Self::Ngrok]
            .into_iter()
            .find(|program| program.file(std::env::var_os("PATH").as_deref()).is_some())
    }

    /// Its name: of its file, of its exposure, and in words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cloudflared => "cloudflared",
            Self::Ngrok => "ngrok",
        }
    }

    /// Its file, as `path` (in the form of `PATH`) has it.
    pub(super) fn file(self, path: Option<&OsStr>) -> Option<PathBuf> {
        found(self.name(), Path::new("/"), path)
    }

    /// How it is started so that it leads to a listener.
    pub(super) fn arguments(self, listener: SocketAddr) -> Vec<String> {
        match self {
            Self::Cloudflared => cloudflared::arguments(listener),
            Self::Ngrok => ngrok::arguments(listener),
        }
    }

    /// What of these variables it is given.
    pub(super) fn environment(self, variables: impl Iterator<Item = (OsString, OsString)>) -> Environment {
        Environment::inherited(variables.filter(|(name, _)| match self {
            Self::Cloudflared => !cloudflared::is_of_another_tunnel(&name.to_string_lossy()),
            Self::Ngrok => true,
        }))
    }

    /// What a line of its output says.
    pub(super) fn read(self, line: &str) -> Option<Word> {
        match self {
            Self::Cloudflared => cloudflared::read(line),
            Self::Ngrok => ngrok::read(line),
        }
    }

    /// The line as it may be written: without doors, which it may name when a call through one fails, and without its
    /// user's token.
    pub(super) fn writable(self, line: &str) -> String {
        let line = without_doors(line);
        match self {
            Self::Cloudflared => line,
            Self::Ngrok => ngrok::without_token(&line),
        }
    }
}
