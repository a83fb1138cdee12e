//! What is shown of a card and of a log.

use ligand_platform::LogEntry;
use serde_json::json;

use crate::org::{Activity, CardView};

#[test]
fn a_card_is_shown_in_bounded_words_without_addresses() {
    let secret = "https://relay.example/w/secret";
    let card = json!({
        "name": "Agent\n<b>", "description": format!("at {secret} {}", "x".repeat(9_000)), "url": secret,
        "version": "1", "provider": {"organization": "Acme", "url": secret},
        "additionalInterfaces": [{"url": secret}], "iconUrl": secret,
        "defaultInputModes": ["text/plain", secret], "defaultOutputModes": ["text/plain", "image/png"],
        "skills": (0..300).map(|n| json!({"id": n.to_string(), "name": format!("{n} {secret}"),
            "description": secret, "tags": [secret, "a"], "examples": [secret]})).collect::<Vec<_>>(),
    });
    let view = CardView::of(&card);
    assert_eq!(view.name.as_deref(), Some("Agent <b>"));
    assert_eq!(view.provider.as_deref(), Some("Acme"));
    assert_eq!(view.modes, ["text/plain", "[address]", "image/png"]);
    assert_eq!(
        (view.skills.len(), view.skills[0].name.as_str()),
        (100, "0 [address]")
    );
    let shown = serde_json::to_string(&view).unwrap();
    assert!(
        !shown.contains("secret") && shown.len() < 20_000,
        "{}",
        shown.len()
    );
    assert_eq!(CardView::of(&json!(7)), CardView::default());
}

#[test]
fn a_row_of_the_log_tells_no_address() {
    let entry: LogEntry = serde_json::from_value(json!({
        "id": "r", "created_at": "then", "activity_type": "a2a_receive", "status": "error",
        "summary": "A2A request failed", "source_id": null, "target_id": "00000000-0000-0000-0000-000000000007",
        "duration_ms": 12, "error_detail": "Post \"https://relay.example/w/secret\": refused"
    }))
    .unwrap();
    let row = Activity::of(entry);
    assert_eq!(row.error.as_deref(), Some("Post [address] refused"));
    assert_eq!(
        (row.duration_ms, row.from, row.to.map(|id| id.as_u128())),
        (Some(12), None, Some(7))
    );
}
