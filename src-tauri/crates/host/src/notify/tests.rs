//! What is taken from the status: how well we see, and what is wrong with ours.

use serde_json::json;

use super::*;

/// Our own profile in that presence, with a link that is up or not and one fault of that severity.
fn ours(presence: &str, linked: bool, severity: Option<&str>) -> ProfileStatus {
    let fault = |severity| json!({ "code": "x", "severity": severity, "title": "The relay cannot be reached", "detail": null, "next": "Wait." });
    serde_json::from_value(json!({
        "name": "work",
        "platform": "https://acme.example",
        "workspace": { "id": Uuid::nil(), "name": "Laptop" },
        "presence": { "state": presence, "since": "", "reason": "no route", "retry_at": null },
        "exposure": { "kind": "poll" },
        "link": { "state": if linked { "up" } else { "dialling" }, "verified": linked, "round_trip_ms": null, "reason": null },
        "agent": { "kind": "echo", "ready": true, "active_tasks": 0, "reason": null },
        "health": severity.map(fault).into_iter().collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn org(live: bool) -> Org {
    Org {
        live,
        ..Org::unknown("work".to_owned(), "")
    }
}

#[test]
fn we_see_the_others_while_we_are_connected_and_the_picture_is_live() {
    let sees = |ours: &ProfileStatus, live| sight(ours, Some(&org(live)));
    assert_eq!(sees(&ours("online", true, None), true), Sight::Clear);
    assert_eq!(sees(&ours("degraded", true, None), true), Sight::Clear);
    assert_eq!(sees(&ours("online", true, None), false), Sight::Rest);
    assert_eq!(sees(&ours("online", false, None), true), Sight::Blind);
    assert_eq!(
        sees(&ours("unreachable", false, Some("warning")), true),
        Sight::Blind
    );
    let mut fetching = ours("online", false, None);
    fetching.link.state = LinkWord::Off;
    assert_eq!(sees(&fetching, true), Sight::Clear, "who fetches needs no link");
}

#[test]
fn nobody_is_told_twice_of_what_is_wrong_with_ours() {
    for presence in ["stopped", "asleep", "paused", "removed", "needs_user"] {
        assert_eq!(
            sight(&ours(presence, false, None), None),
            Sight::Rest,
            "{presence}"
        );
    }
    // The fault itself is told.
    let refused = ours("unreachable", false, Some("error"));
    assert_eq!(sight(&refused, None), Sight::Rest);
    assert!(Trouble::of(&refused).is_some());
    assert_eq!(Trouble::of(&ours("unreachable", false, Some("warning"))), None);
}

#[test]
fn the_reason_is_the_worst_fault_and_nothing_that_is_only_good_to_know() {
    let warned = ours("unreachable", false, Some("warning"));
    assert_eq!(reason(&warned), Some("The relay cannot be reached"));
    assert_eq!(
        reason(&ours("unreachable", false, Some("info"))),
        Some("no route")
    );
}
