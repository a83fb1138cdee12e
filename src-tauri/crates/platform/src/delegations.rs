//! Handing work to another workspace. The platform sends the message by itself and goes on when we are away; its log of
//! our workspace tells what became of it.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    client::Platform,
    error::{Error, Stage},
    lenient,
    token::Token,
};

/// Rows of the log in which a delegation is looked for: two for each, so the last hundred.
const ROWS: u32 = 200;

/// What the platform answers to a delegation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Delegated {
    /// To ask for it by.
    #[serde(rename = "delegation_id")]
    pub id: Uuid,
    /// Whether there was one under the same key already, which goes on instead of another.
    #[serde(default, rename = "idempotent_hit", deserialize_with = "lenient::or_default")]
    pub known: bool,
}

/// A delegation as the platform's log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The workspace that it went to.
    pub target: Option<Uuid>,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a delegation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was taken, and is on its way or worked on.
    Working,
    /// The workspace was busy or away; the platform sends it later.
    Queued,
    /// It was answered.
    Completed {
        /// The answer's text.
        text: String,
    },
    /// It could not be delivered.
    Failed {
        /// The platform's word.
        error: String,
    },
}

/// What is read of a row of the log.
#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "lenient::or_default")]
    method: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    status: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    target_id: Option<Uuid>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    error_detail: Option<String>,
    #[serde(default)]
    request_body: Value,
    #[serde(default)]
    response_body: Value,
}

impl Row {
    fn is_of(&self, id: &str) -> bool {
        [&self.request_body, &self.response_body]
            .iter()
            .any(|body| body["delegation_id"] == *id)
    }
}

impl Platform {
    /// Hands a task to another workspace, as ours. The same `key` again gives the delegation that there is, unless that
    /// one has failed; so a call that broke off can be repeated.
    ///
    /// # Errors
    /// As every call.
    pub async fn delegate(
        &self,
        token: &Token,
        from: Uuid,
        to: Uuid,
        task: &str,
        key: &str,
    ) -> Result<Delegated, Error> {
        let path = format!("/workspaces/{from}/delegate");
        let call = self.call(Stage::Delegate, Method::POST, &path);
        let body = json!({"target_id": to, "task": task, "idempotency_key": key});
        call.credential(Some(token))?.json(&body).decode().await
    }

    /// Looks up a delegation of ours; none where the log does not have it, or not any more.
    ///
    /// # Errors
    /// As every call.
    pub async fn delegation(&self, token: &Token, from: Uuid, id: Uuid) -> Result<Option<Delegation>, Error> {
        // The list of delegations has only the beginning of an answer; the log has all of it.
        let path = format!("/workspaces/{from}/activity?type=delegation&limit={ROWS}");
        let call = self.call(Stage::Delegation, Method::GET, &path);
        let rows: Vec<Row> = call.credential(Some(token))?.decode().await?;
        Ok(found(&rows, &id.to_string()))
    }
}

/// Puts together what several rows say of one delegation, the newest first: one for the task, and others for its results.
fn found(rows: &[Row], id: &str) -> Option<Delegation> {
    let of_it: Vec<&Row> = rows.iter().filter(|row| row.is_of(id)).collect();
    let target = of_it.iter().find_map(|row| row.target_id);
    let ended = |status: &str| of_it.iter().find(|row| row.status == status);
    let text = of_it.iter().find_map(|row| {
        row.response_body["text"]
            .as_str()
            .filter(|_| row.status == "completed")
    });
    let standing = if let Some(text) = text {
        Standing::Completed {
            text: text.to_owned(),
        }
    } else if ended("completed").is_some() {
        // Ended by the agent that recorded it, without a text.
        Standing::Completed { text: String::new() }
    } else if let Some(row) = ended("failed") {
        let error = row.error_detail.clone();
        Standing::Failed {
            error: error.unwrap_or_else(|| "no reason given".to_owned()),
        }
    } else if ended("queued").is_some() {
        Standing::Queued
    } else {
        of_it.iter().find(|row| row.method == "delegate")?;
        Standing::Working
    };
    Some(Delegation { target, standing })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "d-1";

    fn standing(rows: Value) -> Option<Standing> {
        let rows: Vec<Row> = serde_json::from_value(rows).unwrap();
        found(&rows, ID).map(|delegation| delegation.standing)
    }

    fn task(status: &str) -> Value {
        json!({"method": "delegate", "status": status, "request_body": {"task": "t", "delegation_id": ID}})
    }

    #[test]
    fn a_delegation_stands_where_its_rows_say_together() {
        let result = json!({"method": "delegate_result", "status": "completed",
            "response_body": {"text": "forty-two", "delegation_id": ID}});
        let done = Some(Standing::Completed {
            text: "forty-two".into(),
        });
        assert_eq!(standing(json!([result, task("completed")])), done);
        // One that was queued and sent later: its task's row is left as it was.
        assert_eq!(standing(json!([result, task("queued")])), done);
        let queued = json!({"method": "delegate_result", "status": "queued",
            "response_body": {"queued": true, "delegation_id": ID}});
        assert_eq!(standing(json!([queued, task("queued")])), Some(Standing::Queued));
        for status in ["pending", "dispatched"] {
            assert_eq!(standing(json!([task(status)])), Some(Standing::Working));
        }
        let mut failed = task("failed");
        failed["error_detail"] = json!("nobody there");
        let error = "nobody there".to_owned();
        assert_eq!(standing(json!([failed])), Some(Standing::Failed { error }));
    }

    #[test]
    fn rows_of_others_are_not_taken_for_it() {
        let other = json!({"method": "delegate_result", "status": "completed",
            "response_body": {"text": "no", "delegation_id": "d-2"}});
        assert_eq!(standing(json!([other])), None);
        assert_eq!(standing(json!([other, task("pending")])), Some(Standing::Working));
        assert_eq!(standing(json!([{"method": 7, "request_body": null}])), None);
    }
}
