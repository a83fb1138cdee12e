//! What a machine allows: open files, of which each link is one here and one at the relay, and both processes have the
//! same limit; and ports, of which each link has one here.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files besides the links: callers, the org's connections, libraries, logs.
const OTHERS: u64 = 1_024;

/// The ports that connections begin at.
const PORTS: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// Lets this process, and those that it starts from now on, have a file for each host. Only the soft limit is raised;
/// where the hard one is too low, says so, and with which flag there are fewer hosts.
pub(crate) fn raise(hosts: usize, fewer: &str) -> Result<(), String> {
    let needed = needed(hosts);
    let limits = getrlimit(Resource::Nofile);
    if !suffices(limits.maximum, needed) {
        return Err(format!(
            "{hosts} hosts need {needed} open files in one process, and this machine allows {}: raise the hard limit \
             (`ulimit -Hn`), or take fewer hosts with {fewer}",
            limits.maximum.unwrap_or_default()
        ));
    }
    if suffices(limits.current, needed) {
        return Ok(());
    }
    let raised = Rlimit {
        current: Some(needed),
        maximum: limits.maximum,
    };
    setrlimit(Resource::Nofile, raised)
        .map_err(|error| format!("the limit of open files can't be raised to {needed}: {error}"))
}

/// Says so where one address has fewer ports towards another than there are to be hosts.
pub(crate) fn enough_ports(hosts: usize, fewer: &str) -> Result<(), String> {
    let range = std::fs::read_to_string(PORTS).map_err(|error| format!("{PORTS} can't be read: {error}"))?;
    let mut ends = range.split_whitespace().map(str::parse::<usize>);
    let (Some(Ok(first)), Some(Ok(last))) = (ends.next(), ends.next()) else {
        return Err(format!("{PORTS} is not a range of ports"));
    };
    let ports = (last + 1).saturating_sub(first);
    if ports >= hosts {
        return Ok(());
    }
    Err(format!(
        "{hosts} hosts need a port each towards the relay, and this machine has {ports}: widen {PORTS}, or take fewer \
         hosts with {fewer}"
    ))
}

fn needed(hosts: usize) -> u64 {
    OTHERS.saturating_add(u64::try_from(hosts).unwrap_or(u64::MAX))
}

/// No limit is always enough.
fn suffices(limit: Option<u64>, needed: u64) -> bool {
    limit.is_none_or(|limit| limit >= needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_machine_allows_is_said_in_one_sentence() {
        if getrlimit(Resource::Nofile).maximum.is_none() {
            return;
        }
        let why = raise(usize::MAX, "--hosts").unwrap_err();
        assert!(why.contains("open files") && why.contains("--hosts"), "{why}");
    }

    #[test]
    fn more_than_there_are_ports_is_said_too() {
        assert_eq!(enough_ports(1, "--open"), Ok(()));
        let why = enough_ports(65_537, "--open").unwrap_err();
        assert!(
            why.contains("ip_local_port_range") && why.contains("--open"),
            "{why}"
        );
    }

    #[test]
    fn a_few_hosts_always_fit() {
        assert_eq!(raise(0, "--hosts"), Ok(()));
        assert!(suffices(getrlimit(Resource::Nofile).current, needed(0)));
    }
}
