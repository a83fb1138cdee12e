//! `tunnel`: what a call, a long body and a first event cost through the relay, beside the direct way and other
//! tunnels, without TLS and with it.
//!
//! The candidates take turns within a round and the turn begins with another one in each round, so that a machine
//! that is busy for a while is not one candidate's misfortune. Ratios are taken within a round; all figures are
//! medians over the rounds.

use std::time::Duration;

use ligand_e2e::Scratch;

use crate::candidate::{self, Binaries, Ground, PEERS};
use crate::figures::{Figures, median};
use crate::load::{self, Asking, Target};

/// How long a candidate is called before each measurement, not counted.
const WARM_UP: Duration = Duration::from_millis(300);
/// The connections of the busy measurement.
const MANY: usize = 32;
/// The length of a long body.
const LONG: usize = 100_000_000;
/// How many of them give one median: one is over in a tenth of a second.
const LONG_TIMES: usize = 9;
/// How many calls that come far apart give one median.
const CALM_CALLS: usize = 100;
/// How many first events give one median.
const STREAMS: usize = 30;

/// What one candidate did in one round.
struct Round {
    c1_rps: f64,
    c1_p50_us: f64,
    calm_us: f64,
    c32_rps: f64,
    down: f64,
    up: f64,
    sse_us: f64,
    sse_new_us: f64,
}

/// What each candidate gives: the end of its key, its part of a round, and what it says.
const MEASURED: [(&str, Pick, &str); 8] = [
    ("c1_rps", |r| r.c1_rps, "1 KB echoes per second, one caller"),
    ("c32_rps", |r| r.c32_rps, "1 KB echoes per second, 32 callers"),
    (
        "c1_p50_us",
        |r| r.c1_p50_us,
        "one echo in microseconds, one caller",
    ),
    (
        "calm_p50_us",
        |r| r.calm_us,
        "the same, some milliseconds after the one before",
    ),
    ("down_mb_s", |r| r.down, "100 MB read, megabytes per second"),
    ("up_mb_s", |r| r.up, "100 MB written, megabytes per second"),
    (
        "sse_p50_us",
        |r| r.sse_us,
        "first event of a stream in microseconds",
    ),
    (
        "sse_new_p50_us",
        |r| r.sse_new_us,
        "the same on a connection just opened, after a stream just left",
    ),
];

/// What is compared with the other tunnel, more being better: the end of the ratio's key, and its part of a round.
const COMPARED: [(&str, Pick); 4] = [
    ("ratio_c1", |r| r.c1_rps),
    ("ratio_c32", |r| r.c32_rps),
    ("ratio_down", |r| r.down),
    ("ratio_up", |r| r.up),
];

/// What is compared with the other tunnel as so much more than directly: the end of the ratio's key, and
/// its part of a round.
const ADDED_COMPARED: [(&str, Pick); 2] = [
    ("added_p50_ratio", |r| r.c1_p50_us),
    ("calm_added_p50_ratio", |r| r.calm_us),
];

/// What is said as so much more than directly: its key's end, and its part of a round.
const ADDED: [(&str, Pick); 2] = [
    ("sse_added_p50_us", |r| r.sse_us),
    ("sse_new_added_p50_us", |r| r.sse_new_us),
];

type Pick = fn(&Round) -> f64;

/// Measures `rounds` rounds; every echo lasts `echo`.
pub(crate) async fn measure(binaries: Binaries, rounds: usize, echo: Duration) -> Figures {
    let scratch = Scratch::with_usual_log();
    let ground = Ground::new(&scratch, binaries).await;
    let mut candidates = Vec::new();
    for peer in &PEERS {
        candidates.extend(candidate::start(peer, &ground).await);
    }
    let mut done: Vec<Vec<Round>> = candidates.iter().map(|_| Vec::new()).collect();
    for number in 0..rounds {
        eprintln!("    round {} of {rounds}", number + 1);
        for turn in 0..candidates.len() {
            let which = (number + turn) % candidates.len();
            done[which].push(round(&candidates[which].target, echo).await);
        }
    }
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.name).collect();
    figures(&names, &done)
}

async fn round(target: &Target, echo: Duration) -> Round {
    load::echo(target, 1, WARM_UP).await;
    let one = load::echo(target, 1, echo).await;
    let calm_us = load::calm_echo(target, CALM_CALLS).await;
    load::echo(target, MANY, WARM_UP).await;
    let many = load::echo(target, MANY, echo).await;
    load::down(target, LONG / 10).await;
    let down = several(|| load::down(target, LONG)).await;
    load::up(target, LONG / 10).await;
    let up = several(|| load::up(target, LONG)).await;
    load::first_event(target, Asking::Kept, STREAMS / 10).await;
    let sse_us = load::first_event(target, Asking::Kept, STREAMS).await;
    let sse_new_us = load::first_event(target, Asking::New, STREAMS).await;
    Round {
        c1_rps: one.per_second,
        c1_p50_us: one.p50_us,
        calm_us,
        c32_rps: many.per_second,
        down,
        up,
        sse_us,
        sse_new_us,
    }
}

/// The median of several transfers, one after the other.
async fn several<F: Future<Output = f64>>(transfer: impl Fn() -> F) -> f64 {
    let mut rates = Vec::new();
    for _ in 0..LONG_TIMES {
        rates.push(transfer().await);
    }
    median(&rates)
}

fn figures(names: &[&str], done: &[Vec<Round>]) -> Figures {
    let mut figures = Figures::new("tunnel");
    for (name, rounds) in names.iter().zip(done) {
        for (key, pick, meaning) in MEASURED {
            let values: Vec<f64> = rounds.iter().map(pick).collect();
            figures.add(format!("{name}_{key}"), median(&values), meaning);
        }
    }
    let of = |name: &str| {
        let place = names.iter().position(|known| *known == name)?;
        Some(&done[place])
    };
    compare(&mut figures, "", [of("direct"), of("ligand"), of("rathole")]);
    compare(
        &mut figures,
        "tls_",
        [of("direct_tls"), of("ligand_tls"), of("rathole_tls")],
    );
    if of("rathole").is_none() {
        figures.note("rathole is not here: its figures and the ratios are left out");
    }
    figures.note("TLS: to the relay and over its link; directly and through rathole, to the upstream");
    figures.note(format!(
        "medians of {} rounds; ratios within a round",
        done.iter().map(Vec::len).min().unwrap_or(0)
    ));
    figures
}

/// Ligand against the direct way and rathole, all three with TLS or without.
fn compare(figures: &mut Figures, prefix: &str, [direct, ligand, rathole]: [Option<&Vec<Round>>; 3]) {
    let (Some(direct), Some(ligand)) = (direct, ligand) else {
        return;
    };
    if let Some(rathole) = rathole {
        for (key, pick) in COMPARED {
            let ratios: Vec<f64> = ligand
                .iter()
                .zip(rathole)
                .map(|(l, r)| pick(l) / pick(r))
                .collect();
            figures.add(format!("{prefix}{key}"), median(&ratios), "ligand / rathole");
        }
        for (key, pick) in ADDED_COMPARED {
            let added: Vec<f64> = direct
                .iter()
                .zip(ligand.iter().zip(rathole))
                .map(|(d, (l, r))| (pick(l) - pick(d)) / (pick(r) - pick(d)))
                .collect();
            figures.add(
                format!("{prefix}{key}"),
                median(&added),
                "what one echo takes longer than directly, ligand / rathole",
            );
        }
    }
    for (key, pick) in ADDED {
        let added: Vec<f64> = ligand
            .iter()
            .zip(direct)
            .map(|(l, d)| pick(l) - pick(d))
            .collect();
        figures.add(format!("{prefix}{key}"), median(&added), "ligand - direct");
    }
}
