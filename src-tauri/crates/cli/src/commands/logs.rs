//! `ligand logs`: the end of the host's log, or of what an agent says that Ligand starts; also of a host that has ended.

use ligand_host::{
    config::{Config, ProfileName},
    control::{Client, ClientError, LogSieve, last_lines},
    places::Places,
};

use super::{meant_profile, only};
use crate::{args::Logs, failure::Failure, out};

/// Lines that are looked through for those that are wanted.
const LOOKED_THROUGH: usize = 10_000;

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Logs) -> Result<(), Failure> {
    let agent = match args.agent {
        true => Some(whose(places, args.profile).await?),
        false => None,
    };
    let log = Log {
        places,
        agent,
        lines: args.lines,
        sieve: LogSieve::new(args.level.map(Into::into), args.search.as_deref()),
    };
    if args.follow {
        log.follow().await
    } else {
        log.print_last().await
    }
}

/// Whose agent is meant: a profile of the running host, or else of the config.
async fn whose(places: &Places, named: Option<ProfileName>) -> Result<ProfileName, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    match meant_profile(&Client::new(places), None).await {
        Err(_) => {
            let config = Config::load(places).map_err(Failure::failed)?;
            let names: Vec<&str> = config.profiles.keys().map(ProfileName::as_str).collect();
            only(None, &names)
        }
        found => found,
    }
}

/// The log that is meant.
struct Log<'a> {
    places: &'a Places,
    agent: Option<ProfileName>,
    lines: usize,
    sieve: LogSieve,
}

impl Log<'_> {
    async fn print_last(&self) -> Result<(), Failure> {
        let wanted = match self.sieve.is_open() {
            true => self.lines,
            false => LOOKED_THROUGH,
        };
        let lines = last_lines(self.places, self.agent.as_ref(), wanted)
            .await
            .map_err(|error| {
                Failure::failed(format!(
                    "the log below {} cannot be read: {error}",
                    self.places.log_dir().display()
                ))
            })?;
        let mut sieve = self.sieve.clone();
        let lines: Vec<String> = lines
            .into_iter()
            .filter(|line| sieve.lets_through(line))
            .collect();
        for line in &lines[lines.len().saturating_sub(self.lines)..] {
            out::line(line)?;
        }
        Ok(())
    }

    async fn follow(&self) -> Result<(), Failure> {
        let client = Client::new(self.places);
        let mut log = match client.follow_logs(self.agent.as_ref(), self.lines).await {
            Ok(log) => log,
            Err(ClientError::NotRunning) => {
                // What the last host wrote is worth seeing; there is only nothing to follow.
                self.print_last().await?;
                return Err(ClientError::NotRunning.into());
            }
            Err(error) => return Err(error.into()),
        };
        let mut sieve = self.sieve.clone();
        while let Some(line) = log.next().await? {
            if sieve.lets_through(&line) {
                out::line(line)?;
            }
        }
        Ok(())
    }
}
