//! What agents ask people to allow.

use reqwest::Method;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    client::Platform,
    error::{Error, Stage},
    lenient,
    token::Token,
};

/// Something that waits for a person's word.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PendingApproval {
    /// Its id.
    pub id: String,
    /// The workspace whose agent asks.
    pub workspace_id: Uuid,
    /// That workspace's name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub workspace_name: String,
    /// What it wants to do.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub action: String,
    /// Why.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reason: String,
    /// When it asked, RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: String,
}

impl Platform {
    /// What waits for a person's word in the whole org, newest first; the platform tells 50 at the most. Needs an org
    /// key or the admin token.
    ///
    /// # Errors
    /// As every call.
    pub async fn pending_approvals(&self, admin: &Token) -> Result<Vec<PendingApproval>, Error> {
        self.call(Stage::Approvals, Method::GET, "/approvals/pending")
            .credential(Some(admin))?
            .decode()
            .await
    }
}
