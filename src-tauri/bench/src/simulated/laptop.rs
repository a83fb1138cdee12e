//! One simulated host: the real dial, the real link, and the rules by which a real host keeps its link.
//!
//! Bounds, what counts as a good link, and what follows from each end are those of the host's own link keeper, which
//! must be followed here when it changes. There is no presence, no agent and no policy of deliveries: every call is
//! answered with its own body. Nothing prods it, and nothing has it dial anew.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use ligand_backoff::{Backoff, Bounds};
use ligand_e2e::now;
use ligand_tunnel::door::{Nonce, Slot};
use ligand_tunnel::hello::{DoorRequest, GoodbyeReason, RefusalCode};
use ligand_tunnel::{CallContent, Dial, DialError, Hush, LinkEnd, LinkStatus, Prover, SigningKey};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use crate::simulated::attempts::{Attempts, Outcome};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(20);
pub(crate) const GOOD_AFTER: Duration = Duration::from_secs(10);
/// What a profile says when its user says nothing.
const HOLD_S: u32 = 20;

/// A link that is up.
#[derive(Debug, Clone)]
pub(crate) struct Up {
    /// When it was welcomed.
    pub(crate) since: Instant,
    /// The platform door.
    pub(crate) door: String,
    /// Whether it is verified.
    pub(crate) status: watch::Receiver<LinkStatus>,
}

/// What a host is told when it is made.
pub(crate) struct Seat {
    pub(crate) relay: Url,
    pub(crate) platform: String,
    pub(crate) workspace: Uuid,
    pub(crate) key: SigningKey,
}

/// Starts a host. It runs until the runtime ends or its link is given up; what is returned says how its link is, and
/// ends when it is given up.
pub(crate) fn start(seat: Seat, attempts: Arc<Attempts>) -> watch::Receiver<Option<Up>> {
    let (tell, up) = watch::channel(None);
    let dial = Dial {
        relay: seat.relay,
        platform: seat.platform,
        org_id: None,
        workspace: seat.workspace,
        instance: Uuid::new_v4(),
        generation: 0,
        doors: vec![DoorRequest::open(Slot::Platform, Nonce::random())],
        hold_s: HOLD_S,
        prover: Arc::new(Prover::CardKey(seat.key)),
        proxy: None,
    };
    let keeper = Keeper {
        dial,
        began: now(),
        attempts,
        tell,
    };
    tokio::spawn(keeper.run());
    up
}

enum Next {
    Again(Option<Duration>),
    Never,
}

struct Keeper {
    dial: Dial,
    began: Instant,
    attempts: Arc<Attempts>,
    tell: watch::Sender<Option<Up>>,
}

impl Keeper {
    async fn run(mut self) {
        let mut backoff = Backoff::new(Bounds::new(FIRST_WAIT, LONGEST_WAIT).unwrap());
        loop {
            let next = self.once(&mut backoff).await;
            self.tell.send_replace(None);
            let Next::Again(hint) = next else { return };
            tokio::time::sleep(backoff.next_delay(self.began.elapsed(), hint)).await;
        }
    }

    /// One dial and, if it succeeds, the whole life of the link.
    async fn once(&mut self, backoff: &mut Backoff) -> Next {
        self.dial.generation += 1;
        let dialled = now();
        let link = match ligand_tunnel::dial(&self.dial).await {
            Ok(link) => link,
            Err(error) => {
                self.attempts.note(dialled, Outcome::of(&error));
                return after_dial(&error);
            }
        };
        self.attempts.note(dialled, Outcome::Welcomed);
        let since = now();
        let door = link.doors.urls[&Slot::Platform].expose().to_owned();
        let status = link.handle.status.clone();
        self.tell.send_replace(Some(Up { since, door, status }));
        let end = link.serve(echo, CancellationToken::new()).await;
        if since.elapsed() >= GOOD_AFTER {
            backoff.good();
        }
        after_link(end)
    }
}

fn after_dial(error: &DialError) -> Next {
    let DialError::Refused(refusal) = error else {
        return Next::Again(None);
    };
    match refusal.code {
        RefusalCode::Version
        | RefusalCode::Malformed
        | RefusalCode::WrongRelay
        | RefusalCode::UnknownPlatform
        | RefusalCode::BadProof => {
            eprintln!("    a host gives up: {error}");
            Next::Never
        }
        _ => Next::Again(
            refusal
                .retry_after_s
                .map(|seconds| Duration::from_secs(seconds.into())),
        ),
    }
}

fn after_link(end: LinkEnd) -> Next {
    match end {
        LinkEnd::Stopped => Next::Never,
        LinkEnd::Goodbye(goodbye)
            if goodbye.reason == GoodbyeReason::Superseded && goodbye.same_instance != Some(true) =>
        {
            Next::Never
        }
        LinkEnd::Goodbye(goodbye) => Next::Again(goodbye.retry_after()),
        LinkEnd::Silent | LinkEnd::Closed | LinkEnd::Error(_) => Next::Again(None),
    }
}

async fn echo(request: Request<CallContent>) -> Result<Response<Full<Bytes>>, Hush> {
    let body = request.into_body().collect().await.map_err(|_caller_left| Hush)?;
    Ok(Response::new(Full::new(body.to_bytes())))
}
