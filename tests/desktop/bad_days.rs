//! While the platform does what it should not, the Canvas says what it knows and since when, and is live again by itself.

use std::time::Duration;

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use ligand_e2e::{Era, Stage};
use rustix::process::Signal;
use serde_json::json;

use crate::story::node;
use crate::watched::Watched;

/// Three lists in a row fail before events alone are not believed any more; they are asked for ever more seldom, at least
/// every 30 s.
const SAID_WITHIN: Duration = Duration::from_secs(75);
/// A connection that is silent is given up after a ping, a list after its deadline.
const NOTICED_WITHIN: Duration = Duration::from_secs(90);
/// A list is read every 30 s; the rest is for asking and painting on a busy machine.
const WITH_THE_NEXT_LIST: Duration = Duration::from_secs(35);
/// A list is read every 10 s while no events arrive.
const SEEN_LATE: Duration = Duration::from_secs(20);

/// The page of an org with somebody else in it, which is live.
async fn watching<'a>(stage: &'a Stage, other: &str) -> Watched<'a> {
    let watched = Watched::open(stage, None, Vec::new()).await;
    watched.page.shows(&node(other), "Other", PAINTED_WITHIN).await;
    is_live(&watched.page).await;
    watched
}

async fn is_live(page: &Page) {
    let live = "return document.querySelector('.notes-stale') === null && document.querySelector('.canvas-stale') === null";
    page.until("the Canvas is live", SAID_WITHIN, live).await;
}

/// It is dimmed, says since when and why, and still shows who was there.
async fn is_of_then(page: &Page, why: &str, other: &str, within: Duration) {
    page.shows(".notes-stale", why, within).await;
    page.shows(".notes-stale", "As of ", within).await;
    page.until(
        "it is dimmed",
        within,
        "return document.querySelector('.canvas-stale') !== null",
    )
    .await;
    page.shows(&node(other), "Other", PAINTED_WITHIN).await;
}

#[tokio::test]
async fn lists_that_fail_leave_the_picture_with_its_age_and_the_reason() {
    let stage = Stage::set(Era::L).await;
    let other = stage.org.create("Other").await;
    let watched = watching(&stage, &other.id).await;
    let (org, page) = (&stage.org, &watched.page);
    for (fault, why) in [
        (
            json!({ "kind": "rate_limited", "retry_after": 1 }),
            "limits our requests",
        ),
        (json!({ "kind": "datastore" }), "status 503"),
        (json!({ "kind": "html" }), "does not answer like a platform"),
        (json!({ "kind": "wrong_origin" }), "CORS_ORIGINS"),
    ] {
        org.clear_faults().await;
        org.spoil_list(fault).await;
        org.have_list_read().await;
        is_of_then(page, why, &other.id, SAID_WITHIN).await;
    }
    org.clear_faults().await;
    is_live(page).await;

    // A credential that is refused shows less, and it is said why.
    let refused = json!({ "kind": "answer", "status": 401, "body": { "error": "invalid admin auth token" } });
    org.spoil_list(refused).await;
    org.have_list_read().await;
    page.shows(".notes", "refuses this profile's org key", PAINTED_WITHIN)
        .await;
    page.shows(&node(&watched.ours), "Online", PAINTED_WITHIN).await;
    page.until(
        "another key can be added",
        PAINTED_WITHIN,
        "return document.querySelector('.key-offer') !== null",
    )
    .await;
    watched.page.close().await;
}

#[tokio::test]
async fn events_that_are_refused_or_break_off_are_said_and_what_happens_is_seen_late() {
    let stage = Stage::set(Era::L).await;
    let other = stage.org.create("Other").await;
    let watched = watching(&stage, &other.id).await;
    let (org, page) = (&stage.org, &watched.page);
    org.fault(&json!({ "kind": "answer", "status": 403, "body": { "error": "no" }, "path": "/ws" }))
        .await;
    org.fault(&json!({ "kind": "ws_drop" })).await;
    is_of_then(page, "No events arrive", &other.id, PAINTED_WITHIN).await;
    org.pause(&other).await;
    page.shows(&node(&other.id), "Paused", SEEN_LATE).await;
    org.clear_faults().await;
    is_live(page).await;
    // Dropped, and let in again.
    org.fault(&json!({ "kind": "ws_drop" })).await;
    org.change(&other.id, &json!({ "name": "Other by now" })).await;
    page.shows(&node(&other.id), "Other by now", SEEN_LATE).await;
    is_live(page).await;
    watched.page.close().await;
}

#[tokio::test]
async fn events_that_stop_on_a_connection_that_stands_are_missed_and_what_they_would_have_told_is_seen() {
    let stage = Stage::set(Era::L).await;
    let other = stage.org.create("Other").await;
    let watched = watching(&stage, &other.id).await;
    let (org, page) = (&stage.org, &watched.page);
    org.fault(&json!({ "kind": "ws_silent" })).await;
    // Who asks for events anew is refused: so it is seen that the silent connection was given up.
    org.fault(&json!({ "kind": "answer", "status": 403, "body": { "error": "no" }, "path": "/ws" }))
        .await;
    org.pause(&other).await;
    page.shows(&node(&other.id), "Paused", WITH_THE_NEXT_LIST).await;
    is_of_then(page, "No events arrive", &other.id, NOTICED_WITHIN).await;
    org.clear_faults().await;
    is_live(page).await;
    org.tell(
        "TASK_UPDATED",
        &other.id,
        json!({ "current_task": "reading", "active_tasks": 1 }),
    )
    .await;
    page.shows(&node(&other.id), "reading", PAINTED_WITHIN).await;
    watched.page.close().await;
}

#[tokio::test]
async fn a_platform_that_falls_silent_leaves_the_picture_with_its_age_until_it_speaks_again() {
    let stage = Stage::set(Era::L).await;
    let other = stage.org.create("Other").await;
    let watched = watching(&stage, &other.id).await;
    stage.org.process.signal(Signal::STOP);
    is_of_then(&watched.page, "", &other.id, NOTICED_WITHIN).await;
    stage.org.process.signal(Signal::CONT);
    is_live(&watched.page).await;
    watched.page.close().await;
}
