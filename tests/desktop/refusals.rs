//! Everything that a platform, or the config, can say against a new workspace: each stands on the last step in the real
//! window, with what happened, why, and what to do next, and nothing has been stored. (What is wrong with a field is said
//! as it is typed, which the web code's own tests try.)

use std::fs;

use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Era, Host, Stage};
use serde_json::{Value, json};

use crate::hand::Hand;

/// Where the last step says that it was not done.
const REFUSED: &str = "[role=alert]";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";
/// An id that no workspace has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000001";

/// What is given (all that the step asks for), what goes wrong then, and what is told.
type Case<'a, Given> = (Given, Option<Value>, &'a [&'a str]);

/// A tray on the stage's workspace, and its window, in which another is to be added.
struct Sitting<'a> {
    stage: &'a Stage,
    desk: Desk,
    _panel: Panel,
    host: Host<'a>,
    page: Page,
}

impl<'a> Sitting<'a> {
    async fn down(stage: &'a Stage) -> Self {
        let desk = Desk::new(&stage.scratch).await;
        let panel = Panel::start(&desk.bus).await;
        let host = desk.tray(stage).await;
        let page = Page::window(&stage.scratch, &desk, &[]).await;
        page.shows(".bar", "Online", PAINTED_WITHIN).await;
        Self {
            stage,
            desk,
            _panel: panel,
            host,
            page,
        }
    }

    fn hand(&self) -> Hand<'_> {
        Hand(&self.page)
    }

    /// Goes through with it.
    async fn connect(&self) {
        self.hand()
            .push_and_confirm("Connect", &self.desk, &self.stage.scratch)
            .await;
    }

    /// The first profile is the only one, and works.
    async fn nothing_was_stored(self) {
        let status = self.host.status().await.unwrap();
        assert_eq!(status["profiles"].as_array().unwrap().len(), 1, "{status}");
        self.host.online().await;
        self.page.close_window(&self.stage.scratch).await;
    }
}

/// The fault, for those who ask for paths that begin so.
fn at(path: &str, mut fault: Value) -> Option<Value> {
    fault["path"] = json!(path);
    Some(fault)
}

fn answer(status: u16, body: &Value) -> Value {
    json!({ "kind": "answer", "status": status, "body": body })
}

#[tokio::test]
async fn against_a_pasted_block_and_nothing_is_stored() {
    let stage = Stage::set(Era::L).await;
    let sitting = Sitting::down(&stage).await;
    let (hand, org) = (sitting.hand(), &stage.org);
    let new = org.create("New").await;
    let (id, token) = (new.id.as_str(), new.token.as_str());
    let state = format!("/workspaces/{id}/state");
    let over_tls = org.url().replace("http:", "https:");

    #[rustfmt::skip]
    let cases: [Case<'_, (&str, &str, &str)>; 15] = [
        ((NOWHERE, id, token), None,
            &["cannot be reached", "Check the address and the network"]),
        ((&over_tls, id, token), None,
            &["no trusted TLS connection", "Check the address and this machine's clock and certificates"]),
        ((org.url(), id, token), at("/health", json!({ "kind": "html" })),
            &["does not answer like a platform (status 200", "it must be the platform's own"]),
        ((org.url(), id, token), at("/health", json!({ "kind": "empty_404" })),
            &["does not answer like a platform (status 404", "it must be the platform's own"]),
        ((org.url(), id, token), at("/health", json!({ "kind": "datastore" })),
            &["the platform failed (status 503", "Try again in a while"]),
        ((org.url(), id, token), at("/health", json!({ "kind": "rate_limited", "retry_after": 60 })),
            &["limits our requests", "Wait a minute and try again"]),
        ((org.url(), id, token), at("/health", json!({ "kind": "wrong_origin" })),
            &["CORS_ORIGINS", "Ask the platform's operator"]),
        ((org.url(), id, token), at("/health", json!({ "kind": "latency", "ms": 60_000 })),
            &["did not answer in time", "Try again in a while"]),
        ((org.url(), id, token), at(&state, json!({ "kind": "cut", "after_bytes": 3 })),
            &["cannot be reached", "Check the address and the network"]),
        ((org.url(), id, token), at(&state, answer(200, &json!([7]))),
            &["answer cannot be used", "ask the platform's operator which version it has"]),
        ((org.url(), id, token), at(&state, answer(404, &json!({ "error": "workspace not found" }))),
            &["workspace not found", "Check the workspace's id and the org's id"]),
        ((org.url(), id, token), at(&state, answer(410, &json!({ "error": "gone" }))),
            &["was removed from the org", "Make a new workspace in its place"]),
        ((org.url(), id, token), at(&state, answer(200, &json!({ "workspace_id": id, "status": "removed", "deleted": true }))),
            &["was removed from the org", "Make a new workspace in its place"]),
        ((org.url(), id, "a-token-of-nobody"), None,
            &["refused our credential (status 401", "copy a new connection block"]),
        ((org.url(), NOBODY, token), None,
            &["refused our credential (status 401", "copy a new connection block"]),
    ];
    for ((platform, id, token), fault, told) in cases {
        if let Some(fault) = &fault {
            org.fault(fault).await;
        }
        hand.begin("paste").await;
        hand.paste(platform, id, token).await;
        hand.go_on_to_the_end().await;
        sitting.connect().await;
        hand.is_told(REFUSED, told).await;
        org.clear_faults().await;
    }

    // What somebody has broken by hand meanwhile is not overwritten.
    let file = stage.scratch.config_file();
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{config}\nnonsense = 7\n")).unwrap();
    sitting.connect().await;
    hand.is_told(REFUSED, &["config.toml:", "nonsense"]).await;
    fs::write(&file, config).unwrap();

    assert!(!stage.vault_secrets().contains(&new.token), "its token is kept");
    sitting.nothing_was_stored().await;
}

#[tokio::test]
async fn against_a_new_workspace_and_one_that_was_made_and_not_connected_is_told_too() {
    let stage = Stage::set(Era::L).await;
    let sitting = Sitting::down(&stage).await;
    let (hand, org) = (sitting.hand(), &stage.org);
    let key = org.admin();
    let making = |status: u16, body: Value| {
        let mut fault = answer(status, &body);
        fault["exact"] = json!(true);
        at("/workspaces", fault)
    };

    #[rustfmt::skip]
    let cases: [Case<'_, (&str, &str)>; 6] = [
        ((NOWHERE, key), None,
            &["cannot be reached", "Check the address and the network"]),
        ((org.url(), key), at("/health", json!({ "kind": "html" })),
            &["does not answer like a platform", "it must be the platform's own"]),
        ((org.url(), "not-the-key"), None,
            &["refused our credential", "Check the org key"]),
        ((org.url(), key), making(422, json!({ "error": "that name is taken" })),
            &["that name is taken", "Change what it names, and try again"]),
        ((org.url(), key), making(201, json!({ "id": NOBODY, "status": "provisioning" })),
            &["was made, but this platform is too old", "Copy its connection block"]),
        // Only what comes after the making fails.
        ((org.url(), key), at("/workspaces/", json!({ "kind": "datastore" })),
            &["was made in the org, but not connected", "status 503", "connect with the new block, or delete it"]),
    ];
    for ((platform, key), fault, told) in cases {
        if let Some(fault) = &fault {
            org.fault(fault).await;
        }
        hand.begin("create").await;
        hand.name(platform, key, "New").await;
        hand.go_on_to_the_end().await;
        sitting.connect().await;
        hand.is_told(REFUSED, told).await;
        org.clear_faults().await;
    }
    sitting.nothing_was_stored().await;
}
