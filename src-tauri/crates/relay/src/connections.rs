//! Callers' connections, from the listener to their end.

use std::error::Error as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answers::Answer;
use crate::call::Silence;
use crate::caller::{CallerIo, Membership};
use crate::entrance::Entered;
use crate::framing::{Doubt, MAX_HEADERS};
use crate::last_word;
use crate::limit::Limit;
use crate::routes;
use crate::running::Relay;

/// How long to wait when the operating system has no file for a connection.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Room of a connection's buffers above the largest head.
const SPARE_BYTES: usize = 16 * 1024;

/// Takes connections until the relay cuts everything: also while it drains, since a refused connection would lose the
/// platform's message.
pub(crate) async fn accept(relay: Arc<Relay>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(relay.limits.connections));
    loop {
        let accepted = tokio::select! {
            biased;
            () = relay.cut.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = tokio::select! {
                    biased;
                    () = relay.cut.cancelled() => return,
                    place = place(&relay, &places) => place,
                };
                let member = relay.watched.add();
                relay
                    .tasks
                    .spawn(serve(relay.clone(), stream, peer, member, place));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                // As a rule there is no file for it.
                relay.watched.make_room();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A place for one more connection. Where all are taken, those make room that are not in a call.
async fn place(relay: &Relay, places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    if places.available_permits() == 0 {
        relay.metrics.over(Limit::Connections);
    }
    loop {
        let taken = places.clone().try_acquire_owned();
        if let Ok(place) = taken {
            return place;
        }
        relay.watched.make_room();
        let freed = tokio::time::timeout(ACCEPT_PAUSE, places.clone().acquire_owned()).await;
        if let Ok(Ok(place)) = freed {
            return place;
        }
    }
}

/// `peer` is who connected, which may be a proxy.
async fn serve(
    relay: Arc<Relay>,
    stream: TcpStream,
    peer: SocketAddr,
    member: Membership,
    _place: OwnedSemaphorePermit,
) {
    let watch = &member.watch;
    let entered = tokio::select! {
        biased;
        () = relay.cut.cancelled() => return,
        () = watch.cut() => return,
        entered = relay.entrance.enter(stream, peer) => entered,
    };
    let Some(Entered { socket, peer }) = entered else {
        return;
    };
    watch.entered();
    let peer = peer.ip();
    let doubt = Doubt::default();
    let service = service_fn(|request| {
        let answering = watch.call();
        let (relay, doubt) = (&relay, &doubt);
        async move {
            routes::answer_without(doubt, relay, peer, &watch.intake, request)
                .await
                .map(|answer| answer.map(|body| body.answering(answering)))
        }
    });
    // Not a graceful shutdown, which closes what has not begun to speak: it is to be heard and answered, once.
    let mut is_draining = relay.draining.is_cancelled();
    let mut connection = http1::Builder::new()
        .keep_alive(!is_draining)
        // A timer per request costs a system call per request: `Watched` looks at all connections instead.
        .header_read_timeout(None)
        // Both above our own limits, which are met first and answered in words; it sees one byte of what is too much.
        .max_header_size(relay.limits.head_bytes() + 2)
        .max_buf_size(relay.limits.head_bytes() + SPARE_BYTES)
        .max_headers(MAX_HEADERS + 1)
        .serve_connection(
            CallerIo::new(socket, watch.clone(), doubt.clone(), relay.limits.head_bytes()),
            service,
        )
        .with_upgrades();
    let mut draining = pin!(relay.draining.cancelled());
    let word = loop {
        tokio::select! {
            biased;
            ended = &mut connection => {
                let Err(error) = ended else { return };
                tracing::trace!(%peer, %error, "caller's connection ended");
                if error.source().is_some_and(|cause| cause.is::<Silence>()) {
                    break None;
                }
                if doubt.is_of_length() {
                    relay.metrics.over(Limit::HeadBytes);
                    break Some(Answer::HeadTooLong);
                }
                return;
            }
            () = watch.cut() => {
                if watch.is_slow_head() {
                    break Some(Answer::HeadTooSlow);
                }
                return;
            }
            () = relay.cut.cancelled() => return,
            () = &mut draining, if !is_draining => {
                is_draining = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let Some(parts) = connection.into_parts() else {
        return;
    };
    if word == Some(Answer::HeadTooSlow) && last_word::may_be_message(&parts.read_buf) {
        return;
    }
    let socket = parts.io.into_socket();
    let leaving = async {
        match word {
            Some(answer) => last_word::say(answer, socket).await,
            None => socket.farewell().await,
        }
    };
    // A slow head was cut already, and is cut at every tick.
    let cut = async {
        if word == Some(Answer::HeadTooSlow) {
            std::future::pending::<()>().await;
        }
        watch.cut().await;
    };
    tokio::select! {
        biased;
        () = relay.cut.cancelled() => {}
        () = cut => {}
        () = leaving => {}
    }
}
