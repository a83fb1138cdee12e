//! `ligand uninstall`: removes Ligand's every trace from this user's account, after having shown what there is. The
//! programs go the way they came, and the workspaces stay in their orgs.

use ligand_host::{places::Places, settings::TraceList};
use ligand_hosting::{LeaveError, Turn, remove_at_login, remove_kept, take_turn};

use super::{ask, down, forget};
use crate::{args::Uninstall, failure::Failure, out};

impl From<LeaveError> for Failure {
    fn from(error: LeaveError) -> Self {
        Self::failed(error)
    }
}

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Uninstall) -> Result<(), Failure> {
    if !args.yes {
        out::line("The running host is ended, and everything that Ligand keeps for you is removed:")?;
        out::line(format!(
            "  secrets, config, journal, logs and plugins ({})",
            places.state.display()
        ))?;
        out::line("  the service and the login item, if there are any")?;
        out::line("Messages that the platform keeps for a workspace stay there, and so do the workspaces.")?;
        if !ask::yes("Remove all of it?")? {
            return out::line("Nothing was removed.");
        }
    }
    // First of all, so that nothing starts a host again.
    let mut removed = remove_at_login().await?;
    let lock = match take_turn(places).await? {
        Turn::Ours(lock) => lock,
        Turn::Theirs(_) => {
            down::run(places).await?;
            match take_turn(places).await? {
                Turn::Ours(lock) => lock,
                Turn::Theirs(_) => {
                    return Err(Failure::failed(
                        "another host started meanwhile; end what starts it, and run this again",
                    ));
                }
            }
        }
    };
    removed.extend(remove_kept(places, lock).await?);
    forget::show("Removed:", &TraceList { traces: removed })?;
    out::line("The programs themselves go the way they came: with the package, or with their files.")
}
