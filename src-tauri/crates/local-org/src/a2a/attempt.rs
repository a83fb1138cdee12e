//! One call to a target's agent, with the platform's patience.

use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use url::Url;

use super::dispatch::{AgentAnswer, Call, End};
use super::failure::Failure;
use super::target::Errand;
use crate::clock::{Clock, Stamp};
use crate::hub::Ear;
use crate::org::Org;
use crate::refusal::Refusal;

/// How long a call in the name of a workspace may take at most, unless its caller set `X-Timeout`.
pub(crate) const CEILING: Duration = Duration::from_secs(30 * 60);

/// How one call ended.
pub(crate) enum Attempt {
    Answered(AgentAnswer),
    /// Not even tried.
    Refused(Refusal),
    Failed(Failure),
}

/// Calls the agent once.
pub(crate) async fn attempt(org: &Org, errand: &Errand, url: Url, limit: Option<Stamp>) -> Attempt {
    let Errand { target, message, .. } = errand;
    let inbound_secret = match &target.secret {
        Some((_, true)) => {
            return Attempt::Refused(
                Refusal::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "workspace re-registering — please retry in 30 seconds",
                )
                .with("retry_after_seconds", 30),
            );
        }
        Some((secret, false)) => Some(secret.clone()),
        None => None,
    };
    let ear = org.hub.listen(target.id, org.clock.now());
    let call = Call {
        url,
        inbound_secret,
        body: message.body.clone(),
    };
    let response = tokio::select! {
        biased;
        response = org.agents.call(&org.clock, call) => response,
        reason = patience(&org.clock, &ear, target.idle, limit) => Err(Failure::Busy(reason)),
    };
    let response = match response {
        Ok(response) => response,
        Err(failure) => return Attempt::Failed(failure),
    };
    let status = response.status();
    Attempt::Answered(tokio::select! {
        biased;
        answer = org.agents.read(response) => answer,
        _ = patience(&org.clock, &ear, target.idle, limit) => {
            AgentAnswer { status, body: Bytes::new(), end: End::Cut }
        }
    })
}

/// Waits until a call has lasted too long: no event of its workspace for `idle`, or `limit` is reached. Says
/// which.
async fn patience(clock: &Clock, ear: &Ear, idle: Duration, limit: Option<Stamp>) -> &'static str {
    loop {
        let now = clock.now();
        let silent_at = ear.last().unwrap_or(now) + idle;
        if limit.is_some_and(|limit| limit <= now) {
            return "context deadline exceeded";
        }
        if silent_at <= now {
            return "context canceled";
        }
        clock
            .sleep_until(limit.map_or(silent_at, |limit| limit.min(silent_at)))
            .await;
    }
}
