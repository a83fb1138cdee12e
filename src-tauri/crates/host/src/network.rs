//! Network: says when this machine's way out has changed, and whether an address is still this machine's.
//!
//! What changed, and what follows from it, others decide: a link whose address has gone is dead, another one is asked.

use std::{
    future::Future,
    net::{IpAddr, UdpSocket},
    time::Duration,
};

use n0_watcher::Watcher as _;
use netwatch::netmon::Monitor;
use tokio_util::task::AbortOnDropHandle;

/// The least between two changes that are told. A cable, an address and a route come one after another, and an
/// interface may flap for hours.
const APART: Duration = Duration::from_millis(500);

/// Watches the network as long as it is kept.
pub(crate) struct Network(#[allow(dead_code, reason = "kept for what its end does")] AbortOnDropHandle<()>);

impl Network {
    /// Calls `moved` after every change of an interface, an address or the default route.
    pub(crate) fn watch<F>(moved: impl Fn() -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(AbortOnDropHandle::new(tokio::spawn(watch(moved))))
    }
}

async fn watch<F: Future<Output = ()>>(moved: impl Fn() -> F) {
    let monitor = match Monitor::new().await {
        Ok(monitor) => monitor,
        Err(error) => {
            tracing::warn!(%error, "changes of the network are not noticed; the links' pings have to do");
            return;
        }
    };
    let mut states = monitor.interface_state();
    let mut known = states.get();
    while let Ok(state) = states.updated().await {
        if state.is_major_change(&known) {
            tracing::info!("the network has changed");
            moved().await;
            tokio::time::sleep(APART).await;
        }
        known = state;
    }
}

/// Whether this machine has the address: only then can a socket be bound to it.
pub(crate) fn is_ours(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_ours_and_a_documentation_address_is_not() {
        assert!(is_ours([127, 0, 0, 1].into()));
        assert!(!is_ours([192, 0, 2, 1].into()));
    }
}
