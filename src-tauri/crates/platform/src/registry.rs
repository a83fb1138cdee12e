//! The registry: register, heartbeat, card, and the state poll.

use std::fmt;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    client::Platform,
    error::{Error, Kind, Stage},
    lenient,
    status::Status,
    token::Token,
    workspaces::Workspace,
};

/// How messages reach a workspace. Older platforms know only push and pass the field over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// The platform calls the registered address.
    Push,
    /// The laptop asks for them.
    Poll,
}

/// What a register says. It makes the workspace online and its address known, and can be repeated.
#[derive(Clone)]
pub struct Registration {
    /// The workspace.
    pub id: Uuid,
    /// The public address, with a path, without trailing slash or query. Never in a log. None to fetch messages instead
    /// of being called, which newer platforms alone can.
    pub url: Option<String>,
    /// The agent's card, without an address in it.
    pub agent_card: Value,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What the platform answers to a register.
#[derive(Debug, Clone, Deserialize)]
pub struct Registered {
    /// A fresh token, only if the workspace had no live one.
    #[serde(default, deserialize_with = "lenient::secret")]
    pub auth_token: Option<Token>,
    /// What the platform will send with every call (newer platforms).
    #[serde(
        default,
        rename = "platform_inbound_secret",
        deserialize_with = "lenient::secret"
    )]
    pub inbound_secret: Option<Token>,
    /// The mode in force (newer platforms).
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub delivery_mode: Option<DeliveryMode>,
}

/// One heartbeat. Text fields overwrite what the platform shows, so an empty one clears it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Heartbeat {
    /// The workspace.
    pub workspace_id: Uuid,
    /// Share of failed work, from 0 to 1; from 0.5 on the platform shows us degraded.
    pub error_rate: f64,
    /// The last error's text.
    pub sample_error: String,
    /// Deliveries being worked on. The platform sends queued messages only while this is below the limit.
    pub active_tasks: usize,
    /// Seconds since the profile was started.
    pub uptime_seconds: u64,
    /// What is worked on, in words.
    pub current_task: String,
    /// Empty when healthy; anything but that and `wedged` keeps us degraded.
    pub runtime_state: String,
}

/// What the platform answers to a heartbeat.
#[derive(Debug, Clone, Deserialize)]
pub struct Beat {
    /// What the platform will send with every call (newer platforms).
    #[serde(
        default,
        rename = "platform_inbound_secret",
        deserialize_with = "lenient::secret"
    )]
    pub inbound_secret: Option<Token>,
}

/// The state poll's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The status.
    pub status: Status,
    /// Whether the org paused it.
    pub paused: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

#[derive(Deserialize)]
struct StateReply {
    status: Status,
    #[serde(default, deserialize_with = "lenient::or_default")]
    paused: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    deleted: bool,
}

impl Platform {
    /// Registers our card and how messages reach us: newer platforms want the mode said.
    ///
    /// # Errors
    /// As every call. A 400 means that the platform does not take the address.
    pub async fn register(&self, token: &Token, registration: &Registration) -> Result<Registered, Error> {
        let mode = match registration.url {
            Some(_) => DeliveryMode::Push,
            None => DeliveryMode::Poll,
        };
        let mut body = json!({
            "id": registration.id,
            "agent_card": registration.agent_card,
            "delivery_mode": mode,
        });
        let url = registration.url.as_deref().unwrap_or_default();
        if !url.is_empty() {
            body["url"] = json!(url);
        }
        let call = self.call(Stage::Register, Method::POST, "/registry/register");
        call.credential(Some(token))?
            .secret(url)
            .secret(path_of(url))
            .json(&body)
            .decode()
            .await
    }

    /// Sends a heartbeat. The platform may send us queued messages before it answers.
    ///
    /// # Errors
    /// As every call.
    pub async fn heartbeat(&self, token: &Token, beat: &Heartbeat) -> Result<Beat, Error> {
        let call = self.call(Stage::Heartbeat, Method::POST, "/registry/heartbeat");
        call.credential(Some(token))?.json(beat).decode().await
    }

    /// Replaces the agent's card, and neither address nor status.
    ///
    /// # Errors
    /// As every call.
    pub async fn update_card(&self, token: &Token, id: Uuid, card: &Value) -> Result<(), Error> {
        let call = self.call(Stage::UpdateCard, Method::POST, "/registry/update-card");
        let body = json!({"workspace_id": id, "agent_card": card});
        call.credential(Some(token))?.json(&body).reply().await.map(drop)
    }

    /// Reads the workspace's state. A deletion is an answer here ([`State::deleted`]) and no error; but it revokes
    /// the token too, so what a laptop usually sees of one is [`Kind::Unauthorized`].
    ///
    /// # Errors
    /// As every call.
    pub async fn state(&self, token: &Token, id: Uuid) -> Result<State, Error> {
        let call = self.call(Stage::State, Method::GET, &format!("/workspaces/{id}/state"));
        let reply: StateReply = match call.credential(Some(token))?.decode().await {
            Err(Error { kind: Kind::Gone, .. }) => {
                return Ok(State {
                    status: Status::Removed,
                    paused: false,
                    deleted: true,
                });
            }
            reply => reply?,
        };
        Ok(State {
            paused: reply.paused || reply.status == Status::Paused,
            deleted: reply.deleted || reply.status == Status::Removed,
            status: reply.status,
        })
    }

    /// The workspace's neighbours: siblings, children and parent, with less about each than the org's list tells.
    ///
    /// # Errors
    /// As every call.
    pub async fn peers(&self, token: &Token, id: Uuid) -> Result<Vec<Workspace>, Error> {
        let call = self.call(Stage::Peers, Method::GET, &format!("/registry/{id}/peers"));
        call.credential(Some(token))?.decode().await
    }
}

/// What stands behind scheme and host: in a door's URL, the part that must not be told.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}
