//! Looks at a relay from outside, as laptops and the platform will meet it, and says what is wrong and what to do.
//!
//! It needs no key and no door, sends no secret, and changes nothing: what can be found out by strangers is what
//! strangers can break. It dials by itself, past any proxy, since that is what the platform does.

mod certificate;
mod connect;
mod idle;
mod steps;
mod talk;

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use url::Url;

use self::connect::{Dialled, Target};

/// How it stands with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// It works, and somebody should look at it.
    Doubtful,
    /// It does not work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What, in one word.
    pub what: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when nothing is to be done.
    pub next: String,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            state: State::Good,
            found: found.into(),
            next: String::new(),
        }
    }

    fn doubtful(what: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what,
            state: State::Doubtful,
            found: found.into(),
            next: next.into(),
        }
    }

    fn wrong(what: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            state: State::Wrong,
            ..Self::doubtful(what, found, next)
        }
    }
}

/// How to look.
#[derive(Clone, Debug)]
pub struct Look {
    /// The relay's public URL.
    pub url: Url,
    /// For how long to leave a connection idle before it is used again.
    pub idle: Duration,
    /// Authorities to trust besides this machine's own.
    pub authorities: Vec<CertificateDer<'static>>,
}

/// Authorities in a PEM file.
pub fn authorities(file: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, String> {
    use rustls::pki_types::pem::PemObject as _;
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(format!("{}: no certificate in it", file.display()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

/// Looks at everything. What depends on something that does not work is left out.
pub async fn check(look: &Look) -> Vec<Finding> {
    let mut findings = Vec::new();
    let target = match Target::of(&look.url) {
        Ok((target, finding)) => {
            findings.extend(finding);
            target
        }
        Err(finding) => return vec![finding],
    };
    let Some(address) = connect::reachable(&target, &mut findings).await else {
        return findings;
    };
    let dial = match Dialled::with(target, address, &look.authorities) {
        Ok(dial) => dial,
        Err(finding) => {
            findings.push(finding);
            return findings;
        }
    };
    if !dial.look_at_tls(&mut findings).await {
        return findings;
    }
    let health = steps::health(&dial).await;
    let is_relay = health.state != State::Wrong;
    findings.push(health);
    if !is_relay {
        return findings;
    }
    let (door, silence, link, idle) = tokio::join!(
        steps::false_door(&dial),
        steps::silence(&dial),
        steps::link(&dial),
        idle::kept(&dial, look.idle),
    );
    findings.extend([door, silence, link, idle]);
    findings
}
