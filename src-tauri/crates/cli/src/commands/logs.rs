//! `ligand logs`: the end of the host's log, also of a host that has ended.

use ligand_host::{
    control::{Client, ClientError, last_lines},
    places::Places,
};

use crate::{args::Logs, failure::Failure, out};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Logs) -> Result<(), Failure> {
    if args.follow {
        follow(places, args.lines).await
    } else {
        print_last(places, args.lines).await
    }
}

async fn print_last(places: &Places, lines: usize) -> Result<(), Failure> {
    let lines = last_lines(places, lines).await.map_err(|error| {
        Failure::failed(format!(
            "the log in {} cannot be read: {error}",
            places.log_dir().display()
        ))
    })?;
    for line in lines {
        out::line(line)?;
    }
    Ok(())
}

async fn follow(places: &Places, lines: usize) -> Result<(), Failure> {
    let mut log = match Client::new(places).follow_logs(lines).await {
        Ok(log) => log,
        Err(ClientError::NotRunning) => {
            // What the last host wrote is worth seeing; there is only nothing to follow.
            print_last(places, lines).await?;
            return Err(ClientError::NotRunning.into());
        }
        Err(error) => return Err(error.into()),
    };
    while let Some(line) = log.next().await? {
        out::line(line)?;
    }
    Ok(())
}
