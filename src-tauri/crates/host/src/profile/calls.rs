//! The calls that presence asks for, each a future that ends in an event for the machine and in what was learned.
//!
//! Every one has a deadline: the platform client's own, or [`SELF_TEST_DEADLINE`].

use std::time::Duration;

use ligand_platform::{Error, Heartbeat, Kind, Lookup, Platform, Registration, Status, Token, Workspace};
use ligand_tunnel::{VerifyingKey, door::DoorUrl};
use serde_json::Value;
use uuid::Uuid;

use super::card;
use crate::{
    agent::Agent,
    deliveries::{CLOSE_HEADER, Deliveries},
    health::Fault,
    presence::{Effect, Event, Failure, FailureClass, Seen},
    proxy::Proxies,
};

/// From our request through relay and link back to us: two crossings of the network, and a slow TLS handshake.
const SELF_TEST_DEADLINE: Duration = Duration::from_secs(10);

/// The platform's words for how a runtime is; it knows no others.
const HEALTHY: &str = "";
const WEDGED: &str = "wedged";

/// What a call brought besides the machine's event.
#[derive(Default)]
pub(super) struct Learned {
    /// The workspace as the platform shows it.
    pub(super) workspace: Option<Workspace>,
    /// A token that we did not need: ours was revoked.
    pub(super) token: Option<Token>,
    /// The secret with which the platform calls us.
    pub(super) inbound_secret: Option<Token>,
    /// Whether a call that we close without a byte is answered by something on the way.
    pub(super) loud_close: Option<String>,
    /// What went wrong, for the health table.
    pub(super) fault: Option<(Fault, String)>,
}

/// The end of a call.
pub(super) struct Done {
    pub(super) event: Event,
    pub(super) learned: Learned,
}

impl Done {
    fn plain(event: Event) -> Self {
        Self {
            event,
            learned: Learned::default(),
        }
    }
}

/// Everything that the calls of one profile need.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) platform: Platform,
    pub(super) token: Token,
    pub(super) workspace: Uuid,
    pub(super) agent: Agent,
    pub(super) deliveries: Deliveries,
    /// Whether messages are fetched, and no door is registered.
    pub(super) fetches: bool,
    pub(super) relay_key: VerifyingKey,
    pub(super) http: reqwest::Client,
    /// Whether our door is on this machine, which is behind nobody's proxy.
    pub(super) door_is_here: bool,
    pub(super) proxies: Proxies,
    /// The proxy on the way to the platform, in words.
    pub(super) proxy: Option<String>,
}

impl Caller {
    /// Begins anew without the connections that there are.
    pub(super) fn renew(&mut self) -> Result<(), String> {
        self.platform = self.platform.renewed().map_err(|error| error.to_string())?;
        self.http = http(self.door_is_here, self.proxies.configured())?;
        Ok(())
    }

    /// From now on our door is there.
    pub(super) fn reach(&mut self, door_is_here: bool) -> Result<(), String> {
        if self.door_is_here != door_is_here {
            self.door_is_here = door_is_here;
            self.http = http(door_is_here, self.proxies.configured())?;
        }
        Ok(())
    }

    /// Performs one call of presence. `door` is the platform door's URL, while a link is up.
    pub(super) async fn perform(
        self,
        call: Effect,
        door: Option<DoorUrl>,
        uptime: Duration,
        known: bool,
    ) -> Done {
        let proxy = self.proxy.clone();
        let mut done = self.call(call, door, uptime, known).await;
        if let (Some((Fault::ProxyRefused, detail)), Some(proxy)) = (&mut done.learned.fault, proxy) {
            *detail = format!("{proxy}: {detail}");
        }
        done
    }

    async fn call(self, call: Effect, door: Option<DoorUrl>, uptime: Duration, known: bool) -> Done {
        match call {
            Effect::PollState => self.poll_state(known).await,
            Effect::Lookup => self.lookup().await,
            Effect::PublishCard => self.publish_card().await,
            Effect::SelfTest => self.self_test(door).await,
            Effect::Register => self.register(door).await,
            Effect::Beat => self.beat(uptime).await,
            Effect::Dial
            | Effect::Redial
            | Effect::CheckLink
            | Effect::Renew
            | Effect::Suspend
            | Effect::HangUp
            | Effect::Accept(_) => Done::plain(Event::Tick),
        }
    }

    async fn poll_state(self, known: bool) -> Done {
        let answer = self.platform.state(&self.token, self.workspace).await;
        let mut learned = Learned::default();
        // Name and limits are worth one call at each start and none later.
        if answer.is_ok()
            && !known
            && let Ok(Lookup::Present(workspace)) = self.platform.workspace(self.workspace).await
        {
            learned.workspace = Some(workspace);
        }
        let answer = answer.map(|state| match (state.deleted, state.paused) {
            (true, _) => Seen::Removed,
            (false, true) => Seen::Paused,
            (false, false) => seen(&state.status),
        });
        Done {
            event: Event::State(answer.map_err(|error| learned.failed(&error))),
            learned,
        }
    }

    async fn lookup(self) -> Done {
        let mut learned = Learned::default();
        let answer = match self.platform.workspace(self.workspace).await {
            Ok(Lookup::Removed) => Ok(Seen::Removed),
            Ok(Lookup::Present(workspace)) => {
                let seen = seen(&workspace.status);
                learned.workspace = Some(workspace);
                Ok(seen)
            }
            Err(error) => Err(learned.failed(&error)),
        };
        Done {
            event: Event::Looked(answer),
            learned,
        }
    }

    async fn publish_card(self) -> Done {
        let mut learned = Learned::default();
        let answer = match self.card().await {
            Ok(card) => self
                .platform
                .update_card(&self.token, self.workspace, &card)
                .await
                .map_err(|error| learned.failed(&error)),
            Err(failure) => Err(failure.tell(&mut learned)),
        };
        Done {
            event: Event::CardPublished(answer),
            learned,
        }
    }

    /// Where messages are fetched, whether the platform has them to fetch.
    async fn test_fetching(self) -> Done {
        let mut learned = Learned::default();
        let arrived = match self.platform.can_be_polled(&self.token, self.workspace).await {
            Ok(true) => true,
            Ok(false) => {
                let why = "the platform is of the generation that only calls its agents".to_owned();
                learned.fault = Some((Fault::NoWayIn, why));
                false
            }
            Err(error) => {
                learned.failed(&error);
                false
            }
        };
        Done {
            event: Event::Tested(arrived),
            learned,
        }
    }

    async fn self_test(self, door: Option<DoorUrl>) -> Done {
        if self.fetches {
            return self.test_fetching().await;
        }
        let Some(door) = door else {
            return Done::plain(Event::Tested(false));
        };
        let probe = self.deliveries.probe();
        let call = self
            .http
            .post(door.expose())
            .header(probe.name, probe.value)
            .timeout(SELF_TEST_DEADLINE);
        let seen = match call.send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("our door answered {}", answer.status())),
            Err(error) => Some(describe(error)),
        };
        let mut learned = Learned::default();
        let arrived = seen.is_none();
        if arrived {
            learned.loud_close = self.loud_close(&door).await;
        }
        learned.fault = seen.map(|detail| (Fault::SelfTestFailed, detail));
        Done {
            event: Event::Tested(arrived),
            learned,
        }
    }

    /// Calls our own door so that we close it without a byte, as while away. What answers then is not us, and the platform
    /// takes its answer for ours.
    async fn loud_close(&self, door: &DoorUrl) -> Option<String> {
        let probe = self.deliveries.probe();
        let call = self
            .http
            .post(door.expose())
            .header(probe.name, probe.value)
            .header(CLOSE_HEADER, "1")
            .timeout(SELF_TEST_DEADLINE);
        let answer = call.send().await.ok()?;
        Some(format!(
            "a call that we closed without a byte was answered {}",
            answer.status()
        ))
    }

    async fn register(self, door: Option<DoorUrl>) -> Done {
        let mut learned = Learned::default();
        if door.is_none() && !self.fetches {
            return Done::plain(Event::Registered(Err(Failure {
                class: FailureClass::Retry,
                hint: None,
            })));
        }
        let agent_card = match self.card().await {
            Ok(card) => card,
            Err(failure) => {
                return Done {
                    event: Event::Registered(Err(failure.tell(&mut learned))),
                    learned,
                };
            }
        };
        let registration = Registration {
            id: self.workspace,
            url: door
                .filter(|_| !self.fetches)
                .map(|door| door.expose().to_owned()),
            agent_card,
        };
        let answer = match self.platform.register(&self.token, &registration).await {
            Ok(registered) => {
                learned.inbound_secret = registered.inbound_secret;
                learned.token = registered.auth_token;
                Ok(learned.token.is_some())
            }
            Err(error) => Err(learned.failed(&error)),
        };
        Done {
            event: Event::Registered(answer),
            learned,
        }
    }

    async fn beat(self, uptime: Duration) -> Done {
        let mut learned = Learned::default();
        let vitals = self.deliveries.vitals();
        let beat = Heartbeat {
            workspace_id: self.workspace,
            error_rate: vitals.error_rate,
            sample_error: vitals.sample_error,
            active_tasks: *self.deliveries.active().borrow(),
            uptime_seconds: uptime.as_secs(),
            current_task: vitals.current_task,
            runtime_state: if vitals.is_wedged { WEDGED } else { HEALTHY }.to_owned(),
        };
        let answer = match self.platform.heartbeat(&self.token, &beat).await {
            Ok(beaten) => {
                learned.inbound_secret = beaten.inbound_secret;
                Ok(())
            }
            Err(error) => Err(learned.failed(&error)),
        };
        Done {
            event: Event::Beat(answer),
            learned,
        }
    }

    async fn card(&self) -> Result<Value, NoCard> {
        match self.agent.card(None).await {
            Ok(card) => Ok(card::for_platform(card, &self.relay_key)),
            Err(error) => Err(NoCard(error.to_string())),
        }
    }
}

/// What calls our own door.
pub(super) fn http(door_is_here: bool, proxy: Option<reqwest::Proxy>) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if door_is_here {
        builder = builder.no_proxy();
    } else if let Some(proxy) = proxy {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| error.to_string())
}

/// The agent did not give its card.
struct NoCard(String);

impl NoCard {
    fn tell(self, learned: &mut Learned) -> Failure {
        learned.fault = Some((Fault::AgentNotReady, self.0));
        Failure {
            class: FailureClass::Retry,
            hint: None,
        }
    }
}

impl Learned {
    /// Notes a failed call for the health table, and sorts it for the machine.
    fn failed(&mut self, error: &Error) -> Failure {
        let class = match &error.kind {
            Kind::Unauthorized { .. } => FailureClass::Unauthorized,
            Kind::Gone => FailureClass::Gone,
            _ => FailureClass::Retry,
        };
        let fault = Fault::of_call(&error.kind);
        self.fault = Some((fault, error.to_string()));
        Failure {
            class,
            hint: error.kind.retry_after(),
        }
    }
}

fn seen(status: &Status) -> Seen {
    match status {
        Status::Removed => Seen::Removed,
        Status::Paused => Seen::Paused,
        Status::Offline | Status::Failed | Status::AwaitingAgent | Status::Provisioning => Seen::Lapsed,
        _ => Seen::Present,
    }
}

/// The deepest cause of a failed call, without the URL that reqwest puts into its own text.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        deepest.to_string()
    }
}
