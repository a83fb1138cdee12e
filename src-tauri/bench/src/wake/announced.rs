//! A sleep that logind announces, and its end.

use std::time::Duration;

use ligand_e2e::{Host, Logind, until};

use super::Stage;

const SOON: Duration = Duration::from_secs(10);

/// Sleeps and wakes `rounds` times.
pub(super) async fn measure(rounds: usize) -> Vec<f64> {
    let stage = Stage::set().await;
    let workspace = stage.org.create("Laptop").await;
    let logind = Logind::start(&stage.scratch).await;
    let mut variables = Host::file_vault();
    variables.extend(logind.variables());
    Host::prepare(&stage.scratch, &stage.profile(&workspace), &workspace, &variables).await;
    let host = Host::up(&stage.scratch, variables);
    host.online().await;
    let mut waits = Vec::new();
    for round in 0..rounds {
        if round % 10 == 0 {
            eprintln!("    announced sleep {} of {rounds}", round + 1);
        }
        sleeps(&logind).await;
        stage.calls_offline(&workspace).await;
        logind.prepare_for_sleep(false).await;
        waits.push(stage.back(&workspace).await);
    }
    waits
}

/// Announces a sleep and waits until nobody holds it back.
pub(super) async fn sleeps(logind: &Logind) {
    until("the sleep is held back", SOON, async || {
        (logind.holding_back() == 1).then_some(())
    })
    .await;
    logind.prepare_for_sleep(true).await;
    until("the machine may sleep", SOON, async || {
        (logind.holding_back() == 0).then_some(())
    })
    .await;
}
