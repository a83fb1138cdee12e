//! The senders: each message goes to the next workspace, and is sent until the platform has taken it or answered, under
//! the same id every time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::scene::Scene;

/// Senders at a time.
const SENDERS_AT_ONCE: u32 = 8;
/// How long one waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause before a message is tried again.
const AGAIN: Duration = Duration::from_millis(100);
/// After so many tries a message was never acknowledged, and does not count.
const TRIES: usize = 600;

/// Senders at work.
pub(super) struct Senders {
    tasks: JoinSet<()>,
    acknowledged: Arc<Mutex<HashSet<String>>>,
}

/// Starts them; they take about as long as `spread` for all messages together.
pub(super) fn start(scene: &Scene, messages: usize, spread: Duration) -> Senders {
    let at = |id: &str| format!("{}/workspaces/{id}/a2a", scene.org.url());
    let urls: Vec<String> = scene
        .workspaces
        .iter()
        .map(|workspace| at(&workspace.id))
        .collect();
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let run = uuid::Uuid::new_v4();
    let turns = (0..messages).zip(urls.iter().cycle());
    let waiting: Vec<_> = turns
        .map(|(number, url)| (format!("{run}-{number}"), url.clone()))
        .collect();
    let waiting = Arc::new(Mutex::new(waiting));
    let acknowledged = Arc::<Mutex<HashSet<String>>>::default();
    let pause = spread * SENDERS_AT_ONCE / u32::try_from(messages.max(1)).unwrap_or(u32::MAX);
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS_AT_ONCE {
        let (waiting, acknowledged) = (Arc::clone(&waiting), Arc::clone(&acknowledged));
        let (client, admin) = (client.clone(), scene.org.admin().to_owned());
        tasks.spawn(async move {
            loop {
                let next = waiting.lock().unwrap().pop();
                let Some((id, url)) = next else { return };
                for _ in 0..TRIES {
                    if send(&client, &url, &admin, &id).await {
                        acknowledged.lock().unwrap().insert(id);
                        break;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
                tokio::time::sleep(pause).await;
            }
        });
    }
    Senders { tasks, acknowledged }
}

impl Senders {
    /// Waits until all messages are sent; gives those that were acknowledged.
    pub(super) async fn done(mut self) -> HashSet<String> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        std::mem::take(&mut self.acknowledged.lock().unwrap())
    }
}

/// Sends it once. Says whether the platform acknowledged it: with its answer, or by keeping it.
async fn send(client: &Client, url: &str, admin: &str, id: &str) -> bool {
    let body = json!({"jsonrpc": "2.0", "id": id, "method": "message/send", "params": {"message": {
        "role": "user", "messageId": id, "parts": [{"kind": "text", "text": id}]}}});
    let Ok(answer) = client.post(url).bearer_auth(admin).json(&body).send().await else {
        return false;
    };
    let status = answer.status();
    let Ok(body) = answer.json::<Value>().await else {
        return false;
    };
    match status {
        StatusCode::ACCEPTED => true,
        // Told in words that the agent did not get it: that is no acknowledgement, and the sender tries again.
        StatusCode::OK => !matches!(
            body["error"]["data"]["reason"].as_str(),
            Some("busy" | "agent_unreachable" | "away")
        ),
        _ => false,
    }
}
