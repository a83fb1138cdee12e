//! `feed`: what a host's picture of a very large and busy org costs, with one face that looks at it.
//!
//! The part of `cargo xtask bench canvas` that needs no screen.

mod face;
pub(crate) mod platform;

use std::time::Duration;

use ligand_e2e::{Host, PROFILE, Scratch, ligand, now, proc, until};

use self::face::Face;
use self::platform::{KEY, Platform};
use crate::figures::{Figures, percentile};

/// Far more than it takes a host to come up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often memory is read and a change is marked.
const LOOK: Duration = Duration::from_millis(500);

/// What is measured, and for how long.
#[derive(clap::Args)]
pub(crate) struct Plan {
    /// How many workspaces
    #[arg(long, default_value_t = 10_000)]
    workspaces: usize,
    /// How many events come per second
    #[arg(long, default_value_t = 333.0)]
    per_second: f64,
    /// How long to wait before the measurement, in seconds
    #[arg(long, default_value_t = 35)]
    settle_s: u64,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 60)]
    measure_s: u64,
}

/// A host that has an org key of the platform's, is online, and watches its org.
pub(crate) async fn host_of<'a>(scratch: &'a Scratch, platform: &Platform) -> Host<'a> {
    let variables = Host::file_vault();
    let input = format!("{}\n{KEY}\n", platform.url);
    let arguments = [
        "create",
        "--keep-org-key",
        "--profile",
        PROFILE,
        "--name",
        "Laptop",
    ];
    let said = ligand(scratch, &variables, &arguments, &input).await;
    assert!(said.status.success(), "create: {} {}", said.stdout, said.stderr);
    let host = Host::up(scratch, variables);
    host.online().await;
    until("the host watches the org", PATIENCE, async || {
        platform.is_watched().then_some(())
    })
    .await;
    host
}

/// Shows an org of so many workspaces from which so many events a second come; waits, then measures.
pub(crate) async fn measure(plan: &Plan) -> Figures {
    let Plan {
        workspaces,
        per_second,
        settle_s,
        measure_s,
    } = *plan;
    let scratch = Scratch::with_usual_log();
    let platform = Platform::start(workspaces).await;
    let host = host_of(&scratch, &platform).await;
    let pid = host.process.pid();
    let (face, first_paint) = Face::look(&scratch.path("runtime"), workspaces).await;

    eprintln!("    settling for {settle_s} s, then measuring for {measure_s} s");
    platform.make_noise(per_second);
    tokio::time::sleep(Duration::from_secs(settle_s)).await;
    let (began, cpu, bytes) = (now(), proc::cpu_s(pid), face.bytes());
    let (mut most, mut late) = (0.0_f64, Vec::new());
    let mut number = 0;
    while began.elapsed() < Duration::from_secs(measure_s) {
        tokio::time::sleep(LOOK).await;
        most = most.max(proc::rss_mb(pid));
        number += 1;
        let task = format!("mark-{number}");
        let marked = now();
        let seen = face.sees(task.clone());
        platform.mark(&task);
        // One that is lost is repaired by the next list; the percentile tells.
        late.push(match tokio::time::timeout(Duration::from_secs(5), seen).await {
            Ok(at) => at.duration_since(marked).as_secs_f64() * 1_000.0,
            Err(_) => f64::INFINITY,
        });
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu = proc::cpu_s(pid) - cpu;
    let bytes = face.bytes() - bytes;

    let mut figures = Figures::new("canvas");
    figures.add(
        "feed_cpu_pct",
        cpu / seconds * 100.0,
        "processor time of the host, percent of one core",
    );
    figures.add("feed_rss_mb", most, "most resident memory of the host, megabytes");
    figures.add(
        "feed_first_ms",
        first_paint.as_secs_f64() * 1_000.0,
        "a face asks for everything until it has the whole org, milliseconds",
    );
    figures.add(
        "feed_event_p95_ms",
        percentile(&late, 95),
        "the platform sends an event until a face has it, p95, milliseconds",
    );
    figures.add(
        "feed_face_kb_per_s",
        bytes as f64 / seconds / 1_000.0,
        "what one face reads, kilobytes per second",
    );
    figures.note(format!(
        "{workspaces} workspaces, {per_second} events a second, the whole list every 30 s, one face."
    ));
    figures
}
