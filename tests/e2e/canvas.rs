//! What the Canvas asks of a running host: the org as it is and as it was, one workspace, what is said to it.

use std::time::Duration;

use ligand_e2e::{Era, Host, Profile, Scratch, Stage, WORKSPACE, Workspace, until};
use reqwest::Method;
use serde_json::{Value, json};

/// A heartbeat every 30 s, some time on a busy machine.
const WITH_THE_NEXT_BEAT: Duration = Duration::from_secs(60);
/// What comes by an event, on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Our laptop with the org's key, and another with a workspace that answers.
struct Scene {
    stage: Stage,
    there: Scratch,
    other: Workspace,
}

impl Scene {
    async fn set(era: Era) -> Self {
        let stage = Stage::set(era).await;
        let other = stage.org.create("Answerer").await;
        Host::create(&stage, WORKSPACE, None, &Host::file_vault()).await;
        Self {
            stage,
            there: Scratch::new(),
            other,
        }
    }

    async fn ours(&self) -> Host<'_> {
        let host = Host::up(&self.stage.scratch, Host::file_vault());
        host.online().await;
        host
    }

    /// The other laptop, online; without a relay it fetches its messages.
    async fn theirs(&self, fetches: bool) -> Host<'_> {
        let profile = Profile {
            relay: (!fetches).then(|| self.stage.relay.url().to_owned()),
            hold_s: 0,
            ..Profile::new(&self.stage.org, &self.other, &self.stage.relay)
        };
        let host = Host::connected(&self.there, &profile, &self.other).await;
        host.online().await;
        host
    }

    fn thread(&self) -> String {
        format!("workspaces/{}/thread", self.other.id)
    }

    /// Says something to the other workspace.
    async fn say(&self, host: &Host<'_>, text: &str) -> Value {
        let said = host
            .ask(Method::POST, &self.thread(), &json!({"text": text}))
            .await;
        assert!(said["error"].is_null(), "{said}");
        said
    }

    /// The thread, once it is so.
    async fn reads(
        &self,
        host: &Host<'_>,
        what: &str,
        within: Duration,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        until(what, within, async || {
            let thread = host.ask(Method::GET, &self.thread(), &Value::Null).await;
            is_so(&thread).then_some(thread)
        })
        .await
    }
}

#[tokio::test]
async fn a_workspace_is_spoken_to_as_a_person_and_answers_in_its_thread_in_the_earlier_era() {
    a_workspace_is_spoken_to(Era::S).await;
}

#[tokio::test]
async fn a_workspace_is_spoken_to_as_a_person_and_answers_in_its_thread_in_the_later_era() {
    a_workspace_is_spoken_to(Era::L).await;
}

async fn a_workspace_is_spoken_to(era: Era) {
    let scene = Scene::set(era).await;
    let (ours, mut theirs) = (scene.ours().await, scene.theirs(false).await);
    let said = scene.say(&ours, "is it you?").await;
    assert_eq!(
        (&said["state"], &said["by"]),
        (&json!("answered"), &json!("human"))
    );
    let thread = ours.ask(Method::GET, &scene.thread(), &Value::Null).await;
    let answer = &thread["messages"][1];
    assert_eq!(
        (&answer["by"], &answer["answers"]),
        (&json!("agent"), &said["number"])
    );
    assert!(
        answer["text"].as_str().unwrap().contains("is it you?"),
        "{answer}"
    );
    let rows = scene.stage.org.received(&scene.other).await;
    assert!(rows[0]["source_id"].is_null(), "a person spoke: {rows:?}");

    // Nobody is there: the platform keeps it, and says what became of it where it can.
    theirs.stop().await;
    let said = scene.say(&ours, "and now?").await;
    assert_eq!(said["state"], "queued", "{said}");
    assert!(said["note"].as_str().is_some_and(|note| !note.is_empty()));
    if era == Era::L {
        let _theirs = scene.theirs(false).await;
        let answered = |thread: &Value| thread["messages"][2]["state"] == "answered";
        let thread = scene
            .reads(
                &ours,
                "the queued message is answered",
                WITH_THE_NEXT_BEAT,
                answered,
            )
            .await;
        let answer = &thread["messages"][3];
        assert_eq!(answer["answers"], said["number"], "{thread}");
        assert!(answer["text"].as_str().unwrap().contains("and now?"), "{answer}");
    }
}

#[tokio::test]
async fn a_workspace_that_fetches_answers_later_by_itself() {
    let scene = Scene::set(Era::L).await;
    let (ours, _theirs) = (scene.ours().await, scene.theirs(true).await);
    let said = scene.say(&ours, "are you there?").await;
    let is_answered = |thread: &Value| thread["messages"][0]["state"] == "answered";
    let thread = scene
        .reads(&ours, "it is answered", WITH_THE_NEXT_BEAT, is_answered)
        .await;
    let answer = &thread["messages"][1];
    assert_eq!(
        (&answer["by"], &answer["answers"]),
        (&json!("agent"), &said["number"])
    );
    assert!(
        answer["text"].as_str().unwrap().contains("are you there?"),
        "{answer}"
    );
}

#[tokio::test]
async fn without_the_orgs_key_our_workspace_speaks_and_the_picture_says_so() {
    let stage = Stage::set(Era::L).await;
    let lead = stage.org.create("Lead").await;
    let member = async |name: &str| {
        let fields = json!({"name": name, "parent_id": lead.id});
        stage.org.create_with(fields).await
    };
    let (asker, other) = (member("Asker").await, member("Answerer").await);
    let scene = Scene {
        stage,
        there: Scratch::new(),
        other,
    };
    let profile = Profile::new(&scene.stage.org, &asker, &scene.stage.relay);
    let ours = Host::connected(&scene.stage.scratch, &profile, &asker).await;
    ours.online().await;
    let _theirs = scene.theirs(false).await;
    let said = scene.say(&ours, "who am I?").await;
    assert_eq!(
        (&said["state"], &said["by"]),
        (&json!("answered"), &json!("workspace"))
    );
    let rows = scene.stage.org.received(&scene.other).await;
    assert_eq!(rows[0]["source_id"], asker.id.as_str());
    let org = ours.org().await;
    assert_eq!(
        (&org["speaks_as"], &org["scope"]),
        (&json!("workspace"), &json!("peers"))
    );
    assert!(org["note"].as_str().unwrap().contains("org key"), "{org}");
    let path = format!("workspaces/{}", scene.other.id);
    let detail = ours.ask(Method::GET, &path, &Value::Null).await;
    assert!(
        detail["activity"].is_null() && detail["no_activity"].is_string(),
        "{detail}"
    );
}

#[tokio::test]
async fn one_workspace_is_looked_at_and_nothing_of_its_address_is_told() {
    for era in [Era::S, Era::L] {
        let scene = Scene::set(era).await;
        let (ours, _theirs) = (scene.ours().await, scene.theirs(false).await);
        scene.say(&ours, "hello").await;
        let path = format!("workspaces/{}", scene.other.id);
        let detail = ours.ask(Method::GET, &path, &Value::Null).await;
        assert_eq!(detail["workspace"]["name"], "Answerer", "{detail}");
        assert!(detail["card"]["name"].is_string(), "{detail}");
        let activity = detail["activity"].as_array().unwrap();
        assert!(
            activity.iter().any(|row| row["kind"] == "a2a_receive"),
            "{detail}"
        );
        assert_eq!(
            detail["canvas_url"].as_str().unwrap().trim_end_matches('/'),
            scene.stage.org.url()
        );
        let mut told = detail.clone();
        told["canvas_url"].take();
        assert!(!told.to_string().contains("://"), "{told}");
    }
}

#[tokio::test]
async fn what_happened_and_how_the_canvas_is_arranged_outlive_what_shows_them() {
    let scene = Scene::set(Era::L).await;
    let mut ours = scene.ours().await;
    until("the picture is live", SOON, async || {
        (ours.org().await["live"] == true).then_some(())
    })
    .await;
    scene.stage.org.pause(&scene.other).await;
    let history = until("the pause is in the history", SOON, async || {
        let path = format!("org/history?workspace={}", scene.other.id);
        let history = ours.ask(Method::GET, &path, &Value::Null).await;
        let is_there = history["changes"][0]["to"] == "paused";
        is_there.then_some(history)
    })
    .await;
    assert_eq!(history["changes"][0]["name"], "Answerer");
    // It is kept at once, and the picture follows.
    until("the picture tells of it", SOON, async || {
        (ours.org().await["history"] == history["changes"][0]["number"]).then_some(())
    })
    .await;

    let moved = json!({"moved": {&scene.other.id: {"x": 12, "y": 34}}, "collapsed": {&scene.other.id: true}});
    let arranged = ours.ask(Method::POST, "canvas", &moved).await;
    assert_eq!(arranged["moved"][&scene.other.id], json!({"x": 12, "y": 34}));
    let before = ours.org().await;
    assert_eq!(before["from_snapshot"], false);
    ours.stop().await;
    drop(ours);

    // The platform is away when Ligand starts again: what is known is shown, as what it is.
    let Scene { stage, other, .. } = scene;
    let Stage {
        org, relay, scratch, ..
    } = stage;
    drop((org, relay));
    let ours = Host::up(&scratch, Host::file_vault());
    until("the host can be asked", SOON, async || ours.status().await).await;
    let org = until("the last picture is there", SOON, async || {
        let said = ours.ask(Method::GET, "org", &Value::Null).await;
        (said["from_snapshot"] == true).then_some(said)
    })
    .await;
    assert_eq!(org["live"], false);
    // The org went on between the question and the stop: the picture that was kept may be a little newer.
    let as_of = |org: &Value| org["as_of"].as_str().expect("a time").to_owned();
    assert!(as_of(&org) >= as_of(&before), "{org} before {before}");
    assert_eq!(
        org["workspaces"].as_array().unwrap().len(),
        before["workspaces"].as_array().unwrap().len()
    );
    let arranged = ours.ask(Method::GET, "canvas", &Value::Null).await;
    assert_eq!(arranged["collapsed"], json!([other.id]));
}

#[tokio::test]
async fn the_command_line_lists_the_org_and_what_waits_for_approval() {
    let scene = Scene::set(Era::L).await;
    let ours = scene.ours().await;
    scene
        .stage
        .org
        .ask_approval(&scene.other, "delete the archive")
        .await;
    let listed = until("the approval is seen", SOON, async || {
        let said = ours.ligand(&["approvals"]).await;
        said.stdout.contains("delete the archive").then_some(said.stdout)
    })
    .await;
    assert!(listed.contains("Answerer"), "{listed}");
    let org = ours.ligand(&["org"]).await;
    assert!(
        org.stdout.contains("Answerer") && org.stdout.contains("this laptop"),
        "{org:?}"
    );
    let org: Value = serde_json::from_str(&ours.ligand(&["org", "--json"]).await.stdout).unwrap();
    assert_eq!(org["approvals"][0]["action"], "delete the archive");
}
