//! The network under a laptop changes, breaks and comes back: whatever happens to it, calls get through again by
//! themselves, and meanwhile nobody is told that the workspace is online.

use std::time::Duration;

use futures::future::join_all;
use ligand_e2e::network::{Family, Laptop, Uplink, World, in_a_network_of_its_own};
use ligand_e2e::{Host, now, until};
use reqwest::StatusCode;

/// A link says within a ping's interval and its patience that nobody answers: 15 s and at most 5 s.
const NOTICED_WITHIN: Duration = Duration::from_secs(22);
/// A try that was under way when the network came back, the longest wait until the next, and the order of coming back.
const BACK_WITHIN: Duration = Duration::from_secs(40);
/// Where the change itself is noticed, nothing of that is waited for.
const MOVED_WITHIN: Duration = Duration::from_secs(10);
/// As long as a lift, or a tunnel under a river.
const HOLE: Duration = Duration::from_secs(30);
/// A call that was sent into a link which nobody hears on is no measure.
const ONE_CALL: Duration = Duration::from_secs(2);

#[tokio::test]
async fn the_network_changes_breaks_and_swallows_and_calls_get_through_again_over_ipv4() {
    if in_a_network_of_its_own(
        "networks::the_network_changes_breaks_and_swallows_and_calls_get_through_again_over_ipv4",
    ) {
        everything_happens(Family::V4).await;
    }
}

#[tokio::test]
async fn the_network_changes_breaks_and_swallows_and_calls_get_through_again_over_ipv6() {
    if in_a_network_of_its_own(
        "networks::the_network_changes_breaks_and_swallows_and_calls_get_through_again_over_ipv6",
    ) {
        everything_happens(Family::V6).await;
    }
}

/// What happens to a laptop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happening {
    /// The interface goes down and comes up again.
    DownAndUp,
    /// The machine is given another address.
    Readdressed,
    /// The way in use goes silent, and everything leaves by the other one.
    Rerouted,
    /// Nothing arrives, either way.
    Hole,
    /// What is sent to the laptop is lost, and what it sends arrives.
    Deaf,
    /// What the laptop sends is lost, and what is sent to it arrives.
    Mute,
}

/// Each on a laptop of its own, all at the same time: they wait more than they work.
async fn everything_happens(family: Family) {
    use Happening::*;
    let world = World::new(family).await;
    let all = [DownAndUp, Readdressed, Rerouted, Hole, Deaf, Mute];
    let each = all.into_iter().zip(1..);
    join_all(each.map(|(what, number)| happens(&world, family, what, number))).await;
}

async fn happens(world: &World, family: Family, what: Happening, number: u8) {
    let name = format!("{what:?} over {family}");
    let laptop = world.topology.laptop(number);
    let workspace = world.create(&name).await;
    let (scratch, variables) = (world.scratch(), Host::file_vault());
    Host::prepare(&scratch, &world.profile(&workspace), &workspace, &variables).await;
    let mut host = world.up(&laptop, &scratch, variables);
    host.online().await;

    let way = Uplink::Radio;
    match what {
        Happening::DownAndUp => {
            laptop.down(way);
            noticed(&name, &host).await;
            laptop.up_again(way);
        }
        Happening::Readdressed => laptop.readdress(way),
        Happening::Rerouted => {
            lose(&laptop, what, true);
            laptop.default_route(Uplink::Cable);
        }
        Happening::Hole | Happening::Deaf | Happening::Mute => {
            let began = now();
            lose(&laptop, what, true);
            noticed(&name, &host).await;
            while began.elapsed() < HOLE {
                assert_ne!(host.word().await, "online", "{name}");
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            lose(&laptop, what, false);
        }
    }

    let within = match what {
        Happening::Readdressed | Happening::Rerouted => MOVED_WITHIN,
        _ => BACK_WITHIN,
    };
    let began = now();
    until(&format!("{name}: a call is answered"), within, async || {
        let caller = world.org.caller();
        let answer = tokio::time::timeout(ONE_CALL, caller.try_send(&workspace.id, "back"));
        let (status, reply) = answer.await.ok()??;
        (status == StatusCode::OK && reply.to_string().contains("back")).then_some(())
    })
    .await;
    let called = began.elapsed();
    let rest = within.saturating_sub(called);
    until(&format!("{name}: it is online"), rest, async || {
        (host.word().await == "online").then_some(())
    })
    .await;
    eprintln!(
        "{name}: a call after {called:.1?}, online after {:.1?}",
        began.elapsed()
    );
    assert_eq!(world.org.status(&workspace.id).await, "online", "{name}");
    assert!(host.process.running(), "{name}: it was started once");
}

/// Loses what is sent over the way in use, or no more.
fn lose(laptop: &Laptop<'_>, what: Happening, lost: bool) {
    if what != Happening::Mute {
        laptop.lose_received(Uplink::Radio, lost);
    }
    if what != Happening::Deaf {
        laptop.lose_sent(Uplink::Radio, lost);
    }
}

/// Waits until the host does not say any more that it is online.
async fn noticed(name: &str, host: &Host<'_>) {
    let began = now();
    until(&format!("{name}: it is noticed"), NOTICED_WITHIN, async || {
        (host.word().await != "online").then_some(())
    })
    .await;
    eprintln!("{name}: noticed after {:.1?}", began.elapsed());
}
