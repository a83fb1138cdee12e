//! The Canvas whatever the org is like and whatever it may see of it: never wrong, never blank, and explained where
//! something is missing.

use std::time::Duration;

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use ligand_e2e::{Era, Host, Profile, Stage, ligand};
use serde_json::{Value, json};

use crate::screens::{axe, faults};
use crate::story::nothing_ran;
use crate::watched::{OURS, Watched};
use crate::web::web_address;

/// A list is read at most every 1.5 s, on a busy machine.
const SEEN_WITHIN: Duration = Duration::from_secs(15);

/// Every state of the platform's enum with its word, and one that nobody has thought of yet.
const STATES: [(&str, &str); 11] = [
    ("provisioning", "Starting"),
    ("online", "Online"),
    ("offline", "Offline"),
    ("degraded", "Degraded"),
    ("failed", "Failed"),
    ("paused", "Paused"),
    ("hibernated", "Hibernated"),
    ("hibernating", "Hibernating"),
    ("awaiting_agent", "Waiting for agent"),
    ("quarantined", "quarantined"),
    ("constructor", "constructor"),
];

/// What the platform lists, and what the Canvas makes of it.
struct Case {
    what: &'static str,
    rows: Vec<Value>,
    /// Of a workspace: its number, and what its row and its node's name have in them.
    says: Vec<(usize, String)>,
    /// Who stands in whom, the innermost first.
    nested: Vec<usize>,
}

impl Case {
    fn new(what: &'static str, rows: Vec<Value>) -> Self {
        let name = |row: &Value| row["name"].as_str().unwrap().to_owned();
        let says = rows.iter().enumerate().map(|(at, row)| (at, name(row))).collect();
        Self {
            what,
            rows,
            says,
            nested: Vec::new(),
        }
    }
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A row of the platform's list: the workspace of that number, with other fields besides.
fn listed(number: usize, name: &str, more: Value) -> Value {
    let mut row = json!({ "id": id(number), "name": name, "status": "online", "tier": 2, "active_tasks": 0 });
    row.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    row
}

fn under(number: usize, name: &str, parent: usize) -> Value {
    listed(number, name, json!({ "parent_id": id(parent) }))
}

fn cases() -> Vec<Case> {
    let every_state = STATES.iter().enumerate();
    let mut states = Case::new(
        "every state of the enum, and unknown ones by their names",
        every_state
            .clone()
            .map(|(at, (state, _))| listed(at, &format!("In state {at}"), json!({ "status": state })))
            .collect(),
    );
    states.says = every_state
        .map(|(at, (_, word))| (at, (*word).to_owned()))
        .collect();

    let mut deep = Case::new(
        "seven levels",
        std::iter::once(listed(0, "Level 0", json!({})))
            .chain((1..7).map(|level| under(level, &format!("Level {level}"), level - 1)))
            .collect(),
    );
    deep.nested = (0..7).rev().collect();

    let long = "long ".repeat(40);
    let mut names = Case::new(
        "names of every kind",
        [
            long.trim(),
            "مساحة العمل الخاصة بالباحث",
            "👩‍🔬🧪🏳️‍🌈",
            "<img src=x onerror=window.ran=1><b>bold</b>",
            "turned \u{202e}around",
            "",
        ]
        .iter()
        .enumerate()
        .map(|(at, name)| listed(at, name, json!({ "role": name, "current_task": name })))
        .collect(),
    );
    names.says[4].1 = "turned \u{fffd}around".to_owned();
    // Nobody can press on nothing.
    names.says[5].1 = format!("Unnamed {}", &id(5)[..8]);
    vec![
        Case::new("one workspace", vec![listed(0, "Alone", json!({}))]),
        states,
        deep,
        names,
        Case::new(
            "parents that go in circles, or are missing",
            vec![
                under(0, "Hen", 1),
                under(1, "Egg", 0),
                under(2, "Its own parent", 2),
                under(3, "Orphan", 77),
                under(4, "Chick", 0),
            ],
        ),
    ]
}

#[tokio::test]
async fn whatever_the_org_is_like_all_of_it_is_shown_on_the_map_and_in_the_list() {
    let axe = axe();
    let stage = Stage::set(Era::L).await;
    let watched = Watched::open(&stage, None, Vec::new()).await;
    let page = &watched.page;
    for case in cases() {
        let ids: Vec<String> = (0..case.rows.len()).map(id).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        lists(&stage, json!(case.rows)).await;
        page.click("List").await;
        watched.rows_are(&ids, SEEN_WITHIN).await;
        for (number, text) in &case.says {
            watched.row_shows(ids[*number], text, SEEN_WITHIN).await;
        }
        let mut wrong = faults(page, &axe).await;

        watched.map().await;
        for (number, text) in &case.says {
            let label = watched.label(ids[*number]).await.to_lowercase();
            assert!(
                label.contains(&text.to_lowercase()),
                "{}: {text:?} is called {label:?}",
                case.what
            );
        }
        let nested: Vec<&str> = case.nested.iter().map(|number| ids[*number]).collect();
        assert_eq!(watched.are_nested(&nested).await, true, "{}", case.what);
        wrong.extend(faults(page, &axe).await);
        assert_eq!(wrong, [""; 0], "{}", case.what);
        let overflows = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(page.run(overflows).await, false, "{}", case.what);
        nothing_ran(page).await;
    }

    // An org without anybody, and then as it is.
    lists(&stage, json!([])).await;
    page.shows(".canvas", "No workspaces yet", SEEN_WITHIN).await;
    stage.org.clear_faults().await;
    stage.org.have_list_read().await;
    page.shows(".canvas", OURS, SEEN_WITHIN).await;
    watched.page.close().await;
}

/// Has the platform list these, and whoever watches read them.
async fn lists(stage: &Stage, rows: Value) {
    stage.org.clear_faults().await;
    let answer = json!({ "kind": "answer", "status": 200, "body": rows });
    stage.org.spoil_list(answer).await;
    stage.org.have_list_read().await;
}

#[tokio::test]
async fn each_credential_shows_what_it_may_in_the_earlier_era_and_a_key_can_be_added() {
    each_credential_shows_what_it_may(Era::S).await;
}

#[tokio::test]
async fn each_credential_shows_what_it_may_in_the_later_era_and_a_key_can_be_added() {
    each_credential_shows_what_it_may(Era::L).await;
}

async fn each_credential_shows_what_it_may(era: Era) {
    let stage = Stage::set(era).await;
    let member = async |name: &str, parent: &str| {
        stage
            .org
            .create_with(json!({ "name": name, "parent_id": parent }))
            .await
    };
    let (lead, elsewhere) = (
        stage.org.create("Lead").await,
        stage.org.create("Elsewhere").await,
    );
    let (asker, _) = (member("Asker", &lead.id).await, member("Peer", &lead.id).await);
    member("Outsider", &elsewhere.id).await;
    let variables = Host::file_vault();
    let key = stage.org.key().await;
    // The first goes in by hand, the others beside it.
    let own = Profile {
        name: "own-token".to_owned(),
        ..Profile::new(&stage.org, &asker, &stage.relay)
    };
    Host::prepare(&stage.scratch, &own, &asker, &variables).await;
    for (profile, key) in [("by-key", key.as_str()), ("by-admin", stage.org.admin())] {
        Host::create_with(&stage, key, (profile, profile), None, &variables).await;
    }
    let mut host = Host::up_with(&stage.scratch, variables.clone(), &["--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    let page = Page::browser(&stage.scratch, &address).await;

    for profile in ["by-key", "by-admin"] {
        chosen(&page, profile).await;
        page.click("List").await;
        page.shows("table", "Outsider", PAINTED_WITHIN).await;
        assert_eq!(page.run(OFFERS_KEY).await, false, "{profile}");
        // Until events arrive, too, it says since when it stands.
        let whole = "return document.querySelector('.notes').innerText === ''";
        page.until(&format!("{profile} sees all"), PAINTED_WITHIN, whole)
            .await;
    }
    chosen(&page, &own.name).await;
    page.click("List").await;
    page.shows("table", "Peer", PAINTED_WITHIN).await;
    page.shows(".notes", "this workspace and its peers", PAINTED_WITHIN)
        .await;
    page.until("a key can be added", PAINTED_WITHIN, OFFERS_KEY).await;
    let shown = page.run("return document.querySelector('table').innerText").await;
    assert!(!shown.as_str().unwrap().contains("Outsider"), "{shown}");

    // A host without a screen asks nobody, and says who can.
    page.run("document.querySelector('.key-offer').open = true").await;
    page.paste_into(".key-offer input", &key).await;
    page.click("Keep it").await;
    page.shows(".key-offer", "no screen to ask you on", PAINTED_WITHIN)
        .await;
    assert_eq!(faults(&page, &axe()).await, [""; 0]);
    let keep = async |key: &str| {
        let line = ["profile", "org-key", "--profile", &own.name];
        ligand(&stage.scratch, &variables, &line, &format!("{key}\n")).await
    };
    let said = keep("not-a-key").await;
    assert!(
        !said.status.success() && said.stderr.contains("Check the org key"),
        "{}",
        said.stderr
    );
    let said = keep(&key).await;
    assert!(said.status.success(), "{}", said.stderr);
    page.shows("table", "Outsider", PAINTED_WITHIN).await;
    page.until(
        "none is asked for",
        PAINTED_WITHIN,
        &format!("return !(() => {{ {OFFERS_KEY} }})()"),
    )
    .await;
    // Who is seen at last has not come now.
    let history = host
        .control(&format!("/v1/profiles/{}/org/history", own.name))
        .await;
    assert!(!history.to_string().contains("Outsider"), "{history}");
    let kept = || {
        let secrets = stage.vault_secrets().into_iter();
        secrets.filter(|secret| *secret == key).count()
    };
    assert_eq!(kept(), 2, "by-key has it, and now ours");
    assert!(!host.process.stderr().contains(&key), "it is in the log");

    let line = ["profile", "org-key", "--forget", "--profile", &own.name];
    let said = ligand(&stage.scratch, &variables, &line, "").await;
    assert!(said.status.success(), "{}", said.stderr);
    page.until("a key can be added again", PAINTED_WITHIN, OFFERS_KEY)
        .await;
    let has_gone = "return !document.querySelector('table').innerText.includes('Outsider')";
    page.until("the rest is not shown any more", PAINTED_WITHIN, has_gone)
        .await;
    assert_eq!(kept(), 1);
    page.close().await;
}

const OFFERS_KEY: &str = "return document.querySelector('.key-offer') !== null";

/// Has the page show that profile's org.
async fn chosen(page: &Page, profile: &str) {
    let script = format!(
        "const choices = [...document.querySelectorAll('.profile-choice')]; \
         const choice = choices.find((button) => button.innerText.includes({})); choice?.click(); \
         return choice?.getAttribute('aria-pressed') === 'true'",
        json!(profile)
    );
    page.until(&format!("{profile} is chosen"), PAINTED_WITHIN, &script)
        .await;
}
