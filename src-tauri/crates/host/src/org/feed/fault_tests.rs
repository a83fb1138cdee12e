//! The feed while the platform does everything that it should not.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::{State, WebSocketUpgrade, ws::WebSocket},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::sync::Notify as Bell;

use super::{tests::EAGER, *};
use crate::org::{
    thread::Threads,
    view::{Org, OrgScope},
};

const OURS: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(7);
const PATIENCE: Duration = Duration::from_secs(20);

/// What the platform answers for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Good,
    Status(StatusCode),
    /// For the org key alone.
    KeyRefused(StatusCode),
    Page,
    Cut,
}

struct Fake {
    rest: Mutex<Rest>,
    refuses_events: Mutex<bool>,
    feeds: AtomicUsize,
    /// Closes every feed.
    close: Bell,
}

async fn list(State(fake): State<Arc<Fake>>) -> Response {
    let row = |id: Uuid, name: &str| json!({"id": id, "name": name, "status": "online"});
    let rows = json!([row(OURS, "Ours"), row(OTHER, "Researcher")]);
    let rest = *fake.rest.lock().unwrap();
    match rest {
        Rest::Good => Json(rows).into_response(),
        Rest::Status(status) | Rest::KeyRefused(status) => {
            (status, Json(json!({"error": "no"}))).into_response()
        }
        Rest::Page => Html("<h1>Sign in</h1>").into_response(),
        Rest::Cut => ([(header::CONTENT_TYPE, "application/json")], "[{\"id\":").into_response(),
    }
}

/// What is open to everybody, or to a workspace's own token.
async fn narrow(State(fake): State<Arc<Fake>>, request: axum::extract::Request) -> Response {
    let rest = *fake.rest.lock().unwrap();
    if let Rest::Status(status) = rest {
        return (status, Json(json!({"error": "no"}))).into_response();
    }
    match request.uri().path().ends_with("/peers") {
        true => Json(json!([])).into_response(),
        false => Json(json!({"id": OURS, "name": "Ours", "status": "online"})).into_response(),
    }
}

async fn events(State(fake): State<Arc<Fake>>, upgrade: WebSocketUpgrade) -> Response {
    if *fake.refuses_events.lock().unwrap() {
        return (StatusCode::FORBIDDEN, "Forbidden").into_response();
    }
    fake.feeds.fetch_add(1, Ordering::Relaxed);
    let fake = Arc::clone(&fake);
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        tokio::select! {
            () = fake.close.notified() => {}
            _ = socket.recv() => {}
        }
    })
}

struct Stage {
    fake: Arc<Fake>,
    board: OrgBoard,
    folder: tempfile::TempDir,
    base: String,
}

impl Stage {
    async fn set() -> Self {
        let fake = Arc::new(Fake {
            rest: Mutex::new(Rest::Good),
            refuses_events: Mutex::new(false),
            feeds: AtomicUsize::new(0),
            close: Bell::new(),
        });
        let routes = Router::new()
            .route("/workspaces", get(list))
            .route("/approvals/pending", get(async || Json(json!([]))))
            .route("/workspaces/{id}", get(narrow))
            .route("/registry/{id}/peers", get(narrow))
            .route("/ws", get(events))
            .with_state(Arc::clone(&fake));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            fake,
            board: OrgBoard::default(),
            folder: tempfile::tempdir().unwrap(),
            base,
        }
    }

    fn feed(&self) -> Feed {
        let platform = Platform::new(self.base.parse().unwrap(), None).unwrap();
        let kit = FeedKit {
            profile: "home".parse().unwrap(),
            platform: watch::channel(platform).1,
            workspace: OURS,
            token: Token::new("a-workspace-token"),
            org_key: Some(Token::new("an-org-key")),
            waits: Bounds::new(Duration::from_millis(50), Duration::from_millis(200)).unwrap(),
            clock: Clock::start(),
            doubt: Arc::default(),
            answers: watch::channel(true).1,
            board: self.board.clone(),
            record: Record::default(),
            threads: Board::<Threads>::default(),
            snapshot: self.folder.path().join("home.json"),
        };
        Feed::start_at(kit, EAGER)
    }

    fn rest(&self, rest: Rest) {
        *self.fake.rest.lock().unwrap() = rest;
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Org) -> bool) -> Org {
        let mut changes = self.board.watch();
        let seen = changes.wait_for(|orgs| orgs.get("home").is_some_and(|org| is_so(org)));
        match tokio::time::timeout(PATIENCE, seen).await {
            Ok(orgs) => Org::clone(&orgs.unwrap()["home"]),
            Err(_) => panic!("{what}: {:#?}", self.board.get("home")),
        }
    }

    async fn live(&self) -> Org {
        self.until("it is live", |org| org.live && org.note.is_none())
            .await
    }
}

#[tokio::test]
async fn lists_that_fail_leave_the_picture_with_its_age_and_the_reason_until_they_come_again() {
    let stage = Stage::set().await;
    let _feed = stage.feed();
    for (fault, word) in [
        (Rest::Status(StatusCode::TOO_MANY_REQUESTS), "limits our requests"),
        (
            Rest::Status(StatusCode::SERVICE_UNAVAILABLE),
            "failed (status 503",
        ),
        (Rest::Page, "does not answer like a platform"),
        (Rest::Cut, "no JSON list"),
    ] {
        let before = stage.live().await;
        stage.rest(fault);
        let org = stage
            .until(word, |org| {
                !org.live && org.note.as_ref().is_some_and(|note| note.contains(word))
            })
            .await;
        assert_eq!(org.workspaces, before.workspaces, "{fault:?}");
        assert!(org.as_of.is_some() && org.scope == OrgScope::Org);
        stage.rest(Rest::Good);
    }
    stage.live().await;
}

#[tokio::test]
async fn an_org_key_that_is_refused_leaves_what_our_own_token_shows_and_says_so() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let stage = Stage::set().await;
        let _feed = stage.feed();
        stage.live().await;
        stage.rest(Rest::KeyRefused(status));
        let org = stage
            .until("the key is refused", |org| org.scope == OrgScope::Peers)
            .await;
        assert!(org.note.as_ref().unwrap().contains("refuses"), "{org:?}");
        assert_eq!(org.approvals, None);
        assert_eq!(org.speaks_as, crate::org::Voice::Workspace);
        assert!(org.key_refused);
        assert_eq!(org.workspaces.len(), 1);
    }
}

#[tokio::test]
async fn a_feed_that_is_cut_is_opened_again_and_one_that_is_refused_is_said() {
    let stage = Stage::set().await;
    let _feed = stage.feed();
    stage.live().await;
    let feeds = stage.fake.feeds.load(Ordering::Relaxed);
    stage.fake.close.notify_waiters();
    stage
        .until("it is opened again", |org| {
            org.live && stage.fake.feeds.load(Ordering::Relaxed) > feeds
        })
        .await;
    *stage.fake.refuses_events.lock().unwrap() = true;
    stage.fake.close.notify_waiters();
    let says_why = |org: &Org| {
        org.note
            .as_ref()
            .is_some_and(|note| note.contains("CORS_ORIGINS"))
    };
    stage
        .until("it is refused", |org| !org.live && says_why(org))
        .await;
    *stage.fake.refuses_events.lock().unwrap() = false;
    stage.live().await;
}
