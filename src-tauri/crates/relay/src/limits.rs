//! How much a relay takes: every limit that an operator can set, with its default. The README has them in a table.

use clap::Args;
use clap::value_parser;

/// See each field. The numbers of calls and links are far above what an org needs and below what a small machine can
/// bear.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Most links at the same time.
    #[arg(long = "max-links", value_name = "N", env = "LIGAND_RELAY_MAX_LINKS",
        default_value_t = Self::DEFAULT.links, value_parser = at_least_one)]
    pub links: usize,
    /// Most links from one address (an IPv6 network of 64 bits counts as one). Taking over is always possible.
    #[arg(long = "max-links-per-address", value_name = "N", env = "LIGAND_RELAY_MAX_LINKS_PER_ADDRESS",
        default_value_t = Self::DEFAULT.links_per_address, value_parser = at_least_one)]
    pub links_per_address: usize,
    /// Most calls at a time over one link, at most 256. Others wait for up to 30 s.
    #[arg(long = "streams-per-link", value_name = "N", env = "LIGAND_RELAY_STREAMS_PER_LINK",
        default_value_t = Self::DEFAULT.streams_per_link, value_parser = at_least_one)]
    pub streams_per_link: usize,
    /// Most dials under way at the same time: connections that want to become links and are not welcomed yet.
    #[arg(long = "max-dials", value_name = "N", env = "LIGAND_RELAY_MAX_DIALS",
        default_value_t = Self::DEFAULT.dials, value_parser = at_least_one)]
    pub dials: usize,
    /// Most dials under way from one address.
    #[arg(long = "max-dials-per-address", value_name = "N", env = "LIGAND_RELAY_MAX_DIALS_PER_ADDRESS",
        default_value_t = Self::DEFAULT.dials_per_address, value_parser = at_least_one)]
    pub dials_per_address: usize,
    /// Most callers' connections at the same time; links come on top. Where all are taken, those make room that have
    /// been without a call for longest.
    #[arg(long = "max-connections", value_name = "N", env = "LIGAND_RELAY_MAX_CONNECTIONS",
        default_value_t = Self::DEFAULT.connections, value_parser = at_least_one)]
    pub connections: usize,
    /// Largest head of a call in KiB, at most 64.
    #[arg(long = "max-head-kib", value_name = "KIB", env = "LIGAND_RELAY_MAX_HEAD_KIB",
        default_value_t = Self::DEFAULT.head_kib, value_parser = value_parser!(u8).range(8..=64))]
    pub head_kib: u8,
    /// Longest body of a call in MiB. Bodies stream, so this costs no memory.
    #[arg(long = "max-body-mib", value_name = "MIB", env = "LIGAND_RELAY_MAX_BODY_MIB",
        default_value_t = Self::DEFAULT.body_mib, value_parser = value_parser!(u32).range(1..))]
    pub body_mib: u32,
    /// How many seconds a caller may take for a head.
    #[arg(long = "slow-head-s", value_name = "SECONDS", env = "LIGAND_RELAY_SLOW_HEAD_S",
        default_value_t = Self::DEFAULT.slow_head_s, value_parser = value_parser!(u32).range(1..=3600))]
    pub slow_head_s: u32,
    /// How many seconds in all a caller may let the relay wait for its body, and one more for each KiB of it.
    #[arg(long = "slow-body-s", value_name = "SECONDS", env = "LIGAND_RELAY_SLOW_BODY_S",
        default_value_t = Self::DEFAULT.slow_body_s, value_parser = value_parser!(u32).range(1..=3600))]
    pub slow_body_s: u32,
    /// For how many seconds a connection is kept between two calls. Callers keep them for up to 100 s, and closing one
    /// while they write looks like a failed call.
    #[arg(long = "idle-s", value_name = "SECONDS", env = "LIGAND_RELAY_IDLE_S",
        default_value_t = Self::DEFAULT.idle_s, value_parser = value_parser!(u32).range(101..=3600))]
    pub idle_s: u32,
    /// After how many seconds a caller is dropped that takes nothing of its answer.
    #[arg(long = "stalled-answer-s", value_name = "SECONDS", env = "LIGAND_RELAY_STALLED_ANSWER_S",
        default_value_t = Self::DEFAULT.stalled_answer_s, value_parser = value_parser!(u32).range(1..=3600))]
    pub stalled_answer_s: u32,
    /// How many calls per second one workspace may have in the long run. Two seconds' worth may come at once, and as
    /// many more are made to wait.
    #[arg(long = "calls-per-s", value_name = "N", env = "LIGAND_RELAY_CALLS_PER_S",
        default_value_t = Self::DEFAULT.calls_per_s, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub calls_per_s: u32,
    /// Most calls at the same time in all. No workspace may have more of them than are left for the others.
    #[arg(long = "max-calls", value_name = "N", env = "LIGAND_RELAY_MAX_CALLS",
        default_value_t = Self::DEFAULT.calls, value_parser = at_least_one)]
    pub calls: usize,
    /// Most calls that are held for one workspace that is away.
    #[arg(long = "max-held-per-workspace", value_name = "N", env = "LIGAND_RELAY_MAX_HELD_PER_WORKSPACE",
        default_value_t = Self::DEFAULT.held_per_workspace, value_parser = at_least_one)]
    pub held_per_workspace: usize,
    /// Most calls that are held in all.
    #[arg(long = "max-held", value_name = "N", env = "LIGAND_RELAY_MAX_HELD",
        default_value_t = Self::DEFAULT.held, value_parser = at_least_one)]
    pub held: usize,
    /// Whether addresses of this machine count as any other. As a rule they are a terminator that stands before the
    /// relay and speaks for everybody, so limits per address leave them out.
    #[arg(skip)]
    pub count_loopback: bool,
}

impl Limits {
    /// What holds when nothing is said.
    pub const DEFAULT: Self = Self {
        links: 16_384,
        links_per_address: 256,
        streams_per_link: ligand_tunnel::STREAMS_PER_LINK,
        dials: 256,
        dials_per_address: 32,
        connections: 32_768,
        head_kib: 64,
        body_mib: 64,
        slow_head_s: 20,
        slow_body_s: 30,
        idle_s: 180,
        stalled_answer_s: 60,
        calls_per_s: 500,
        calls: 4096,
        held_per_workspace: 64,
        held: 4096,
        count_loopback: false,
    };

    /// Largest head of a call.
    pub(crate) fn head_bytes(&self) -> usize {
        usize::from(self.head_kib) * 1024
    }

    /// Longest body of a call.
    pub(crate) fn body_bytes(&self) -> u64 {
        u64::from(self.body_mib) * 1024 * 1024
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The most that tokio's semaphores bear, and more than any machine does.
const MOST: usize = 1 << 24;

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=MOST).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(format!("a whole number between 1 and {MOST} is needed")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: Limits,
    }

    fn read(words: &[&str]) -> Result<Limits, clap::Error> {
        let words = ["relay"].iter().chain(words);
        Line::try_parse_from(words).map(|line| line.limits)
    }

    #[test]
    fn a_command_line_that_says_nothing_has_the_defaults() {
        assert_eq!(read(&[]).unwrap(), Limits::DEFAULT);
    }

    #[test]
    fn the_readme_has_every_limit_with_its_default_and_its_variable() {
        use clap::CommandFactory as _;
        let readme = include_str!("../README.md");
        for limit in Line::command()
            .get_arguments()
            .filter(|arg| arg.get_id() != "help")
        {
            let flag = limit.get_long().unwrap();
            let default = limit.get_default_values()[0].to_str().unwrap();
            let row = readme
                .lines()
                .find(|line| line.starts_with('|') && line.contains(&format!("`--{flag}`")));
            let row = row.unwrap_or_else(|| panic!("--{flag} is not in the table"));
            assert!(
                row.contains(&format!("| {default} |")),
                "{flag} is {default}: {row}"
            );
            let variable = format!("LIGAND_RELAY_{}", flag.replace('-', "_").to_uppercase());
            assert_eq!(limit.get_env().unwrap().to_str().unwrap(), variable);
        }
    }

    #[test]
    fn no_limit_can_be_switched_off_or_closes_idle_connections_early() {
        for words in [
            ["--max-links", "0"],
            ["--calls-per-s", "0"],
            ["--idle-s", "100"],
            ["--max-head-kib", "65"],
        ] {
            assert!(read(&words).is_err(), "{words:?}");
        }
        assert_eq!(read(&["--max-links", "7"]).unwrap().links, 7);
    }
}
