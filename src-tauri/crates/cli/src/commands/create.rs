//! `ligand create`: makes a workspace in an org and a profile of it. The org's key is read, used once and forgotten,
//! unless it is to be kept.

use ligand_host::{
    places::Places,
    setup::{self, BaseUrl, NewWorkspace, NewWorkspaceProfile, SetupError},
    vault::Vault,
};
use ligand_hosting::{Turn, take_turn};

use super::connect::{here, say_made, say_starting, warn_of_trust};
use crate::{args::Create, failure::Failure, stdin};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Create) -> Result<(), Failure> {
    let agent = args.new.agent.agent(&here()?)?;
    let exposure = args.new.exposure()?;
    let (url, org_key) = stdin::url_and_key()?;
    let platform: BaseUrl = url.parse().map_err(SetupError::from)?;
    let new = NewWorkspaceProfile {
        platform,
        org_key,
        keep_org_key: args.keep_org_key,
        workspace: NewWorkspace {
            name: args.name,
            role: args.role,
            parent_id: None,
        },
        name: args.profile,
        org_id: args.new.org_id,
        relay: args.new.relay,
        exposure,
        trust_relay_with_token: args.new.trust_relay_with_token,
        agent,
    };
    match take_turn(places).await? {
        Turn::Ours(_lock) => {
            // Before the workspace is made: a locked keychain must not leave one behind that nobody answers for.
            let vault = Vault::open(places).await?;
            let name = setup::create(places, &vault, new).await?;
            say_made(&name, &vault)?;
        }
        Turn::Theirs(client) => {
            let made = setup::create_workspace(places, new).await?;
            let added = client.add_profile(&made).await.map_err(|error| {
                let workspace = made.connection.workspace_id;
                Failure::needs_user(format!(
                    "workspace {workspace} was made in the org, but not connected: {error}. Then rotate its \
                     credentials in the Canvas and run `ligand connect`, or delete it there"
                ))
            })?;
            say_starting(&added)?;
        }
    }
    warn_of_trust(args.new.trust_relay_with_token)
}
