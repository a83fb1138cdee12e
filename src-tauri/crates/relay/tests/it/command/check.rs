//! What the command prints about a relay, and what it ends with.

use serde_json::Value;

use super::{outcome, relay};
use crate::support::{Before, Manner, Platform, Relay};

#[tokio::test]
async fn it_prints_a_line_for_each_thing_and_ends_with_0_when_all_is_well() {
    let platform = Platform::start().await;
    let running = Relay::start(&platform).await;
    let (status, lines, errors) =
        outcome(relay().args(["check", running.url().as_str(), "--idle-s", "1"])).await;
    assert_eq!(status.code(), Some(0), "{lines}{errors}");
    assert!(lines.lines().all(|line| line.starts_with('✓')), "{lines}");
    assert!(lines.contains("silence: "), "{lines}");
}

#[tokio::test]
async fn it_says_what_to_do_in_words_or_json_and_ends_with_1_when_something_is_wrong() {
    let platform = Platform::start().await;
    let running = Relay::start(&platform).await;
    let manner = Manner {
        speaks_up: true,
        ..Manner::default()
    };
    let before = Before::relay(running.addr(), manner).await;
    let url = format!("http://{}", before.address);
    let check = |more: &[&str]| {
        let mut command = relay();
        command.args(["check", &url, "--idle-s", "1"]).args(more);
        command
    };
    let (status, lines, _) = outcome(&mut check(&[])).await;
    assert_eq!(status.code(), Some(1), "{lines}");
    assert!(
        lines.contains("✗ silence: ") && lines.contains("  → pass TCP"),
        "{lines}"
    );
    let (status, report, _) = outcome(&mut check(&["--json"])).await;
    assert_eq!(status.code(), Some(1));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["ok"], false);
    assert_eq!(report["schema"], 1);
    let findings = report["findings"].as_array().unwrap();
    let silence = findings
        .iter()
        .find(|finding| finding["what"] == "silence")
        .unwrap();
    assert_eq!(silence["state"], "wrong");
    let (status, _, errors) = outcome(&mut check(&["--ca", "/nonexistent"])).await;
    assert_eq!(status.code(), Some(2));
    assert!(errors.contains("/nonexistent"), "{errors}");
}
