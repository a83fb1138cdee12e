//! The WebSocket under a link: binary frames as a byte pipe for yamux, text and pongs as events.
//!
//! Writes are gathered. yamux flushes after every frame, which would be one system call each; so its flush is
//! answered with *ready*, and the driver flushes once when yamux has nothing more to say. One flush is one binary
//! message, or several where one would be long. While the connection takes no more, only one waits here: what is still in
//! yamux goes by turns, and what is here by age.
//!
//! One task, the driver, polls everything here. The lock is never contended: it lets yamux own its end of the pipe
//! while the driver sends control frames and flushes.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use futures::{Sink as _, Stream as _};
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};

use crate::backlog::{Backlog, LEAST_BYTES};
use crate::carrier::Carrier;
use crate::clock::Clock;
use crate::queue;
use crate::read_ahead::ReadAhead;

/// Most content of one frame of yamux: with the frame's header and the message's it is a record of TLS, and little enough
/// that what is urgent does not wait for long behind it. At 50 ms and one lost packet in a hundred TCP carries some 300 KB/s,
/// and 64 KB would be 0.2 s. A message is one frame on a slow way, and several on a fast one ([`Backlog::message_bytes`]).
pub(crate) const FRAME_BYTES: usize = 16 * 1024 - 32;
/// The longest header of a message of the WebSocket, from a client (RFC 6455, section 5.2).
const MESSAGE_HEADER_BYTES: usize = 14;
/// Largest message that is taken: four times what we send, so that the other side may send more.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// The WebSocket crate zero-fills its read buffer and keeps it: 128 KB by default, for each idle link. [`ReadAhead`] has
/// the room that saves system calls; here a part is only copied.
const READ_BUFFER_BYTES: usize = 1024;
/// Text messages and pongs that wait for their reader. A link has a handful in a minute.
const EVENTS: usize = 16;

/// What arrives beside the calls.
#[derive(Debug)]
pub(crate) enum Event {
    /// A control message.
    Text(Utf8Bytes),
    /// The answer to a ping.
    Pong { payload: Bytes, at: Duration },
}

/// What was received on a link: how much, and when last.
#[derive(Debug)]
pub(crate) struct Heard {
    clock: Clock,
    at_us: AtomicU64,
    messages: AtomicU64,
    changed: Notify,
}

impl Heard {
    fn new(clock: Clock) -> Self {
        let at_us = AtomicU64::new(micros(clock.now()));
        Self {
            clock,
            at_us,
            messages: AtomicU64::new(0),
            changed: Notify::new(),
        }
    }

    fn mark(&self) -> Duration {
        let now = self.clock.now();
        self.at_us.store(micros(now), Ordering::Release);
        self.messages.fetch_add(1, Ordering::Release);
        self.changed.notify_waiters();
        now
    }

    /// Since the link's beginning.
    pub(crate) fn at(&self) -> Duration {
        Duration::from_micros(self.at_us.load(Ordering::Acquire))
    }

    /// How long ago.
    pub(crate) fn ago(&self) -> Duration {
        self.clock.now().saturating_sub(self.at())
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// How many messages have been received.
    pub(crate) fn messages(&self) -> u64 {
        self.messages.load(Ordering::Acquire)
    }

    /// Waits until more messages than so many have been received.
    pub(crate) async fn more_than(&self, messages: u64) {
        loop {
            let changed = self.changed.notified();
            if self.messages() > messages {
                return;
            }
            changed.await;
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A WebSocket that has become a link's carrier, with what is needed to drive it.
pub(crate) struct Carried {
    pub(crate) socket: SharedSocket,
    pub(crate) events: queue::Receiver<Event>,
    pub(crate) heard: Arc<Heard>,
}

impl Carried {
    /// Wraps a connection on which the upgrade has been done.
    pub(crate) async fn new(io: Box<dyn Carrier>, role: Role) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            // Each batch goes out as it is: gathering is done here.
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        io.keep_unsent(LEAST_BYTES);
        let ws = WebSocketStream::from_raw_socket(ReadAhead::new(io), role, Some(config)).await;
        let (sender, events) = queue::bounded(EVENTS);
        let heard = Arc::new(Heard::new(Clock::start()));
        let socket = Socket {
            ws,
            batch: BytesMut::new(),
            backlog: Backlog::new(),
            arrived: Bytes::new(),
            moved: None,
            events: sender,
            heard: heard.clone(),
        };
        Self {
            socket: SharedSocket(Arc::new(Mutex::new(socket))),
            events,
            heard,
        }
    }
}

/// Both the driver's and yamux's handle on the socket.
#[derive(Clone)]
pub(crate) struct SharedSocket(Arc<Mutex<Socket>>);

impl SharedSocket {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Socket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one message. For when no driver runs.
    pub(crate) async fn send(&self, message: Message) -> Result<(), WsError> {
        let mut message = Some(message);
        std::future::poll_fn(|cx| {
            let mut socket = self.lock();
            if message.is_some() {
                ready!(socket.poll_ready(cx))?;
                if let Some(message) = message.take() {
                    socket.send(message)?;
                }
            }
            socket.poll_flush(cx)
        })
        .await
    }

    /// Sends the close frame. For when no driver runs.
    pub(crate) async fn close(&self) -> Result<(), WsError> {
        self.send(Message::Close(None)).await
    }

    /// The next message; `None` when the other side has closed. For when no driver runs.
    pub(crate) async fn message(&self) -> Option<Result<Message, WsError>> {
        std::future::poll_fn(|cx| self.lock().poll_message(cx)).await
    }
}

/// The WebSocket and the two half-done things on it: the batch being gathered and the message being read.
pub(crate) struct Socket {
    ws: WebSocketStream<ReadAhead<Box<dyn Carrier>>>,
    batch: BytesMut,
    backlog: Backlog,
    arrived: Bytes,
    /// The length of the longest frame of yamux that came or went, since somebody asked.
    moved: Option<usize>,
    events: queue::Sender<Event>,
    heard: Arc<Heard>,
}

impl Socket {
    /// The length of the longest frame of yamux that came or went since the last time.
    pub(crate) fn take_moved(&mut self) -> Option<usize> {
        self.moved.take()
    }

    /// Ready for one more message.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WsError>> {
        Pin::new(&mut self.ws).poll_ready(cx)
    }

    /// Takes a message; only after [`Self::poll_ready`].
    pub(crate) fn send(&mut self, message: Message) -> Result<(), WsError> {
        Pin::new(&mut self.ws).start_send(message)
    }

    /// Sends the batch and everything else that waits.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WsError>> {
        ready!(self.poll_send_batch(cx))?;
        self.poll_sent(cx)
    }

    /// Sends what the WebSocket has taken.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WsError>> {
        let sent = Pin::new(&mut self.ws).poll_flush(cx);
        if sent.is_pending() {
            self.backlog.waits(self.heard.clock().now());
        } else if self.backlog.is_waiting() {
            self.backlog.took_all(self.heard.clock().now());
        }
        sent
    }

    fn poll_send_batch(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WsError>> {
        if !self.batch.is_empty() {
            // Everything before it must have left us. TLS would take four messages more, and whatever is urgent comes
            // behind what it has taken.
            ready!(self.poll_sent(cx))?;
            let batch = self.batch.split().freeze();
            if let Some(bytes) = self.backlog.sends(batch.len()) {
                self.ws.get_ref().carrier().keep_unsent(bytes);
            }
            self.send(Message::Binary(batch))?;
        }
        Poll::Ready(Ok(()))
    }

    /// The next message, whatever it is. `None` when the other side has closed.
    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, WsError>>> {
        Pin::new(&mut self.ws).poll_next(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        while self.arrived.is_empty() {
            match ready!(self.poll_message(cx)) {
                None => return Poll::Ready(Ok(0)),
                Some(Err(error)) => return Poll::Ready(Err(io_error(error))),
                Some(Ok(message)) => self.take(message)?,
            }
        }
        // yamux asks for a header, or for what is left of a frame.
        self.moved = self.moved.max(Some(buffer.len()));
        let length = buffer.len().min(self.arrived.len());
        buffer[..length].copy_from_slice(&self.arrived[..length]);
        self.arrived.advance(length);
        Poll::Ready(Ok(length))
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        let at = self.heard.mark();
        match message {
            Message::Binary(bytes) => self.arrived = bytes,
            Message::Text(text) => self.events.try_send(Event::Text(text)).map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "more control messages than can be answered",
                )
            })?,
            // A pong that nobody has room for is one that nobody asked for.
            Message::Pong(payload) => drop(self.events.try_send(Event::Pong { payload, at })),
            // Pings and closes are answered by the WebSocket crate, with the driver's next flush.
            Message::Ping(_) | Message::Close(_) | Message::Frame(_) => {}
        }
        Ok(())
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.batch.len() >= self.most_batched() {
            ready!(self.poll_send_batch(cx)).map_err(io_error)?;
        }
        let room = self.most_batched() - self.batch.len();
        if self.batch.len() >= FRAME_BYTES {
            // More comes, as a rule as much as there is room for.
            self.batch.reserve(room);
        }
        self.moved = self.moved.max(Some(bytes.len()));
        let length = bytes.len().min(room);
        self.batch.extend_from_slice(&bytes[..length]);
        Poll::Ready(Ok(length))
    }

    /// Most bytes in the batch, so that the whole message is no longer than it should be.
    fn most_batched(&self) -> usize {
        self.backlog.message_bytes() - MESSAGE_HEADER_BYTES
    }
}

fn io_error(error: WsError) -> io::Error {
    match error {
        WsError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// yamux's end of the pipe.
impl futures::AsyncRead for SharedSocket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.lock().poll_read(cx, buffer)
    }
}

impl futures::AsyncWrite for SharedSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.lock().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().poll_flush(cx).map_err(io_error)
    }
}
