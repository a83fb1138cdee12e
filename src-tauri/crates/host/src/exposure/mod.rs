//! The ways in without a relay that still have doors: the host's own listener, and what makes it reachable.
//!
//! [`OwnListener`] serves the doors on loopback, by the same rules and the same code as a link does. It is made reachable
//! by a program that Ligand keeps running ([`Publisher`]), `cloudflared` or `ngrok`, or by something of the user's own whose
//! public URL the profile names. What is registered is that address with a door's path below it. A door has a nonce of the
//! laptop's as everywhere, and no MAC: there is no relay that must tell true paths from false ones.
//!
//! Closing a call without a byte makes the platform queue it, and does not survive any of these: whoever ends HTTP on the
//! way answers in our place. So behind them messages that are sent while this laptop is away are refused, not queued, which
//! `health` says for as long as such a profile runs.
//!
//! What is not here: who may call (`doors`), what becomes of a call (`deliveries`), and when what is registered (`presence`).

mod cloudflared;
mod listener;
mod ngrok;
mod program;
mod publisher;
mod word;

use std::net::SocketAddr;

use url::Url;

pub(crate) use self::{
    listener::OwnListener,
    program::Program,
    publisher::{Kit, Publisher, Reach},
};
use crate::config::ExposureConfig;

/// How the own listener is made reachable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Front {
    /// By a program that Ligand keeps running.
    Program(Program),
    /// By something that leads from this public address to that address of ours.
    Url { url: Url, listen: SocketAddr },
}

impl Front {
    /// The one that a profile names.
    pub(crate) fn of(exposure: &ExposureConfig) -> Option<Self> {
        match exposure {
            ExposureConfig::Cloudflared => Some(Self::Program(Program::Cloudflared)),
            ExposureConfig::Ngrok => Some(Self::Program(Program::Ngrok)),
            ExposureConfig::Url { url, listen } => Some(Self::Url {
                url: url.clone(),
                listen: *listen,
            }),
            ExposureConfig::Relay { .. } | ExposureConfig::Poll | ExposureConfig::Auto { .. } => None,
        }
    }
}
