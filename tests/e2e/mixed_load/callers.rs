//! The callers: those who call and read, and those who leave in the middle, break off, or have no business there.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ligand_e2e::{OrgCaller, RawCaller};
use reqwest::{Client, Response, StatusCode};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a small call carries.
const SMALL: usize = 1024;
/// What a bulk carries.
const BULK: usize = 8_000_000;
/// What somebody asks for who does not stay for it.
const LEFT: usize = 50_000_000;
/// The part of a body that comes before its caller goes, and what was promised.
const CUT: (usize, usize) = (300_000, 1_000_000);
/// How much somebody who leaves has read, or waited for.
const EVENTS: usize = 3;
const A_WHILE: Duration = Duration::from_millis(20);
/// The time between two calls of all but the small ones.
const PAUSE: Duration = Duration::from_millis(100);

/// What they do, and how many of them there are.
#[derive(Debug, Clone, Copy)]
enum Doing {
    /// Calls the agent, one small call after the other.
    Small,
    /// Sends a message in the org, which goes through the platform door and is journalled.
    Message,
    /// Opens a stream of events and leaves in the middle.
    Listen,
    /// Reads a long answer, then sends a long body.
    Bulk,
    /// Asks for a long answer and is killed.
    Killed,
    /// Begins a long body and does not end it.
    Cut,
    /// Tries doors that are none, or not theirs.
    Refused,
}

const ALL: [(Doing, usize); 7] = [
    (Doing::Small, 32),
    (Doing::Message, 2),
    (Doing::Listen, 4),
    (Doing::Bulk, 1),
    (Doing::Killed, 2),
    (Doing::Cut, 2),
    (Doing::Refused, 2),
];

/// What came of doing it once.
enum Done {
    Done,
    /// More calls are under way than a laptop takes.
    TurnedAway,
}

/// Where they call.
#[derive(Debug, Clone)]
pub(super) struct Doors {
    /// The shared door.
    pub(super) shared: String,
    /// The platform door, to which they have no secret.
    pub(super) platform: String,
}

/// All of them.
pub(super) struct Callers {
    over: CancellationToken,
    failed: CancellationToken,
    /// How often each has done what it does, and how often somebody was turned away.
    counts: Arc<[AtomicU64; ALL.len() + 1]>,
    tasks: JoinSet<()>,
}

/// One of them.
struct Caller {
    doors: Doors,
    org: OrgCaller,
    workspace: String,
    client: Client,
}

impl Callers {
    pub(super) fn start(doors: &Doors, org: OrgCaller, workspace: &str) -> Self {
        let (over, failed, mut tasks) = (CancellationToken::new(), CancellationToken::new(), JoinSet::new());
        let counts = Arc::new([const { AtomicU64::new(0) }; ALL.len() + 1]);
        for (index, (doing, many)) in ALL.into_iter().enumerate() {
            for _ in 0..many {
                let caller = Caller {
                    doors: doors.clone(),
                    org: org.clone(),
                    workspace: workspace.to_owned(),
                    client: Client::builder().no_proxy().build().unwrap(),
                };
                let (over, failing, counts) =
                    (over.clone(), failed.clone().drop_guard(), Arc::clone(&counts));
                tasks.spawn(async move {
                    while !over.is_cancelled() {
                        let place = match caller.once(doing).await {
                            Done::Done => index,
                            Done::TurnedAway => ALL.len(),
                        };
                        counts[place].fetch_add(1, Ordering::Relaxed);
                        if !matches!(doing, Doing::Small) {
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                    // Whoever gets here has not failed.
                    failing.disarm();
                });
            }
        }
        Self {
            over,
            failed,
            counts,
            tasks,
        }
    }

    /// Whether somebody was not answered as they should have been.
    pub(super) fn one_has_failed(&self) -> bool {
        self.failed.is_cancelled()
    }

    /// Has them stop; says how often each did what it does.
    ///
    /// # Panics
    /// When one in a hundred was turned away.
    pub(super) async fn gone(self) -> String {
        self.over.cancel();
        self.tasks.join_all().await;
        let all: u64 = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed))
            .sum();
        let turned_away = self.counts[ALL.len()].load(Ordering::Relaxed);
        assert!(turned_away < all / 100, "{turned_away} of {all} were turned away");
        let mut said = format!("turned away {turned_away} ");
        for ((doing, _), count) in ALL.iter().zip(self.counts.iter()) {
            write!(said, "{doing:?} {} ", count.load(Ordering::Relaxed)).unwrap();
        }
        said
    }
}

impl Caller {
    async fn once(&self, doing: Doing) -> Done {
        let shared = &self.doors.shared;
        match doing {
            Doing::Small => {
                let body = vec![b'x'; SMALL];
                let answer = self.post(&format!("{shared}/echo"), body.clone()).await;
                let (status, answer) = (answer.status(), answer.bytes().await.unwrap());
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    // The calls of those who were killed count until their end is noticed.
                    return Done::TurnedAway;
                }
                assert_eq!(status, StatusCode::OK, "{answer:?}");
                assert_eq!(answer, body);
            }
            Doing::Message => {
                let answer = self.org.try_send(&self.workspace, "hello").await;
                let (status, reply) = answer.expect("an answer to a message");
                assert_eq!(status, StatusCode::OK, "{reply}");
            }
            Doing::Listen => {
                let mut stream = self.get(&format!("{shared}/sse")).await;
                for _ in 0..EVENTS {
                    stream.chunk().await.unwrap().unwrap();
                }
            }
            Doing::Bulk => {
                let answer = self.get(&format!("{shared}/down?bytes={BULK}")).await;
                assert_eq!(answer.bytes().await.unwrap().len(), BULK);
                let answer = self.post(&format!("{shared}/up"), vec![0; BULK]).await;
                if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                    return Done::TurnedAway;
                }
                assert_eq!(answer.text().await.unwrap(), BULK.to_string());
            }
            Doing::Killed => {
                let mut caller = RawCaller::connect(shared).await;
                caller.head("GET", &format!("/down?bytes={LEFT}"), "").await;
                tokio::time::sleep(A_WHILE).await;
            }
            Doing::Cut => {
                let mut caller = RawCaller::connect(shared).await;
                caller
                    .head("POST", "/up", &format!("Content-Length: {}\r\n", CUT.1))
                    .await;
                caller.write(&vec![0; CUT.0]).await;
                tokio::time::sleep(A_WHILE).await;
            }
            Doing::Refused => {
                let (door, end) = shared.split_at(shared.len() - 10);
                let other = if end.starts_with('A') { 'B' } else { 'A' };
                let forged = format!("{door}{other}{}", &end[1..]);
                let inside = format!("{shared}/internal/file/read");
                for url in [&forged, &inside, &self.doors.platform] {
                    let status = self.post(url, b"{}".to_vec()).await.status();
                    assert!(status.is_client_error(), "{status}");
                }
            }
        }
        Done::Done
    }

    async fn get(&self, url: &str) -> Response {
        self.client
            .get(url)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
    }

    async fn post(&self, url: &str, body: Vec<u8>) -> Response {
        self.client.post(url).body(body).send().await.unwrap()
    }
}
