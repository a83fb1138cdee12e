//! `ligand local-org`: a stand-in for the platform in a process of its own, until Ctrl-C.

use std::io::{self, IsTerminal};

use ligand_hosting::EndSignals;
use ligand_local_org::{Options, StartError};

use crate::{args::LocalOrg, failure::Failure, out};

/// Runs the command.
pub(crate) async fn run(args: LocalOrg) -> Result<(), Failure> {
    let mut end = EndSignals::listen().map_err(Failure::failed)?;
    let data = args.data.display().to_string();
    let options = Options {
        allow_loopback_agents: true,
        requests_per_minute: args.rate_limit,
        org_id: args.org_id,
        faults: args.faults,
        plugins: args.plugins,
        ..Options::new(args.listen, args.data, args.era.into())
    };
    let org = ligand_local_org::start(options)
        .await
        .map_err(|error| match error {
            StartError::Data(_) => Failure::failed(format!("{error}. Give another file with --data")),
            _ => Failure::failed(format!("the local org did not start: {error}")),
        })?;
    out::line(format!("Local org at {}", org.url()))?;
    if args.print_admin_token {
        out::line(format!("Admin token: {}", org.admin_token()))?;
    } else {
        out::line(format!(
            "The admin token is kept in {data}; --print-admin-token prints it."
        ))?;
    }
    if io::stdout().is_terminal() {
        out::line("Ctrl-C stops it.")?;
    }
    end.next().await;
    tokio::select! {
        biased;
        () = end.next() => {}
        () = org.stop() => {}
    }
    Ok(())
}
