//! A wake before the network: it comes back 3 s later. All of it is in a network namespace of its own, whose only
//! interface goes down and up, so that the system tells of a real change.

use std::process::{Command, Stdio};
use std::time::Duration;

use ligand_e2e::{Host, Logind};

use super::{Stage, announced};

/// How much later the network is back.
const LATE: Duration = Duration::from_secs(3);
/// What a line with a wait begins with.
const WAIT: &str = "wait ";

/// Runs [`inside`] in a namespace and reads what it measured.
pub(super) fn measure(rounds: usize) -> Result<Vec<f64>, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("unshare");
    command.args(["--net", "--"]).arg(this);
    command.args(["late-network", "--rounds", &rounds.to_string()]);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("unshare cannot be run: {error}"))?;
    if !output.status.success() {
        return Err("a network namespace of its own needs the rights to make one".to_owned());
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let waits = said
        .lines()
        .filter_map(|line| line.strip_prefix(WAIT)?.parse().ok());
    Ok(waits.collect())
}

/// Sleeps and wakes `rounds` times; prints each wait.
pub(crate) async fn inside(rounds: usize) {
    interface("up");
    let stage = Stage::set().await;
    let workspace = stage.org.create("Laptop").await;
    let logind = Logind::start(&stage.scratch).await;
    let mut variables = Host::file_vault();
    variables.extend(logind.variables());
    Host::prepare(&stage.scratch, &stage.profile(&workspace), &workspace, &variables).await;
    let host = Host::up(&stage.scratch, variables);
    host.online().await;
    for round in 0..rounds {
        if round % 10 == 0 {
            eprintln!("    late network {} of {rounds}", round + 1);
        }
        announced::sleeps(&logind).await;
        stage.calls_offline(&workspace).await;
        interface("down");
        logind.prepare_for_sleep(false).await;
        tokio::time::sleep(LATE).await;
        interface("up");
        println!("{WAIT}{}", stage.back(&workspace).await);
    }
}

fn interface(state: &str) {
    let status = Command::new("ip").args(["link", "set", "lo", state]).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the interface cannot be set {state}"
    );
}
