//! One call to a door: to the workspace's link if there is one, and what happens when there is none.
//!
//! A call is *quiet* when it is one that the platform queues if its connection ends without a byte: a POST to the
//! platform door itself. It is held while the workspace is away, and ends in silence. Every other call gets a prompt
//! answer.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::{Method, Request, Response, StatusCode, Version};
use ligand_tunnel::door::{DoorPath, Slot};
use ligand_tunnel::{CallBody, ExchangeError, RelayLink, Reply, read_away};

use crate::answers::{Answer, PublicBody};
use crate::directory::Place;
use crate::headers;
use crate::running::Relay;

/// How long a caller may take to send a body to a workspace that is away.
const SENDING_WAIT: Duration = Duration::from_secs(20);
/// How long it may pause in it.
const SENDING_QUIET: Duration = Duration::from_secs(2);
/// How much it may send: the longest message that a platform sends, and more.
const SENDING_BYTES: usize = 64 * 1024 * 1024;

/// The caller's connection is to be closed without a single byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("closed without an answer")]
pub(crate) struct Silence;

type Answered = Result<Response<PublicBody>, Silence>;

/// Answers a call to a door that this relay has made.
pub(crate) async fn call(
    relay: &Relay,
    place: Place,
    door: &DoorPath,
    below: &str,
    request: Request<Incoming>,
) -> Answered {
    if !headers::is_passable(&request) {
        return Ok(Answer::BadRequest.response());
    }
    if headers::wants_upgrade(&request) {
        return Ok(Answer::NoUpgrade.response());
    }
    let quiet = door.slot == Slot::Platform && below.is_empty() && request.method() == Method::POST;
    let call = Call {
        relay,
        place,
        quiet,
        held_until: None,
    };
    let answered = call.answer(request).await;
    let status = answered.as_ref().map(|answer| answer.status().as_u16()).ok();
    tracing::debug!(workspace = %place.workspace, door = %door.slot, status, "call");
    answered
}

struct Call<'a> {
    relay: &'a Relay,
    place: Place,
    quiet: bool,
    /// Set when it is held for the first time: losing a second link buys no more time.
    held_until: Option<Duration>,
}

impl Call<'_> {
    async fn answer(mut self, request: Request<Incoming>) -> Answered {
        // Before the body is touched: looking at it may send the caller a `100 Continue`, which is a byte.
        let mut link = match self.link().await {
            Ok(link) => link,
            Err(answer) => {
                let answered = self.or_silence(answer);
                if answered.is_ok() {
                    read_away(request.into_body());
                } else if !request.headers().contains_key(EXPECT) {
                    sent(request.into_body()).await;
                }
                return answered;
            }
        };
        let Ok(mut request) = passed_on(request).await else {
            // The caller broke off in the middle of its body.
            return Err(Silence);
        };
        loop {
            match link.send(request).await {
                Ok(response) => return self.pass_back(response),
                Err(ExchangeError::Busy(_)) => return self.or_silence(Answer::Busy),
                Err(ExchangeError::Broken { sent_any, cause }) => {
                    tracing::debug!(workspace = %self.place.workspace, sent_any, %cause, "exchange broke off");
                    return self.or_silence(Answer::Broken);
                }
                Err(ExchangeError::Away(back)) => {
                    request = *back;
                    self.relay.directory.ended(self.place, &link);
                    link = match self.link().await {
                        Ok(link) => link,
                        Err(answer) => return self.or_silence(answer),
                    };
                }
            }
        }
    }

    /// The workspace's link; waits for one if the call is to be held.
    async fn link(&mut self) -> Result<RelayLink, Answer> {
        let directory = &self.relay.directory;
        if let Some(link) = directory.link(self.place) {
            return Ok(link);
        }
        if directory.refuses(self.place) {
            return Err(Answer::Stopped);
        }
        if !self.quiet {
            return Err(Answer::Away);
        }
        let Ok(mut held) = directory.hold(self.place) else {
            return Err(Answer::Away);
        };
        let now = self.relay.clock.now();
        let until = *self.held_until.get_or_insert(now + held.time);
        tokio::select! {
            biased;
            () = self.relay.draining.cancelled() => Err(Answer::Away),
            link = tokio::time::timeout(until.saturating_sub(now), held.link()) => {
                link.map_err(|_| Answer::Away)
            }
        }
    }

    fn or_silence(&self, answer: Answer) -> Answered {
        if self.quiet && answer != Answer::Stopped {
            Err(Silence)
        } else {
            Ok(answer.response())
        }
    }

    fn pass_back(&self, response: Response<Reply>) -> Answered {
        let (mut parts, body) = response.into_parts();
        if parts.status == StatusCode::SWITCHING_PROTOCOLS {
            // Nobody asked for it, and no protocol could follow.
            return self.or_silence(Answer::Broken);
        }
        parts.version = Version::HTTP_11;
        headers::strip_hop_by_hop(&mut parts.headers);
        Ok(Response::from_parts(parts, PublicBody::laptop(body)))
    }
}

/// Waits until a caller has sent its body. A connection that is closed under its pen looks to it like a failed write,
/// for which the platform does not queue, and not like silence. Not for a caller that first wants to be told to go on:
/// that would be a byte.
async fn sent(mut body: Incoming) {
    let mut left = SENDING_BYTES;
    let sending = async {
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(SENDING_QUIET, body.frame()).await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    drop(tokio::time::timeout(SENDING_WAIT, sending).await);
}

/// The request as it goes to the laptop: path, query and all headers that are not about the caller's connection.
async fn passed_on(request: Request<Incoming>) -> Result<Request<CallBody>, hyper::Error> {
    let (mut parts, body) = request.into_parts();
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    headers::strip_hop_by_hop(&mut parts.headers);
    Ok(Request::from_parts(parts, CallBody::gather(body).await?))
}
