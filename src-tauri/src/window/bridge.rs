//! The page's two ways to the host: a request, within the scopes of a face, and the host's events.
//!
//! What the page may ask for is decided before anything is sent (`Client::pass`); what comes back is the control API's
//! own JSON. The page never has to connect again by itself: this does.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ligand_host::control::{ApiError, Client, ClientError, ErrorReply, HostEvent, Scopes};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use tauri::{State, ipc::Channel};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long after losing the host it is looked for again. A try costs microseconds on a local socket, and a person
/// waits for it.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The way to the host.
pub(super) struct Bridge {
    client: Client,
    /// Ends the subscription that there is: a page that was loaded again has left its old one behind.
    subscribed: Mutex<Option<DropGuard>>,
}

impl Bridge {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            subscribed: Mutex::default(),
        }
    }
}

/// What the page is told: an event of the control API with its data, `live` when the host is heard, `lost` with the
/// reason when it no longer is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Message {
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
}

impl Message {
    fn live() -> Self {
        Self {
            event: "live".to_owned(),
            data: None,
        }
    }

    fn lost(why: &ApiError) -> Self {
        Self {
            event: "lost".to_owned(),
            data: serde_json::value::to_raw_value(why).ok(),
        }
    }
}

impl From<HostEvent> for Message {
    fn from(HostEvent { name, data }: HostEvent) -> Self {
        Self {
            event: name,
            data: Some(data),
        }
    }
}

/// Passes a request on.
#[tauri::command]
pub(super) async fn request(
    bridge: State<'_, Bridge>,
    method: String,
    path: String,
    body: Option<Value>,
) -> Result<Value, ErrorReply> {
    let answer = bridge
        .client
        .pass(Scopes::Faces, &method, &path, body.as_ref())
        .await?;
    Ok(answer)
}

/// Tells the page everything that the host tells its faces, until it subscribes anew.
#[tauri::command]
pub(super) async fn subscribe(
    bridge: State<'_, Bridge>,
    channel: Channel<Message>,
) -> Result<(), ErrorReply> {
    let stop = CancellationToken::new();
    let follow = follow(bridge.client.clone(), channel);
    tokio::spawn(stop.clone().run_until_cancelled_owned(follow));
    *bridge.subscribed.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop.drop_guard());
    Ok(())
}

/// Follows the host, and finds it again when it was away.
async fn follow(client: Client, channel: Channel<Message>) {
    // The first loss is said, and then none until the host was heard again.
    let mut is_told = false;
    loop {
        let why = match follow_once(&client, &channel, &mut is_told).await {
            Ok(()) => ClientError::NotRunning,
            Err(error) => error,
        };
        if !is_told {
            is_told = true;
            send(&channel, Message::lost(&ErrorReply::from(why).error));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Follows one host to its end.
async fn follow_once(
    client: &Client,
    channel: &Channel<Message>,
    is_told: &mut bool,
) -> Result<(), ClientError> {
    let mut events = client.follow_events().await?;
    *is_told = false;
    send(channel, Message::live());
    while let Some(event) = events.next().await? {
        send(channel, event.into());
    }
    Ok(())
}

fn send(channel: &Channel<Message>, message: Message) {
    if let Err(error) = channel.send(message) {
        tracing::debug!(%error, "the page was not told");
    }
}
