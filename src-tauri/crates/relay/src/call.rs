//! One call to a door: to the workspace's link if there is one, and what happens when there is none.
//!
//! A call is *quiet* when it is one that the platform queues if its connection ends without a byte: a POST to the
//! platform door itself. It is held while the workspace is away, and ends in silence. Every other call gets a prompt
//! answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::{Method, Request, Response, StatusCode, Version};
use ligand_tunnel::door::{DoorPath, Slot};
use ligand_tunnel::{
    AnswerError, BodyError, CallBody, CallerBody, ExchangeError, Intake, RelayLink, Reply, read_away,
};

use crate::answers::Answer;
use crate::card_copies::CardCall;
use crate::directory::Place;
use crate::headers;
use crate::metrics::Outcome;
use crate::public_body::PublicBody;
use crate::running::Relay;
use crate::turns::{Crowded, Turn};

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
    relay: &Arc<Relay>,
    place: Place,
    door: &DoorPath,
    below: &str,
    request: Request<CallerBody>,
    intake: &Arc<Intake>,
) -> Answered {
    let began = relay.clock.now();
    let wrong = if !headers::is_passable(&request) {
        Some(Answer::BadRequest)
    } else if headers::wants_upgrade(&request) {
        Some(Answer::NoUpgrade)
    } else {
        None
    };
    if let Some(answer) = wrong {
        relay.metrics.call(answer.into(), Duration::ZERO);
        return Ok(answer.response());
    }
    let quiet = door.slot == Slot::Platform && below.is_empty() && request.method() == Method::POST;
    let call = Call {
        relay,
        place,
        quiet,
        intake,
        card: CardCall::of(door, below, &request),
        held_until: None,
        began,
        outcome: Outcome::Left,
    };
    let answered = call.answer(request).await;
    let status = answered.as_ref().map(|answer| answer.status().as_u16()).ok();
    tracing::debug!(workspace = %place.workspace, door = %door.slot, status, "call");
    answered
}

struct Call<'a> {
    relay: &'a Arc<Relay>,
    place: Place,
    quiet: bool,
    intake: &'a Arc<Intake>,
    /// Where it asks for the agent's card.
    card: Option<CardCall>,
    /// Set when it is held for the first time: losing a second link buys no more time.
    held_until: Option<Duration>,
    began: Duration,
    /// Counted when it is over: a caller who leaves drops the call.
    outcome: Outcome,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let took = self.relay.clock.now().saturating_sub(self.began);
        self.relay.metrics.call(self.outcome, took);
    }
}

impl Call<'_> {
    async fn answer(mut self, request: Request<CallerBody>) -> Answered {
        // Before the body is touched: looking at it may send the caller a `100 Continue`, which is a byte.
        let mut link = match self.link().await {
            Ok(link) => link,
            Err(answer) => {
                let answered = self.away(answer);
                if answered.is_ok() {
                    read_away(request.into_body());
                } else if !headers::expects_continue(&request) {
                    sent(request.into_body()).await;
                }
                return answered;
            }
        };
        let turn = match self.turn(&request).await {
            Ok(turn) => turn,
            Err(answer) => {
                if !headers::expects_continue(&request) {
                    read_away(request.into_body());
                }
                return self.in_words(answer);
            }
        };
        let mut request = match self.passed_on(request).await {
            Ok(request) => request,
            Err(error) => return self.without_body(&error),
        };
        loop {
            match link.send(request).await {
                Ok(response) => return self.pass_back(response, turn),
                Err(ExchangeError::Busy(_)) => return self.or_silence(Answer::Busy),
                Err(ExchangeError::Broken(AnswerError::Body(error))) => return self.without_body(&error),
                Err(ExchangeError::Broken(cause)) => {
                    tracing::debug!(workspace = %self.place.workspace, %cause, "exchange broke off");
                    return self.or_silence(Answer::Broken);
                }
                Err(ExchangeError::Away(back)) => {
                    request = *back;
                    self.relay.directory.ended(self.place, &link);
                    link = match self.link().await {
                        Ok(link) => link,
                        Err(answer) => return self.away(answer),
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
        if self.relay.draining.is_cancelled() {
            return Err(Answer::Draining);
        }
        if !self.quiet {
            return Err(Answer::Away);
        }
        let mut held = match directory.hold(self.place) {
            Ok(held) => held,
            Err(limit) => {
                self.relay.metrics.over(limit);
                return Err(Answer::Away);
            }
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

    /// Waits until the call may go out: neither too fast for its workspace nor too many in all.
    async fn turn(&self, request: &Request<CallerBody>) -> Result<Turn, Answer> {
        if let Some(length) = request.body().size_hint().exact()
            && self.intake.is_too_long(length)
        {
            return Err(Answer::BodyTooLong);
        }
        // A call that was held has come at a time that is long past.
        let now = match self.held_until {
            Some(_) => self.relay.clock.now(),
            None => self.began,
        };
        match self.relay.directory.pace(self.place, now) {
            Ok(Duration::ZERO) => {}
            Ok(wait) => tokio::time::sleep(wait).await,
            Err(again_in) => {
                let seconds = u32::try_from(again_in.as_secs()).unwrap_or(u32::MAX);
                return Err(Answer::TooOften(seconds.saturating_add(1)));
            }
        }
        let turn = self.relay.turns.take(self.place).await;
        turn.map_err(|Crowded| Answer::Overloaded)
    }

    /// The request as it goes to the laptop: path, query and all headers that are not about the caller's connection.
    async fn passed_on(&self, request: Request<CallerBody>) -> Result<Request<CallBody>, BodyError> {
        let (mut parts, body) = request.into_parts();
        parts.version = Version::HTTP_11;
        parts.extensions.clear();
        headers::strip_hop_by_hop(&mut parts.headers);
        let body = CallBody::gather(body, self.intake.clone()).await?;
        Ok(Request::from_parts(parts, body))
    }

    /// The call ends because its body did not come as it should.
    fn without_body(&mut self, error: &BodyError) -> Answered {
        match error {
            BodyError::TooLong => self.in_words(Answer::BodyTooLong),
            BodyError::TooSlow => self.in_words(Answer::BodyTooSlow),
            // Nobody is there to read an answer.
            BodyError::Caller(_) => Err(Silence),
        }
    }

    fn in_words(&mut self, answer: Answer) -> Answered {
        self.outcome = answer.into();
        if let Some(limit) = answer.limit() {
            self.relay.metrics.over(limit);
        }
        Ok(answer.response())
    }

    fn or_silence(&mut self, answer: Answer) -> Answered {
        if !self.quiet || answer == Answer::Stopped {
            return self.in_words(answer);
        }
        self.outcome = Outcome::Silent;
        if let Some(limit) = answer.limit() {
            self.relay.metrics.over(limit);
        }
        Err(Silence)
    }

    /// The answer while there is no link: the last card, where it is asked for and there is one.
    fn away(&mut self, answer: Answer) -> Answered {
        let card = self.card.as_ref().filter(|_| answer != Answer::Stopped);
        let Some(copy) = card.and_then(|card| self.relay.card_copies.answer(self.place, card)) else {
            return self.or_silence(answer);
        };
        if self
            .relay
            .card_copies
            .is_due(self.place, self.relay.recheck_every)
        {
            let (relay, place) = (self.relay.clone(), self.place);
            self.relay.tasks.spawn(async move {
                if relay.admission.is_gone(place).await {
                    relay.card_copies.forget(place);
                }
            });
        }
        self.outcome = Outcome::Copied;
        Ok(copy)
    }

    fn pass_back(&mut self, response: Response<Reply>, turn: Turn) -> Answered {
        let (mut parts, body) = response.into_parts();
        if parts.status == StatusCode::SWITCHING_PROTOCOLS {
            // Nobody asked for it, and no protocol could follow.
            return self.or_silence(Answer::Broken);
        }
        parts.version = Version::HTTP_11;
        headers::strip_hop_by_hop(&mut parts.headers);
        self.outcome = Outcome::Answered;
        let copying = self.card.take().and_then(|card| {
            let length = body.size_hint().exact();
            self.relay
                .card_copies
                .answered(self.place, card, &mut parts, length)
        });
        let body = PublicBody::laptop(body, turn, self.relay.metrics.clone(), copying);
        Ok(Response::from_parts(parts, body))
    }
}

/// Waits until a caller has sent its body. A connection that is closed under its pen looks to it like a failed write,
/// for which the platform does not queue, and not like silence. Not for a caller that first wants to be told to go on:
/// that would be a byte.
async fn sent(mut body: CallerBody) {
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
