//! Shared doors at host names of their own.

use hyper::Request;
use ligand_tunnel::CallContent;
use ligand_tunnel::door::Slot;
use url::Url;

use crate::support::{Answered, Laptop, Platform, RawCaller, Relay, Served, path, text};

async fn start(platform: &Platform) -> Relay {
    Relay::start_with(tempfile::tempdir().unwrap(), platform, |options| {
        options.ingress.wildcard_domain = Some("doors.example".into());
    })
    .await
}

/// Answers with what arrived.
async fn reflect(request: Request<CallContent>) -> Answered {
    let host = request.headers()["host"].to_str().unwrap().to_owned();
    Ok(text(format!("{} {} {host}", request.method(), request.uri())))
}

/// A laptop that reflects, and the host name of its shared door.
async fn reflecting(platform: &Platform, relay: &Relay) -> (Served, String) {
    let link = Laptop::known(platform, relay).dial().await.unwrap();
    assert!(
        !link.doors.host_urls.contains_key(&Slot::Platform),
        "the platform's door stays out of DNS"
    );
    let url = Url::parse(link.doors.host_urls[&Slot::Shared].expose()).unwrap();
    assert_eq!((url.path(), url.port()), ("/", Some(relay.addr().port())));
    (Served::new(link, reflect), url.host_str().unwrap().to_owned())
}

async fn ask(relay: &Relay, host: &str, line: &str) -> String {
    let mut caller = RawCaller::connect(relay).await;
    let head = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    caller.write(head).await;
    String::from_utf8(caller.rest().await).unwrap()
}

#[tokio::test]
async fn every_path_at_a_doors_host_name_is_the_doors_and_arrives_as_by_its_url() {
    let platform = Platform::start().await;
    let relay = start(&platform).await;
    let (served, host) = reflecting(&platform, &relay).await;
    let door = path(&served.shared_door);
    for (asked, arrives) in [
        (
            "GET /.well-known/agent-card.json",
            "GET {door}/.well-known/agent-card.json",
        ),
        ("POST /", "POST {door}"),
        ("POST /?a=%20b", "POST {door}?a=%20b"),
        ("POST /v1/message:send?x", "POST {door}/v1/message:send?x"),
        ("GET /healthz", "GET {door}/healthz"),
        ("GET /v1/link", "GET {door}/v1/link"),
        ("GET //x/../y", "GET {door}//x/../y"),
    ] {
        let answer = ask(&relay, &host, asked).await;
        let arrived = format!("{} {}", arrives.replace("{door}", &door), relay.addr());
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with(&arrived),
            "{asked}: {answer} is not {arrived}"
        );
    }
    let by_another_door = format!("GET {}", path(&served.platform_door));
    assert!(
        ask(&relay, &host, &by_another_door)
            .await
            .contains(&format!("GET {door}/w/")),
        "a path below a host name can't leave its door"
    );
    for spelling in [
        host.to_ascii_uppercase(),
        format!("{host}."),
        format!("{host}:443"),
    ] {
        assert!(
            ask(&relay, &spelling, "GET /x").await.starts_with("HTTP/1.1 200"),
            "{spelling}"
        );
    }
}

#[tokio::test]
async fn a_name_that_is_no_doors_is_not_found_and_other_hosts_are_not_touched() {
    let platform = Platform::start().await;
    let relay = start(&platform).await;
    let (_served, host) = reflecting(&platform, &relay).await;
    let changed = if host.starts_with('0') { "1" } else { "0" };
    let changed = format!("{changed}{}", &host[1..]);
    let foreign = format!("w{}", &host[1..]);
    for name in [changed, foreign] {
        for asked in ["GET /", "GET /healthz", "GET /v1/link"] {
            assert!(
                ask(&relay, &name, asked).await.starts_with("HTTP/1.1 404"),
                "{name} {asked}"
            );
        }
    }
    let other_domain = host.replace("doors.example", "doors.other");
    for name in [
        "relay.doors.example",
        "doors.example",
        &other_domain,
        "relay.example",
    ] {
        assert!(
            ask(&relay, name, "GET /healthz")
                .await
                .starts_with("HTTP/1.1 200"),
            "{name}"
        );
    }
    let twice = format!("relay.example\r\nhost: {host}");
    assert!(!ask(&relay, &twice, "GET /x").await.contains("200 OK"));
    let twice = format!("{host}\r\nhost: relay.example");
    assert!(ask(&relay, &twice, "GET /x").await.starts_with("HTTP/1.1 400"));
    let absolute = format!("GET http://{host}/x");
    assert!(ask(&relay, &host, &absolute).await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn at_a_host_name_a_workspace_that_is_away_is_said_to_be_at_once() {
    let platform = Platform::start().await;
    let relay = start(&platform).await;
    let (served, host) = reflecting(&platform, &relay).await;
    served.leave().await;
    assert!(ask(&relay, &host, "POST /").await.starts_with("HTTP/1.1 503"));
}
