//! The call to the agent, byte for byte as the platform makes it.
//!
//! Except for `Accept: */*`, which the HTTP library can't leave out and the platform's does not send.
//!
//! One pooled client. A connection that the agent closed while it lay idle is noticed and replaced; a request
//! of which bytes were written is never sent twice.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use tokio::sync::Semaphore;
use url::Url;

use super::failure::{Failure, judge};
use crate::agent_url::{UrlRules, look_up};
use crate::clock::Clock;
use crate::era::Era;
use crate::secret::Secret;

/// The name by which the platform's HTTP client goes.
const USER_AGENT: &str = "Go-http-client/1.1";
/// How long an unused connection is kept; the platform's number.
const POOL_IDLE: Duration = Duration::from_secs(90);
/// Redirects that are followed, where they are followed at all; the platform's number.
const MAX_REDIRECTS: usize = 10;
/// Calls to agents at a time. The platform has no bound; this one only keeps a runaway caller from eating the
/// laptop.
const MAX_CALLS: usize = 1024;

/// What came back.
#[derive(Debug)]
pub(crate) struct AgentAnswer {
    pub(crate) status: StatusCode,
    /// What was read, at most the cap.
    pub(crate) body: Bytes,
    pub(crate) end: End,
}

/// How the body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// Broken off.
    Cut,
    /// Longer than the cap.
    TooLong,
}

/// Where and what to send.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) url: Url,
    pub(crate) inbound_secret: Option<Secret>,
    pub(crate) body: Bytes,
}

/// Calls agents.
pub(crate) struct Dispatcher {
    client: reqwest::Client,
    era: Era,
    /// A permit per call.
    pub(crate) calls: Arc<Semaphore>,
}

impl Dispatcher {
    /// Makes the client.
    pub(crate) fn new(era: Era, rules: UrlRules) -> reqwest::Result<Dispatcher> {
        let redirects = if era.follows_redirects() {
            Policy::limited(MAX_REDIRECTS)
        } else {
            Policy::none()
        };
        let mut client = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirects)
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(era.connect_timeout())
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true);
        if era.checks_dialled_addresses() {
            client = client.dns_resolver(Arc::new(CheckedNames(rules)));
        }
        Ok(Dispatcher {
            client: client.build()?,
            era,
            calls: Arc::new(Semaphore::new(MAX_CALLS)),
        })
    }

    /// Sends one call and waits for the head of the answer. Never retried here; bounded by whoever awaits it,
    /// and by the generation's own first-byte limit.
    pub(crate) async fn call(&self, clock: &Clock, call: Call) -> Result<reqwest::Response, Failure> {
        let request = self
            .client
            .post(call.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_ENCODING, "gzip")
            .body(call.body)
            .build();
        let mut request = request.map_err(|_| Failure::Unreachable("the request can't be made"))?;
        if let Some(secret) = &call.inbound_secret {
            let mut bearer = HeaderValue::try_from(format!("Bearer {}", secret.expose()))
                .map_err(|_| Failure::Unreachable("the request can't be made"))?;
            bearer.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        let head = self.client.execute(request);
        let response = match self.era.first_byte_timeout() {
            None => head.await,
            Some(limit) => tokio::select! {
                biased;
                head = head => head,
                () = clock.sleep(limit) => return Err(Failure::Busy("timeout awaiting response headers")),
            },
        };
        response.map_err(|error| judge(&error))
    }

    /// Reads the body up to the generation's cap. The answer was asked for compressed, so it may come so.
    pub(crate) async fn read(&self, mut response: reqwest::Response) -> AgentAnswer {
        let status = response.status();
        let zipped = response
            .headers()
            .get(header::CONTENT_ENCODING)
            .is_some_and(|name| name == "gzip");
        let cap = self.era.answer_cap();
        let mut body = BytesMut::new();
        let mut end = End::Whole;
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = cap - body.len();
                    body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if chunk.len() > room {
                        end = End::TooLong;
                        break;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    end = End::Cut;
                    break;
                }
            }
        }
        let body = body.freeze();
        if !zipped || body.is_empty() {
            return AgentAnswer { status, body, end };
        }
        let unzipped = tokio::task::spawn_blocking(move || unzip(&body, cap)).await;
        let (body, unzipped_end) = unzipped.unwrap_or((Bytes::new(), End::Cut));
        AgentAnswer {
            status,
            body,
            end: if end == End::Whole { unzipped_end } else { end },
        }
    }
}

fn unzip(zipped: &[u8], cap: usize) -> (Bytes, End) {
    let mut body = Vec::new();
    // One byte more than the cap tells a body that just fits from one that is too long.
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    let read = flate2::read::MultiGzDecoder::new(zipped)
        .take(limit)
        .read_to_end(&mut body);
    let end = match read {
        Err(_) => End::Cut,
        Ok(_) if body.len() > cap => End::TooLong,
        Ok(_) => End::Whole,
    };
    body.truncate(cap);
    (body.into(), end)
}

/// Looks names up and leaves out the addresses that may not be dialled, so that a name can't move between
/// check and call.
struct CheckedNames(UrlRules);

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0;
        Box::pin(async move {
            let addresses = look_up(name.as_str()).await?;
            let allowed: Vec<SocketAddr> = addresses
                .into_iter()
                .filter(|ip| rules.may_dial(*ip))
                .map(|ip| SocketAddr::new(ip, 0))
                .collect();
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
