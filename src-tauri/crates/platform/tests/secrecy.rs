//! Errors of a platform, or of whatever stands in between, that says more than it should.

use ligand_platform::{Error, Event, Heartbeat, Platform, Registration};
use serde_json::json;

use crate::common::{Asked, TOKEN, WORKSPACE, answer, code, laptop, recording_with, token};

/// The errors of all calls that carry a credential.
async fn errors(platform: &Platform) -> Vec<Error> {
    let token = token();
    vec![
        platform.state(&token, WORKSPACE).await.unwrap_err(),
        platform
            .heartbeat(&token, &Heartbeat::default())
            .await
            .unwrap_err(),
        platform.create_workspace(&token, &laptop()).await.unwrap_err(),
        platform.workspaces(&token).await.unwrap_err(),
        platform
            .send(
                Some(&token),
                WORKSPACE,
                &json!({}),
                std::time::Duration::from_secs(15),
            )
            .await
            .unwrap_err(),
        platform.events(Some(&token), None).await.unwrap_err(),
    ]
}

/// The credential as the server got it.
fn echo(asked: &Asked) -> String {
    asked.header("authorization").concat()
}

#[tokio::test]
async fn a_reason_that_repeats_the_token_is_told_without_it() {
    for status in [400, 401, 403, 500, 503] {
        let (server, _) = recording_with(move |asked| {
            let reason = format!("cannot use {} here", echo(asked));
            answer(
                status,
                "application/json",
                json!({"error": reason}).to_string().into(),
            )
        })
        .await;
        for error in errors(&server.platform()).await {
            code(&error);
            assert!(error.to_string().contains("cannot use Bearer"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_content_type_that_repeats_the_token_is_told_without_it() {
    let (server, _) = recording_with(|asked| {
        let mut response = answer(404, "", "not found".into());
        response
            .headers_mut()
            .insert("content-type", format!("text/{TOKEN}").parse().unwrap());
        assert!(echo(asked).contains(TOKEN));
        response
    })
    .await;
    for error in errors(&server.platform()).await {
        assert_eq!(code(&error), "not_a_platform");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_the_contract_and_repeats_the_token_is_told_without_it() {
    let (server, _) =
        recording_with(|asked| axum::Json(json!({"status": [echo(asked)], "id": echo(asked)}))).await;
    let platform = server.platform();
    let state = platform.state(&token(), WORKSPACE).await.unwrap_err();
    let created = platform.create_workspace(&token(), &laptop()).await.unwrap_err();
    for error in [state, created] {
        assert_eq!(code(&error), "protocol");
    }
    let (server, _) = recording_with(|asked| axum::Json(json!(echo(asked)))).await;
    let error = server
        .platform()
        .heartbeat(&token(), &Heartbeat::default())
        .await
        .unwrap_err();
    assert_eq!(code(&error), "protocol");
}

#[tokio::test]
async fn a_reason_of_many_lines_is_told_in_one_short_line() {
    let reason = format!(
        "first\nsecond\r\n\tthird \u{1b}[31mred {}",
        "and so on ".repeat(1000)
    );
    let (server, _) = recording_with(move |_| {
        answer(
            400,
            "application/json",
            json!({"error": reason}).to_string().into(),
        )
    })
    .await;
    for error in errors(&server.platform()).await {
        code(&error);
        assert!(error.to_string().contains("first"), "{error}");
    }
}

#[tokio::test]
async fn a_reason_that_repeats_the_door_is_told_without_it() {
    let (server, _) = recording_with(|asked| {
        let url = asked.json()["url"].as_str().unwrap().to_owned();
        let path = url.strip_prefix("https://relay.example").unwrap();
        let reason = json!({"error": format!("{url} is unsafe ({path})")});
        answer(400, "application/json", reason.to_string().into())
    })
    .await;
    let registration = Registration {
        id: WORKSPACE,
        url: Some("https://relay.example/w/AbCdEfGhIjKl".into()),
        agent_card: json!({}),
    };
    let error = server
        .platform()
        .register(&token(), &registration)
        .await
        .unwrap_err();
    assert_eq!(code(&error), "refused");
    let said = format!("{error} {error:?} {registration:?}");
    assert!(!said.contains("AbCdEfGhIjKl"), "{said}");
    assert!(said.contains("is unsafe"), "{said}");
}

#[test]
fn an_event_is_printed_without_what_it_says() {
    let event =
        json!({"event": "WORKSPACE_ONLINE", "payload": {"url": "https://relay.example/w/AbCdEfGhIjKl"}});
    let event: Event = serde_json::from_value(event).unwrap();
    assert!(format!("{event:?}").contains("WORKSPACE_ONLINE"));
    assert!(!format!("{event:?}").contains("AbCdEfGhIjKl"));
}
