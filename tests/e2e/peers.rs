//! Sending to the workspaces next to ours, and handing work to them: through the platform, and never past it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use ligand_e2e::{Era, Host, LocalOrg, Profile, Relay, Scratch, Workspace, until};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A heartbeat every 30 s, some time on a busy machine.
const WITH_THE_NEXT_BEAT: Duration = Duration::from_secs(60);

/// A team in an org: our workspace and one that answers, each with a laptop of its own.
struct Team {
    org: LocalOrg,
    relay: Relay,
    lead: Workspace,
    asker: Workspace,
    answerer: Workspace,
    /// The folders of the org, the relay and our laptop.
    here: Scratch,
    /// The folders of the other laptop.
    there: Scratch,
}

impl Team {
    async fn set(era: Era) -> Self {
        let (here, there) = (Scratch::new(), Scratch::new());
        let org = LocalOrg::start(&here, era).await;
        let relay = Relay::start_with(&here, org.url(), &[]).await;
        let lead = org.create("Lead").await;
        let member = async |name: &str| org.create_with(json!({"name": name, "parent_id": lead.id})).await;
        let (asker, answerer) = (member("Asker").await, member("Answerer").await);
        Self {
            org,
            relay,
            lead,
            asker,
            answerer,
            here,
            there,
        }
    }

    async fn member(&self, name: &str) -> Workspace {
        let fields = json!({"name": name, "parent_id": self.lead.id});
        self.org.create_with(fields).await
    }

    /// Our laptop, online.
    async fn ours(&self) -> Host<'_> {
        let profile = Profile::new(&self.org, &self.asker, &self.relay);
        let host = Host::connected(&self.here, &profile, &self.asker).await;
        host.online().await;
        host
    }

    /// The other laptop, online.
    async fn theirs(&self) -> Host<'_> {
        let profile = Profile::new(&self.org, &self.answerer, &self.relay);
        let host = Host::connected(&self.there, &profile, &self.answerer).await;
        host.online().await;
        host
    }
}

/// The id of a delegation in what the command said.
fn id_in(said: &str) -> String {
    let (_, rest) = said.split_once("its ID is ").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_peer_on_another_laptop_is_found_asked_and_given_work_in_the_earlier_era() {
    a_peer_is_found_asked_and_given_work(Era::S).await;
}

#[tokio::test]
async fn a_peer_on_another_laptop_is_found_asked_and_given_work_in_the_later_era() {
    a_peer_is_found_asked_and_given_work(Era::L).await;
}

async fn a_peer_is_found_asked_and_given_work(era: Era) {
    let team = Team::set(era).await;
    let (ours, _theirs) = (team.ours().await, team.theirs().await);

    let listed = ours.ligand(&["peers", "--json"]).await;
    let listed: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let state_of = |name: &str| {
        listed
            .iter()
            .find(|peer| peer["name"] == name)
            .map(|peer| &peer["state"])
    };
    assert_eq!(state_of("Answerer"), Some(&json!("online")));
    assert!(state_of("Lead").is_some(), "{listed:?}");
    assert_eq!(state_of("Asker"), None, "we are no peer of ourselves");
    assert!(
        listed.iter().all(|peer| peer.get("url").is_none()),
        "no peer's URL is told"
    );

    let sent = ours.ligand(&["send", "--to", "answerer", "is it you?"]).await;
    assert_eq!(sent.code(), Some(0), "{sent:?}");
    assert!(sent.stdout.contains("is it you?"), "{sent:?}");
    assert!(sent.stdout.contains("Answerer answered in"), "{sent:?}");
    let rows = team.org.received(&team.answerer).await;
    assert_eq!(rows[0]["source_id"], team.asker.id.as_str(), "it came from us");
    let by_id = ours.ligand(&["send", "--to", &team.answerer.id, "by id"]).await;
    assert!(by_id.stdout.contains("by id"), "{by_id:?}");

    let task = [
        "delegate",
        "--to",
        "Answerer",
        "think about it",
        "--once",
        "monday",
    ];
    let done = ours.ligand(&task).await;
    assert_eq!(done.code(), Some(0), "{done:?}");
    let answer = done.stdout.lines().last().unwrap();
    assert!(answer.contains("think about it"), "{done:?}");
    let id = id_in(&done.stdout);
    let later = ours.ligand(&["delegate", "--status", &id]).await;
    assert_eq!(later.stdout.trim(), answer, "{later:?}");
    let again = ours.ligand(&task).await;
    assert!(again.stdout.contains("was handed over before"), "{again:?}");
    assert_eq!(id_in(&again.stdout), id);

    let unknown = ours
        .ligand(&["delegate", "--status", "6f2c0c9e-3a55-4f0e-9a51-0d6ac5b8a001"])
        .await;
    assert_eq!(unknown.code(), Some(1), "{unknown:?}");
}

#[tokio::test]
async fn work_for_a_peer_that_is_away_is_queued_and_its_result_found_later_in_the_earlier_era() {
    work_for_a_peer_that_is_away_is_found_later(Era::S).await;
}

#[tokio::test]
async fn work_for_a_peer_that_is_away_is_queued_and_its_result_found_later_in_the_later_era() {
    work_for_a_peer_that_is_away_is_found_later(Era::L).await;
}

async fn work_for_a_peer_that_is_away_is_found_later(era: Era) {
    let team = Team::set(era).await;
    let (ours, mut theirs) = (team.ours().await, team.theirs().await);
    theirs.stop().await;

    let task = [
        "delegate",
        "--to",
        "Answerer",
        "when you are back",
        "--timeout",
        "12",
    ];
    let left = ours.ligand(&task).await;
    assert_eq!(left.code(), Some(1), "{left:?}");
    assert!(
        left.stdout.contains("Queued: Answerer is busy or away"),
        "{left:?}"
    );
    let id = id_in(&left.stdout);
    assert!(
        left.stderr.contains(&format!("ligand delegate --status {id}")),
        "{left:?}"
    );
    let waits = ours.ligand(&["delegate", "--status", &id]).await;
    assert!(waits.stdout.contains("Queued"), "{waits:?}");

    let theirs = Host::up(&team.there, Host::file_vault());
    theirs.online().await;
    until("the result is there", WITH_THE_NEXT_BEAT, async || {
        let said = ours.ligand(&["delegate", "--status", &id]).await;
        said.stdout.contains("when you are back").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_message_to_a_peer_that_is_away_is_said_to_be_queued() {
    let team = Team::set(Era::L).await;
    let (ours, mut theirs) = (team.ours().await, team.theirs().await);
    theirs.stop().await;
    let sent = ours.ligand(&["send", "--to", "Answerer", "hello"]).await;
    assert_eq!(sent.code(), Some(0), "{sent:?}");
    assert!(sent.stdout.contains("Queued"), "{sent:?}");
}

#[tokio::test]
async fn whoever_interrupts_a_delegation_is_told_how_to_look_later() {
    let team = Team::set(Era::L).await;
    let (ours, mut theirs) = (team.ours().await, team.theirs().await);
    theirs.stop().await;
    let mut waiting = ours.start(&["delegate", "--to", "Answerer", "wait for me"]);
    let id = waiting
        .line("its ID", |line| line.contains("its ID is ").then(|| id_in(line)))
        .await;
    waiting.signal(rustix::process::Signal::INT);
    let status = waiting.ended(Duration::from_secs(10)).await;
    assert_eq!(status.code(), Some(1));
    let said = waiting.stderr();
    assert!(
        said.contains("Interrupted") && said.contains(&format!("--status {id}")),
        "{said}"
    );
}

#[tokio::test]
async fn a_name_that_several_have_or_nobody_has_is_said_and_nothing_is_sent() {
    let team = Team::set(Era::L).await;
    let ours = team.ours().await;
    let twins = [team.member("Twin").await, team.member("Twin").await];
    let said = ours.ligand(&["send", "--to", "Twin", "hello"]).await;
    assert_eq!(said.code(), Some(1), "{said:?}");
    for twin in &twins {
        assert!(said.stderr.contains(&twin.id), "{said:?}");
        assert!(team.org.received(twin).await.is_empty());
    }
    let said = ours.ligand(&["send", "--to", "Answrer", "hello"]).await;
    assert!(said.stderr.contains("did you mean \"Answerer\"?"), "{said:?}");
    let said = ours.ligand(&["send", "--to", &team.asker.id, "hello"]).await;
    assert!(said.stderr.contains("own workspace"), "{said:?}");
    // Remembered for minutes, and asked for anew when somebody is missing.
    let newcomer = team.member("Newcomer").await;
    let listed = ours.ligand(&["peers"]).await.stdout;
    assert!(!listed.contains("Newcomer"), "{listed}");
    let said = ours
        .ligand(&["delegate", "--to", "Newcomer", "hello", "--timeout", "1"])
        .await;
    assert!(said.stdout.contains("handed over to Newcomer"), "{said:?}");
    let listed = ours.ligand(&["peers"]).await.stdout;
    assert!(listed.contains(&newcomer.id), "{listed}");
}

/// A server that writes down all that it is sent, and answers as an agent does.
struct Trap {
    url: String,
    caught: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Trap {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let caught = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&caught);
        let router = Router::new().fallback(
            async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let body = String::from_utf8_lossy(&body).into_owned();
                let headers: Vec<String> = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
                    .collect();
                let asked = format!("{method} {uri}\n{}\n\n{body}", headers.join("\n"));
                kept.lock().unwrap().push(asked);
                axum::Json(
                    json!({"jsonrpc": "2.0", "id": 1, "result": {"kind": "message", "role": "agent",
                "messageId": "m", "parts": [{"kind": "text", "text": "got you"}]}}),
                )
            },
        );
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, caught, server }
    }

    fn caught(&self) -> Vec<String> {
        self.caught.lock().unwrap().clone()
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test]
async fn our_token_never_reaches_a_peer_whatever_its_address_and_its_card_say_in_the_earlier_era() {
    our_token_never_reaches_a_peer(Era::S).await;
}

#[tokio::test]
async fn our_token_never_reaches_a_peer_whatever_its_address_and_its_card_say_in_the_later_era() {
    our_token_never_reaches_a_peer(Era::L).await;
}

async fn our_token_never_reaches_a_peer(era: Era) {
    let team = Team::set(era).await;
    let ours = team.ours().await;
    let (registered, in_the_card) = (Trap::set().await, Trap::set().await);
    let peer = team.member("Trap").await;
    team.org
        .register_with_card(&peer, &registered.url, &in_the_card.url)
        .await;

    ours.ligand(&["peers", "--json", "--anew"]).await;
    let sent = ours.ligand(&["send", "--to", "Trap", "come here"]).await;
    assert!(sent.stdout.contains("got you"), "{sent:?}");
    let done = ours.ligand(&["delegate", "--to", "Trap", "and do this"]).await;
    assert!(done.stdout.contains("got you"), "{done:?}");

    let caught = registered.caught();
    assert_eq!(caught.len(), 2, "the platform's calls and no others: {caught:#?}");
    assert!(caught[0].contains("come here") && caught[1].contains("and do this"));
    for call in caught {
        assert!(
            !call.contains(&team.asker.token),
            "our token reached a peer: {call}"
        );
    }
    let caught = in_the_card.caught();
    assert!(caught.is_empty(), "the card's address was called: {caught:#?}");
}
