//! The client, and the one way on which every request leaves it.
//!
//! A [`Call`] carries the headers that the platform needs, its credential, a deadline over everything from name
//! look-up to the last byte, and the secrets that no error of it may repeat. What came back is sorted in
//! [`crate::reply`].

use std::time::Duration;

use reqwest::{
    Client, Method, Proxy, RequestBuilder, Response,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN},
};
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use tokio::time::timeout;

use crate::{
    base_url::BaseUrl,
    elements::Elements,
    error::{Error, Kind, Stage},
    reply::{Received, Reply, broken_off, no_json},
    token::Token,
};

/// How long an ordinary call may take: what the platform's own canvas waits.
const DEADLINE: Duration = Duration::from_secs(15);

/// How long name look-up, connection and TLS may take together, so that a network that swallows packets does not take
/// a long call's whole deadline.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// Says which org is meant, where one address serves several.
pub const ORG_ID: HeaderName = HeaderName::from_static("x-molecule-org-id");

/// A client of one platform. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Platform {
    http: Client,
    base: BaseUrl,
    org_id: Option<String>,
    proxy: Option<Proxy>,
}

impl Platform {
    /// A client that sends the platform's own address as `Origin` (hosted edges need it, and any other value is
    /// refused) and, where it is known, the org's id. `HTTPS_PROXY` is honoured, except for this machine itself.
    /// It keeps no cookies and follows no redirects.
    ///
    /// # Errors
    /// When the org's id cannot stand in a header, or the TLS set-up of this machine cannot be used.
    pub fn new(base: BaseUrl, org_id: Option<String>) -> Result<Self, Error> {
        Self::through(base, org_id, None)
    }

    /// The same, with this proxy in the place of the environment's.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn through(base: BaseUrl, org_id: Option<String>, proxy: Option<Proxy>) -> Result<Self, Error> {
        let fail = |kind| Error {
            stage: Stage::Setup,
            kind,
        };
        let header = |text: &str, what: &str| {
            HeaderValue::from_str(text).map_err(|_| {
                fail(Kind::Setup(format!(
                    "{what} holds characters that no header may have"
                )))
            })
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ORIGIN, header(&base.origin(), "the platform's address")?);
        if let Some(org_id) = &org_id {
            headers.insert(ORG_ID, header(org_id.trim(), "the org's id")?);
        }
        let mut builder = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_DEADLINE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("ligand/", env!("CARGO_PKG_VERSION")))
            // `/ws` is an upgrade, which only HTTP/1.1 has; the other calls are too few to gain anything from HTTP/2.
            .http1_only();
        if base.is_loopback() {
            builder = builder.no_proxy();
        } else if let Some(proxy) = &proxy {
            builder = builder.proxy(proxy.clone());
        }
        let http = builder.build().map_err(|error| fail(Kind::of_request(error)))?;
        Ok(Self {
            http,
            base,
            org_id,
            proxy,
        })
    }

    /// The same client without its connections: after a sleep, or on another network, nobody answers on them.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn renewed(&self) -> Result<Self, Error> {
        Self::through(self.base.clone(), self.org_id.clone(), self.proxy.clone())
    }

    /// The platform's address.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Whether a platform answers there.
    ///
    /// # Errors
    /// When none does.
    pub async fn health(&self) -> Result<(), Error> {
        let call = self.call(Stage::Health, Method::GET, "/health");
        call.decode::<IgnoredAny>().await.map(drop)
    }

    /// A call of a path, which begins with a slash.
    pub(crate) fn call(&self, stage: Stage, method: Method, path: &str) -> Call<'static> {
        let request = self.http.request(method, self.base.join(path));
        Call {
            stage,
            request,
            deadline: DEADLINE,
            secrets: Vec::new(),
        }
    }
}

/// A call that is being put together.
pub(crate) struct Call<'a> {
    stage: Stage,
    request: RequestBuilder,
    deadline: Duration,
    /// What no error may repeat, even if the platform does.
    secrets: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// With a credential, if there is one.
    pub(crate) fn credential<'b>(self, token: Option<&'b Token>) -> Result<Call<'b>, Error>
    where
        'a: 'b,
    {
        let Some(token) = token else { return Ok(self) };
        let bearer = token.bearer().map_err(|_| Error {
            stage: self.stage,
            // What the platform would say of it, if it could be sent.
            kind: Kind::Unauthorized {
                status: 401,
                message: "the token cannot stand in a header".to_owned(),
            },
        })?;
        let mut call = self.secret(token.expose());
        call.request = call.request.header(AUTHORIZATION, bearer);
        Ok(call)
    }

    /// Something that no error of this call may repeat.
    pub(crate) fn secret<'b>(self, text: &'b str) -> Call<'b>
    where
        'a: 'b,
    {
        let mut secrets: Vec<&'b str> = self.secrets;
        secrets.push(text);
        Call {
            stage: self.stage,
            request: self.request,
            deadline: self.deadline,
            secrets,
        }
    }

    pub(crate) fn header(mut self, name: impl Into<HeaderName>, value: &str) -> Self {
        self.request = self.request.header(name.into(), value);
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Another deadline than the usual 15 s.
    pub(crate) fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sends it, and reads a 2xx answer with JSON in it to its end.
    pub(crate) async fn reply(self) -> Result<Reply, Error> {
        let secrets = self.secrets.clone();
        self.perform(async |response| Received::read(response).await?.sort(&secrets))
            .await
    }

    /// Sends it, and reads the JSON of a 2xx answer.
    pub(crate) async fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        let stage = self.stage;
        self.reply().await?.decode().map_err(|kind| Error { stage, kind })
    }

    /// Sends it, and hands on each element of the JSON list of a 2xx answer, as it comes.
    pub(crate) async fn each<T: DeserializeOwned>(self, mut take: impl FnMut(T)) -> Result<(), Error> {
        let secrets = self.secrets.clone();
        self.perform(async |mut response| {
            if !Received::is_good(&response) {
                let sorted = Received::read(response).await?.sort(&secrets);
                return Err(match sorted {
                    Err(kind) => kind,
                    Ok(_) => Kind::Protocol("it is no JSON list".to_owned()),
                });
            }
            let mut elements = Elements::new();
            while let Some(chunk) = response.chunk().await.map_err(broken_off)? {
                elements.push(&chunk, |element| {
                    take(serde_json::from_slice(element).map_err(|error| no_json(&error))?);
                    Ok(())
                })?;
            }
            elements.end()
        })
        .await
    }

    /// Sends it, and does the rest within the deadline too. `finish` is given the answer's head.
    pub(crate) async fn perform<T>(
        self,
        finish: impl AsyncFnOnce(Response) -> Result<T, Kind>,
    ) -> Result<T, Error> {
        let Self {
            stage,
            request,
            deadline,
            ..
        } = self;
        let work = async { finish(request.send().await.map_err(Kind::of_request)?).await };
        let done = timeout(deadline, work).await.unwrap_or(Err(Kind::Timeout));
        tracing::debug!(
            ?stage,
            outcome = done.as_ref().map_or_else(Kind::code, |_| "ok"),
            "call to the platform"
        );
        done.map_err(|kind| Error { stage, kind })
    }

    /// The secrets, for a `finish` that sorts the answer itself.
    pub(crate) fn secrets(&self) -> Vec<&'a str> {
        self.secrets.clone()
    }
}
