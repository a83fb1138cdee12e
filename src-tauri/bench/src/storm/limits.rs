//! Open files: each link is one here and one at the relay, and both processes have the same limit.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files besides the links: callers, the org's connections, libraries, logs.
const OTHERS: u64 = 1_024;

/// Lets this process, and those that it starts from now on, have a file for each host. Only the soft limit is raised;
/// where the hard one is too low, says so.
pub(super) fn raise(hosts: usize) -> Result<(), String> {
    let needed = needed(hosts);
    let limits = getrlimit(Resource::Nofile);
    if !suffices(limits.maximum, needed) {
        return Err(format!(
            "{hosts} hosts need {needed} open files in one process, and this machine allows {}: raise the hard limit \
             (`ulimit -Hn`), or take fewer hosts with --hosts",
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
        let why = raise(usize::MAX).unwrap_err();
        assert!(why.contains("open files") && why.contains("--hosts"), "{why}");
    }

    #[test]
    fn a_few_hosts_always_fit() {
        assert_eq!(raise(0), Ok(()));
        assert!(suffices(getrlimit(Resource::Nofile).current, needed(0)));
    }
}
