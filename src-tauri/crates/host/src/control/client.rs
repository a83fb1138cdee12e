//! The control API from the other side: what the command line and the window use to talk to a running host.
//!
//! One connection per request: the socket is local, and a command makes one or two. Every wait has a deadline.

mod inspect;
mod notifications;
mod org;
mod peers;
mod plugins;
mod settings;

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use ligand_tunnel::door::Slot;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    api::{Added, DeliveryList, DoorList, SendText, SharedDoor},
    error::{ApiError, ErrorReply},
    handlers::KEEP_ALIVE,
    routes::AGENT_THINKS,
    sse,
};
use crate::{
    config::ProfileName,
    deliveries::{DeliveryDetail, DeliveryView},
    doctor::DoctorReport,
    host::{DoorView, NewProfile, Sent},
    places::Places,
    socket,
    status::Status,
};

/// A local socket is accepted at once, or nobody is there.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// A little more than the longest deadline of an ordinary route, so that the host's own word arrives first.
const ANSWER_DEADLINE: Duration = Duration::from_secs(65);
/// The same for a message to the agent.
const SEND_DEADLINE: Duration = AGENT_THINKS.saturating_add(Duration::from_secs(5));
/// A stream that is silent for this long is dead: three signs of life were missed.
const SILENCE: Duration = KEEP_ALIVE.saturating_mul(3);
/// The largest answer that is taken: an org of 10,000 workspaces, each with texts at their bounds, stays below it.
const MAX_ANSWER: usize = 64 << 20;

/// Why a request to the host came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No host runs, or nobody answers on its socket.
    #[error("no host is running; start one with `ligand up`")]
    NotRunning,
    /// The host did not do it.
    #[error("{0}")]
    Refused(ApiError),
    /// The connection broke, or what came back makes no sense.
    #[error(
        "the host's answer did not arrive: {0}; it may have ended, look at `ligand status` and `ligand logs`"
    )]
    Broken(String),
}

impl ClientError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::NotRunning => "not_running",
            Self::Refused(error) => &error.code,
            Self::Broken(_) => "broken_answer",
        }
    }

    pub(super) fn broken(why: impl std::fmt::Display) -> Self {
        Self::Broken(why.to_string())
    }
}

pub(super) type Answer<T> = Result<T, ClientError>;

/// Talks to the host of one user.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// A client for the host with these places. Nothing is connected yet.
    #[must_use]
    pub fn new(places: &Places) -> Self {
        Self {
            socket: places.socket(),
        }
    }

    /// The status as it is now.
    ///
    /// # Errors
    /// As for every request: no host, a refusal, or a broken connection.
    pub async fn status(&self) -> Answer<Status> {
        self.get("/v1/status").await
    }

    /// The status now, and whenever it changes.
    ///
    /// # Errors
    /// As for every request.
    pub async fn follow_status(&self) -> Answer<StatusFollower> {
        Ok(StatusFollower(self.stream("/v1/events?only=status").await?))
    }

    /// Starts a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn start(&self, profile: &ProfileName) -> Answer<()> {
        self.done(
            Method::POST,
            &format!("/v1/profiles/{profile}/start"),
            &Nothing {},
        )
        .await
    }

    /// Stops a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn stop(&self, profile: &ProfileName) -> Answer<()> {
        self.done(Method::POST, &format!("/v1/profiles/{profile}/stop"), &Nothing {})
            .await
    }

    /// Stops and starts a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn restart(&self, profile: &ProfileName) -> Answer<()> {
        self.done(
            Method::POST,
            &format!("/v1/profiles/{profile}/restart"),
            &Nothing {},
        )
        .await
    }

    /// Starts the agent anew that Ligand starts for a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn restart_agent(&self, profile: &ProfileName) -> Answer<()> {
        let path = format!("/v1/profiles/{profile}/agent/restart");
        self.done(Method::POST, &path, &Nothing {}).await
    }

    /// Sends a message to our own workspace through the platform.
    ///
    /// # Errors
    /// As for every request.
    pub async fn send(&self, profile: &ProfileName, text: String) -> Answer<Sent> {
        let path = format!("/v1/profiles/{profile}/send");
        self.json(Method::POST, &path, Some(&SendText { text }), SEND_DEADLINE)
            .await
    }

    /// Lets the host look at a profile, from its config to its doors.
    ///
    /// # Errors
    /// As for every request.
    pub async fn doctor(&self, profile: &ProfileName) -> Answer<DoctorReport> {
        self.get(&format!("/v1/profiles/{profile}/doctor")).await
    }

    /// The doors of a profile, with their URLs.
    ///
    /// # Errors
    /// As for every request.
    pub async fn doors(&self, profile: &ProfileName) -> Answer<Vec<DoorView>> {
        let list: DoorList = self.get(&format!("/v1/profiles/{profile}/doors")).await?;
        Ok(list.doors)
    }

    /// Opens or closes the shared door.
    ///
    /// # Errors
    /// As for every request.
    pub async fn share(&self, profile: &ProfileName, open: bool) -> Answer<()> {
        self.done(
            Method::PUT,
            &format!("/v1/profiles/{profile}/doors/shared"),
            &SharedDoor { open },
        )
        .await
    }

    /// Gives a door a new address.
    ///
    /// # Errors
    /// As for every request.
    pub async fn rotate_door(&self, profile: &ProfileName, slot: Slot) -> Answer<()> {
        let slot = slot.as_str();
        self.done(
            Method::POST,
            &format!("/v1/profiles/{profile}/doors/{slot}/rotate"),
            &(),
        )
        .await
    }

    /// Forgets the platform's secret.
    ///
    /// # Errors
    /// As for every request.
    pub async fn reset_door(&self, profile: &ProfileName) -> Answer<()> {
        self.done(Method::POST, &format!("/v1/profiles/{profile}/doors/reset"), &())
            .await
    }

    /// The last deliveries with a number above `after`; waits `wait_s` seconds (at most 30) for one.
    ///
    /// # Errors
    /// As for every request.
    pub async fn deliveries(
        &self,
        profile: &ProfileName,
        after: i64,
        limit: u32,
        wait_s: u32,
    ) -> Answer<Vec<DeliveryView>> {
        let path = format!("/v1/profiles/{profile}/deliveries?after={after}&limit={limit}&wait_s={wait_s}");
        let list: DeliveryList = self.get(&path).await?;
        Ok(list.deliveries)
    }

    /// Everything about one delivery.
    ///
    /// # Errors
    /// As for every request.
    pub async fn delivery(&self, profile: &ProfileName, id: i64) -> Answer<DeliveryDetail> {
        self.get(&format!("/v1/profiles/{profile}/deliveries/{id}")).await
    }

    /// Adds a profile and starts it.
    ///
    /// # Errors
    /// As for every request.
    pub async fn add_profile(&self, new: &NewProfile) -> Answer<ProfileName> {
        let added: Added = self
            .json(Method::POST, "/v1/profiles", Some(new), ANSWER_DEADLINE)
            .await?;
        Ok(added.profile)
    }

    /// Has the local org brought along, unless it is there, and gives the profile on it.
    ///
    /// # Errors
    /// As for every request.
    pub async fn bring_local_org(&self) -> Answer<ProfileName> {
        let added: Added = self
            .json(Method::POST, "/v1/local-org", Some(&Nothing {}), ANSWER_DEADLINE)
            .await?;
        Ok(added.profile)
    }

    /// Asks the host to end.
    ///
    /// # Errors
    /// As for every request.
    pub async fn shutdown(&self) -> Answer<()> {
        self.done(Method::POST, "/v1/shutdown", &Nothing {}).await
    }

    /// The last lines of the host's log, or of a profile's agent which Ligand starts, and what is written from now on.
    ///
    /// # Errors
    /// As for every request.
    pub async fn follow_logs(&self, agent: Option<&ProfileName>, lines: usize) -> Answer<LogFollower> {
        let agent = agent
            .map(|profile| format!("&agent={profile}"))
            .unwrap_or_default();
        let path = format!("/v1/logs?lines={lines}&follow=true{agent}");
        Ok(LogFollower(self.stream(&path).await?))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.json(Method::GET, path, None::<&Nothing>, ANSWER_DEADLINE)
            .await
    }

    pub(super) async fn done(&self, method: Method, path: &str, body: &impl Serialize) -> Answer<()> {
        let _: serde_json::Value = self.json(method, path, Some(body), ANSWER_DEADLINE).await?;
        Ok(())
    }

    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        deadline: Duration,
    ) -> Answer<T> {
        let answer = async {
            let response = self.ask(method, path, body).await?;
            let bytes = whole(response.into_body()).await?;
            serde_json::from_slice(&bytes).map_err(ClientError::broken)
        };
        tokio::time::timeout(deadline, answer)
            .await
            .map_err(|_| ClientError::broken("it took too long"))?
    }

    pub(super) async fn stream(&self, path: &str) -> Answer<Stream> {
        let asked = self.ask(Method::GET, path, None::<&Nothing>);
        let response = tokio::time::timeout(ANSWER_DEADLINE, asked)
            .await
            .map_err(|_| ClientError::broken("it took too long"))??;
        Ok(Stream {
            body: response.into_body(),
            reader: sse::Reader::default(),
        })
    }

    /// Sends one request and takes the head of a success, or the whole of a refusal.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Answer<Response<Incoming>> {
        let request = request(method, path, body)?;
        let stream = tokio::time::timeout(CONNECT_DEADLINE, socket::connect(&self.socket))
            .await
            .map_err(|_| ClientError::NotRunning)?
            .map_err(|error| match socket::is_nobody(&error) {
                true => ClientError::NotRunning,
                false => ClientError::broken(error),
            })?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ClientError::broken)?;
        // The connection ends by itself when its answer has been read or dropped.
        tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(ClientError::broken)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        Err(refusal(status, &whole(response.into_body()).await?))
    }
}

/// The body of a request that needs none.
#[derive(Serialize)]
struct Nothing {}

fn request(method: Method, path: &str, body: Option<&impl Serialize>) -> Answer<Request<Full<Bytes>>> {
    let bytes = match body {
        Some(body) => serde_json::to_vec(body).map_err(ClientError::broken)?.into(),
        None => Bytes::new(),
    };
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "ligand")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(bytes))
        .map_err(ClientError::broken)
}

async fn whole(body: Incoming) -> Answer<Bytes> {
    Limited::new(body, MAX_ANSWER)
        .collect()
        .await
        .map(|body| body.to_bytes())
        .map_err(ClientError::broken)
}

fn refusal(status: StatusCode, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<ErrorReply>(body) {
        Ok(ErrorReply { mut error }) => {
            error.status = status;
            ClientError::Refused(error)
        }
        Err(_) => ClientError::broken(status),
    }
}

/// Events from the host.
#[derive(Debug)]
pub(super) struct Stream {
    body: Incoming,
    reader: sse::Reader,
}

impl Stream {
    /// The text of the next event of that name; `None` when the host has ended the stream.
    async fn next(&mut self, name: &str) -> Answer<Option<String>> {
        while let Some(event) = self.next_of_any_name().await? {
            if event.name == name {
                return Ok(Some(event.data));
            }
        }
        Ok(None)
    }

    /// The next event; `None` when the host has ended the stream.
    pub(super) async fn next_of_any_name(&mut self) -> Answer<Option<sse::Event>> {
        loop {
            if let Some(event) = self.reader.next() {
                return Ok(Some(event));
            }
            let frame = tokio::time::timeout(SILENCE, self.body.frame())
                .await
                .map_err(|_| ClientError::broken("the host is silent"))?;
            match frame {
                None => return Ok(None),
                Some(frame) => {
                    let frame = frame.map_err(ClientError::broken)?;
                    let piece = frame.data_ref().map(|bytes| &bytes[..]).unwrap_or_default();
                    self.reader.push(piece).map_err(ClientError::broken)?;
                }
            }
        }
    }
}

/// The status, as it changes.
#[derive(Debug)]
pub struct StatusFollower(Stream);

impl StatusFollower {
    /// The next status: the first is the one of now. `None` when the host has ended.
    ///
    /// # Errors
    /// When the connection breaks or falls silent.
    pub async fn next(&mut self) -> Answer<Option<Status>> {
        match self.0.next("status").await? {
            Some(data) => serde_json::from_str(&data).map(Some).map_err(ClientError::broken),
            None => Ok(None),
        }
    }
}

/// The log, as it is written.
#[derive(Debug)]
pub struct LogFollower(Stream);

impl LogFollower {
    /// The next line. `None` when the host has ended.
    ///
    /// # Errors
    /// When the connection breaks or falls silent.
    pub async fn next(&mut self) -> Answer<Option<String>> {
        self.0.next("line").await
    }
}
