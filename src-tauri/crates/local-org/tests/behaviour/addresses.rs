//! Which agents the org would call if it were not on a developer's machine.

use ligand_local_org::Era;
use serde_json::json;

use crate::harness::{BOTH, Org};

#[tokio::test]
async fn a_url_that_no_agent_can_have_is_refused_and_only_the_later_generation_says_why() {
    for era in BOTH {
        let org = Org::start_as(tempfile::tempdir().unwrap(), |options| {
            options.era = era;
            options.allow_loopback_agents = false;
        })
        .await;
        let workspace = org.create("Laptop").await;
        for (url, why) in [
            (
                "http://10.0.0.1/x",
                "url targets a blocked address: RFC-1918 private address",
            ),
            (
                "http://127.0.0.1:9/x",
                "url targets a blocked address: loopback address",
            ),
            (
                "remote://no-inbound",
                "url scheme must be http or https, got \"remote\"",
            ),
        ] {
            let reply = org.register(&workspace, url).await;
            let error = if era == Era::S {
                "invalid request body"
            } else {
                why
            };
            assert_eq!((reply.status, &reply.body["error"]), (400, &json!(error)));
        }
        assert_eq!(
            org.register(&workspace, "http://localhost:9/x").await.status,
            200,
            "by name it passes"
        );
        let reply = org.say(&workspace, "m", "hi").await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (502, &json!("workspace URL is not publicly routable"))
        );
    }
}
