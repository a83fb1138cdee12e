//! A laptop behind a proxy that wants a password: platform and relay are reached through it and not past it.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ligand_e2e::network::{Family, Proxy, World, in_a_network_of_its_own};
use ligand_e2e::{Host, Scratch, Variables, Workspace, until};
use reqwest::StatusCode;
use serde_json::Value;

/// Where the proxies are in the world.
const PORT: u16 = 3128;
const ANOTHER_PORT: u16 = 3129;
const THIRD_PORT: u16 = 3130;
const LOGIN: &str = "ada:hush-hush";
const WRONG: &str = "ada:guessed";
const SOON: Duration = Duration::from_secs(20);
/// The longest wait between two tries, when there were many in the last minute.
const BACK_WITHIN: Duration = Duration::from_secs(65);

#[tokio::test]
async fn platform_and_relay_are_reached_through_a_proxy_with_a_password_and_past_it_where_that_is_said() {
    if in_a_network_of_its_own(
        "proxies::platform_and_relay_are_reached_through_a_proxy_with_a_password_and_past_it_where_that_is_said",
    ) {
        let world = World::new(Family::V4).await;
        let proxy = Proxy::start(world.topology.world(PORT), LOGIN).await;
        let another = Proxy::start(world.topology.world(ANOTHER_PORT), LOGIN).await;
        let third = Proxy::start(world.topology.world(THIRD_PORT), LOGIN).await;
        tokio::join!(
            through(&world, &proxy),
            past(&world, &another),
            configured(&world, &third),
            switched_off(&world, &another),
        );
    }
}

/// A host that was told of a proxy, and what it runs in.
async fn prepared(world: &World, name: &str) -> (Scratch, Workspace) {
    let (scratch, workspace) = (world.scratch(), world.create(name).await);
    let (profile, variables) = (world.profile(&workspace), Host::file_vault());
    Host::prepare(&scratch, &profile, &workspace, &variables).await;
    (scratch, workspace)
}

fn told(more: &[(&str, &str)]) -> Variables {
    let mut variables = Host::file_vault();
    variables.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    variables
}

async fn answers(world: &World, workspace: &Workspace) {
    until("a call is answered", SOON, async || {
        let (status, _) = world.org.send(&workspace.id, "through").await;
        (status == StatusCode::OK).then_some(())
    })
    .await;
}

/// Waits until the status tells of the proxy's refusal, and gives what it says.
async fn refused(host: &Host<'_>) -> Value {
    until("the refusal is shown", SOON, async || {
        let profile = host.profile().await?;
        let items = profile["health"].as_array()?.iter();
        items
            .filter(|item| item["code"] == "proxy_refused")
            .find(|item| {
                item["detail"]
                    .as_str()
                    .is_some_and(|detail| detail.contains("407"))
            })
            .cloned()
    })
    .await
}

async fn through(world: &World, proxy: &Proxy) {
    let laptop = world.topology.laptop(1);
    let (scratch, workspace) = prepared(world, "behind").await;
    proxy.accept(WRONG);
    let variables = told(&[("HTTPS_PROXY", &proxy.url_with(LOGIN))]);
    let host = world.up(&laptop, &scratch, variables);

    let item = refused(&host).await;
    let address = proxy.url();
    assert!(item["detail"].as_str().unwrap().contains(&address), "{item}");
    let said = host.ligand(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let check = checks
        .iter()
        .find(|check| check["code"] == "platform_proxy")
        .unwrap();
    assert_eq!(check["verdict"], "problem", "{check}");
    assert!(check["found"].as_str().unwrap().contains(&address), "{check}");
    assert!(proxy.opened().is_empty(), "{:?}", proxy.opened());

    proxy.accept(LOGIN);
    until("it is online by itself", BACK_WITHIN, async || {
        (host.word().await == "online").then_some(())
    })
    .await;
    answers(world, &workspace).await;
    assert!(
        host.profile().await.unwrap()["health"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["code"] != "proxy_refused")
    );
    both_ends(world, proxy);
    secret(&scratch);
}

/// It has opened ways to platform and relay.
fn both_ends(world: &World, proxy: &Proxy) {
    for end in [world.org_url(), world.relay_url()] {
        let end = end.trim_start_matches("https://").to_owned();
        assert!(
            proxy.opened().contains(&end),
            "not to {end}: {:?}",
            proxy.opened()
        );
    }
}

/// Everything is logged, and the login is in none of it, as it is or as it is sent.
fn secret(scratch: &Scratch) {
    let password = LOGIN.split_once(':').unwrap().1;
    let sent = STANDARD.encode(LOGIN);
    for folder in ["state", "config", "out"] {
        let found = [password, &sent].map(|text| scratch.files_with(folder, text));
        assert_eq!(found.concat().len(), 0, "in {folder}: {found:?}");
    }
}

async fn past(world: &World, proxy: &Proxy) {
    let laptop = world.topology.laptop(2);
    let (scratch, workspace) = prepared(world, "excepted").await;
    let url = world.org_url();
    let (host_of_both, _) = url.trim_start_matches("https://").rsplit_once(':').unwrap();
    let variables = told(&[
        ("HTTPS_PROXY", &proxy.url_with(WRONG)),
        ("NO_PROXY", &format!("elsewhere.example, {host_of_both}")),
    ]);
    let host = world.up(&laptop, &scratch, variables);
    host.online().await;
    answers(world, &workspace).await;
    assert_eq!(
        (proxy.refused(), proxy.opened().len()),
        (0, 0),
        "the proxy was asked"
    );
}

/// Puts a line at the top of the config, as a user would.
fn configure(scratch: &Scratch, line: &str) {
    let config = fs::read_to_string(scratch.config_file()).unwrap();
    fs::write(scratch.config_file(), format!("{line}\n{config}")).unwrap();
}

async fn configured(world: &World, proxy: &Proxy) {
    let laptop = world.topology.laptop(3);
    let (scratch, workspace) = prepared(world, "configured").await;
    configure(&scratch, &format!("proxy = \"{}\"", proxy.url()));
    // Nothing listens on the discard port.
    let variables = told(&[
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("LIGAND_PROXY_LOGIN", LOGIN),
    ]);
    let host = world.up(&laptop, &scratch, variables);
    host.online().await;
    answers(world, &workspace).await;
    both_ends(world, proxy);
    assert_eq!(proxy.refused(), 0);
    secret(&scratch);
}

async fn switched_off(world: &World, unused: &Proxy) {
    let laptop = world.topology.laptop(4);
    let (scratch, workspace) = prepared(world, "switched off").await;
    configure(&scratch, "proxy = \"direct\"");
    let host = world.up(&laptop, &scratch, told(&[("HTTPS_PROXY", &unused.url())]));
    host.online().await;
    answers(world, &workspace).await;
    assert_eq!(
        (unused.refused(), unused.opened().len()),
        (0, 0),
        "the proxy was asked"
    );
}
