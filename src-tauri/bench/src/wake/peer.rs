//! rathole's client stopped and woken, its server gone and back meanwhile, so that its link has dropped too.

use std::path::Path;
use std::time::Duration;

use ligand_e2e::{Scratch, now};
use rustix::process::Signal;

use super::{GIVEN_UP, LOOK};
use crate::{
    candidate,
    rathole::{Rathole, Transport},
};

/// How long the client is stopped. It keeps no clock that would tell it of more.
const STOPPED: Duration = Duration::from_millis(500);

/// Stops and wakes it `rounds` times.
pub(super) async fn measure(rounds: usize, binary: &Path) -> Vec<f64> {
    let scratch = Scratch::with_usual_log();
    let (_upstream, upstream) = candidate::upstream(&scratch).await;
    let mut rathole = Rathole::start(&scratch, binary, upstream, Transport::Tcp).await;
    let mut waits = Vec::new();
    for round in 0..rounds {
        if round % 10 == 0 {
            eprintln!("    rathole {} of {rounds}", round + 1);
        }
        rathole.client().signal(Signal::STOP);
        rathole.server_again(&scratch, binary);
        tokio::time::sleep(STOPPED).await;
        rathole.client().signal(Signal::CONT);
        let began = now();
        while !rathole.answers().await {
            assert!(began.elapsed() < GIVEN_UP, "rathole does not come back");
            tokio::time::sleep(LOOK).await;
        }
        waits.push(began.elapsed().as_secs_f64() * 1e3);
    }
    waits
}
