//! Messages that the host fetches itself: no relay, nothing that calls the laptop.

use std::time::Duration;

use ligand_e2e::{
    Era, Host, LocalOrg, PROFILE, Profile, SLOWLY, Scratch, TestAgent, Workspace, ligand, message, until,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A look every 5 s, and some time on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// An org, a workspace and an agent, without a relay.
struct Scene {
    org: LocalOrg,
    workspace: Workspace,
    agent: TestAgent,
    scratch: Scratch,
}

impl Scene {
    async fn set(era: Era) -> Self {
        let scratch = Scratch::new();
        let org = LocalOrg::start(&scratch, era).await;
        let parent = org.create("Parent").await;
        let workspace = org
            .create_with(json!({"name": "Laptop", "parent_id": parent.id}))
            .await;
        Self {
            agent: TestAgent::start().await,
            org,
            workspace,
            scratch,
        }
    }

    fn profile(&self) -> Profile {
        Profile {
            name: PROFILE.to_owned(),
            platform: self.org.url().to_owned(),
            workspace: self.workspace.id.clone(),
            relay: None,
            agent_table: None,
            agent: Some(self.agent.url().to_owned()),
            shared: false,
            trusts_relay: false,
            hold_s: 5,
            delivery: String::new(),
        }
    }

    async fn host(&self) -> Host<'_> {
        Host::connected(&self.scratch, &self.profile(), &self.workspace).await
    }

    /// Sends as a person does; the platform only says that it keeps it.
    async fn say(&self, text: &str) {
        let (status, reply) = self.org.send(&self.workspace.id, text).await;
        assert_eq!(
            (status, &reply["delivery_mode"]),
            (StatusCode::OK, &json!("poll")),
            "{reply}"
        );
    }

    /// Waits until people have been told this, and once.
    async fn told(&self, text: &str) {
        until(&format!("people are told: {text}"), SOON, async || {
            let told = self.org.told(&self.workspace).await;
            told.iter().any(|one| one.contains(text)).then_some(())
        })
        .await;
        let told = self.org.told(&self.workspace).await;
        assert_eq!(
            told.iter().filter(|one| one.contains(text)).count(),
            1,
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn people_are_answered_in_the_chat_and_each_message_once() {
    let scene = Scene::set(Era::L).await;
    let host = scene.host().await;
    let status = host.online().await;
    assert_eq!(status["exposure"]["kind"], "poll");
    for number in 1..=3 {
        scene.say(&format!("number {number}")).await;
    }
    for number in 1..=3 {
        scene.told(&format!("heard: number {number}")).await;
    }
    assert_eq!(scene.agent.calls().len(), 3);
    let listed = host.ligand(&["deliveries", "--json"]).await;
    let listed: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    assert!(
        listed
            .iter()
            .all(|row| row["door"] == "poll" && row["outcome"] == "answered")
    );
    assert_eq!(listed.len(), 3, "our own words are no messages");
}

#[tokio::test]
async fn a_peer_is_answered_at_its_own_agent_under_our_name() {
    let scene = Scene::set(Era::L).await;
    let parent = scene.org.get(&scene.workspace.id).await.1["parent_id"].clone();
    let peer = scene
        .org
        .create_with(json!({"name": "Peer", "parent_id": parent}))
        .await;
    let peers_agent = TestAgent::start().await;
    scene.org.register(&peer, peers_agent.url()).await;
    let host = scene.host().await;
    host.online().await;
    let (status, reply) = scene
        .org
        .send_as(&peer, &scene.workspace.id, &message("what is it"))
        .await;
    assert_eq!((status, &reply["status"]), (StatusCode::OK, &json!("queued")));
    let call = until("the peer has its answer", SOON, async || {
        peers_agent.calls().first().cloned()
    })
    .await;
    assert_eq!(call.text(), "heard: what is it");
    let rows = scene.org.received(&peer).await;
    assert_eq!(
        rows[0]["source_id"],
        scene.workspace.id.as_str(),
        "it came from us"
    );
    assert!(
        scene.org.told(&scene.workspace).await.is_empty(),
        "people are not told what a peer asked"
    );
}

#[tokio::test]
async fn what_came_while_the_host_was_away_is_answered_and_what_it_was_at_is_reported() {
    let scene = Scene::set(Era::L).await;
    let mut host = scene.host().await;
    host.online().await;
    scene.say("before").await;
    scene.told("heard: before").await;
    scene.say(SLOWLY).await;
    until("the agent works on it", SOON, async || {
        (scene.agent.calls().len() == 2).then_some(())
    })
    .await;
    host.process.kill();
    scene.say("meanwhile").await;

    let host = Host::up(&scene.scratch, Host::file_vault());
    host.online().await;
    scene.told("heard: meanwhile").await;
    scene.told("outcome is not known").await;
    assert_eq!(scene.agent.calls().len(), 3, "nothing went to the agent twice");
}

#[tokio::test]
async fn a_lost_cursor_makes_it_look_back_and_repeat_nothing() {
    let scene = Scene::set(Era::L).await;
    let host = scene.host().await;
    host.online().await;
    scene.say("one").await;
    scene.told("heard: one").await;
    let forget = json!({"kind": "forget_activity", "workspace": scene.workspace.id});
    scene.org.fault(&forget).await;
    scene.say("two").await;
    scene.told("heard: two").await;
    assert_eq!(scene.agent.calls().len(), 2);
}

#[tokio::test]
async fn an_answer_that_the_platform_did_not_take_is_sent_later() {
    let scene = Scene::set(Era::L).await;
    let host = scene.host().await;
    host.online().await;
    let notify = format!("/workspaces/{}/notify", scene.workspace.id);
    scene
        .org
        .fault(&json!({"kind": "datastore", "path": notify, "times": 1}))
        .await;
    scene.say("keep at it").await;
    until("the agent has it", SOON, async || {
        (scene.agent.calls().len() == 1).then_some(())
    })
    .await;
    // What is owed is sent again every 30 s, and at each start.
    assert!(host.ligand(&["restart"]).await.status.success());
    scene.told("heard: keep at it").await;
    assert_eq!(scene.agent.calls().len(), 1);
}

#[tokio::test]
async fn an_older_platform_can_not_be_polled_and_the_user_is_told_what_is_missing() {
    let scene = Scene::set(Era::S).await;
    let host = scene.host().await;
    let item = until("it is said", SOON, async || {
        let profile = host.profile().await?;
        let items = profile["health"].as_array()?.clone();
        items.into_iter().find(|item| item["code"] == "no_way_in")
    })
    .await;
    assert!(item["next"].as_str().unwrap().contains("ligand-relay"), "{item}");
    assert_ne!(host.profile().await.unwrap()["presence"]["state"], "online");
}

#[tokio::test]
async fn more_than_a_page_of_messages_that_came_meanwhile_are_all_answered_once() {
    const MANY: usize = 130;
    let scene = Scene::set(Era::L).await;
    let mut host = scene.host().await;
    host.online().await;
    host.process.kill();
    for number in 0..MANY {
        scene.say(&format!("number {number}.")).await;
    }
    let host = Host::up(&scene.scratch, Host::file_vault());
    host.online().await;
    until("all are answered", Duration::from_secs(60), async || {
        (scene.org.told(&scene.workspace).await.len() >= MANY).then_some(())
    })
    .await;
    for number in 0..MANY {
        scene.told(&format!("heard: number {number}.")).await;
    }
    assert_eq!(scene.agent.calls().len(), MANY);
}

#[tokio::test]
async fn a_profile_that_names_no_relay_fetches_its_messages_by_itself() {
    let scene = Scene::set(Era::L).await;
    let block = scene.workspace.reply.to_string();
    let arguments = ["connect", "-", "--profile", PROFILE, "--agent", scene.agent.url()];
    let said = ligand(&scene.scratch, &Host::file_vault(), &arguments, &block).await;
    assert!(said.status.success(), "{}", said.stderr);
    let host = Host::up(&scene.scratch, Host::file_vault());
    assert_eq!(host.online().await["exposure"]["kind"], "poll");
    scene.say("without a word about it").await;
    scene.told("heard: without a word about it").await;
    let shown = host.ligand(&["status"]).await.stdout;
    assert!(shown.contains("fetches messages"), "{shown}");
    let sent = host.ligand(&["send", "to myself"]).await;
    assert!(sent.stderr.contains("its own words"), "{}", sent.stderr);
}
