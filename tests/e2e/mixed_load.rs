//! Half an hour of everything that callers do, in order and out of it: what relay and host hold stays what it was, and
//! when the callers have gone nothing of theirs is left. `cargo xtask test --full` runs it.

mod callers;

use std::time::Duration;

use futures::future::join_all;
use ligand_e2e::proc::{open_files, rss_mb};
use ligand_e2e::{Era, Host, Relay, Scratch, Stage, WITH_METRICS, now, until, upstream};
use tokio::net::TcpListener;

use callers::{Callers, Doors};

/// How long the callers call, in minutes; this variable says otherwise.
const MINUTES: u64 = 30;
const MINUTES_FROM: &str = "LIGAND_SOAK_MINUTES";
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// In which sixths of the time what they hold is compared: the second, when all that grows once has grown, and the last.
const COMPARED: [u32; 2] = [1, 5];
/// By how much memory may have grown between them.
const FLAT: f64 = 1.10;
/// When the callers have gone: streams and connections that nobody uses are kept for a minute or two.
const GONE_WITHIN: Duration = Duration::from_secs(240);
/// How many calls through the shared door a host takes at a time.
const AT_ONCE: usize = 64;
/// More calls than the relay lets one workspace have: it is what they do to memory that is looked at.
const NO_PACE: [&str; 2] = ["--calls-per-s", "1000000"];

/// What relay and host hold that callers could have left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    relay_files: usize,
    relay_tasks: u64,
    links: u64,
    connections: u64,
    calls: u64,
    held_calls: u64,
    dials: u64,
    host_files: usize,
}

impl Held {
    async fn now(relay: &Relay, host: &Host<'_>) -> Self {
        Self {
            relay_files: open_files(relay.process.pid()),
            relay_tasks: relay.metric("tasks").await,
            links: relay.metric("links").await,
            connections: relay.metric("connections").await,
            calls: relay.metric("calls_in_flight").await,
            held_calls: relay.metric("held_calls").await,
            dials: relay.metric("dials").await,
            host_files: open_files(host.process.pid()),
        }
    }

    /// Whether nothing of it is more than at first.
    fn is_within(&self, first: &Self) -> bool {
        self.relay_files <= first.relay_files
            && self.relay_tasks <= first.relay_tasks
            && self.links == first.links
            && self.connections <= first.connections
            && self.calls == 0
            && self.held_calls == 0
            && self.dials == 0
            && self.host_files <= first.host_files
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half an hour: cargo xtask test --full"]
async fn half_an_hour_of_everything_leaves_memory_flat_and_nothing_behind() {
    let minutes = std::env::var(MINUTES_FROM).map_or(MINUTES, |minutes| minutes.parse().unwrap());
    let length = Duration::from_secs(60 * minutes);
    let arguments = [WITH_METRICS, NO_PACE].concat();
    let stage = Stage::set_in(Scratch::with_usual_log(), Era::L, &arguments).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut profile = stage.profile();
    profile.agent = Some(format!("http://{}", listener.local_addr().unwrap()));
    profile.shared = true;
    tokio::spawn(upstream(listener, None));
    let host = stage.online(&profile).await;

    let first = Held::now(&stage.relay, &host).await;
    let doors = Doors {
        shared: host.door("shared").await,
        platform: stage.org.registered_url(&stage.workspace.id).await,
    };
    let callers = Callers::start(&doors, stage.org.caller(), &stage.workspace.id);
    let (began, mut looks) = (now(), Vec::new());
    while began.elapsed() < length {
        tokio::time::sleep(LOOK_EVERY).await;
        let held = [rss_mb(stage.relay.process.pid()), rss_mb(host.process.pid())];
        looks.push((began.elapsed(), held));
        assert!(!callers.one_has_failed(), "see above");
    }
    let during = Held::now(&stage.relay, &host).await;
    eprintln!("{}", callers.gone().await);

    let sixth = length / 6;
    for (index, whose) in ["relay", "host"].into_iter().enumerate() {
        let [early, late] = COMPARED.map(|number| {
            let within = sixth * number..sixth * (number + 1);
            let some = looks.iter().filter(|(at, _)| within.contains(at));
            median(some.map(|(_, held)| held[index]).collect())
        });
        let course: Vec<_> = (0..6)
            .map(|number| {
                let within = sixth * number..sixth * (number + 1);
                let some = looks.iter().filter(|(at, _)| within.contains(at));
                format!("{:.1}", median(some.map(|(_, held)| held[index]).collect()))
            })
            .collect();
        eprintln!(
            "{whose}: MB resident in each sixth {}, {:.3} times",
            course.join(" "),
            late / early
        );
        assert!(late <= early * FLAT, "{whose}: {early:.1} MB, then {late:.1} MB");
    }
    eprintln!("first {first:?}, under load {during:?}");
    let mut last = during;
    until("all that was held for callers is gone", GONE_WITHIN, async || {
        let held = Held::now(&stage.relay, &host).await;
        if held != last {
            eprintln!("{held:?}");
        }
        last = held;
        held.is_within(&first).then_some(())
    })
    .await;
    host.online().await;
    // And as many are answered at once as ever: nobody who has gone still counts.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let calls = (0..AT_ONCE).map(|_| client.post(format!("{}/echo", doors.shared)).body("all").send());
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().status(), reqwest::StatusCode::OK);
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
