//! The feed against a real local org, in both generations of the platform.

use std::{net::SocketAddr, time::Duration};

use axum::{Json, Router, http::StatusCode, routing::get};
use ligand_local_org::{Era, Options, Running, start_at};
use ligand_platform::{BaseUrl, Heartbeat, NewWorkspace, Registration};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::org::view::{Org, OrgScope, OrgWorkspace};

/// Far above what anything here takes; a test that hangs must fail.
const PATIENCE: Duration = Duration::from_secs(20);
const PROFILE: &str = "home";
const BOTH: [Era; 2] = [Era::S, Era::L];

/// Lists so seldom that what is seen came by an event.
const EVENTS_ALONE: Pace = Pace {
    refresh: Duration::from_secs(3_600),
    poll: Duration::from_secs(3_600),
    apart: Duration::from_millis(10),
    publish: Duration::from_millis(10),
};
/// Lists so often that no test waits for one.
pub(super) const EAGER: Pace = Pace {
    refresh: Duration::from_millis(100),
    poll: Duration::from_millis(100),
    ..EVENTS_ALONE
};

/// A local org with a team: our workspace and its sibling, both under the seed's lead.
struct Stage {
    folder: TempDir,
    org_clock: ligand_local_org::Clock,
    org: Running,
    platform: Platform,
    admin: Token,
    ours: (Uuid, Token),
    sibling: (Uuid, Token),
    board: OrgBoard,
    record: Record,
    threads: Board<Threads>,
}

async fn start_org(
    folder: &TempDir,
    era: Era,
    listen: SocketAddr,
    clock: ligand_local_org::Clock,
) -> Running {
    let options = Options {
        allow_loopback_agents: true,
        requests_per_minute: u32::MAX,
        ..Options::new(listen, folder.path().join("org.db"), era)
    };
    start_at(options, clock).await.unwrap()
}

impl Stage {
    async fn set(era: Era) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let org_clock = ligand_local_org::Clock::new();
        let org = start_org(&folder, era, ([127, 0, 0, 1], 0).into(), org_clock.clone()).await;
        let platform = Platform::new(org.url().parse::<BaseUrl>().unwrap(), None).unwrap();
        let admin = Token::new(org.admin_token());
        let seed = platform.workspaces(&admin).await.unwrap();
        let lead = seed.iter().find(|row| row.parent_id.is_none()).unwrap().id;
        let ours = create(&platform, &admin, "Ours", lead).await;
        let sibling = create(&platform, &admin, "Sibling", lead).await;
        Self {
            folder,
            org_clock,
            org,
            platform,
            admin,
            ours,
            sibling,
            board: OrgBoard::default(),
            record: Record::default(),
            threads: Board::default(),
        }
    }

    fn snapshot(&self) -> PathBuf {
        self.folder.path().join("org").join("home.json")
    }

    fn kit(&self, org_key: Option<Token>) -> FeedKit {
        FeedKit {
            profile: PROFILE.parse().unwrap(),
            platform: tokio::sync::watch::channel(self.platform.clone()).1,
            workspace: self.ours.0,
            token: self.ours.1.clone(),
            org_key,
            waits: Bounds::new(Duration::from_millis(50), Duration::from_millis(200)).unwrap(),
            clock: Clock::start(),
            doubt: Arc::default(),
            answers: tokio::sync::watch::channel(true).1,
            board: self.board.clone(),
            record: self.record.clone(),
            threads: self.threads.clone(),
            snapshot: self.snapshot(),
        }
    }

    /// A feed of the whole org.
    fn whole(&self, pace: Pace) -> Feed {
        Feed::start_at(self.kit(Some(self.admin.clone())), pace)
    }

    /// A feed without the org's key.
    fn narrow(&self, pace: Pace) -> Feed {
        Feed::start_at(self.kit(None), pace)
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Org) -> bool) -> Org {
        until(&self.board, what, is_so).await
    }

    async fn live(&self) -> Org {
        self.until("it is live", |org| org.live).await
    }

    /// Asks the org for what the platform client has no call for.
    async fn ask(&self, method: Method, path: &str, token: &Token, body: Value) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http
            .request(method, format!("{}{path}", self.org.url()))
            .bearer_auth(token.expose())
            .header("x-confirm-name", "Sibling")
            .json(&body);
        let status = request.send().await.unwrap().status();
        assert!(status.is_success(), "{path}: {status}");
    }

    async fn rename_sibling(&self, name: &str) {
        let path = format!("/workspaces/{}", self.sibling.0);
        self.ask(Method::PATCH, &path, &self.admin, json!({"name": name}))
            .await;
    }

    async fn pause_sibling(&self) {
        let path = format!("/workspaces/{}/pause", self.sibling.0);
        self.ask(Method::POST, &path, &self.sibling.1, Value::Null).await;
    }

    async fn sibling_beats(&self, task: &str) {
        let registration = Registration {
            id: self.sibling.0,
            url: Some(format!("{}/w/secret-path", self.org.url())),
            agent_card: json!({"name": "Sibling", "url": "http://127.0.0.1:9/secret-card"}),
        };
        self.platform
            .register(&self.sibling.1, &registration)
            .await
            .unwrap();
        let beat = Heartbeat {
            workspace_id: self.sibling.0,
            active_tasks: 2,
            current_task: task.to_owned(),
            ..Heartbeat::default()
        };
        self.platform.heartbeat(&self.sibling.1, &beat).await.unwrap();
    }

    fn sibling_is(&self, is_so: impl Fn(&OrgWorkspace) -> bool) -> impl Fn(&Org) -> bool {
        let id = self.sibling.0;
        move |org| find(org, id).is_some_and(&is_so)
    }
}

/// The picture, once it is so.
async fn until(board: &OrgBoard, what: &str, is_so: impl Fn(&Org) -> bool) -> Org {
    let mut changes = board.watch();
    let seen = changes.wait_for(|orgs| orgs.get(PROFILE).is_some_and(|org| is_so(org)));
    match tokio::time::timeout(PATIENCE, seen).await {
        Ok(orgs) => Org::clone(&orgs.unwrap()[PROFILE]),
        Err(_) => panic!("{what}: {:#?}", board.get(PROFILE)),
    }
}

async fn create(platform: &Platform, admin: &Token, name: &str, parent: Uuid) -> (Uuid, Token) {
    let new = NewWorkspace {
        name: name.to_owned(),
        role: None,
        parent_id: Some(parent),
    };
    let made = platform.create_workspace(admin, &new).await.unwrap();
    (made.id, made.connection.unwrap().auth_token)
}

fn find(org: &Org, id: Uuid) -> Option<&OrgWorkspace> {
    org.workspaces.iter().map(|row| &**row).find(|row| row.id == id)
}

#[tokio::test]
async fn with_the_orgs_key_the_whole_org_is_seen_live() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        let _feed = stage.whole(EVENTS_ALONE);
        let org = stage.live().await;
        assert_eq!((org.scope, org.note.as_deref()), (OrgScope::Org, None));
        assert_eq!(org.workspaces.len(), 8);
        let ours: Vec<_> = org.workspaces.iter().filter(|row| row.ours).collect();
        assert_eq!((ours.len(), ours[0].id, ours[0].remote), (1, stage.ours.0, true));

        stage.sibling_beats("reading").await;
        let org = stage
            .until(
                "the beat is seen",
                stage.sibling_is(|row| row.last_seen.is_some() && row.current_task.is_some()),
            )
            .await;
        let sibling = find(&org, stage.sibling.0).unwrap();
        assert_eq!((sibling.state.as_str(), sibling.active_tasks), ("online", 2));
        assert!(sibling.since.is_some());

        stage.pause_sibling().await;
        stage
            .until("the pause is seen", stage.sibling_is(|row| row.state == "paused"))
            .await;

        let path = format!("/workspaces/{}?confirm=true", stage.sibling.0);
        stage.ask(Method::DELETE, &path, &stage.admin, Value::Null).await;
        stage
            .until("the removal is seen", |org| find(org, stage.sibling.0).is_none())
            .await;
    }
}

#[tokio::test]
async fn a_new_workspace_is_seen_in_its_place() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        let _feed = stage.whole(EVENTS_ALONE);
        stage.live().await;
        let (new, _) = create(&stage.platform, &stage.admin, "New", stage.sibling.0).await;
        let is_placed = |org: &Org| find(org, new).is_some_and(|row| row.parent_id == Some(stage.sibling.0));
        let org = stage.until("it is seen", is_placed).await;
        assert_eq!(find(&org, new).unwrap().name, "New");
    }
}

#[tokio::test]
async fn without_the_key_we_and_our_peers_are_seen_live_and_it_is_said() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        let _feed = stage.narrow(EVENTS_ALONE);
        let org = stage.live().await;
        assert_eq!(org.scope, OrgScope::Peers);
        assert!(org.note.as_ref().unwrap().contains("org key"), "{:?}", org.note);
        let mut names: Vec<_> = org.workspaces.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.remove(0), "Ours");
        names.sort_unstable();
        assert_eq!(names, ["Engineering", "Lead", "Researcher", "Sibling", "Writer"]);
        let lead = org.workspaces.iter().find(|row| row.name == "Lead").unwrap();
        assert_eq!(
            (lead.runtime.as_deref(), lead.remote),
            (Some("claude-code"), false)
        );

        stage.pause_sibling().await;
        stage
            .until("the pause is seen", stage.sibling_is(|row| row.state == "paused"))
            .await;
    }
}

#[tokio::test]
async fn a_key_that_the_platform_refuses_narrows_the_view_and_it_is_said() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        let _feed = Feed::start_at(stage.kit(Some(Token::new("q3-nobodys-key"))), EAGER);
        let org = stage.live().await;
        assert_eq!(org.scope, OrgScope::Peers);
        assert!(org.note.as_ref().unwrap().contains("refuses"), "{:?}", org.note);
    }
}

#[tokio::test]
async fn who_falls_silent_goes_offline_once_whatever_lists_call_it() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        let feed = stage.whole(EVENTS_ALONE);
        stage.live().await;
        stage.sibling_beats("").await;
        stage
            .until("it is online", stage.sibling_is(|row| row.state == "online"))
            .await;
        stage.org_clock.advance(Duration::from_secs(300));
        let org = stage
            .until("it is offline", stage.sibling_is(|row| row.state == "offline"))
            .await;
        let since = find(&org, stage.sibling.0).unwrap().since.clone();
        assert!(since.is_some());
        // The next feed's list has the platform's own word for it.
        feed.stop().await;
        let _feed = stage.whole(EAGER);
        let word = match era {
            Era::S => "offline",
            Era::L => "awaiting_agent",
        };
        let org = stage.until("a list came", |org| org.live).await;
        let sibling = find(&org, stage.sibling.0).unwrap();
        assert_eq!((sibling.state.as_str(), &sibling.since), (word, &since));
    }
}

#[tokio::test]
async fn what_makes_no_event_is_seen_by_the_next_list() {
    let stage = Stage::set(Era::L).await;
    let _feed = stage.whole(EAGER);
    stage.live().await;
    stage.rename_sibling("Renamed").await;
    stage
        .until("the name is seen", stage.sibling_is(|row| row.name == "Renamed"))
        .await;
}

#[tokio::test]
async fn a_platform_that_goes_away_leaves_the_picture_as_it_was_and_comes_back() {
    for era in BOTH {
        let mut stage = Stage::set(era).await;
        let feed = stage.whole(EAGER);
        let before = stage.live().await;
        let (addr, clock) = (stage.org.addr(), stage.org_clock.clone());
        stage.org.stop().await;
        let away = until(&stage.board, "it is away", |org| org.note.is_some() && !org.live).await;
        assert_eq!(away.workspaces.len(), before.workspaces.len());
        assert!(away.as_of.is_some());

        stage.org = start_org(&stage.folder, era, addr, clock).await;
        stage
            .until("it is live again", |org| org.live && org.note.is_none())
            .await;
        stage.pause_sibling().await;
        stage
            .until(
                "events arrive again",
                stage.sibling_is(|row| row.state == "paused"),
            )
            .await;
        feed.stop().await;
    }
}

#[tokio::test]
async fn a_feed_goes_on_over_new_connections_when_those_of_before_lead_nowhere() {
    let stage = Stage::set(Era::L).await;
    let nowhere = Platform::new("http://127.0.0.1:9".parse().unwrap(), None).unwrap();
    let (platform, given) = tokio::sync::watch::channel(nowhere);
    let feed = Feed::start_at(
        FeedKit {
            platform: given,
            ..stage.kit(None)
        },
        EAGER,
    );
    platform.send_replace(stage.platform.clone());
    stage.until("it is right", |org| org.as_of.is_some()).await;
    feed.stop().await;
}

#[tokio::test]
async fn without_events_the_picture_is_renewed_by_lists_and_says_so() {
    let row = json!({"id": Uuid::from_u128(7), "name": "Researcher", "status": "dreaming"});
    let routes = Router::new()
        .route("/workspaces", get(async move || Json(json!([row]))))
        .route("/ws", get(async || (StatusCode::FORBIDDEN, "Forbidden")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });

    let mut stage = Stage::set(Era::L).await;
    stage.platform = Platform::new(base.parse().unwrap(), None).unwrap();
    let _feed = stage.whole(EAGER);
    let org = stage.until("it says why", |org| org.note.is_some()).await;
    assert!(!org.live);
    assert!(org.note.unwrap().contains("CORS_ORIGINS"));
    assert_eq!(org.workspaces[0].state, "dreaming");
    let first = org.as_of;
    assert!(first.is_some());
    stage.until("it is renewed", |org| org.as_of != first).await;
    server.abort();
}

#[tokio::test]
async fn no_address_of_a_workspace_gets_in() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        let _feed = stage.whole(EAGER);
        stage.sibling_beats("reading").await;
        let org = stage
            .until(
                "it is seen",
                stage.sibling_is(|row| row.last_seen.is_some() || row.state == "online"),
            )
            .await;
        let shown = serde_json::to_string(&org).unwrap();
        assert!(!shown.contains("secret") && !shown.contains("://"), "{shown}");
    }
}

#[tokio::test]
async fn a_feed_that_is_stopped_leaves_a_picture_of_the_past() {
    let stage = Stage::set(Era::L).await;
    let feed = stage.whole(EAGER);
    let live = stage.live().await;
    feed.stop().await;
    let past = stage.board.get(PROFILE).unwrap();
    assert!(!past.live && past.note.as_deref() == Some(note::AT_REST));
    assert_eq!(past.workspaces, live.workspaces);
}

#[tokio::test]
async fn a_start_asks_for_one_list_and_is_live_with_it() {
    for era in BOTH {
        let stage = Stage::set(era).await;
        // Nothing asks for a second one within the test.
        let seldom = Pace {
            apart: Duration::from_secs(3_600),
            ..EVENTS_ALONE
        };
        let feed = stage.whole(seldom);
        assert_eq!(stage.live().await.revision, 1, "{era:?}");
        feed.stop().await;
    }
}
