//! `ligand logs`: the end of the host's log, or of what an agent says that Ligand starts; also of a host that has ended.

use ligand_host::{
    config::{Config, ProfileName},
    control::{Client, ClientError, last_lines},
    places::Places,
};

use super::{meant_profile, only};
use crate::{
    args::{Level, Logs},
    failure::Failure,
    out,
};

/// Lines that are looked through for those that are grave enough.
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
        level: args.level,
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
    level: Option<Level>,
}

impl Log<'_> {
    async fn print_last(&self) -> Result<(), Failure> {
        let wanted = match self.level {
            Some(_) => LOOKED_THROUGH,
            None => self.lines,
        };
        let lines = last_lines(self.places, self.agent.as_ref(), wanted)
            .await
            .map_err(|error| {
                Failure::failed(format!(
                    "the log below {} cannot be read: {error}",
                    self.places.log_dir().display()
                ))
            })?;
        let mut sieve = Sieve::of(self.level);
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
        let mut sieve = Sieve::of(self.level);
        while let Some(line) = log.next().await? {
            if sieve.lets_through(&line) {
                out::line(line)?;
            }
        }
        Ok(())
    }
}

/// Lets through what is grave enough. A line without a level belongs to the one before it.
struct Sieve {
    level: Option<Level>,
    last: bool,
}

impl Sieve {
    fn of(level: Option<Level>) -> Self {
        Self { level, last: true }
    }

    fn lets_through(&mut self, line: &str) -> bool {
        let Some(wanted) = self.level else { return true };
        let level = match line.split_whitespace().nth(1) {
            Some("ERROR") => Level::Error,
            Some("WARN") => Level::Warn,
            Some("INFO") => Level::Info,
            Some("DEBUG") => Level::Debug,
            Some("TRACE") => Level::Trace,
            _ => return self.last,
        };
        self.last = level <= wanted;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_grave_enough_is_let_through_with_the_lines_that_belong_to_it() {
        let lines = [
            "2026-01-02T03:04:05.678901Z  INFO ligand_host: one",
            "2026-01-02T03:04:05.678901Z  WARN ligand_host: two",
            "of two lines",
            "2026-01-02T03:04:05.678901Z DEBUG ligand_host: three",
            "of two lines as well",
            "2026-01-02T03:04:05.678901Z ERROR ligand_host: four",
        ];
        let through = |level: Option<Level>| {
            let mut sieve = Sieve::of(level);
            lines.iter().filter(|line| sieve.lets_through(line)).count()
        };
        assert_eq!(through(Some(Level::Warn)), 3);
        assert_eq!(through(Some(Level::Error)), 1);
        assert_eq!((through(Some(Level::Trace)), through(None)), (6, 6));
    }
}
