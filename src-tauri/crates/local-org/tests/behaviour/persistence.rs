//! What outlives a restart, and files that can't be used.

use std::path::Path;

use ligand_local_org::{Era, OpenError, Options, StartError, start};
use serde_json::json;

use crate::agent::{Act, Agent};
use crate::harness::{ADMIN, BOTH, Org, eventually};

fn options(data: &Path) -> Options {
    Options {
        allow_loopback_agents: true,
        ..Options::new(([127, 0, 0, 1], 0).into(), data.to_owned(), Era::L)
    }
}

#[tokio::test]
async fn a_restart_keeps_workspaces_tokens_secrets_activity_and_the_queue() {
    for era in BOTH {
        let (org, agent) = (Org::start(era).await, Agent::start().await);
        let workspace = org.create("Laptop").await;
        let registered = org.register(&workspace, &agent.url()).await.body;
        org.say(&workspace, "m-0", "hi").await;
        agent.next(Act::Close);
        assert_eq!(org.say(&workspace, "m-1", "hi").await.status, 202);
        let before = org.get("/workspaces").bearer(ADMIN).send().await.body;
        let log = org.received(&workspace).await;
        let org = org.restart(era).await;
        assert_eq!(org.get("/workspaces").bearer(ADMIN).send().await.body, before);
        assert_eq!(org.received(&workspace).await, log);
        let beat = org.beat(&workspace, json!({})).await;
        assert_eq!(beat.status, 200, "the token is still good");
        assert_eq!(
            beat.body.get("platform_inbound_secret"),
            registered.get("platform_inbound_secret")
        );
        eventually("the queue is drained", || async { agent.received().len() == 3 }).await;
        org.running.stop().await;
    }
}

#[tokio::test]
async fn a_message_that_was_on_its_way_when_the_org_stopped_is_delivered_after_the_next_start() {
    for era in BOTH {
        let (org, agent) = (Org::start(era).await, Agent::start().await);
        let workspace = org.create_at("Laptop", &agent.url()).await;
        agent.next(Act::Close);
        assert_eq!(org.say(&workspace, "m-1", "hi").await.status, 202);
        agent.next(Act::Wait(std::sync::Arc::default(), Vec::new()));
        org.beat(&workspace, json!({})).await;
        eventually("it is on its way", || async { agent.received().len() == 2 }).await;
        let org = org.restart(era).await;
        org.beat(&workspace, json!({})).await;
        eventually("it arrives", || async { agent.received().len() == 3 }).await;
        org.running.stop().await;
    }
}

#[tokio::test]
async fn the_admin_token_is_made_once_and_kept_in_a_file_that_only_its_owner_can_read() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("org.db");
    let first = start(options(&data)).await.unwrap();
    let token = first.admin_token().to_owned();
    assert_eq!(token.len(), 43);
    #[cfg(unix)]
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.path()
        );
    }
    first.stop().await;
    let again = start(options(&data)).await.unwrap();
    assert_eq!(again.admin_token(), token);
    again.stop().await;
    let given = start(Options {
        admin_token: Some("given".into()),
        ..options(&data)
    })
    .await
    .unwrap();
    assert_eq!(given.admin_token(), "given");
    given.stop().await;
    let back = start(options(&data)).await.unwrap();
    assert_eq!(back.admin_token(), token, "a token that was given is not kept");
    back.stop().await;
}

#[tokio::test]
async fn tokens_are_not_in_the_file_in_clear_text() {
    let org = Org::start(Era::L).await;
    let workspace = org.create("Laptop").await;
    let made = org.post("/org/tokens").bearer(ADMIN).send().await.body;
    org.running.stop().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(org.dir.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    for token in [
        workspace.token.as_str(),
        made["auth_token"].as_str().unwrap(),
        ADMIN,
    ] {
        assert!(
            !bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes())
        );
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_of_somebody_else_or_in_use_is_refused_with_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("org.db");
    let running = start(options(&data)).await.unwrap();
    let second = start(options(&data)).await.err().unwrap();
    assert!(
        matches!(&second, StartError::Data(OpenError::InUse(_))),
        "{second}"
    );
    running.stop().await;
    let sql = rusqlite::Connection::open(&data).unwrap();
    sql.pragma_update(None, "user_version", 99).unwrap();
    drop(sql);
    let newer = start(options(&data)).await.err().unwrap();
    assert!(
        matches!(&newer, StartError::Data(OpenError::Newer { found: 99, .. })),
        "{newer}"
    );
    assert!(newer.to_string().contains("newer Ligand"), "{newer}");
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "dear diary, ".repeat(1_000)).unwrap();
    let foreign = start(options(&text)).await.err().unwrap();
    assert!(
        matches!(&foreign, StartError::Data(OpenError::NotOurs(_))),
        "{foreign}"
    );
    assert!(
        std::fs::read_to_string(&text).unwrap().starts_with("dear diary"),
        "it was left alone"
    );
    let other = dir.path().join("other.db");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let foreign = start(options(&other)).await.err().unwrap();
    assert!(
        matches!(&foreign, StartError::Data(OpenError::NotOurs(_))),
        "{foreign}"
    );
    let nowhere = start(options(&dir.path().join("no/such/folder/org.db")))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&nowhere, StartError::Data(OpenError::File { .. })),
        "{nowhere}"
    );
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_the_address() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = start(Options {
        listen,
        ..options(&dir.path().join("org.db"))
    })
    .await
    .err()
    .unwrap();
    assert!(
        matches!(&error, StartError::Listen { .. }) && error.to_string().contains(&listen.to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn stopping_takes_no_longer_than_a_second_whatever_is_in_flight() {
    let org = Org::start(Era::L).await;
    // Takes the call and never answers.
    let agent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", agent.local_addr().unwrap());
    let workspace = org.create_at("Laptop", &url).await;
    let path = format!("{}/workspaces/{}/a2a", org.running.url(), workspace.id);
    let hanging = tokio::spawn(async move {
        let message = crate::harness::message("m-1", "hi").to_string();
        reqwest::Client::new()
            .post(path)
            .bearer_auth(ADMIN)
            .body(message)
            .send()
            .await
    });
    let _call = agent.accept().await.unwrap();
    let begun = std::time::Instant::now();
    org.running.stop().await;
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    let _ = hanging.await;
}
