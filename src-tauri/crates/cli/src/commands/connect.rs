//! `ligand connect`: makes a profile of the platform's connection block. Its token goes to the vault, and is never an
//! argument.

use std::path::PathBuf;

use ligand_host::{
    config::ProfileName,
    places::Places,
    setup::{self, Connection, NewProfile, SetupError},
    vault::{Vault, VaultKind},
};
use ligand_hosting::{Turn, take_turn};

use crate::{args::Connect, failure::Failure, out, stdin};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Connect) -> Result<(), Failure> {
    let agent = args.new.agent.named(&here()?)?;
    let exposure = args.new.exposure()?;
    let block = stdin::whole(&args.file)?;
    let connection = Connection::parse(&block).map_err(SetupError::from)?;
    let new = NewProfile {
        name: args.profile,
        connection,
        org_id: args.new.org_id,
        relay: args.new.relay,
        exposure,
        trust_relay_with_token: args.new.trust_relay_with_token,
        agent,
        org_key: None,
        offline: false,
    };
    match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let vault = Vault::open(places).await?;
            let name = setup::connect(places, &vault, new).await?;
            say_made(&name, &vault)?;
        }
        Turn::Theirs(client) => say_starting(&client.add_profile(&new).await?)?,
    }
    warn_of_trust(args.new.trust_relay_with_token)
}

/// The folder that the command was typed in.
pub(crate) fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        Failure::failed(format!(
            "the folder that this is typed in cannot be told: {error}"
        ))
    })
}

/// What the user should know who has just trusted a relay with a token.
pub(crate) fn warn_of_trust(trusts: bool) -> Result<(), Failure> {
    if !trusts {
        return Ok(());
    }
    out::line(
        "Warning: the relay is shown this workspace's token at each dial. Whoever runs it can read what the workspace \
         may read and speak in its name. To end that, take token_to out of the profile in the config, and rotate the \
         token in the Canvas.",
    )
}

/// What is said when no host runs.
pub(crate) fn say_made(name: &ProfileName, vault: &Vault) -> Result<(), Failure> {
    out::line(format!("Profile {name} is set up. `ligand up` brings it online."))?;
    match vault.kind() {
        VaultKind::Keychain | VaultKind::Memory => Ok(()),
        VaultKind::File { path } => out::line(format!(
            "There is no keychain here: its token is in {}, which only you can read.",
            path.display()
        )),
    }
}

/// What is said when the running host has taken it.
pub(crate) fn say_starting(name: &ProfileName) -> Result<(), Failure> {
    out::line(format!(
        "Profile {name} is set up and starting. `ligand status` says how it goes."
    ))
}
