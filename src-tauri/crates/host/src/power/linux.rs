//! systemd-logind on the system bus: `PrepareForSleep` announces a sleep and its end, and a delay inhibitor holds the
//! sleep back while the relay is told. Without a system bus, or without logind, the clocks alone tell.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::mpsc;
use zbus::{Connection, MatchRule, MessageStream, message::Type, zvariant::OwnedFd};

use super::{Permit, PowerEvent};
use crate::clock::Clock;

const LOGIND: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const PREPARE: &str = "PrepareForSleep";

/// How long bus and logind may take to answer.
const CALL: Duration = Duration::from_secs(5);

/// Waits until a bus that is not there, or was lost, is tried again, each longer than the one before. A machine without
/// one is asked four times an hour, and without jitter: nobody else asks this bus at the same time.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGER_BY: u32 = 4;
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// logind's word that it waits for us: it waits until this is closed, and for `InhibitDelayMaxSec` (5 s) at most.
pub(super) struct Inhibitor(#[allow(dead_code, reason = "kept open for what closing it says")] OwnedFd);

/// Tells of sleeps until nobody listens any more.
pub(super) async fn listen(tell: mpsc::Sender<PowerEvent>, clock: Clock) {
    let mut wait = FIRST_WAIT;
    while !tell.is_closed() {
        match follow(&tell, &clock, &mut wait).await {
            Ok(()) => tracing::debug!("logind's connection ended"),
            Err(error) => tracing::debug!(%error, "nobody announces this machine's sleep"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * LONGER_BY).min(LONGEST_WAIT);
    }
}

/// Follows one connection to its end; a good one makes the waits short again.
async fn follow(tell: &mpsc::Sender<PowerEvent>, clock: &Clock, wait: &mut Duration) -> zbus::Result<()> {
    let bus = in_time(Connection::system()).await?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(LOGIND)?
        .path(PATH)?
        .interface(MANAGER)?
        .member(PREPARE)?
        .build();
    let mut signals = in_time(MessageStream::for_match_rule(rule, &bus, None)).await?;
    let mut inhibitor = Some(inhibit(&bus).await?);
    tracing::debug!("logind announces this machine's sleep");
    *wait = FIRST_WAIT;
    while let Some(signal) = signals.next().await {
        let sleeps: bool = signal?.body().deserialize()?;
        let event = if sleeps {
            PowerEvent::WillSleep(Permit {
                _inhibitor: inhibitor.take(),
            })
        } else {
            PowerEvent::DidWake { slept: clock.tick() }
        };
        if tell.send(event).await.is_err() {
            break;
        }
        if !sleeps && inhibitor.is_none() {
            inhibitor = Some(inhibit(&bus).await?);
        }
    }
    Ok(())
}

async fn inhibit(bus: &Connection) -> zbus::Result<Inhibitor> {
    let words = (
        "sleep",
        "Ligand",
        "tells its relay that this laptop sleeps",
        "delay",
    );
    let call = bus.call_method(Some(LOGIND), PATH, Some(MANAGER), "Inhibit", &words);
    Ok(Inhibitor(in_time(call).await?.body().deserialize()?))
}

async fn in_time<T>(call: impl Future<Output = zbus::Result<T>>) -> zbus::Result<T> {
    let late = || zbus::Error::Failure("no answer in time".to_owned());
    tokio::time::timeout(CALL, call).await.map_err(|_| late())?
}
