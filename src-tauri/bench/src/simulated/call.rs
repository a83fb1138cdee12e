//! One call to a simulated host through its platform door, as the platform makes it.

use std::time::Duration;

use reqwest::Client;
use serde_json::json;
use uuid::Uuid;

/// More than a relay holds a call for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of one try.
pub(crate) enum Sent {
    Answered,
    /// Refused, or closed without a byte.
    NoByte,
    /// What the platform would take for an answer, and is none.
    Wrong(String),
}

/// Who calls.
pub(crate) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

/// A message that no other is.
pub(crate) fn message() -> String {
    json!({"jsonrpc": "2.0", "id": Uuid::new_v4(), "method": "message/send"}).to_string()
}

/// Sends a message, of which the answer is the echo.
pub(crate) async fn send(client: &Client, door: &str, body: &str) -> Sent {
    let request = client.post(door).header("content-type", "application/json");
    let response = match request.body(body.to_owned()).send().await {
        Ok(response) => response,
        // Without the URL: it is a door's.
        Err(error) if error.is_timeout() => return Sent::Wrong(error.without_url().to_string()),
        Err(_) => return Sent::NoByte,
    };
    let status = response.status();
    match response.text().await {
        Ok(text) if status.is_success() && text == body => Sent::Answered,
        Ok(text) => Sent::Wrong(format!("{status}, {} bytes", text.len())),
        Err(error) => Sent::Wrong(error.without_url().to_string()),
    }
}
