//! How the answer of a fetched message gets to whoever asked: people read it in the workspace's chat, another workspace
//! gets it as a message of ours.
//!
//! What people are told is shown once per call, so a call that may have arrived is looked for before it is made again.

use std::{sync::Arc, time::Duration};

use ligand_platform::{Error, Kind, Rows, Since};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::PollKit;
use crate::deliveries::{Owed, Reply};

/// How long another workspace may take to answer our answer.
const PEER_DEADLINE: Duration = Duration::from_secs(60);
/// How far back a word to people is looked for that may have arrived, in seconds.
const LOOK_FOR: u32 = 300;
/// Rows that are looked through for it.
const LOOK_THROUGH: u32 = 100;
/// What is answered to a file.
const NO_FILES: &str =
    "This workspace runs on a laptop and does not take files that way. Send what it should know as text.";

/// What became of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    /// It arrived, or never will.
    Over,
    /// Whom it is for did not take it; it is to be sent again.
    Again,
    /// The platform can't be asked now.
    NotNow,
}

/// Sends answers. Clones are the same sender.
#[derive(Clone)]
pub(super) struct Replies {
    kit: Arc<PollKit>,
    /// One at a time: what is owed is not sent twice.
    turn: Arc<Mutex<()>>,
}

impl Replies {
    pub(super) fn new(kit: &Arc<PollKit>) -> Self {
        Self {
            kit: Arc::clone(kit),
            turn: Arc::default(),
        }
    }

    /// Sends an answer that was just given. Without a number it is not in the journal, and this is its only chance.
    pub(super) async fn send(&self, seq: Option<i64>, to: &Owed, reply: &Reply) {
        let _turn = self.turn.lock().await;
        if self.try_to_send(seq, to, reply).await == Sent::Over
            && let Some(seq) = seq
        {
            self.kit.deliveries.paid(seq).await;
        }
    }

    /// Sends what was given and could not be sent.
    pub(super) async fn send_what_is_owed(&self) {
        let _turn = self.turn.lock().await;
        for (seq, to, reply) in self.kit.deliveries.owed().await {
            if to == Owed::People && self.is_in_the_log(&reply.text).await {
                // The host ended between saying it and writing that it was said.
                self.kit.deliveries.paid(seq).await;
                continue;
            }
            match self.try_to_send(Some(seq), &to, &reply).await {
                Sent::Over => self.kit.deliveries.paid(seq).await,
                Sent::Again => {}
                Sent::NotNow => return,
            }
        }
    }

    /// Tells the sender of a file that it was not taken.
    pub(super) async fn refuse_upload(&self, to: &Owed) {
        let reply = Reply::of_text(NO_FILES);
        self.send(None, to, &reply).await;
    }

    async fn try_to_send(&self, seq: Option<i64>, to: &Owed, reply: &Reply) -> Sent {
        let sent = match to {
            Owed::People => self.tell_people(&reply.text).await,
            Owed::Peer(peer) => self.tell_peer(*peer, seq, reply).await,
        };
        match sent {
            Ok(()) => Sent::Over,
            Err(error) => {
                let sent = judged(&error.kind);
                tracing::warn!(%error, ?sent, "an answer could not be sent");
                sent
            }
        }
    }

    async fn tell_people(&self, text: &str) -> Result<(), Error> {
        let PollKit {
            platform,
            token,
            workspace,
            ..
        } = &*self.kit;
        let told = platform.notify(token, *workspace, text).await;
        match told {
            Err(error) if may_have_arrived(&error.kind) && self.is_in_the_log(text).await => Ok(()),
            told => told,
        }
    }

    /// Whether people have been told this within the last minutes.
    async fn is_in_the_log(&self, text: &str) -> bool {
        let kit = &self.kit;
        let since = Since::Seconds(LOOK_FOR, None);
        let rows = kit
            .platform
            .inbound(&kit.token, kit.workspace, &since, LOOK_THROUGH);
        let Ok(Rows::Found(rows)) = rows.await else {
            return false;
        };
        rows.iter().any(|row| {
            let said = row.response_body.as_ref().map(|body| &body["result"]);
            row.method.as_deref() == Some("notify") && said.and_then(Value::as_str) == Some(text)
        })
    }

    async fn tell_peer(&self, peer: Uuid, seq: Option<i64>, reply: &Reply) -> Result<(), Error> {
        let kit = &self.kit;
        // The same each time that it is sent: whoever has it already knows it again.
        let message_id = match seq {
            Some(seq) => format!("reply-{}-{seq}", kit.workspace),
            None => Uuid::new_v4().to_string(),
        };
        let message = json!({
            "jsonrpc": "2.0", "id": message_id, "method": "message/send",
            "params": {"message": {"kind": "message", "role": "agent", "messageId": message_id, "parts": reply.parts}},
        });
        let sent = kit
            .platform
            .send_as(&kit.token, kit.workspace, peer, &message, PEER_DEADLINE);
        sent.await.map(drop)
    }
}

/// Whether the platform may have done it although it did not say so.
fn may_have_arrived(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Timeout
            | Kind::Unreachable(_)
            | Kind::Protocol(_)
            | Kind::NotAPlatform { .. }
            | Kind::Server { .. }
    )
}

fn judged(kind: &Kind) -> Sent {
    match kind {
        // The platform has refused it, or whom it is for: sending it again can't help.
        Kind::Refused { .. } | Kind::Gone | Kind::Unauthorized { status: 403, .. } => Sent::Over,
        Kind::Server { .. } => Sent::Again,
        _ => Sent::NotNow,
    }
}
