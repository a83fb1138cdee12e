//! What each route does: takes the request apart, asks the host, puts the answer together.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{
        FromRequest, Path, Query, Request, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use ligand_tunnel::door::Slot;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::{
    api::{Added, DeliveriesQuery, DeliveryList, DoorList, LogLines, LogQuery, SendText, SharedDoor},
    error::ApiError,
    log_sieve::LogSieve,
    log_tail,
};
use crate::{
    deliveries::DeliveryDetail,
    doctor::DoctorReport,
    host::{HostError, HostHandle, NewProfile, Sent},
    status::Status,
};

/// How often a silent stream says that it is alive. A client calls it dead after three of these.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Lines of the log that one answer may have.
const MAX_LINES: usize = 10_000;

/// Deliveries that one answer may have.
const MAX_DELIVERIES: u32 = 1_000;
/// How long new ones are waited for at the most.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What the handlers need.
#[derive(Clone)]
pub(super) struct Shared {
    /// The host that is steered.
    pub(super) handle: HostHandle,
    /// Ends the streams.
    pub(super) stop: CancellationToken,
}

pub(super) type Answer<T> = Result<T, ApiError>;
pub(super) type Done = Answer<Json<serde_json::Value>>;

/// A profile's name out of the path.
pub(super) type Profile = Result<Path<String>, PathRejection>;

pub(super) fn name(path: Profile) -> Answer<String> {
    path.map(|Path(name)| name).map_err(ApiError::bad_request)
}

pub(super) fn done() -> Done {
    Ok(Json(serde_json::json!({})))
}

/// Does what has several steps on a task of its own: whoever asked may go away in the middle.
pub(super) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, HostError>> + Send + 'static,
) -> Answer<T> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(HostError::Stopping.into()),
    }
}

/// A JSON body, whatever its content type says, with our own words for what is wrong with it.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let (status, code) = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
                _ => (StatusCode::BAD_REQUEST, "bad_request"),
            };
            ApiError::new(
                status,
                code,
                "the request's body is larger than 1 MB, or broke off",
                None,
            )
        })?;
        // Without the place's text: the body may hold a token.
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            ApiError::bad_request(format!("{:?} error in line {}", error.classify(), error.line()))
        })
    }
}

pub(super) async fn status(State(shared): State<Shared>) -> Json<Status> {
    Json(Status::clone(&shared.handle.status().borrow()))
}

pub(super) async fn logs(
    State(shared): State<Shared>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Answer<Response> {
    let Query(query) = query.map_err(ApiError::bad_request)?;
    let LogQuery {
        agent,
        lines: wanted,
        level,
        search,
        follow,
    } = query;
    let mut sieve = LogSieve::new(level, search.as_deref());
    let wanted = wanted.min(MAX_LINES);
    // Where not every line counts, more of them are looked through.
    let looked_through = if sieve.is_open() { wanted } else { MAX_LINES };
    let folder = match agent {
        Some(profile) => shared.handle.places().agent_log_dir(&profile),
        None => shared.handle.places().log_dir(),
    };
    let (lines, tail) = log_tail::open(folder, looked_through).await.map_err(|error| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "logs_unreadable",
            format!("the log cannot be read: {error}"),
            Some("check the rights of the state folder"),
        )
    })?;
    let mut lines: Vec<String> = lines
        .into_iter()
        .filter(|line| sieve.lets_through(line))
        .collect();
    lines.drain(..lines.len().saturating_sub(wanted));
    if !follow {
        return Ok(Json(LogLines { lines }).into_response());
    }
    let first = stream::iter(lines);
    let rest = stream::unfold((tail, sieve, shared.stop), async |(mut tail, mut sieve, stop)| {
        let mut lines = stop.run_until_cancelled(tail.next()).await?;
        lines.retain(|line| sieve.lets_through(line));
        Some((stream::iter(lines), (tail, sieve, stop)))
    });
    let lines = futures::StreamExt::chain(first, futures::StreamExt::flatten(rest));
    let events = futures::StreamExt::map(lines, |line| {
        Ok::<_, Infallible>(Event::default().event("line").data(line))
    });
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}

pub(super) async fn start(State(shared): State<Shared>, profile: Profile) -> Done {
    shared.handle.start(&name(profile)?).await?;
    done()
}

pub(super) async fn stop(State(shared): State<Shared>, profile: Profile) -> Done {
    shared.handle.stop(&name(profile)?).await?;
    done()
}

pub(super) async fn restart(State(shared): State<Shared>, profile: Profile) -> Done {
    let name = name(profile)?;
    to_the_end(async move { shared.handle.restart(&name).await }).await?;
    done()
}

pub(super) async fn restart_agent(State(shared): State<Shared>, profile: Profile) -> Done {
    shared.handle.restart_agent(&name(profile)?).await?;
    done()
}

pub(super) async fn send(
    State(shared): State<Shared>,
    profile: Profile,
    Body(SendText { text }): Body<SendText>,
) -> Answer<Json<Sent>> {
    Ok(Json(shared.handle.send(&name(profile)?, &text).await?))
}

pub(super) async fn doctor(State(shared): State<Shared>, profile: Profile) -> Answer<Json<DoctorReport>> {
    Ok(Json(shared.handle.doctor(&name(profile)?).await?))
}

pub(super) async fn doors(State(shared): State<Shared>, profile: Profile) -> Answer<Json<DoorList>> {
    let doors = shared.handle.doors(&name(profile)?).await?;
    Ok(Json(DoorList { doors }))
}

pub(super) async fn share(
    State(shared): State<Shared>,
    profile: Profile,
    Body(SharedDoor { open }): Body<SharedDoor>,
) -> Done {
    let name = name(profile)?;
    to_the_end(async move { shared.handle.share(&name, open).await }).await?;
    done()
}

pub(super) async fn rotate(
    State(shared): State<Shared>,
    path: Result<Path<(String, Slot)>, PathRejection>,
) -> Done {
    let Path((name, slot)) = path.map_err(ApiError::bad_request)?;
    to_the_end(async move { shared.handle.rotate_door(&name, slot).await }).await?;
    done()
}

pub(super) async fn reset(State(shared): State<Shared>, profile: Profile) -> Done {
    let name = name(profile)?;
    to_the_end(async move { shared.handle.reset_door(&name).await }).await?;
    done()
}

pub(super) async fn deliveries(
    State(shared): State<Shared>,
    profile: Profile,
    query: Result<Query<DeliveriesQuery>, QueryRejection>,
) -> Answer<Json<DeliveryList>> {
    let Query(query) = query.map_err(ApiError::bad_request)?;
    let limit = query.limit.min(MAX_DELIVERIES);
    let wait = Duration::from_secs(query.wait_s.into()).min(LONGEST_WAIT);
    let name = name(profile)?;
    let found = shared.handle.deliveries(&name, query.after, limit, wait);
    // A host that ends does not wait.
    let deliveries = tokio::select! {
        biased;
        () = shared.stop.cancelled() => return Err(HostError::Stopping.into()),
        found = found => found?,
    };
    Ok(Json(DeliveryList { deliveries }))
}

pub(super) async fn delivery(
    State(shared): State<Shared>,
    path: Result<Path<(String, i64)>, PathRejection>,
) -> Answer<Json<DeliveryDetail>> {
    let Path((name, id)) = path.map_err(ApiError::bad_request)?;
    Ok(Json(shared.handle.delivery(&name, id).await?))
}

pub(super) async fn add_profile(
    State(shared): State<Shared>,
    Body(new): Body<NewProfile>,
) -> Answer<Json<Added>> {
    let profile = to_the_end(async move { shared.handle.add_profile(new).await }).await?;
    Ok(Json(Added { profile }))
}

pub(super) async fn shutdown(State(shared): State<Shared>) -> Done {
    shared.handle.shutdown();
    done()
}
