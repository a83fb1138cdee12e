//! Two laptops of one person, and one workspace.

use ligand_e2e::{Era, Host, Scratch, Stage};
use reqwest::StatusCode;

#[tokio::test]
async fn the_newest_laptop_wins_and_the_other_one_says_when_and_takes_it_back_when_asked() {
    let stage = Stage::set(Era::L).await;
    let first = stage.online(&stage.profile()).await;
    let elsewhere = Scratch::new();
    let second = Host::connected(&elsewhere, &stage.profile(), &stage.workspace).await;
    second.online().await;

    loses(&first).await;
    assert_eq!(
        stage.org.send(&stage.workspace.id, "to the second").await.0,
        StatusCode::OK
    );
    assert!(first.ligand(&["start"]).await.status.success());
    first.online().await;
    loses(&second).await;
    assert_eq!(
        stage.org.send(&stage.workspace.id, "to the first").await.0,
        StatusCode::OK
    );
    first.online().await;
}

async fn loses(host: &Host<'_>) {
    let profile = host.presence("needs_user").await;
    let health = &profile["health"][0];
    assert_eq!(health["code"], "superseded", "{profile}");
    let detail = health["detail"].as_str().unwrap();
    assert!(detail.starts_with("taken over at 2"), "{profile}");
    assert!(
        health["next"].as_str().unwrap().contains("ligand start"),
        "{profile}"
    );
}
