//! What happens in the org is seen on the Canvas: by an event at once, without one by the next list, after a sleep as
//! what changed in the meantime.

use std::time::Duration;

use ligand_e2e::desktop::PAINTED_WITHIN;
use ligand_e2e::{Era, Logind, Stage, until};
use serde_json::json;
use uuid::Uuid;

use crate::screens::{axe, faults};
use crate::story::node;
use crate::watched::{Watched, row};

/// An event is seen within this on a busy machine, which a list is not read in.
const AT_ONCE: Duration = Duration::from_secs(3);
/// A list that an event has asked for.
const SOON: Duration = Duration::from_secs(10);
/// A list is read every 30 s; the rest is for asking and painting on a busy machine.
const WITH_THE_NEXT_LIST: Duration = Duration::from_secs(35);

/// The page of an org in which somebody else is online, with their details open beside the list.
async fn watching<'a>(stage: &'a Stage, subject: &str) -> Watched<'a> {
    let watched = Watched::open(stage, None, Vec::new()).await;
    watched.page.click("List").await;
    watched.row_shows(subject, "Online", PAINTED_WITHIN).await;
    let open = format!(
        "document.querySelector({})?.click()",
        json!(row(subject) + " button")
    );
    watched.page.run(&open).await;
    watched.page.shows(".panel", "Subject", PAINTED_WITHIN).await;
    is_live(&watched).await;
    watched
}

async fn is_live(watched: &Watched<'_>) {
    until("the picture is live", PAINTED_WITHIN, async || {
        (watched.host.org().await["live"] == true).then_some(())
    })
    .await;
}

#[tokio::test]
async fn every_event_about_a_workspace_changes_what_is_shown_of_it_at_once() {
    let stage = Stage::set(Era::L).await;
    let subject = stage.org.create("Subject").await;
    stage.org.register(&subject, "http://127.0.0.1:9/").await;
    let watched = watching(&stage, &subject.id).await;
    let (org, page) = (&stage.org, &watched.page);
    // From here on no list comes: what is seen, an event has told.
    org.spoil_list(json!({ "kind": "latency", "ms": 120_000 })).await;

    let card = json!({ "name": "Subject", "skills": [{ "id": "s", "name": "Sums things up" }] });
    for (event, payload, shown) in [
        (
            "WORKSPACE_HEARTBEAT",
            json!({ "active_tasks": 4242, "uptime_seconds": 1 }),
            "4242",
        ),
        (
            "TASK_UPDATED",
            json!({ "current_task": "reading", "active_tasks": 1 }),
            "reading",
        ),
        (
            "WORKSPACE_DEGRADED",
            json!({ "error_rate": 0.9, "sample_error": "too slow" }),
            "Degraded",
        ),
        (
            "WORKSPACE_DEGRADED",
            json!({ "register_failure": true, "sample_error": "no door" }),
            "no door",
        ),
        (
            "WORKSPACE_ONLINE",
            json!({ "recovered_from": "degraded" }),
            "Online",
        ),
        ("WORKSPACE_PAUSED", json!({ "name": "Subject" }), "Paused"),
        (
            "WORKSPACE_HIBERNATED",
            json!({ "name": "Subject", "tier": 2 }),
            "Hibernated",
        ),
        ("WORKSPACE_OFFLINE", json!({}), "Offline"),
        (
            "WORKSPACE_AWAITING_AGENT",
            json!({ "name": "Subject", "external": true }),
            "Waiting for agent",
        ),
        (
            "WORKSPACE_PROVISIONING",
            json!({ "name": "Subject", "tier": 2, "runtime": "external" }),
            "Starting",
        ),
        (
            "BOOT_STEP",
            json!({ "step": 2, "total": 3, "label": "Pulling the image" }),
            "Pulling the image",
        ),
        (
            "WORKSPACE_PROVISION_FAILED",
            json!({ "error": "no such image" }),
            "no such image",
        ),
    ] {
        org.tell(event, &subject.id, payload).await;
        watched.row_shows(&subject.id, shown, AT_ONCE).await;
    }
    org.update_card(&subject, &card).await;
    page.shows(".panel", "Sums things up", AT_ONCE).await;
    let said = json!({ "message": "I have a question", "workspace_id": subject.id, "name": "Subject" });
    org.tell("AGENT_MESSAGE", &subject.id, said).await;
    page.shows(".said-theirs", "I have a question", AT_ONCE).await;

    org.ask_approval(&subject, "delete the archive").await;
    page.shows(".attention", "1 approval waits", AT_ONCE).await;
    page.run("document.querySelector('.attention').open = true").await;
    assert_eq!(faults(page, &axe()).await, [""; 0]);
    let link = "return document.querySelector('.attention a').href";
    let there = page.run(link).await;
    assert_eq!(there.as_str().unwrap().trim_end_matches('/'), org.url());
    let approval = watched.host.org().await["approvals"][0]["id"].clone();
    org.decide(&subject, approval.as_str().unwrap(), "denied").await;
    let is_gone = "return document.querySelector('.attention') === null";
    page.until("nothing waits any more", AT_ONCE, is_gone).await;

    let ours = &watched.ours;
    let called = json!({ "activity_type": "a2a_receive", "method": "message/send", "source_id": ours, "target_id": subject.id });
    org.tell("ACTIVITY_LOGGED", &subject.id, called).await;
    org.tell(
        "DELEGATION_SENT",
        &subject.id,
        json!({ "delegation_id": "d", "target_id": ours }),
    )
    .await;
    until("both calls are known", AT_ONCE, async || {
        let path = format!("/v1/profiles/{}/org/calls", ligand_e2e::PROFILE);
        let calls = watched.host.control(&path).await;
        (calls["calls"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;

    let newcomer = Uuid::new_v4().to_string();
    let made = json!({ "name": "Newcomer", "tier": 1, "runtime": "external", "parent_id": subject.id });
    org.tell("WORKSPACE_PROVISIONING", &newcomer, made).await;
    watched.row_shows(&newcomer, "Subject", AT_ONCE).await;
    org.tell("WORKSPACE_REMOVED", &subject.id, json!({})).await;
    let is_gone = format!(
        "return document.querySelector({}) === null",
        json!(row(&subject.id))
    );
    page.until("its row is gone", AT_ONCE, &is_gone).await;
    page.shows(".panel", "not in the org any more", AT_ONCE).await;
    watched.page.close().await;
}

#[tokio::test]
async fn what_makes_no_event_is_seen_by_the_next_list_and_so_is_what_a_lost_one_told() {
    let stage = Stage::set(Era::L).await;
    let subject = stage.org.create("Subject").await;
    stage.org.register(&subject, "http://127.0.0.1:9/").await;
    let watched = watching(&stage, &subject.id).await;
    let org = &stage.org;
    watched.map().await;
    let place = format!(
        "return document.querySelector({}).style.transform",
        json!(node(&subject.id))
    );
    let before = watched.page.run(&place).await;

    // The platform drops what a slow viewer has no room for, without a word.
    org.fault(&json!({ "kind": "ws_overflow" })).await;
    org.pause(&subject).await;
    org.change(&subject.id, &json!({ "name": "Renamed", "x": 4_000, "y": 3_000 }))
        .await;
    org.change(&watched.ours, &json!({ "x": 100, "y": 100 })).await;
    watched
        .page
        .shows(&node(&subject.id), "Renamed", WITH_THE_NEXT_LIST)
        .await;
    watched.page.shows(&node(&subject.id), "Paused", AT_ONCE).await;
    let has_moved = format!("{place} !== {before}");
    watched.page.until("it has moved", AT_ONCE, &has_moved).await;

    // An event that nobody knows yet has the list read at once.
    org.clear_faults().await;
    org.change(&subject.id, &json!({ "name": "Renamed again" })).await;
    org.tell("WORKSPACE_EXPANDED", &subject.id, json!({ "children": [] }))
        .await;
    watched
        .page
        .shows(&node(&subject.id), "Renamed again", SOON)
        .await;
    watched.page.close().await;
}

#[tokio::test]
async fn what_changed_during_a_sleep_is_told_at_the_wake_and_leads_to_whom_it_befell() {
    let stage = Stage::set(Era::L).await;
    let subject = stage.org.create("Subject").await;
    stage.org.register(&subject, "http://127.0.0.1:9/").await;
    let logind = Logind::start(&stage.scratch).await;
    let watched = Watched::open(&stage, None, logind.variables()).await;
    let page = &watched.page;
    page.shows(&node(&subject.id), "Online", PAINTED_WITHIN).await;
    is_live(&watched).await;
    until("the sleep is held back", SOON, async || {
        (logind.holding_back() == 1).then_some(())
    })
    .await;

    logind.prepare_for_sleep(true).await;
    page.shows(".notes", "As of", PAINTED_WITHIN).await;
    stage.org.pause(&subject).await;
    logind.prepare_for_sleep(false).await;
    page.shows(&node(&subject.id), "Paused", PAINTED_WITHIN).await;
    page.shows(".attention-line", "while nobody looked", PAINTED_WITHIN)
        .await;
    page.click("Show").await;
    page.shows("[role=tab][aria-selected=true]", "Timeline", PAINTED_WITHIN)
        .await;
    page.shows(".timeline", "Online → Paused", PAINTED_WITHIN).await;
    page.shows(".timeline-absences", "While nobody looked", PAINTED_WITHIN)
        .await;
    assert_eq!(faults(page, &axe()).await, [""; 0]);
    let step = "const steps = [...document.querySelectorAll('.timeline .moment')]; \
                const step = steps.find((each) => each.innerText.includes('Subject')); step?.click(); return Boolean(step)";
    page.until("the step can be opened", PAINTED_WITHIN, step).await;
    page.shows("[role=tab][aria-selected=true]", "Subject", PAINTED_WITHIN)
        .await;
    let is_gone = "return document.querySelector('.attention-line') === null";
    page.until("what was seen is no news", PAINTED_WITHIN, is_gone)
        .await;
    watched.page.close().await;
}
