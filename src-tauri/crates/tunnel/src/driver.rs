//! The driver: the one task that owns a link's WebSocket and its yamux connection.
//!
//! It sends control messages, opens or hands out streams, lets yamux read and write, and flushes once when nothing
//! more is to be done. It is spawned, never polled inside `block_on`, where each wake would cost a system call more.
//! It ends when the connection does; dropping it ends every stream.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;

use crate::adapter::{FRAME_BYTES, SharedSocket};
use crate::busy_poll::BusyPoll;
use crate::link::BoxError;
use crate::queue;

/// Of how many sockets a runtime with links should hear at once (tokio's `max_io_events_per_tick`). A driver runs when all
/// calls that are ready have run. If those were a whole burst, it would go on as one message, and relay, laptop and agent
/// would work one after the other, each of them waiting for the whole of it: with 32 callers on two cores a quarter of
/// their time was idle. At 8 there are 4 % more calls in a second than at tokio's own 1024, and 8 % more over TLS
/// (`cargo xtask bench tunnel`, 32 callers, both in turn); 6 and 12 do about the same.
pub const EVENTS_AT_ONCE: usize = 8;
/// Most streams that a relay keeps open on one link: bounds what callers that never read can hold at both ends,
/// about 0.3 MB each.
pub(crate) const STREAMS: usize = 256;
/// Most streams that yamux takes. Far above [`STREAMS`]: a stream that one side has dropped lives on for a moment at
/// the other, and one stream too many would end the whole link.
const YAMUX_STREAMS: usize = 4 * STREAMS;
/// What all receive windows of a link may grow to together. yamux demands 256 KiB for each stream; the rest lets
/// single streams grow with the round trip, up to 64 MiB on one that has it.
const RECEIVE_WINDOW: usize = YAMUX_STREAMS * 256 * 1024 + 64 * 1024 * 1024;

/// A relay's wish for a stream.
pub(crate) type Opening = oneshot::Sender<yamux::Stream>;

/// How a driver ended.
#[derive(Debug)]
pub(crate) enum DriverEnd {
    /// The other side closed.
    Closed,
    /// The connection or the protocol broke.
    Broken(BoxError),
}

/// Who opens streams.
enum Streams {
    /// The relay does, when asked.
    Opened {
        wishes: queue::Receiver<Opening>,
        wish: Option<Opening>,
    },
    /// The laptop is given those that the relay opened.
    Taken(Box<dyn FnMut(yamux::Stream) + Send>),
}

/// See the module.
pub(crate) struct Driver {
    socket: SharedSocket,
    yamux: yamux::Connection<SharedSocket>,
    outgoing: queue::Receiver<Message>,
    /// Taken from `outgoing`, waiting for the socket.
    unsent: Option<Message>,
    streams: Streams,
    busy_poll: Option<BusyPoll>,
}

impl Driver {
    /// The relay's: opens a stream for each wish.
    pub(crate) fn opening(
        socket: SharedSocket,
        outgoing: queue::Receiver<Message>,
        wishes: queue::Receiver<Opening>,
    ) -> Self {
        Self::new(
            socket,
            outgoing,
            yamux::Mode::Client,
            Streams::Opened { wishes, wish: None },
        )
    }

    /// The laptop's: hands every stream that arrives to `taker`.
    pub(crate) fn taking(
        socket: SharedSocket,
        outgoing: queue::Receiver<Message>,
        taker: impl FnMut(yamux::Stream) + Send + 'static,
    ) -> Self {
        Self::new(
            socket,
            outgoing,
            yamux::Mode::Server,
            Streams::Taken(Box::new(taker)),
        )
    }

    fn new(
        socket: SharedSocket,
        outgoing: queue::Receiver<Message>,
        mode: yamux::Mode,
        streams: Streams,
    ) -> Self {
        let mut config = yamux::Config::default();
        config.set_split_send_size(FRAME_BYTES);
        // In this order: each of the two checks itself against the other.
        config.set_max_num_streams(YAMUX_STREAMS);
        config.set_max_connection_receive_window(Some(RECEIVE_WINDOW));
        let yamux = yamux::Connection::new(socket.clone(), config, mode);
        Self {
            socket,
            yamux,
            outgoing,
            unsent: None,
            streams,
            busy_poll: BusyPoll::new(),
        }
    }

    /// Sends what the streams have written so far, and ends them. Nothing is read any more.
    pub(crate) async fn close(mut self) -> Result<(), yamux::ConnectionError> {
        std::future::poll_fn(|cx| self.yamux.poll_close(cx)).await
    }

    fn poll_outgoing(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        loop {
            if self.unsent.is_none() {
                match self.outgoing.poll_recv(cx) {
                    Poll::Ready(Some(message)) => self.unsent = Some(message),
                    // Nobody will ask for more: the link lives on for what is under way.
                    Poll::Ready(None) | Poll::Pending => return Poll::Ready(Ok(())),
                }
            }
            let mut socket = self.socket.lock();
            ready!(socket.poll_ready(cx))?;
            if let Some(message) = self.unsent.take() {
                socket.send(message)?;
            }
        }
    }

    /// One stream for each wish, as far as yamux lets us.
    fn poll_wishes(&mut self, cx: &mut Context<'_>) -> Result<(), BoxError> {
        let Streams::Opened { wishes, wish } = &mut self.streams else {
            return Ok(());
        };
        loop {
            if wish.is_none() {
                match wishes.poll_recv(cx) {
                    Poll::Ready(Some(new)) => *wish = Some(new),
                    Poll::Ready(None) | Poll::Pending => return Ok(()),
                }
            }
            match self.yamux.poll_new_outbound(cx) {
                Poll::Ready(stream) => {
                    let stream = stream?;
                    if let Some(wish) = wish.take() {
                        // Whoever wished may have gone: the stream is dropped then, and nobody hears of it.
                        drop(wish.send(stream));
                    }
                }
                Poll::Pending => return Ok(()),
            }
        }
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if let Poll::Ready(sent) = self.poll_outgoing(cx) {
            sent?;
        }
        self.poll_wishes(cx)?;
        while let Poll::Ready(inbound) = self.yamux.poll_next_inbound(cx) {
            let Some(stream) = inbound else {
                return Poll::Ready(Ok(()));
            };
            match &mut self.streams {
                Streams::Taken(taker) => taker(stream?),
                Streams::Opened { .. } => return Poll::Ready(Err("the laptop opened a stream".into())),
            }
        }
        let flushed = self.socket.lock().poll_flush(cx)?;
        // A socket that takes no more is waited for asleep: it should have taken much when it is looked at again.
        if flushed.is_ready()
            && let Some(busy_poll) = &self.busy_poll
        {
            busy_poll.wait(self.socket.lock().take_moved(), cx);
        }
        Poll::Pending
    }
}

impl Future for Driver {
    type Output = DriverEnd;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<DriverEnd> {
        self.poll_end(cx).map(|end| match end {
            Ok(()) => DriverEnd::Closed,
            Err(error) => DriverEnd::Broken(error),
        })
    }
}
