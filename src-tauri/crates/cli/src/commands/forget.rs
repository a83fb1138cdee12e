//! `ligand forget`: removes all that this machine keeps of a profile, after having shown what that is. The workspace
//! stays in the org.

use ligand_host::{
    config::Config, deliveries::Journal, places::Places, settings::TraceList, setup, vault::Vault,
};
use ligand_hosting::{Turn, take_turn};

use super::{ask, configured, meant_profile};
use crate::{args::Forget, failure::Failure, out, words::plain};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Forget) -> Result<(), Failure> {
    let named = args.profile.or(args.name);
    match take_turn(places).await? {
        Turn::Ours(_lock) => {
            let config = Config::load(places).map_err(Failure::failed)?;
            let name = configured(places, &config, named)?;
            let vault = Vault::open(places).await?;
            let journal = Journal::open(&places.journal());
            let traces = setup::traces(places, &vault, &journal, &name).await?;
            show("This is removed:", &traces)?;
            if !args.yes && !ask::yes("Forget it?")? {
                return out::line("Nothing was removed.");
            }
            let removed = setup::forget_all(places, &vault, &journal, &name).await?;
            said(name.as_str(), &removed)
        }
        Turn::Theirs(client) => {
            let name = meant_profile(&client, named).await?;
            show("This is removed:", &client.traces(&name).await?)?;
            if !args.yes && !ask::yes("Forget it?")? {
                return out::line("Nothing was removed.");
            }
            let removed = client.forget_profile(&name).await?;
            said(name.as_str(), &removed)
        }
    }
}

fn said(name: &str, removed: &TraceList) -> Result<(), Failure> {
    out::line(format!(
        "Profile {name} is forgotten: {} things were removed. The workspace is still in the org; remove it there if it \
         is not needed any more.",
        removed.traces.len()
    ))
}

/// Lists what there is.
pub(super) fn show(heading: &str, traces: &TraceList) -> Result<(), Failure> {
    out::line(heading)?;
    for trace in &traces.traces {
        out::line(format!("  {} ({})", plain(&trace.what), plain(&trace.place)))?;
    }
    Ok(())
}
