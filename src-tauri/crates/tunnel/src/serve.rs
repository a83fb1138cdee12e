//! The laptop's end of a running link: each stream carries calls to the service.
//!
//! States: *serving* → *ended*. After a goodbye the calls in flight go on in the background, so that the host can
//! dial again at once; they end with the relay's patience, with ours, or with the stop token.

pub(crate) mod answering;
pub(crate) mod content;
mod stream;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body;
use hyper::{Request, Response};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::adapter::{Carried, Event, Heard, SharedSocket};
use crate::driver::{Driver, DriverEnd};
use crate::hello::{FromLaptop, FromRelay, MAX_CONTROL_BYTES};
use crate::link::{BoxError, Command, Granted, Hush, Link, LinkEnd, LinkStatus};
use crate::pings::{Next, Pings};
use crate::queue;

/// How long calls in flight may go on after a goodbye. The relay's own patience is shorter.
const GOODBYE_GRACE: Duration = Duration::from_secs(30);
/// How long calls may go on after the stop: whoever stops has waited for those that count, so this is for the last
/// bytes of answers.
const STOP_GRACE: Duration = Duration::from_millis(500);
/// How long the last frames and the close frame may take.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// Messages waiting for the driver.
const OUTGOING: usize = 8;
/// Pings and doors that callers of the handle wait for at the same time.
const ASKING: usize = 16;

impl Link {
    /// Answers calls with `service` until the link ends or `stop` is cancelled. After that no call is taken, and those
    /// under way have a moment to send the end of their answers.
    ///
    /// A dropped caller drops the service's future or its answer's body. An error of that body breaks the call off at
    /// the caller.
    pub async fn serve<S, F, B>(self, service: S, stop: CancellationToken) -> LinkEnd
    where
        S: Fn(Request<CallContent>) -> F + Clone + Send + 'static,
        F: Future<Output = Result<Response<B>, Hush>> + Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Carried {
            socket,
            events,
            heard,
        } = self.carried;
        let (outgoing, outgoing_waiting) = queue::bounded(OUTGOING);
        let (alive, stopping) = (CancellationToken::new(), stop.clone());
        let (streams, calls) = (alive.clone(), TaskTracker::new());
        let under_way = calls.clone();
        let driver = Driver::taking(socket.clone(), outgoing_waiting, move |stream| {
            calls.spawn(serve_stream(
                stream,
                service.clone(),
                stopping.clone(),
                streams.clone(),
            ));
        });
        let (ended, end) = oneshot::channel();
        tokio::spawn(drive(driver, alive.clone(), socket, ended));
        let control = Control {
            heard,
            outgoing,
            pings: Pings::new(self.ping_every, rand::random),
            status: self.status,
            pinging: Vec::new(),
            rotating: Vec::new(),
        };
        // Whatever ends this future ends the driver and the calls, unless the relay said goodbye.
        let guard = alive.drop_guard();
        let ending = tokio::select! {
            biased;
            () = stop.cancelled() => LinkEnd::Stopped,
            // Before the driver's end, which may come together with a goodbye.
            end = control.run(events, self.commands) => end,
            end = end => match end {
                Ok(DriverEnd::Broken(error)) => LinkEnd::Error(error),
                Ok(DriverEnd::Closed) | Err(_) => LinkEnd::Closed,
            },
        };
        match ending {
            LinkEnd::Goodbye(_) => finish_in_background(guard, stop),
            LinkEnd::Stopped => {
                under_way.close();
                // Calls that need longer are cut off.
                drop(tokio::time::timeout(STOP_GRACE, under_way.wait()).await);
            }
            LinkEnd::Silent | LinkEnd::Closed | LinkEnd::Error(_) => {}
        }
        ending
    }
}

pub use self::content::CallContent;

/// Runs the driver. A token that is cancelled closes the link in order, but not slowly.
async fn drive(
    mut driver: Driver,
    alive: CancellationToken,
    socket: SharedSocket,
    ended: oneshot::Sender<DriverEnd>,
) {
    let end = tokio::select! {
        biased;
        () = alive.cancelled() => None,
        end = &mut driver => Some(end),
    };
    alive.cancel();
    match end {
        // Nobody may be waiting for it any more.
        Some(end) => drop(ended.send(end)),
        None => {
            let closed = async {
                drop(driver.close().await);
                drop(socket.close().await);
            };
            drop(tokio::time::timeout(CLOSE_WAIT, closed).await);
        }
    }
}

fn finish_in_background(guard: DropGuard, stop: CancellationToken) {
    tokio::spawn(async move {
        drop(tokio::time::timeout(GOODBYE_GRACE, stop.cancelled()).await);
        drop(guard);
    });
}

async fn serve_stream<S, F, B>(
    stream: yamux::Stream,
    service: S,
    stopping: CancellationToken,
    alive: CancellationToken,
) where
    S: Fn(Request<CallContent>) -> F,
    F: Future<Output = Result<Response<B>, Hush>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let served = tokio::select! {
        biased;
        () = alive.cancelled() => return,
        served = stream::serve(stream, service, &stopping) => served,
    };
    if let Err(error) = served {
        // The exchange is over in each case.
        tracing::trace!(%error, "exchange ended early");
    }
}

/// What is said beside the calls, and the pings.
struct Control {
    heard: std::sync::Arc<Heard>,
    outgoing: queue::Sender<Message>,
    pings: Pings,
    status: watch::Sender<LinkStatus>,
    pinging: Vec<oneshot::Sender<Duration>>,
    rotating: Vec<oneshot::Sender<Granted>>,
}

impl Control {
    async fn run(
        mut self,
        mut events: queue::Receiver<Event>,
        mut commands: mpsc::Receiver<Command>,
    ) -> LinkEnd {
        let clock = self.heard.clock();
        loop {
            let until = match self.pings.next(clock.now(), self.heard.at()) {
                Next::WaitUntil(until) => until,
                Next::Dead => return LinkEnd::Silent,
                Next::Send(number) => {
                    if let Err(end) = self.send(Message::Ping(number.to_be_bytes().to_vec().into())) {
                        return end;
                    }
                    continue;
                }
            };
            let said = tokio::select! {
                biased;
                Some(event) = events.recv() => self.heard_event(&event),
                Some(command) = commands.recv() => self.command(command),
                () = tokio::time::sleep_until(clock.instant(until).into()) => Ok(()),
            };
            if let Err(end) = said {
                return end;
            }
        }
    }

    fn heard_event(&mut self, event: &Event) -> Result<(), LinkEnd> {
        match event {
            Event::Pong { payload, at } => {
                let number = payload.as_ref().try_into().map(u64::from_be_bytes);
                if let Some(round_trip) = number.ok().and_then(|number| self.pings.pong(number, *at)) {
                    let verified_at = self.heard.clock().instant(*at);
                    self.status.send_replace(LinkStatus {
                        round_trip: Some(round_trip),
                        verified_at: Some(verified_at),
                    });
                    for asked in self.pinging.drain(..) {
                        // Whoever asked may have gone.
                        let _gone = asked.send(round_trip);
                    }
                }
                Ok(())
            }
            Event::Text(text) if text.len() > MAX_CONTROL_BYTES => {
                Err(LinkEnd::Error("a control message is too long".into()))
            }
            Event::Text(text) => match serde_json::from_str(text) {
                Ok(FromRelay::Goodbye(goodbye)) => Err(LinkEnd::Goodbye(goodbye)),
                Ok(FromRelay::Doors { doors }) => {
                    if !self.rotating.is_empty() {
                        drop(self.rotating.remove(0).send(doors.into()));
                    }
                    Ok(())
                }
                Ok(
                    FromRelay::Unknown
                    | FromRelay::Challenge { .. }
                    | FromRelay::Welcome { .. }
                    | FromRelay::Refused(_),
                ) => Ok(()),
                // Not the parser's own words: they can quote a door.
                Err(_) => Err(LinkEnd::Error("a control message could not be read".into())),
            },
        }
    }

    fn command(&mut self, command: Command) -> Result<(), LinkEnd> {
        match command {
            // Beyond the limit the answer is dropped, which says that none will come.
            Command::Ping(asked) if self.pinging.len() < ASKING => {
                self.pinging.push(asked);
                self.pings.hurry();
                Ok(())
            }
            Command::Doors { doors, granted } if self.rotating.len() < ASKING => {
                self.rotating.push(granted);
                self.say(&FromLaptop::Doors { doors })
            }
            Command::Ping(_) | Command::Doors { .. } => Ok(()),
            Command::Leaving { hold_s, refuse } => self.say(&FromLaptop::Leaving { hold_s, refuse }),
        }
    }

    fn say(&self, message: &FromLaptop) -> Result<(), LinkEnd> {
        let text = serde_json::to_string(message).map_err(|error| LinkEnd::Error(error.into()))?;
        self.send(Message::text(text))
    }

    /// The driver takes messages whenever the socket does: a full queue is a link that does not move.
    fn send(&self, message: Message) -> Result<(), LinkEnd> {
        self.outgoing.try_send(message).map_err(|_| LinkEnd::Silent)
    }
}
