//! What stands before every route: the request limit, the org's name, and the page that says what this is.

use std::time::Duration;

use serde_json::json;

use crate::harness::{ADMIN, BOTH, Org, Reply};

fn told(reply: &Reply) -> [u32; 3] {
    ["limit", "remaining", "reset"].map(|name| {
        let value = &reply.headers[format!("x-ratelimit-{name}").as_str()];
        value.to_str().unwrap().parse().unwrap()
    })
}

#[tokio::test]
async fn every_answer_tells_what_is_left_and_past_the_limit_there_is_none_for_the_rest_of_the_minute() {
    let org = Org::start_as(tempfile::tempdir().unwrap(), |options| {
        options.requests_per_minute = 3;
    })
    .await;
    for (path, left) in [("/health", 2), ("/nowhere", 1), ("/workspaces", 0)] {
        let [limit, remaining, reset] = told(&org.get(path).send().await);
        assert_eq!((limit, remaining), (3, left));
        assert!((58..=60).contains(&reset), "{reset}");
    }
    let refused = org.get("/health").send().await;
    assert_eq!(refused.status, 429);
    let [_, _, reset] = told(&refused);
    assert_eq!(
        refused.headers["retry-after"].to_str().unwrap(),
        reset.to_string()
    );
    assert_eq!(
        refused.body,
        json!({"error": "rate limit exceeded", "retry_after": reset})
    );
    org.clock.advance(Duration::from_secs(60));
    assert_eq!(org.get("/health").send().await.status, 200);
}

#[tokio::test]
async fn an_address_makes_ten_tokens_of_the_org_in_an_hour() {
    let org = Org::start(BOTH[1]).await;
    let mint = async || {
        org.post("/org/tokens")
            .bearer(ADMIN)
            .json(json!({}))
            .send()
            .await
            .status
    };
    for _ in 0..10 {
        assert_eq!(mint().await, 200);
    }
    assert_eq!(mint().await, 429);
    assert_eq!(org.get("/org/tokens").bearer(ADMIN).send().await.status, 200);
    org.clock.advance(Duration::from_secs(3_600));
    assert_eq!(mint().await, 200);
}

#[tokio::test]
async fn an_org_with_a_name_is_an_empty_404_to_who_does_not_name_it() {
    let org = Org::start_as(tempfile::tempdir().unwrap(), |options| {
        options.org_id = Some("acme".into());
    })
    .await;
    let unnamed = org.get("/workspaces").bearer(ADMIN).send().await;
    assert_eq!((unnamed.status, unnamed.text.as_str()), (404, ""));
    let other = org
        .get("/workspaces")
        .bearer(ADMIN)
        .header("X-Molecule-Org-Id", "other");
    assert_eq!(other.send().await.status, 404);
    for (name, value) in [
        ("X-Molecule-Org-Id", "acme"),
        ("Fly-Replay-Src", "instance=1;region=x;state=acme"),
    ] {
        let named = org.get("/workspaces").bearer(ADMIN).header(name, value);
        assert_eq!(named.send().await.status, 200, "{name}");
    }
    for path in ["/registry/register", "/registry/heartbeat"] {
        assert_eq!(
            org.post(path).json(json!({})).send().await.status,
            400,
            "{path} needs no name"
        );
    }
    assert_eq!(org.get("/health").send().await.status, 200);
}

#[tokio::test]
async fn the_metrics_are_open_and_count_workspaces_by_status() {
    let org = Org::start(BOTH[1]).await;
    org.create("Laptop").await;
    let metrics = org.get("/metrics").send().await;
    assert_eq!(metrics.status, 200);
    for line in [
        "local_org_workspaces{status=\"online\"} 6",
        "local_org_workspaces{status=\"awaiting_agent\"} 1",
    ] {
        assert!(metrics.text.contains(line), "{}", metrics.text);
    }
}

#[tokio::test]
async fn the_first_page_says_what_this_is_and_shows_names_as_text() {
    for era in BOTH {
        let org = Org::start(era).await;
        let workspace = org.create("<b onclick=\"x\" Laptop").await;
        let page = org.get("/").send().await;
        assert_eq!(page.status, 200);
        assert!(
            page.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        assert!(page.text.contains("stand-in for the Molecule platform"));
        assert!(page.text.contains("<li>Researcher: online</li>"));
        assert!(!page.text.contains("<b onclick"), "{}", page.text);
        assert!(!page.text.contains(&workspace.id) && !page.text.contains("<script"));
    }
}
