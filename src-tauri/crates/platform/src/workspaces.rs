//! Workspaces: creating, listing, looking one up.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    base_url::BaseUrl,
    client::Platform,
    connection::Connection,
    error::{Error, Kind, Stage},
    lenient,
    status::Status,
    token::Token,
};

/// A workspace to create: always an external one, without an address (the first register brings it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    /// At most 255 characters, no newline, none of `{ } [ ] > * & ! |`.
    pub name: String,
    /// What it is for, at most 1,000 characters.
    pub role: Option<String>,
    /// The workspace under which it stands.
    pub parent_id: Option<Uuid>,
}

/// What the platform made. Creating is not idempotent: each call makes another.
#[derive(Debug, Clone)]
pub struct Created {
    /// The new workspace's id.
    pub id: Uuid,
    /// Its status as the reply claims it; older platforms keep `provisioning` whatever they say here.
    pub status: Status,
    /// What the laptop needs. Missing on the oldest platforms, and where the platform could not make a token: the
    /// workspace exists, and its token must be had in another way.
    pub connection: Option<Connection>,
}

/// A workspace as the platform shows it. Its registered address is left out on purpose: nobody here needs it, and it
/// must not end up in a log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// What it is for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub role: Option<String>,
    /// Its status.
    pub status: Status,
    /// How much it may do: 1 to 4.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub tier: Option<i32>,
    /// `external` for one like ours. The list of peers does not tell.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub runtime: Option<String>,
    /// The workspace under which it stands.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub parent_id: Option<Uuid>,
    /// The card of its agent.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub agent_card: Option<Value>,
    /// Tasks that it works on.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub active_tasks: u32,
    /// How many it may work on at once; 0 where the platform does not say.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub max_concurrent_tasks: usize,
    /// What it works on. Only the list tells; it is empty there when it works on nothing.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub current_task: Option<String>,
    /// Its last error. Only the list tells; it is empty there when there was none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_sample_error: Option<String>,
    /// Where the org's people have put it on their canvas; 0 and 0 where nobody has.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub x: f64,
    /// The same, downwards.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub y: f64,
}

/// What a look-up finds.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
pub enum Lookup {
    /// It is there.
    Present(Workspace),
    /// It was deleted: 410 on newer platforms, status `removed` on older ones.
    Removed,
}

#[derive(Deserialize)]
struct CreateReply {
    id: Uuid,
    status: Status,
    #[serde(default)]
    connection: Option<Value>,
}

impl Platform {
    /// Creates an external workspace. `admin` is an org key or the platform's admin token.
    ///
    /// # Errors
    /// As every call; a 400 carries the platform's word on what it does not like. After [`Kind::Timeout`] and
    /// [`Kind::Unreachable`] the workspace may exist all the same.
    pub async fn create_workspace(&self, admin: &Token, new: &NewWorkspace) -> Result<Created, Error> {
        // Both fields: older platforms take the runtime only from a statement that can fail.
        let mut body = json!({"name": new.name, "runtime": "external", "external": true});
        if let Some(role) = &new.role {
            body["role"] = json!(role);
        }
        if let Some(parent) = new.parent_id {
            body["parent_id"] = json!(parent);
        }
        let call = self.call(Stage::Create, Method::POST, "/workspaces");
        let reply: CreateReply = call.credential(Some(admin))?.json(&body).decode().await?;
        let connection = reply
            .connection
            .and_then(|block| self.connection(reply.id, block));
        Ok(Created {
            id: reply.id,
            status: reply.status,
            connection,
        })
    }

    /// The block of a fresh workspace. Only its token cannot be had elsewhere: id and address are known already, and
    /// platforms behind a proxy are sometimes wrong about their own address.
    fn connection(&self, id: Uuid, mut block: Value) -> Option<Connection> {
        let fields = block.as_object_mut()?;
        fields.insert("workspace_id".to_owned(), json!(id));
        let usable = |url: &Value| url.as_str().is_some_and(|url| url.parse::<BaseUrl>().is_ok());
        if !fields.get("platform_url").is_some_and(usable) {
            fields.insert("platform_url".to_owned(), json!(self.base().to_string()));
        }
        Connection::from_value(block).ok()
    }

    /// Every workspace of the org that was not removed. Needs an org key or the admin token.
    ///
    /// # Errors
    /// As every call.
    pub async fn workspaces(&self, admin: &Token) -> Result<Vec<Workspace>, Error> {
        let mut all = Vec::new();
        self.each_workspace(admin, |workspace| all.push(workspace))
            .await?;
        Ok(all)
    }

    /// The same, one after the other as they come: an org may have thousands, with large cards.
    ///
    /// # Errors
    /// As every call; some may have been handed on by then.
    pub async fn each_workspace(&self, admin: &Token, take: impl FnMut(Workspace)) -> Result<(), Error> {
        let call = self.call(Stage::List, Method::GET, "/workspaces");
        call.credential(Some(admin))?.each(take).await
    }

    /// One workspace, without a credential: this is open to everyone who knows the id.
    ///
    /// # Errors
    /// As every call; an id that the platform never knew is [`Kind::Refused`] with status 404.
    pub async fn workspace(&self, id: Uuid) -> Result<Lookup, Error> {
        let call = self.call(Stage::Lookup, Method::GET, &format!("/workspaces/{id}"));
        match call.decode::<Workspace>().await {
            Ok(found) if found.status != Status::Removed => Ok(Lookup::Present(found)),
            Ok(_) | Err(Error { kind: Kind::Gone, .. }) => Ok(Lookup::Removed),
            Err(error) => Err(error),
        }
    }
}
