//! Whatever outlives who started it: such processes are passed on to this one, which so knows of all of them.

use std::time::Duration;

use ligand_e2e::{now, proc};
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

/// How long a process may take to notice that its host is gone, and to end what it guards: 10 s are its to use.
const GONE_WITHIN: Duration = Duration::from_secs(15);

/// From now on an orphan below this process becomes its child.
pub(super) fn adopt() {
    set_child_subreaper(Some(getpid())).unwrap();
}

/// Waits until every process below this one has ended, when all are gone that this one has started and waits for. Says
/// how many did not, and ends them.
pub(super) async fn count() -> usize {
    let began = now();
    loop {
        // Those that have ended, and are known to nobody else.
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        let left = below();
        if left.is_empty() {
            return 0;
        }
        if began.elapsed() > GONE_WITHIN {
            for pid in &left {
                eprintln!("    an orphan: {pid} ({})", proc::command(*pid));
                end(*pid);
            }
            return left.len();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn below() -> Vec<u32> {
    let family = proc::family(std::process::id());
    family.into_iter().skip(1).collect()
}

fn end(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone_already = kill_process(pid, Signal::KILL);
    }
}
