//! What the relay remembers of cards: over its own restarts, and until the platform says otherwise.

use std::path::PathBuf;
use std::time::Duration;

use ligand_relay::Options;
use ligand_tunnel::hello::{GoodbyeReason, RefusalCode};
use ligand_tunnel::{DialError, Link, LinkEnd};

use crate::support::{Laptop, Platform, Relay, client, echo, eventually, soon, timed};

fn code(dialled: Result<Link, DialError>) -> RefusalCode {
    match dialled.map(drop) {
        Err(DialError::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

fn file(relay: &Relay) -> PathBuf {
    relay.folder.path().join("secret.cards")
}

fn remembers(relay: &Relay, laptop: &Laptop) -> bool {
    let text = std::fs::read_to_string(file(relay)).unwrap_or_default();
    text.contains(&laptop.dial.workspace.to_string())
}

/// Ends a relay without a warning, and starts another on its files.
async fn killed_and_again(relay: Relay, platform: &Platform, decide: impl FnOnce(&mut Options)) -> Relay {
    let Relay { running, folder } = relay;
    drop(running);
    Relay::start_with(folder, platform, decide).await
}

fn revoked(end: &LinkEnd) -> bool {
    matches!(end, LinkEnd::Goodbye(goodbye) if goodbye.reason == GoodbyeReason::Revoked)
}

#[tokio::test]
async fn a_relay_that_was_killed_admits_whom_it_knew_while_the_platform_is_down_and_nobody_else() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial().await.unwrap();
    eventually("it is on disk", || remembers(&relay, &laptop)).await;
    platform.break_down(true);
    let relay = killed_and_again(relay, &platform, |_| {}).await;
    laptop.dial.relay = relay.url();
    let served = laptop.serve(echo).await;
    let answer = client().post(&served.platform_door).body("hello").send();
    assert_eq!(answer.await.unwrap().text().await.unwrap(), "hello");
    assert_eq!(platform.lookups(), 1);
    let mut stranger = Laptop::known(&platform, &relay);
    assert_eq!(code(stranger.dial().await), RefusalCode::PlatformUnreachable);
    stranger.dial.workspace = laptop.dial.workspace;
    assert_eq!(code(stranger.dial().await), RefusalCode::PlatformUnreachable);
}

#[tokio::test]
async fn everybody_who_is_known_comes_back_at_once_however_seldom_the_platform_may_be_asked() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptops: Vec<_> = (0..20).map(|_| Laptop::known(&platform, &relay)).collect();
    for laptop in &mut laptops {
        laptop.dial().await.unwrap();
    }
    // An orderly stop writes down what has not been yet.
    let folder = relay.folder;
    relay.running.stop().await;
    let relay = Relay::start_with(folder, &platform, |options| options.lookups_per_min = 1).await;
    let mut links = Vec::new();
    for laptop in &mut laptops {
        laptop.dial.relay = relay.url();
        links.push(laptop.dial().await.unwrap());
    }
    assert_eq!(platform.lookups(), laptops.len());
}

#[tokio::test]
async fn a_link_ends_with_a_word_when_its_key_has_gone_from_the_card() {
    let platform = Platform::start().await;
    let often = |options: &mut Options| options.recheck_every = Duration::from_millis(400);
    let relay = Relay::start_with(tempfile::tempdir().unwrap(), &platform, often).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let mut other = Laptop::known(&platform, &relay);
    let (served, staying) = (laptop.serve(echo).await, other.serve(echo).await);
    platform.publish(laptop.dial.workspace, None);
    let end = served.end().await;
    assert!(revoked(&end), "{end:?}");
    assert_eq!(code(laptop.dial().await), RefusalCode::UnknownKey);
    soon(staying.handle.ping()).await.unwrap();
    eventually("it is forgotten on disk", || {
        remembers(&relay, &other) && !remembers(&relay, &laptop)
    })
    .await;
}

#[tokio::test]
async fn a_link_that_was_admitted_from_memory_ends_soon_when_its_workspace_has_been_removed() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    laptop.dial().await.unwrap();
    eventually("it is on disk", || remembers(&relay, &laptop)).await;
    platform.remove(laptop.dial.workspace);
    let every = Duration::from_secs(15);
    let relay = killed_and_again(relay, &platform, |options| options.recheck_every = every).await;
    laptop.dial.relay = relay.url();
    let (took, end) = timed(laptop.serve(echo).await.end()).await;
    assert!(revoked(&end), "{end:?}");
    assert!(took < every / 2, "{took:?}");
    assert_eq!(code(laptop.dial().await), RefusalCode::WorkspaceRemoved);
}

#[tokio::test]
async fn a_file_that_can_not_be_used_does_not_stop_the_relay() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    for text in ["nonsense", "ligand-relay-cards-v2\nof tomorrow\n"] {
        let folder = tempfile::tempdir().unwrap();
        let mut made = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        std::io::Write::write_all(&mut made, text.as_bytes()).unwrap();
        made.persist(folder.path().join("secret.cards")).unwrap();
        let other = Relay::start_in(folder, "127.0.0.1:0", &platform).await;
        let mut laptop = Laptop::known(&platform, &relay);
        laptop.dial.relay = other.url();
        laptop.dial().await.unwrap();
        eventually("it is on disk", || remembers(&other, &laptop)).await;
        let aside = other.folder.path().join("secret.cards.unusable");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), text);
    }
}
