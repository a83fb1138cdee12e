//! What an operator sees of a relay.

use crate::support::{Laptop, Platform, RawCaller, Relay, client, echo, path};

#[tokio::test]
async fn metrics_count_what_happened_and_name_nobody() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let laptop = &mut Laptop::known(&platform, &relay);
    let served = laptop.serve(echo).await;
    for door in [&served.platform_door, &served.shared_door] {
        let answer = client().post(door).body("hello").send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "hello");
    }
    client()
        .get(relay.url().join("/w/false").unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(relay.metric("calls_total{outcome=\"answered\"}").await, 2);
    assert_eq!(relay.metric("answer_seconds_count").await, 2);
    assert_eq!(relay.metric("answer_seconds_bucket{le=\"+Inf\"}").await, 2);
    assert_eq!(relay.metric("received_bytes_total").await, 10);
    assert_eq!(relay.metric("sent_bytes_total").await, 10);
    assert_eq!(relay.metric("unknown_paths_total").await, 1);
    assert_eq!(relay.metric("links").await, 1);
    assert_eq!(relay.metric("linked_workspaces").await, 1);
    assert_eq!(relay.metric("links_welcomed_total").await, 1);
    assert_eq!(relay.metric("calls_in_flight").await, 0);
    let door = path(&served.platform_door);
    served.leave().await;
    let mut caller = RawCaller::connect(&relay).await;
    caller.write(crate::support::post(&door, "x")).await;
    assert_eq!(caller.rest().await, b"");
    assert_eq!(relay.metric("calls_total{outcome=\"silent\"}").await, 1);
    let (_, page) = relay.ops("/metrics").await;
    for secret in [door.as_str(), &laptop.dial.workspace.to_string(), "/w/"] {
        assert!(!page.contains(secret), "{page}");
    }
}

#[tokio::test]
async fn the_metrics_page_is_what_prometheus_reads() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let url = format!("http://{}/metrics", relay.running.metrics_addr().unwrap());
    let answer = client().get(url).send().await.unwrap();
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    let page = answer.text().await.unwrap();
    assert!(page.ends_with('\n'));
    let mut known = std::collections::HashMap::new();
    for line in page.lines() {
        if let Some(about) = line.strip_prefix("# TYPE ") {
            let (name, kind) = about.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(known.insert(name.to_owned(), kind).is_none(), "twice: {line}");
        } else if !line.starts_with("# HELP ") {
            let (series, number) = line.rsplit_once(' ').unwrap();
            number.parse::<f64>().unwrap();
            let name = series.split('{').next().unwrap();
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end).filter(|base| known.contains_key(*base)));
            assert!(known.contains_key(base.unwrap_or(name)), "no type before {line}");
        }
    }
}

#[tokio::test]
async fn the_operators_listener_answers_health_and_nothing_of_the_relays_own() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    assert_eq!(relay.ops("/healthz").await.0, 200);
    assert_eq!(relay.ops("/readyz").await.0, 200);
    assert_eq!(relay.ops("/v1/link").await.0, 404);
    let public = client()
        .get(relay.url().join("/metrics").unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(public.status(), 404, "strangers see no metrics");
}
