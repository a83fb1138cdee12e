//! What every request passes first, and what does not exist.

use ligand_local_org::Era;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{ADMIN, BOTH, Org};

#[tokio::test]
async fn a_name_that_was_made_to_point_here_is_not_answered() {
    for era in BOTH {
        let org = Org::start(era).await;
        let port = org.running.addr().port();
        for host in [
            "evil.example".to_owned(),
            format!("evil.example:{port}"),
            "localhost:1".to_owned(),
        ] {
            let reply = org.get("/health").header("Host", &host).send().await;
            assert_eq!(reply.status, 421, "{host}");
        }
        for host in [
            format!("localhost:{port}"),
            format!("127.0.0.1:{port}"),
            format!("[::1]:{port}"),
        ] {
            assert_eq!(
                org.get("/health").header("Host", &host).send().await.status,
                200,
                "{host}"
            );
        }
        org.running.stop().await;
    }
}

#[tokio::test]
async fn a_page_of_another_origin_gets_an_empty_403_and_our_own_exact_origin_passes() {
    for era in BOTH {
        let org = Org::start(era).await;
        let own = org.running.url();
        let ask = |origin: &str| org.get("/health").header("Origin", origin).send();
        assert_eq!(ask(&own).await.status, 200);
        assert_eq!(ask(&own.replace("http:", "https:")).await.status, 200);
        for origin in [
            "http://evil.example",
            "null",
            &format!("{own}/"),
            "http://localhost:1",
        ] {
            let reply = ask(origin).await;
            assert_eq!((reply.status, reply.text.as_str()), (403, ""), "{origin}");
        }
        let allowed = ask("http://localhost:3000").await;
        assert_eq!(allowed.status, 200);
        assert_eq!(
            allowed.headers["access-control-allow-origin"],
            "http://localhost:3000"
        );
        let preflight = org
            .call(Method::OPTIONS, "/workspaces")
            .header("Origin", "http://localhost:3001")
            .send()
            .await;
        assert_eq!(preflight.status, 204);
        assert!(preflight.headers.contains_key("access-control-allow-methods"));
        org.running.stop().await;
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let org = Org::start(Era::L).await;
    for path in ["/health", "/nowhere", "/workspaces"] {
        let reply = org.get(path).send().await;
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(reply.headers["x-frame-options"], "DENY");
        assert_eq!(
            reply.headers["strict-transport-security"],
            "max-age=31536000; includeSubDomains"
        );
        for name in ["referrer-policy", "permissions-policy", "content-security-policy"] {
            assert!(reply.headers.contains_key(name), "{name}");
        }
    }
    org.running.stop().await;
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_404_and_health_is_json() {
    for era in BOTH {
        let org = Org::start(era).await;
        assert_eq!(org.get("/health").send().await.body, json!({"status": "ok"}));
        assert_eq!(org.get("/nowhere").send().await.status, 404);
        assert_eq!(org.call(Method::PUT, "/workspaces").send().await.status, 404);
        assert_eq!(org.get("/registry/register").send().await.status, 404);
        org.running.stop().await;
    }
}

#[tokio::test]
async fn paths_and_queries_that_make_no_sense_are_refused_in_json() {
    for era in BOTH {
        let org = Org::start(era).await;
        for path in [
            "/workspaces/%FF%FE",
            "/workspaces/..%2F..%2Fetc",
            "/workspaces/%00",
        ] {
            let reply = org.get(path).send().await;
            assert_eq!(
                (reply.status, &reply.body["error"]),
                (400, &json!("invalid workspace ID")),
                "{path}"
            );
        }
        let workspace = org.create("Laptop").await;
        let path = format!(
            "/workspaces/{}/activity?limit=x&limit=2&limit&=&%FF=%FE&type=",
            workspace.id
        );
        assert_eq!(
            org.get(&path).bearer(&workspace.token).send().await.body,
            json!([])
        );
        let path = format!("/workspaces/{}/notify", "x".repeat(5_000));
        assert_eq!(
            org.post(&path).bearer(ADMIN).json(json!({})).send().await.status,
            400
        );
        org.running.stop().await;
    }
}

#[tokio::test]
async fn bodies_that_make_no_sense_are_answered_with_400_and_never_with_a_crash() {
    for era in BOTH {
        let org = Org::start(era).await;
        let workspace = org.create("Laptop").await;
        let deep = "[".repeat(100_000);
        let bodies = [
            "",
            "null",
            "[]",
            "1",
            "\"x\"",
            "{",
            "{}x",
            deep.as_str(),
            "{\"workspace_id\": 7}",
            "\u{0}",
        ];
        for path in [
            "/registry/register",
            "/registry/heartbeat",
            "/registry/update-card",
        ] {
            for body in bodies {
                let reply = org
                    .post(path)
                    .bearer(&workspace.token)
                    .raw(body.to_owned())
                    .send()
                    .await;
                let start: String = body.chars().take(20).collect();
                assert_eq!(
                    (reply.status, &reply.body["error"]),
                    (400, &json!("invalid request body")),
                    "{path} {start}"
                );
            }
        }
        for body in bodies
            .iter()
            .filter(|body| !body.starts_with("null") && !body.starts_with("{\""))
        {
            let path = format!("/workspaces/{}/a2a", workspace.id);
            org.register(&workspace, "http://127.0.0.1:9/").await;
            let reply = org.post(&path).bearer(ADMIN).raw((*body).to_owned()).send().await;
            assert_eq!(
                (reply.status, &reply.body["error"]),
                (400, &json!("invalid JSON"))
            );
        }
        let wrong_types = [
            json!({"workspace_id": workspace.id, "active_tasks": "many"}),
            json!({"workspace_id": workspace.id, "error_rate": {}}),
            json!({"workspace_id": workspace.id, "runtime_metadata": []}),
        ];
        for body in wrong_types {
            let reply = org
                .post("/registry/heartbeat")
                .bearer(&workspace.token)
                .json(body.clone())
                .send()
                .await;
            assert_eq!(reply.status, 400, "{body}");
        }
        let mut nulls = json!({"error_rate": null, "sample_error": null, "runtime_metadata": null});
        nulls["workspace_id"] = json!(workspace.id);
        assert_eq!(
            org.post("/registry/heartbeat")
                .bearer(&workspace.token)
                .json(nulls)
                .send()
                .await
                .status,
            200
        );
        assert_eq!(org.get("/health").send().await.body["status"], "ok");
        let unset: &Value = &json!(null);
        assert_ne!(&org.show(&workspace).await, unset);
        org.running.stop().await;
    }
}
