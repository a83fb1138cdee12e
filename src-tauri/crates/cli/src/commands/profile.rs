//! `ligand start`, `stop` and `restart`: one profile of the running host.

use ligand_host::{control::Client, places::Places};

use super::meant_profile;
use crate::{args::OneProfile, failure::Failure, out};

/// What is to be done with the profile.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// Bring the workspace online.
    Start,
    /// Take it out.
    Stop,
    /// One after the other.
    Restart,
    /// The same with the agent alone, which Ligand starts for it.
    RestartAgent,
}

/// Runs the command.
pub(crate) async fn run(places: &Places, action: Action, args: OneProfile) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    match action {
        Action::Start => {
            client.start(&profile).await?;
            out::line(format!(
                "Profile {profile} is starting; `ligand status` says how it goes."
            ))?;
        }
        Action::Stop => {
            client.stop(&profile).await?;
            out::line(format!("Profile {profile} is stopped."))?;
        }
        Action::Restart => {
            client.restart(&profile).await?;
            out::line(format!(
                "Profile {profile} is starting again; `ligand status` says how it goes."
            ))?;
        }
        Action::RestartAgent => {
            client.restart_agent(&profile).await?;
            out::line(format!(
                "The agent of profile {profile} is starting again; `ligand status` says how it goes."
            ))?;
        }
    }
    Ok(())
}
