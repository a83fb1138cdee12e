//! Looking on at deliveries: as they come, with their bodies if that is wished, as a command, and once more.

use std::time::Duration;

use futures::StreamExt as _;
use ligand_e2e::{Era, Stage, TestAgent, until};
use reqwest::Client;
use serde_json::Value;

const SOON: Duration = Duration::from_secs(15);

#[tokio::test]
async fn bodies_are_kept_only_while_that_is_wished_and_never_on_disk() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    let newest = async || {
        let said = host.ligand(&["deliveries", "--json"]).await;
        let listed: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
        listed.last().unwrap()["id"].to_string()
    };
    host.ligand(&["send", "unseen words"]).await;
    let before = newest().await;
    let said = host.ligand(&["deliveries", "record", "on"]).await;
    assert!(said.stdout.contains("the last 500 up to 64 KB"), "{said:?}");
    host.ligand(&["send", "seen words"]).await;
    let after = newest().await;

    let shown = host.ligand(&["deliveries", "show", &before]).await;
    assert!(!shown.stdout.contains("unseen words"), "{}", shown.stdout);
    let shown = host.ligand(&["deliveries", "show", &after]).await;
    assert!(shown.stdout.contains("seen words"), "{}", shown.stdout);
    host.ligand(&["deliveries", "record", "off"]).await;
    let shown = host.ligand(&["deliveries", "show", &after]).await;
    assert!(!shown.stdout.contains("seen words"), "{}", shown.stdout);
}

#[tokio::test]
async fn a_delivery_is_replayed_to_the_agent_alone_and_marked_and_copied_without_secrets() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let host = stage.online(&profile).await;
    host.ligand(&["send", "not recorded"]).await;
    let refused = host.ligand(&["deliveries", "replay", "1"]).await;
    assert_eq!(refused.code(), Some(1), "{refused:?}");
    assert!(refused.stderr.contains("record on"), "{}", refused.stderr);

    host.ligand(&["deliveries", "record", "on"]).await;
    host.ligand(&["send", "it's me"]).await;
    let calls = agent.calls().len();
    let said = host.ligand(&["deliveries", "replay", "2"]).await;
    assert!(said.stdout.contains("answered"), "{said:?}");
    assert_eq!(agent.calls().len(), calls + 1);
    let replay = agent.calls().pop().unwrap();
    assert_eq!(replay.text(), "it's me");
    assert_eq!(replay.headers["ligand-replay"], "2");
    let message = &replay.body["params"]["message"];
    assert_eq!(
        message["metadata"]["urn:ligand:replay:v1"]["delivery"], 2,
        "{message}"
    );
    let said = host.ligand(&["deliveries", "--json"]).await;
    let listed: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(listed.last().unwrap()["door"], "replay", "{}", said.stdout);

    let curl = host.ligand(&["deliveries", "curl", "2"]).await.stdout;
    assert!(
        curl.starts_with("curl -X POST 'http://127.0.0.1:PORT/'"),
        "{curl}"
    );
    assert!(curl.contains(r"it'\''s me"), "{curl}");
    for secret in stage.vault_secrets() {
        assert!(!curl.contains(&secret), "a secret is in it: {curl}");
    }
}

#[tokio::test]
async fn whoever_follows_the_events_is_told_of_each_delivery_as_it_comes_and_as_it_ends() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    let socket = stage.scratch.path("runtime/control.sock");
    let client = Client::builder().no_proxy().unix_socket(socket).build().unwrap();
    let answer = client.get("http://ligand/v1/events?only=deliveries").send();
    let mut events = answer.await.unwrap().bytes_stream();
    let mut heard = String::new();
    let told = async {
        while !heard.contains(r#""outcome":"answered""#) {
            let piece = events.next().await.unwrap().unwrap();
            heard.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    let sending = async {
        // What came before the stream began is not told by it.
        until("a delivery", SOON, async || {
            host.ligand(&["send", "hello"])
                .await
                .status
                .success()
                .then_some(())
        })
        .await;
        tokio::time::sleep(SOON).await;
    };
    tokio::select! {
        () = told => {}
        () = sending => panic!("nothing was told"),
    }
    assert!(heard.contains("event: deliveries"), "{heard}");
    assert!(
        heard.contains(r#""bytes_out":"#) && !heard.contains("hello"),
        "{heard}"
    );
}
