//! What the page must do in every face of Ligand, told once.

use std::time::Duration;

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use ligand_e2e::now;
use serde_json::Value;

/// What happens to the host is seen on the page within this.
const SEEN_WITHIN: Duration = Duration::from_secs(1);
/// What asks platform, relay and agent takes less than this.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// Our workspace is on the Canvas and online; a stop from elsewhere and the page's own are seen at once; hello is
/// answered.
pub(crate) async fn shows_us_what_happens_and_an_answer_to_hello(
    page: &Page,
    workspace: &str,
    stop: impl AsyncFnOnce(),
    start: impl AsyncFnOnce(),
) {
    we_are(page, workspace, "Online", PAINTED_WITHIN).await;
    page.shows("body", "This laptop", PAINTED_WITHIN).await;

    stop().await;
    let stopped = now();
    page.shows(".panel", "Stopped", SEEN_WITHIN).await;
    assert!(stopped.elapsed() < SEEN_WITHIN);
    start().await;
    we_are(page, workspace, "Online", ANSWERED_WITHIN).await;
    page.shows(".panel", "Online", ANSWERED_WITHIN).await;

    page.click("Stop").await;
    page.shows(".panel", "Stopped", ANSWERED_WITHIN).await;
    page.click("Start").await;
    page.shows(".panel", "Online", ANSWERED_WITHIN).await;

    page.type_into("textarea", "hello from the page").await;
    page.click("Send").await;
    is_answered(page, "hello from the page").await;
}

/// Waits until our workspace's node says that.
pub(crate) async fn we_are(page: &Page, workspace: &str, word: &str, within: Duration) {
    page.shows(&node(workspace), word, within).await;
}

/// The selector of a workspace's node.
pub(crate) fn node(workspace: &str) -> String {
    format!("[data-workspace='{workspace}']")
}

/// Waits until the agent's answer shows that.
pub(crate) async fn is_answered(page: &Page, answer: &str) {
    page.shows("[role=region][aria-label=Answer]", answer, ANSWERED_WITHIN)
        .await;
}

/// Nothing that a stranger wrote has run in the page or become a part of it.
pub(crate) async fn nothing_ran(page: &Page) {
    assert_eq!(page.run("return window.ran ?? null").await, Value::Null);
    let grown =
        "return document.querySelectorAll('#root b, #root img[src=x], #root script, #root iframe').length";
    assert_eq!(page.run(grown).await, 0);
}
