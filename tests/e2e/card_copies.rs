//! While the laptop is away, other A2A callers still read the card that was served last, and nothing else.

use std::time::Duration;

use ligand_e2e::{Era, Host, Logind, Stage, TestAgent, message, until};
use reqwest::{Client, Response};

const SOON: Duration = Duration::from_secs(10);

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

async fn card(door: &str) -> Response {
    let card = client().get(format!("{door}/.well-known/agent-card.json"));
    card.send().await.unwrap()
}

fn is_copy(card: &Response) -> bool {
    card.headers().contains_key("ligand-stale")
}

#[tokio::test]
async fn a_stopped_hosts_card_is_still_read_until_its_door_is_closed() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    let host = stage.online(&profile).await;
    let door = host.door("shared").await;
    let first = card(&door).await;
    assert!(!is_copy(&first));
    let tag = first.headers()["etag"].clone();
    let first = first.text().await.unwrap();
    assert!(first.contains(&door), "not as it reads from the door");

    assert!(host.ligand(&["stop"]).await.status.success());
    let copy = card(&door).await;
    assert_eq!((copy.status().as_u16(), is_copy(&copy)), (200, true));
    assert_eq!(copy.headers()["warning"], "110 - \"Response is Stale\"");
    assert_eq!(copy.headers()["etag"], tag);
    assert_eq!(copy.text().await.unwrap(), first);
    let call = client()
        .post(&door)
        .json(&message("anybody?"))
        .send()
        .await
        .unwrap();
    assert_eq!(call.status(), 503, "only the card is there");
    assert!(call.headers().contains_key("retry-after"));

    assert!(host.ligand(&["start"]).await.status.success());
    host.online().await;
    assert!(!is_copy(&card(&door).await));
    assert!(host.ligand(&["door", "unshare"]).await.status.success());
    assert_eq!(card(&door).await.status(), 404);
    assert!(host.ligand(&["stop"]).await.status.success());
    assert_eq!(card(&door).await.status(), 503, "a closed door shows its card");
}

#[tokio::test]
async fn a_sleeping_laptops_card_is_read_under_its_newest_address_alone_and_only_if_anybody_got_it() {
    let stage = Stage::set(Era::L).await;
    let logind = Logind::start(&stage.scratch).await;
    let mut variables = Host::file_vault();
    variables.extend(logind.variables());
    let mut profile = stage.profile();
    profile.shared = true;
    Host::prepare(&stage.scratch, &profile, &stage.workspace, &variables).await;
    let host = Host::up(&stage.scratch, variables);
    host.online().await;
    let old = host.door("shared").await;
    assert_eq!(card(&old).await.status(), 200);
    assert!(
        host.ligand(&["door", "rotate", "--shared"])
            .await
            .status
            .success()
    );
    let new = host.door("shared").await;
    assert_ne!(old, new);
    let proven = client()
        .get(format!("{new}/.well-known/agent-card.json"))
        .bearer_auth("x");
    assert_eq!(proven.send().await.unwrap().status(), 200);
    for wanted in [503, 200] {
        until("it holds the sleep back", SOON, async || {
            (logind.holding_back() == 1).then_some(())
        })
        .await;
        logind.prepare_for_sleep(true).await;
        host.presence("asleep").await;
        assert_eq!(card(&new).await.status(), wanted);
        assert_eq!(card(&old).await.status(), 503);
        logind.prepare_for_sleep(false).await;
        host.online().await;
        assert!(!is_copy(&card(&new).await), "anybody reads it now");
    }
}
