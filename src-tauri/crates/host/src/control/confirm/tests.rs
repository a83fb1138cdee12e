//! An admin change from a page, over a real host with a screen that the test plays.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    control::{Client, ClientError, Scopes},
    host::{Host, HostOptions, Question, Screen, ScreenEvents},
    lock::HostLock,
    places::Places,
};

const PATIENCE: Duration = Duration::from_secs(20);

struct Stage {
    _root: tempfile::TempDir,
    host: Host,
    page: Client,
}

impl Stage {
    async fn set(screen: Option<Screen>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        let options = HostOptions {
            screen,
            ..HostOptions::default()
        };
        let lock = HostLock::take(&places).unwrap();
        Self {
            page: Client::new(&places),
            host: Host::start(places, lock, options).await.unwrap(),
            _root: root,
        }
    }

    /// As a page asks: with its scopes.
    async fn ask(&self, body: &Value) -> Result<Value, ClientError> {
        let asked = self.page.pass(Scopes::Faces, "POST", "/v1/admin", Some(body));
        tokio::time::timeout(PATIENCE, asked).await.unwrap()
    }

    async fn ends(self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.host.run_until_stopped())
            .await
            .is_ok()
    }
}

async fn question(screen: &mut ScreenEvents) -> Question {
    let asked = tokio::time::timeout(PATIENCE, screen.questions.recv()).await;
    asked.unwrap().unwrap()
}

fn quit() -> Value {
    json!({ "method": "POST", "path": "/v1/shutdown" })
}

#[tokio::test]
async fn a_yes_does_what_was_shown() {
    let (screen, mut events) = Screen::new();
    let stage = Stage::set(Some(screen)).await;
    let yes = async {
        let question = question(&mut events).await;
        assert_eq!(question.words.title, "Quit Ligand?");
        question.answer(true);
    };
    let wanted = quit();
    let (done, ()) = tokio::join!(stage.ask(&wanted), yes);
    assert_eq!(done.unwrap(), json!({}));
    assert!(stage.ends().await);
}

#[tokio::test]
async fn a_no_or_a_face_that_goes_does_nothing() {
    let (screen, mut events) = Screen::new();
    let stage = Stage::set(Some(screen)).await;
    let wanted = quit();
    let no = async { question(&mut events).await.answer(false) };
    let (done, ()) = tokio::join!(stage.ask(&wanted), no);
    assert_eq!(done.unwrap_err().code(), "declined");
    let gone = async { drop(question(&mut events).await) };
    let (done, ()) = tokio::join!(stage.ask(&wanted), gone);
    assert_eq!(done.unwrap_err().code(), "declined");
    assert!(!stage.ends().await);
}

#[tokio::test]
async fn where_nobody_can_be_asked_nothing_is_done() {
    let stage = Stage::set(None).await;
    assert_eq!(stage.ask(&quit()).await.unwrap_err().code(), "nobody_to_ask");
    assert!(!stage.ends().await);
}

#[tokio::test]
async fn only_what_is_in_the_table_and_needs_a_yes_can_be_asked_for() {
    let (screen, mut events) = Screen::new();
    let stage = Stage::set(Some(screen)).await;
    for (method, path) in [
        ("GET", "/v1/status"),
        ("POST", "/v1/admin"),
        ("POST", "/v1/../v1/shutdown"),
        ("DELETE", "/v1/shutdown"),
    ] {
        let wanted = json!({ "method": method, "path": path });
        assert_eq!(
            stage.ask(&wanted).await.unwrap_err().code(),
            "no_such_route",
            "{path}"
        );
    }
    assert!(events.questions.try_recv().is_err());
}

#[tokio::test]
async fn a_question_whose_page_has_gone_waits_for_nobody() {
    let (screen, mut events) = Screen::new();
    let stage = Stage::set(Some(screen)).await;
    let wanted = quit();
    let mut asked = Box::pin(stage.ask(&wanted));
    let mut open = tokio::select! {
        _ = &mut asked => panic!("nobody has answered"),
        question = question(&mut events) => question,
    };
    drop(asked);
    tokio::time::timeout(PATIENCE, open.gone()).await.unwrap();
    open.answer(true);
    assert!(!stage.ends().await);
}
