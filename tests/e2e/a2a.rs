//! Agents and callers made with the protocol's own library: through the shared door all is as it is directly.

use std::time::Duration;

use ligand_e2e::{Era, Sdk, SdkAgent, Stage, now, until};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// What the agent's work may outlive its caller.
const CANCELLED_WITHIN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn callers_of_sdk_1_hear_the_same_through_the_shared_door_as_directly() {
    all_is_the_same(Sdk::One).await;
}

#[tokio::test]
async fn callers_of_sdk_0_3_hear_the_same_through_the_shared_door_as_directly() {
    all_is_the_same(Sdk::ZeroThree).await;
}

/// Messages, tasks, streams, watching a task again, push configurations and errors, over both bindings; then a caller
/// who leaves.
async fn all_is_the_same(sdk: Sdk) {
    if !sdk.is_here() {
        return;
    }
    let stage = Stage::set(Era::L).await;
    let agent = SdkAgent::start(&stage.scratch, sdk).await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    let host = stage.online(&profile).await;
    let door = host.door("shared").await;
    for binding in ["JSONRPC", "HTTP+JSON"] {
        let directly = sdk.transcript(&stage.scratch, agent.url(), binding).await;
        let through = sdk.transcript(&stage.scratch, &door, binding).await;
        assert!(directly.len() > 10, "{directly:?}");
        for (directly, through) in directly.iter().zip(&through) {
            assert_eq!(directly, through, "over {binding}");
        }
        assert_eq!(directly.len(), through.len());
    }
    for base in [agent.url(), &door] {
        a_caller_leaves(sdk, &agent, base).await;
    }
    for version in ["", "0.3", "1.0", "99", "x"] {
        let directly = answer(sdk, agent.url(), version).await;
        assert_eq!(
            directly,
            answer(sdk, &door, version).await,
            "A2A-Version: {version:?}"
        );
    }
}

/// A caller who leaves a stream ends the request at the agent.
async fn a_caller_leaves(sdk: Sdk, agent: &SdkAgent, base: &str) {
    let open = async |wanted: usize| (agent.open().await == wanted).then_some(());
    until("nothing is open", Duration::from_secs(10), async || open(0).await).await;
    let mut stream = call(sdk, base, true, "hold").send().await.unwrap();
    stream.chunk().await.unwrap().expect("an event");
    until("the stream is open", Duration::from_secs(10), async || {
        open(1).await
    })
    .await;
    let left = now();
    drop(stream);
    until("the agent has noticed", CANCELLED_WITHIN, async || open(0).await).await;
    assert!(
        left.elapsed() < CANCELLED_WITHIN,
        "{:?} at {base}",
        left.elapsed()
    );
}

/// What a caller is told who says this version, or that it has none.
async fn answer(sdk: Sdk, base: &str, version: &str) -> (u16, Value) {
    let answer = call(sdk, base, false, "say hello").header("A2A-Version", version);
    let answer = answer.send().await.unwrap();
    let status = answer.status().as_u16();
    let mut body: Value = answer.json().await.unwrap();
    for message in ["/result/messageId", "/result/message/messageId"] {
        body.pointer_mut(message).map(Value::take);
    }
    (status, body)
}

/// A JSON-RPC call as each version spells it.
fn call(sdk: Sdk, base: &str, streams: bool, text: &str) -> RequestBuilder {
    let (method, role, part) = match (sdk, streams) {
        (Sdk::One, true) => ("SendStreamingMessage", "ROLE_USER", json!({ "text": text })),
        (Sdk::One, false) => ("SendMessage", "ROLE_USER", json!({ "text": text })),
        (Sdk::ZeroThree, true) => ("message/stream", "user", json!({ "kind": "text", "text": text })),
        (Sdk::ZeroThree, false) => ("message/send", "user", json!({ "kind": "text", "text": text })),
    };
    let message = json!({ "messageId": uuid::Uuid::new_v4().to_string(), "role": role, "parts": [part] });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": { "message": message } });
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{base}/rpc")).json(&body);
    if sdk == Sdk::One && streams {
        request.header("A2A-Version", "1.0")
    } else {
        request
    }
}
