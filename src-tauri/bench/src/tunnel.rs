//! `tunnel`: what a call, a long body and a first event cost through the relay, beside the direct way and rathole.
//!
//! The candidates take turns within a round and the turn begins with another one in each round, so that a machine
//! that is busy for a while is not one candidate's misfortune. Ratios are taken within a round; all figures are
//! medians over the rounds.

use std::path::PathBuf;
use std::time::Duration;

use ligand_e2e::Scratch;

use crate::candidate::{self, Candidate};
use crate::figures::{Figures, median};
use crate::load::{self, Target};
use crate::rathole::Transport;

/// How long a candidate is called before each measurement, not counted.
const WARM_UP: Duration = Duration::from_millis(300);
/// The connections of the busy measurement.
const MANY: usize = 32;
/// The length of a long body.
const LONG: usize = 100_000_000;
/// How many first events give one median.
const STREAMS: usize = 30;

/// What one candidate did in one round.
struct Round {
    c1_rps: f64,
    c1_p50_us: f64,
    c32_rps: f64,
    down: f64,
    up: f64,
    sse_us: f64,
}

/// The binaries of what is compared with.
pub(crate) struct Peers {
    pub(crate) rathole: Option<PathBuf>,
    pub(crate) bore: Option<PathBuf>,
}

/// Measures `rounds` rounds; every echo lasts `echo`.
pub(crate) async fn measure(peers: &Peers, rounds: usize, echo: Duration) -> Figures {
    let scratch = Scratch::with_usual_log();
    let (_upstream, address) = candidate::upstream(&scratch).await;
    let mut candidates = vec![
        candidate::direct(address),
        candidate::ligand(&scratch, address).await,
    ];
    if let Some(binary) = &peers.rathole {
        for transport in [Transport::Tcp, Transport::WebSocket] {
            candidates.push(candidate::rathole(&scratch, binary, address, transport).await);
        }
    }
    if let Some(binary) = &peers.bore {
        candidates.push(candidate::bore(&scratch, binary, address).await);
    }
    let mut done: Vec<Vec<Round>> = candidates.iter().map(|_| Vec::new()).collect();
    for number in 0..rounds {
        eprintln!("    round {} of {rounds}", number + 1);
        for turn in 0..candidates.len() {
            let which = (number + turn) % candidates.len();
            done[which].push(round(&candidates[which].target, echo).await);
        }
    }
    figures(&candidates, &done)
}

async fn round(target: &Target, echo: Duration) -> Round {
    load::echo(target, 1, WARM_UP).await;
    let one = load::echo(target, 1, echo).await;
    load::echo(target, MANY, WARM_UP).await;
    let many = load::echo(target, MANY, echo).await;
    load::down(target, LONG / 10).await;
    let down = load::down(target, LONG).await;
    load::up(target, LONG / 10).await;
    let up = load::up(target, LONG).await;
    load::first_event(target, STREAMS / 10).await;
    let sse_us = load::first_event(target, STREAMS).await;
    Round {
        c1_rps: one.per_second,
        c1_p50_us: one.p50_us,
        c32_rps: many.per_second,
        down,
        up,
        sse_us,
    }
}

fn figures(candidates: &[Candidate], done: &[Vec<Round>]) -> Figures {
    let mut figures = Figures::new("tunnel");
    for (candidate, rounds) in candidates.iter().zip(done) {
        let name = candidate.name;
        let of = |pick: fn(&Round) -> f64| median(&rounds.iter().map(pick).collect::<Vec<_>>());
        figures.add(
            format!("{name}_c1_rps"),
            of(|r| r.c1_rps),
            "1 KB echoes per second, one caller",
        );
        figures.add(
            format!("{name}_c32_rps"),
            of(|r| r.c32_rps),
            "1 KB echoes per second, 32 callers",
        );
        figures.add(
            format!("{name}_c1_p50_us"),
            of(|r| r.c1_p50_us),
            "one echo in microseconds, one caller",
        );
        figures.add(
            format!("{name}_down_mb_s"),
            of(|r| r.down),
            "100 MB read, megabytes per second",
        );
        figures.add(
            format!("{name}_up_mb_s"),
            of(|r| r.up),
            "100 MB written, megabytes per second",
        );
        figures.add(
            format!("{name}_sse_p50_us"),
            of(|r| r.sse_us),
            "first event of a stream in microseconds",
        );
    }
    let place = |name| candidates.iter().position(|candidate| candidate.name == name);
    let (Some(direct), Some(ligand)) = (place("direct"), place("ligand")) else {
        return figures;
    };
    let pairs = |a: usize, b: usize, of: fn(&Round, &Round) -> f64| {
        median(
            &done[a]
                .iter()
                .zip(&done[b])
                .map(|(a, b)| of(a, b))
                .collect::<Vec<_>>(),
        )
    };
    if let Some(rathole) = place("rathole") {
        figures.add(
            "ratio_c1",
            pairs(ligand, rathole, |l, r| l.c1_rps / r.c1_rps),
            "ligand / rathole",
        );
        figures.add(
            "ratio_c32",
            pairs(ligand, rathole, |l, r| l.c32_rps / r.c32_rps),
            "ligand / rathole",
        );
        figures.add(
            "ratio_down",
            pairs(ligand, rathole, |l, r| l.down / r.down),
            "ligand / rathole",
        );
        figures.add(
            "ratio_up",
            pairs(ligand, rathole, |l, r| l.up / r.up),
            "ligand / rathole",
        );
        figures.add(
            "added_p50_ratio",
            median(
                &(0..done[ligand].len())
                    .map(|round| {
                        let added =
                            |which: usize| done[which][round].c1_p50_us - done[direct][round].c1_p50_us;
                        added(ligand) / added(rathole)
                    })
                    .collect::<Vec<_>>(),
            ),
            "what one echo takes longer than directly, ligand / rathole",
        );
    } else {
        figures.note("rathole is not here: its figures and the ratios are left out");
    }
    figures.add(
        "sse_added_p50_us",
        pairs(ligand, direct, |l, d| l.sse_us - d.sse_us),
        "ligand - direct",
    );
    figures.note(format!(
        "medians of {} rounds; ratios within a round",
        done[direct].len()
    ));
    figures
}
