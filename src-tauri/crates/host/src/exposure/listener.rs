//! The host's own listener: the doors over HTTP on loopback.

use std::{io, net::SocketAddr, time::Duration};

use futures::FutureExt as _;
use hyper::{Request, body::Incoming, service::service_fn};
use tokio::net::TcpListener;

use crate::{
    deliveries::Deliveries,
    serving::{self, Bounds, Served},
};

const BOUNDS: Bounds = Bounds {
    // As many calls as a link has streams.
    connections: 256,
    // Longer than those who pass calls on keep an idle connection (100 s and less): one that is closed under a caller's
    // pen looks like another error.
    head: Duration::from_secs(120),
    // The deliveries have had their time by then.
    last_answers: Duration::from_millis(500),
};

/// A listener that serves the doors. Dropping it ends that without waiting.
#[derive(Debug)]
pub(crate) struct OwnListener {
    addr: SocketAddr,
    served: Served,
}

impl OwnListener {
    /// Listens there, on a free port for 0.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub(crate) async fn start(addr: SocketAddr, deliveries: Deliveries) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        // Boxed here, where the compiler can still see that it may change threads.
        let service = service_fn(move |request: Request<Incoming>| {
            let deliveries = deliveries.clone();
            async move { deliveries.handle(request).await }.boxed()
        });
        let served = Served::start("doors", |stop| serving::serve(listener, service, BOUNDS, stop));
        Ok(Self { addr, served })
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes no more calls, and lets answers in flight end within half a second.
    pub(crate) async fn stop(self) {
        self.served.stop().await;
    }
}
