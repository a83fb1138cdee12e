//! Callers' connections, from the listener to their end.

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answers::Answer;
use crate::call::Silence;
use crate::caller::{CallerIo, Membership, Watch};
use crate::entrance::Entered;
use crate::framing::{Doubt, Looked, MAX_HEADERS};
use crate::known_door::KnownDoor;
use crate::last_word;
use crate::limit::Limit;
use crate::plain::{self, Over};
use crate::routes;
use crate::running::Relay;
use crate::socket::Socket;

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

/// What hyper reads and writes.
pub(crate) type AnyIo = TokioIo<Looked<CallerIo>>;

/// What a connection may be told.
#[derive(Clone, Copy)]
enum Told {
    /// It is over a limit, or makes room.
    Cut,
    /// The relay cuts everything.
    Stopped,
    /// The relay takes nothing new.
    Draining,
}

impl Told {
    /// Waits for it.
    async fn when(self, relay: &Relay, watch: &Watch) -> Self {
        match self {
            Self::Cut => watch.cut().await,
            Self::Stopped => relay.cut.cancelled().await,
            Self::Draining => relay.draining.cancelled().await,
        }
        self
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
    let (doubt, known) = (Doubt::default(), KnownDoor::default());
    // Looked at when there is something to be told, and not with every packet that wakes the connection.
    let mut told = [Told::Cut, Told::Stopped, Told::Draining]
        .map(|told| told.when(&relay, watch))
        .into_iter()
        .collect::<FuturesUnordered<_>>();
    let mut is_draining = relay.draining.is_cancelled();
    let io = CallerIo::new(socket, watch.clone());
    let mut plain = Box::pin(plain::answer(&relay, io, watch, peer, &known));
    let over = loop {
        tokio::select! {
            biased;
            over = &mut plain => break over,
            Some(told) = told.next() => match told {
                Told::Cut | Told::Stopped => return,
                // It sees that by itself, once it is looked at.
                Told::Draining => is_draining = true,
            },
        }
    };
    drop(plain);
    let (io, begun) = match over {
        Over::Ended => return,
        Over::Leave(socket) => {
            drop(told);
            return leave(&relay, watch, None, socket).await;
        }
        Over::Else(io, begun) => (io, begun),
    };
    let service = service_fn(|request| {
        let answering = watch.call();
        let (relay, doubt, known) = (&relay, &doubt, &known);
        async move {
            routes::answer_without(doubt, relay, peer, known, &watch.intake, request)
                .await
                .map(|answer| answer.map(|body| body.answering(answering)))
        }
    });
    let looked = Looked::new(io, begun, doubt.clone(), relay.limits.head_bytes());
    // Not a graceful shutdown, which closes what has not begun to speak: it is to be heard and answered, once.
    let mut connection = http1::Builder::new()
        .keep_alive(!is_draining)
        // A timer per request costs a system call per request: `Watched` looks at all connections instead.
        .header_read_timeout(None)
        // Both above our own limits, which are met first and answered in words; it sees one byte of what is too much.
        .max_header_size(relay.limits.head_bytes() + 2)
        .max_buf_size(relay.limits.head_bytes() + SPARE_BYTES)
        .max_headers(MAX_HEADERS + 1)
        .serve_connection(TokioIo::new(looked), service)
        .with_upgrades();
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
            Some(told) = told.next() => match told {
                Told::Cut if watch.is_slow_head() => break Some(Answer::HeadTooSlow),
                Told::Cut | Told::Stopped => return,
                Told::Draining if is_draining => {}
                Told::Draining => {
                    is_draining = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
            },
        }
    };
    // It would be told what those are to be told who say goodbye.
    drop(told);
    let Some(parts) = connection.into_parts() else {
        return;
    };
    if word == Some(Answer::HeadTooSlow) && last_word::may_be_message(&parts.read_buf) {
        return;
    }
    let socket = parts.io.into_inner().into_inner().into_socket();
    leave(&relay, watch, word, socket).await;
}

/// Closes in order, with a last word or without a byte.
async fn leave(relay: &Relay, watch: &Watch, word: Option<Answer>, socket: Socket) {
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
