//! The workspace's secrets, as both generations give them.

use ligand_platform::Stage;
use serde_json::json;

use crate::common::{WORKSPACE, answering_json, code, recording, token};

#[tokio::test]
async fn secrets_are_asked_for_with_the_workspaces_own_token_and_come_as_they_are() {
    let reply = json!({"OPENAI_API_KEY": " sk-with-blanks ", "": "odd", "EMPTY": ""});
    let (server, record) = recording(200, &reply).await;
    let secrets = server
        .platform()
        .secret_values(&token(), WORKSPACE)
        .await
        .unwrap();
    assert_eq!(
        record.one().line(),
        format!("GET /workspaces/{WORKSPACE}/secrets/values")
    );
    assert_eq!(secrets["OPENAI_API_KEY"].expose(), " sk-with-blanks ");
    assert_eq!((secrets.len(), secrets[""].expose()), (3, "odd"));
    assert!(!format!("{secrets:?}").contains("sk-with"));
}

#[tokio::test]
async fn a_failure_says_at_which_stage_and_no_value() {
    for (status, reply, kind) in [
        (
            401,
            json!({"error": "invalid workspace auth token"}),
            "unauthorized",
        ),
        (
            500,
            json!({"error": "failed to decrypt hush-hush-hush", "failed_keys": ["A"]}),
            "server",
        ),
        (200, json!({"A": {"value": "hush-hush-hush"}}), "protocol"),
        (200, json!(["hush-hush-hush"]), "protocol"),
    ] {
        let server = answering_json(status, &reply).await;
        let error = server
            .platform()
            .secret_values(&token(), WORKSPACE)
            .await
            .unwrap_err();
        assert_eq!((error.stage, code(&error)), (Stage::Secrets, kind));
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}
