//! Every limit: what whoever meets it is told, and that others go on.

mod calls;
mod links;

use serde_json::Value;

/// What an answer over a limit says: the status and the limit's name.
async fn said(answer: reqwest::Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    assert!(body["error"].is_string(), "{body}");
    (status, body["limit"].as_str().unwrap_or("none").to_owned())
}
