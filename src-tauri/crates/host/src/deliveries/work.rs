//! The work on a delivery that was understood: whether it is known already, its turn, the agent, the journal.

use hyper::{
    HeaderMap, Method, Request, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, TRANSFER_ENCODING},
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    Deliveries,
    delivery::{Answer, Ending, Event, Failure, State},
    journal::{Entry, Owed},
    memory::{Claim, Known},
    message::{Key, Message},
    normalise,
    permits::{NoPermit, Permit},
};
use crate::{
    agent::{AgentError, NotWhole, full, whole},
    clock::wall_ms,
};

/// From this length on an answer is brought into shape beside the other work.
const LONG: usize = 256 * 1024;

/// A delivery as it arrived.
pub(super) struct Arrival {
    /// By which way, in a word.
    pub(super) door: &'static str,
    /// Those that go to the agent.
    pub(super) headers: HeaderMap,
    pub(super) message: Message,
    /// Whom the answer is owed to when nobody waits for it on a connection.
    pub(super) owed: Option<Owed>,
}

/// How a delivery ended.
pub(super) struct Settled {
    pub(super) ending: Ending,
    /// Its number in the journal.
    pub(super) seq: Option<i64>,
    /// Whether it was this call that brought it to its end.
    pub(super) is_new: bool,
}

impl Settled {
    fn known(ending: Ending) -> Self {
        Self {
            ending,
            seq: None,
            is_new: false,
        }
    }
}

impl Deliveries {
    /// Brings a delivery to its ending, or waits for the ending of the same one before it.
    pub(super) async fn settle(&self, arrival: Arrival) -> Settled {
        let key = arrival.message.key;
        match self.0.memory.look_up(key, |ending| self.may_repeat(ending)) {
            Known::Ended(ending) => Settled::known(ending),
            Known::UnderWay(follow) => Settled::known(follow.ending().await),
            Known::New(claim) => match self.recall(key).await {
                Some(ending) => {
                    claim.settle(ending.clone());
                    Settled::known(ending)
                }
                None => self.begin(arrival, claim).await,
            },
        }
    }

    /// What the journal knows of a delivery that is not in memory.
    async fn recall(&self, key: Option<Key>) -> Option<Ending> {
        let ending = self.0.journal.recall(self.0.workspace, key?).await?;
        (!self.may_repeat(&ending)).then_some(ending)
    }

    /// Whether the profile wants a delivery with this ending to be tried again.
    fn may_repeat(&self, ending: &Ending) -> bool {
        self.0.config.replay_unknown && matches!(ending, Ending::Unknown(_))
    }

    /// Starts the work on a new delivery and waits for its end. The work goes on when nobody waits any more, unless
    /// nobody could come back for the answer.
    async fn begin(&self, arrival: Arrival, claim: Claim) -> Settled {
        let cut_off = self.cut_off().child_token();
        // Without a key nobody can come back for the answer, so the work ends with its caller.
        let _ends_with_us = (!claim.is_keyed()).then(|| cut_off.clone().drop_guard());
        let lost = |_| Settled::known(Ending::Unknown("Ligand lost sight of it".to_owned()));
        tokio::spawn(self.clone().work(arrival, claim, cut_off))
            .await
            .unwrap_or_else(lost)
    }

    /// The task of a new delivery: it performs what the state asks for, until the end.
    async fn work(self, arrival: Arrival, claim: Claim, cut_off: CancellationToken) -> Settled {
        let _open = self.0.open.token();
        let began = self.0.clock.now();
        let arrived_ms = wall_ms();
        let mut accepting = self.0.accepting.subscribe();
        let mut turn = None;
        let mut seq = None;
        let mut timed_out = false;
        let mut state = State::Waiting;
        let ending = loop {
            let event = match state {
                State::Waiting => tokio::select! {
                    biased;
                    () = cut_off.cancelled() => Event::CutOff,
                    _ = accepting.wait_for(|on| !on) => Event::Stopping,
                    permitted = self.turn(&arrival) => match permitted {
                        Ok(permit) => {
                            turn = Some((permit, self.0.watch.begins(&arrival.message)));
                            Event::Permitted
                        }
                        Err(why) => Event::NotPermitted(why),
                    },
                },
                State::Working => tokio::select! {
                    biased;
                    () = cut_off.cancelled() => Event::CutOff,
                    event = self.ask(&arrival) => event,
                },
                State::Ended(ending) => break ending,
            };
            if matches!(event, Event::Permitted) {
                seq = self.0.journal.begin(self.entry(&arrival, arrived_ms)).await;
                if let Some(seq) = seq {
                    self.0.journal.recorder().request(seq, &arrival.message.body);
                }
            }
            timed_out = matches!(event, Event::Failed(Failure::TooSlow));
            state = state.step(event);
        };
        let took = self.0.clock.now().saturating_sub(began);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if turn.is_some() {
            self.0.watch.ended(&ending, timed_out);
        }
        match seq {
            Some(seq) => {
                if let Ending::Answered(answer) = &ending {
                    self.0.journal.recorder().answer(seq, &answer.body);
                }
                self.0.journal.end(seq, took_ms, ending.clone()).await;
            }
            // It never had its turn, and nobody waits for it: the list of what came is all that it is written for.
            None if turn.is_none() => {
                let entry = Entry {
                    key: None,
                    owed: None,
                    ..self.entry(&arrival, arrived_ms)
                };
                self.0.journal.note(entry, took_ms, ending.clone()).await;
            }
            None => {}
        }
        // The permit goes back first: who has the answer may send the next message at once.
        drop(turn);
        claim.settle(ending.clone());
        Settled {
            ending,
            seq,
            is_new: true,
        }
    }

    /// Waits for a turn: as long as a call may be held, or, for a message that nobody holds a connection for, as long as
    /// it takes.
    async fn turn(&self, arrival: &Arrival) -> Result<Permit, NoPermit> {
        match arrival.owed {
            None => self.0.permits.acquire(self.0.limits.hold).await,
            Some(_) => Ok(self.0.permits.await_one().await),
        }
    }

    fn entry(&self, arrival: &Arrival, arrived_ms: u64) -> Entry {
        let message = &arrival.message;
        let records_bodies = self.0.config.record_bodies;
        Entry {
            workspace: self.0.workspace,
            key: message.key,
            door: arrival.door,
            method: message.method.clone(),
            message_id: message.message_id.clone(),
            headers: arrival.headers.clone(),
            bytes: message.body.len(),
            request: records_bodies.then(|| message.body.clone()),
            records_bodies,
            arrived_ms,
            owed: arrival.owed.clone(),
        }
    }

    /// Calls the agent and takes its answer whole.
    async fn ask(&self, arrival: &Arrival) -> Event {
        let began = self.0.clock.now();
        let asked = timeout(self.0.limits.answer, self.answer(arrival)).await;
        if let Some(message_id) = &arrival.message.message_id {
            let agent = self.0.clock.now().saturating_sub(began);
            self.0.timings.note(message_id, |timing| timing.agent = agent);
        }
        match asked {
            Ok(Ok(answer)) => Event::Answered(answer),
            Ok(Err(failure)) => Event::Failed(failure),
            Err(_) => Event::Failed(Failure::TooSlow),
        }
    }

    async fn answer(&self, arrival: &Arrival) -> Result<Answer, Failure> {
        let message = &arrival.message;
        let interfaces = self.interfaces().await;
        let mut request = Request::new(full(message.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() =
            Uri::try_from(&interfaces.endpoint).map_err(|_| Failure::Agent(AgentError::Address))?;
        *request.headers_mut() = arrival.headers.clone();
        let response = self.0.agent.call(request).await.map_err(Failure::Agent)?;
        let (head, body) = response.into_parts();
        let body = whole(body, self.0.limits.body)
            .await
            .map_err(|not_whole| match not_whole {
                NotWhole::TooLong => Failure::Oversized,
                NotWhole::Broken(error) => Failure::Agent(AgentError::Body(error)),
            })?;
        let events = normalise::events_of(&head.headers, &body);
        let answer = Answer {
            id: message.id.clone(),
            status: head.status,
            events,
            headers: head.headers,
            body,
        };
        // A fetched message's answer is sent as a message of its own, in that shape.
        let in_one_shape = self.0.config.normalise || arrival.owed.is_some();
        if !in_one_shape || !answer.status.is_success() {
            return Ok(answer);
        }
        if answer.body.len() < LONG {
            return Ok(in_the_one_shape(answer));
        }
        // Reading that much takes a while, and the link and others have their turns meanwhile.
        tokio::task::spawn_blocking(move || in_the_one_shape(answer))
            .await
            .map_err(|error| Failure::Agent(AgentError::Body(error.into())))
    }
}

/// The same answer as every reader of the platform understands it.
fn in_the_one_shape(mut answer: Answer) -> Answer {
    let kind = answer.headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    answer.body = normalise::normalised(&answer.body, kind, &answer.id).into();
    let json = HeaderValue::from_static("application/json");
    answer.headers.insert(CONTENT_TYPE, json);
    for name in [CONTENT_LENGTH, TRANSFER_ENCODING] {
        answer.headers.remove(name);
    }
    answer
}
