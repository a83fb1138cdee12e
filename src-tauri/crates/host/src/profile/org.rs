//! One workspace of the org, looked at closer or spoken to: with the org key as a person, else as our workspace with its
//! token. What is said of it is kept elsewhere.

use ligand_platform::{Answer, Error, Kind, Lookup, Platform, Token};
use uuid::Uuid;

use super::send::{DEADLINE, SendError};
use crate::{
    message::{files_of, message, text_of},
    org::{Activity, CardView, Outcome, Voice, WorkspaceDetail},
};

/// Rows of activity that are shown.
const ROWS: u32 = 50;

/// What a profile lends to those who look at a workspace of the org or speak to it.
pub(crate) struct OrgKit {
    pub(super) platform: Platform,
    pub(super) token: Token,
    pub(super) org_key: Option<Token>,
    pub(super) workspace: Uuid,
    /// Whether our own messages are fetched.
    pub(super) fetches: bool,
}

impl OrgKit {
    /// In whose name a workspace is spoken to.
    ///
    /// # Errors
    /// When it is our own, and what it sends to itself would count as its own words.
    pub(crate) fn voice(&self, to: Uuid) -> Result<Voice, SendError> {
        match &self.org_key {
            Some(_) => Ok(Voice::Human),
            None if to == self.workspace && self.fetches => Err(SendError::ToOneself),
            None => Ok(Voice::Workspace),
        }
    }

    /// Says something under this message id, and waits for what becomes of it.
    pub(crate) async fn say(&self, to: Uuid, voice: Voice, text: &str, id: &str) -> Outcome {
        let message = message(text, id);
        let ours = self.workspace;
        let answer = match (voice, &self.org_key) {
            (Voice::Human, Some(key)) => self.platform.send(Some(key), to, &message, DEADLINE).await,
            _ if to == ours => {
                self.platform
                    .send(Some(&self.token), to, &message, DEADLINE)
                    .await
            }
            _ => {
                self.platform
                    .send_as(&self.token, ours, to, &message, DEADLINE)
                    .await
            }
        };
        match answer {
            Ok(answer) => outcome(&answer, voice),
            Err(error) => Outcome::Failed {
                note: error.to_string(),
                code: error.kind.code().to_owned(),
            },
        }
    }

    /// Asks for the card and the activity of a workspace.
    pub(crate) async fn look(&self, id: Uuid) -> WorkspaceDetail {
        let credential = match id == self.workspace {
            true => Some(&self.token),
            false => self.org_key.as_ref(),
        };
        let activity = async {
            match credential {
                Some(credential) => self.platform.activity(credential, id, ROWS).await.map(Some),
                None => Ok(None),
            }
        };
        let (found, activity) = tokio::join!(self.platform.workspace(id), activity);
        let (card, no_card) = match found {
            Ok(Lookup::Present(workspace)) => (workspace.agent_card.as_ref().map(CardView::of), None),
            Ok(Lookup::Removed) => (None, Some("the workspace was removed".to_owned())),
            Err(error) => (None, Some(error.to_string())),
        };
        let (activity, no_activity) = match activity {
            Ok(Some(rows)) => (Some(rows.into_iter().map(Activity::of).collect()), None),
            Ok(None) => (
                None,
                Some("the activity of other workspaces is shown with an org key alone".to_owned()),
            ),
            Err(error) => (None, Some(unreadable(&error))),
        };
        WorkspaceDetail {
            workspace: None,
            card,
            no_card,
            activity,
            no_activity,
            canvas_url: self.platform.base().to_string(),
        }
    }
}

fn unreadable(error: &Error) -> String {
    match error.kind {
        Kind::Unauthorized { .. } => {
            format!(
                "our credential does not show this workspace's activity ({})",
                error.kind
            )
        }
        _ => error.to_string(),
    }
}

fn outcome(answer: &Answer, voice: Voice) -> Outcome {
    match answer {
        Answer::Replied(reply) => match text_of(reply) {
            Ok(text) => Outcome::Answered {
                text,
                files: files_of(reply),
            },
            Err(why) => Outcome::agent_error(&why),
        },
        Answer::Queued { depth, .. } => Outcome::Queued {
            note: format!(
                "the workspace did not answer; the platform delivers the message when it is back ({depth} waiting)"
            ),
        },
        Answer::Accepted { .. } => Outcome::Queued {
            note: match voice {
                Voice::Human => "the message waits until the workspace fetches it; the answer comes here",
                _ => {
                    "the message waits until the workspace fetches it; its answer comes as a message to our workspace"
                }
            }
            .to_owned(),
        },
    }
}
