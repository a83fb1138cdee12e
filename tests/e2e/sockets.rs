//! The sockets that a call goes over. Only Linux shows a test those of another process.

use std::net::SocketAddr;

use ligand_e2e::{Era, Stage, TcpConnection, TestAgent, message, tcp_connections};
use reqwest::Client;
use serde_json::json;

fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .unwrap()
}

#[tokio::test]
async fn all_four_sockets_of_a_call_send_small_writes_at_once() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    let host = stage.online(&profile).await;
    let door = host.door("shared").await;
    let mut call = message("what time is it?");
    call["method"] = json!("message/stream");
    let client = Client::builder().no_proxy().build().unwrap();
    let mut stream = client.post(&door).json(&call).send().await.unwrap();
    stream.chunk().await.unwrap().unwrap();
    let (relay, of_agent) = (address(stage.relay.url()), address(agent.url()));
    let of_relay = tcp_connections(&stage.relay.process);
    let of_host = tcp_connections(&host.process);
    let link = of_host
        .iter()
        .find(|one| one.far == relay)
        .expect("the host's end of the link");
    let at = |find: &dyn Fn(&&TcpConnection) -> bool, all: &[TcpConnection], what: &str| {
        let found: Vec<_> = all.iter().filter(find).collect();
        assert!(!found.is_empty(), "no {what}: {all:?}");
        assert!(found.iter().all(|one| one.sends_at_once), "{what}: {found:?}");
    };
    at(
        &|one| one.near == relay && one.far != link.near,
        &of_relay,
        "caller at the relay",
    );
    at(
        &|one| one.near == relay && one.far == link.near,
        &of_relay,
        "link at the relay",
    );
    at(&|one| one.far == relay, &of_host, "link at the laptop");
    at(&|one| one.far == of_agent, &of_host, "agent at the laptop");
}
