//! What somebody does to the org behind a client's back, at once.

use serde::Deserialize;
use serde_json::Value;

use crate::id::Id;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::routes::{pause_all, remove_all, workspace_not_found};
use crate::store;

/// A deed.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Deed {
    /// Every viewer's connection is closed.
    WsDrop {},
    /// Viewers hear of something that did not happen: any event, of any workspace.
    Event {
        /// Its name.
        event: String,
        /// Of which workspace.
        workspace: String,
        /// What it says.
        #[serde(default)]
        payload: Value,
    },
    /// The workspace's tokens are replaced by one that nobody is told.
    RotateToken {
        /// Which workspace.
        workspace: String,
    },
    /// It is paused.
    Pause {
        /// Which workspace.
        workspace: String,
    },
    /// It is removed.
    Remove {
        /// Which workspace.
        workspace: String,
    },
    /// It is removed without a trace.
    Purge {
        /// Which workspace.
        workspace: String,
    },
    /// Its activity is forgotten, and every cursor with it.
    ForgetActivity {
        /// Which workspace.
        workspace: String,
    },
}

/// Does it.
pub(super) async fn perform(org: &Org, deed: Deed) -> Result<(), Refusal> {
    let text = match &deed {
        Deed::WsDrop {} => {
            org.hub.drop_viewers();
            return Ok(());
        }
        Deed::Event { workspace, .. }
        | Deed::RotateToken { workspace }
        | Deed::Pause { workspace }
        | Deed::Remove { workspace }
        | Deed::Purge { workspace }
        | Deed::ForgetActivity { workspace } => workspace,
    };
    let id = Id::parse(text).ok_or_else(workspace_not_found)?;
    org.store
        .run(move |tx| {
            let is_real = !matches!(deed, Deed::Event { .. });
            if is_real && tx.workspace(id)?.is_none() {
                return Err(store::Fault::from(workspace_not_found()));
            }
            match deed {
                Deed::WsDrop {} => {}
                Deed::Event { event, payload, .. } => tx.announce(id, event, payload),
                Deed::RotateToken { .. } => {
                    tx.revoke_tokens(id)?;
                    tx.mint_token(id)?;
                }
                Deed::Pause { .. } => drop(pause_all(tx, id)?),
                Deed::Remove { .. } => drop(remove_all(tx, id, false)?),
                Deed::Purge { .. } => drop(remove_all(tx, id, true)?),
                Deed::ForgetActivity { .. } => {
                    tx.execute("DELETE FROM activity WHERE workspace_id = ?1", [id])?;
                }
            }
            Ok(())
        })
        .await
}
