//! A message to the workspace is answered by the agent on the laptop, through the tunnel.

use ligand_e2e::{Era, PROFILE, Stage, TestAgent, WORKSPACE, message};
use reqwest::{Client, StatusCode};

#[tokio::test]
async fn a_message_is_answered_by_the_echo_agent_through_the_tunnel_in_the_earlier_era() {
    a_message_is_answered_by_the_echo_agent(Era::S).await;
}

#[tokio::test]
async fn a_message_is_answered_by_the_echo_agent_through_the_tunnel_in_the_later_era() {
    a_message_is_answered_by_the_echo_agent(Era::L).await;
}

async fn a_message_is_answered_by_the_echo_agent(era: Era) {
    let stage = Stage::set(era).await;
    let host = stage.online(&stage.profile()).await;

    let (_, row) = stage.org.get(&stage.workspace.id).await;
    assert_eq!(
        (row["status"].as_str(), row["runtime"].as_str()),
        (Some("online"), Some("external")),
        "{row}"
    );
    assert_eq!(row["name"], WORKSPACE);
    let registered = row["url"].as_str().unwrap();
    assert!(
        registered.starts_with(&format!("{}/w/", stage.relay.url())),
        "not through the relay"
    );

    let (status, reply) = stage.org.send(&stage.workspace.id, "is anybody there?").await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert!(
        reply["result"].to_string().contains("is anybody there?"),
        "{reply}"
    );

    let profile = host.online().await;
    assert_eq!(profile["link"]["state"], "up");
    assert_eq!(profile["link"]["verified"], true);
    assert!(
        profile["link"]["round_trip_ms"]
            .as_f64()
            .is_some_and(|ms| ms < 1000.0),
        "{profile}"
    );
    assert_eq!(profile["workspace"]["name"], WORKSPACE);
}

#[tokio::test]
async fn without_the_inbound_secret_a_call_is_refused_and_never_reaches_the_agent() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    let _host = stage.online(&profile).await;
    let door = stage.org.registered_url(&stage.workspace.id).await;

    let client = Client::builder().no_proxy().build().unwrap();
    let stranger = client.post(&door).json(&message("let me in"));
    assert_eq!(stranger.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let guess = client
        .post(&door)
        .bearer_auth("x".repeat(43))
        .json(&message("let me in"));
    assert_eq!(guess.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert!(agent.calls().is_empty(), "a stranger's call reached the agent");

    let (status, reply) = stage.org.send(&stage.workspace.id, "from the org").await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert_eq!(reply["result"]["parts"][0]["text"], "heard: from the org");
    let calls = agent.calls();
    assert_eq!(calls.len(), 1);
    assert!(
        !calls[0].headers.contains_key("authorization"),
        "the platform's secret reached the agent"
    );
}

#[tokio::test]
async fn send_prints_the_answer_and_where_the_time_went() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;

    let said = host
        .ligand(&["send", "hello from the terminal", "--profile", PROFILE])
        .await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(said.stdout.contains("hello from the terminal"), "{said:?}");
    for part in ["total", "platform", "tunnel", "agent"] {
        assert!(said.stdout.contains(part), "no time for {part}: {said:?}");
    }
}

#[tokio::test]
async fn what_is_not_a_door_is_refused() {
    let stage = Stage::set(Era::L).await;
    let host = stage.online(&stage.profile()).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let door = stage.org.registered_url(&stage.workspace.id).await;
    let post = async |url: &str| {
        client
            .post(url)
            .json(&message("?"))
            .send()
            .await
            .unwrap()
            .status()
    };

    let mut forged = door.clone().into_bytes();
    let middle = forged.len() - 10;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    assert_eq!(
        post(&String::from_utf8(forged).unwrap()).await,
        StatusCode::NOT_FOUND,
        "a forged door"
    );
    assert_eq!(
        post(&format!("{door}/internal/file/read")).await,
        StatusCode::NOT_FOUND
    );
    let closed = post(&host.door("shared").await).await;
    assert!(
        closed.is_client_error(),
        "the shared door is open before anybody asked for it: {closed}"
    );
}
