//! The platform's log of a workspace, from which a laptop fetches its messages on newer platforms, and the ways to
//! answer them: to the people who watch, or to the workspace that asked.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    a2a::Answer,
    client::Platform,
    error::{Error, Kind, Stage},
    lenient,
    token::Token,
};

/// A row that no log has, to ask whether there is a cursor at all.
const NO_ROW: &str = "00000000-0000-0000-0000-000000000000";

/// The type of rows that hold messages to us.
const INBOUND: &str = "a2a_receive";

/// From where on rows are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Strictly after this row, oldest first.
    Row(String),
    /// Of the last seconds, newest first; only those before a time of [`Row::created_at`], where one is given.
    Seconds(u32, Option<String>),
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its place in the log, on the newest platforms.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub seq: Option<i64>,
    /// When it was written, as RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: String,
    /// What kind of row it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub activity_type: String,
    /// The workspace that wrote it; nobody's is a person's.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub source_id: Option<String>,
    /// The JSON-RPC method, or a word of the platform's.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub method: Option<String>,
    /// The message.
    #[serde(default)]
    pub request_body: Option<Value>,
    /// Its answer, if it has one already.
    #[serde(default)]
    pub response_body: Option<Value>,
}

/// A row of the log as a person reads it: who did what to whom, without what was said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LogEntry {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub id: String,
    /// When it was written, as RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: String,
    /// What kind of row it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub activity_type: String,
    /// The JSON-RPC method, or a word of the platform's.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub method: Option<String>,
    /// What it was, in a line. It may quote an address.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub summary: Option<String>,
    /// How it went.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: Option<String>,
    /// The workspace that did it; nobody's was a person's doing.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub source_id: Option<String>,
    /// The workspace that it was done to.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub target_id: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub duration_ms: Option<i64>,
    /// What went wrong. It may quote an address.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub error_detail: Option<String>,
}

/// What asking for rows brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Rows, in the order of [`Since`].
    Found(Vec<Row>),
    /// The row that was asked from is not in the log any more.
    CursorGone,
}

impl Platform {
    /// Whether messages can be fetched here: older platforms have no cursor, and no mode of delivery but calling.
    ///
    /// # Errors
    /// As every call.
    pub async fn can_be_polled(&self, token: &Token, id: Uuid) -> Result<bool, Error> {
        let path = format!("/workspaces/{id}/activity?since_id={NO_ROW}&limit=1");
        let call = self.call(Stage::Activity, Method::GET, &path);
        match call.credential(Some(token))?.reply().await {
            Ok(_) => Ok(false),
            Err(Error { kind: Kind::Gone, .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Reads rows of inbound messages, at most `limit` (the platform allows 500).
    ///
    /// # Errors
    /// As every call.
    pub async fn inbound(&self, token: &Token, id: Uuid, since: &Since, limit: u32) -> Result<Rows, Error> {
        let since = match since {
            Since::Row(row) => format!("since_id={row}"),
            Since::Seconds(seconds, None) => format!("since_secs={seconds}"),
            Since::Seconds(seconds, Some(before)) => {
                let before: String = form_urlencoded::byte_serialize(before.as_bytes()).collect();
                format!("since_secs={seconds}&before_ts={before}")
            }
        };
        let path = format!("/workspaces/{id}/activity?type={INBOUND}&limit={limit}&{since}");
        let call = self.call(Stage::Activity, Method::GET, &path);
        match call.credential(Some(token))?.decode().await {
            Ok(rows) => Ok(Rows::Found(rows)),
            Err(Error { kind: Kind::Gone, .. }) => Ok(Rows::CursorGone),
            Err(error) => Err(error),
        }
    }

    /// Reads the newest rows of a workspace's log, newest first, at most `limit` (the platform allows 500). The
    /// workspace's own token shows it, and an org key.
    ///
    /// # Errors
    /// As every call.
    pub async fn activity(&self, credential: &Token, id: Uuid, limit: u32) -> Result<Vec<LogEntry>, Error> {
        let path = format!("/workspaces/{id}/activity?limit={limit}");
        let call = self.call(Stage::Activity, Method::GET, &path);
        call.credential(Some(credential))?.decode().await
    }

    /// Tells the platform up to which row its log was taken care of. Older ones have no such route.
    ///
    /// # Errors
    /// As every call.
    pub async fn acknowledge(&self, token: &Token, id: Uuid, seq: i64) -> Result<(), Error> {
        let path = format!("/workspaces/{id}/activity/ack");
        let call = self.call(Stage::Activity, Method::POST, &path);
        let body = json!({"acked_seq": seq});
        call.credential(Some(token))?.json(&body).reply().await.map(drop)
    }

    /// Says something to the people who watch the workspace. Each call is shown: one that may have arrived must not be
    /// made again.
    ///
    /// # Errors
    /// As every call.
    pub async fn notify(&self, token: &Token, id: Uuid, message: &str) -> Result<(), Error> {
        let path = format!("/workspaces/{id}/notify");
        let call = self.call(Stage::Notify, Method::POST, &path);
        let body = json!({"message": message});
        call.credential(Some(token))?.json(&body).reply().await.map(drop)
    }

    /// Sends a JSON-RPC message to another workspace, as ours.
    ///
    /// # Errors
    /// As [`Platform::send`].
    pub async fn send_as(
        &self,
        token: &Token,
        from: Uuid,
        to: Uuid,
        message: &Value,
        deadline: Duration,
    ) -> Result<Answer, Error> {
        self.send_from(Some(token), Some(from), to, message, deadline)
            .await
    }
}
