//! What goes out with every call, and to where.

use axum::response::IntoResponse;
use ligand_platform::{BaseUrl, Heartbeat, Kind, Platform, Registration, Stage, Token};
use serde_json::json;

use crate::common::{Record, Server, TOKEN, WORKSPACE, code, laptop, recording, recording_with, token};

/// Makes each call once; what it brings does not matter here.
async fn call_everything(platform: &Platform) {
    let token = token();
    let registration = Registration {
        id: WORKSPACE,
        url: Some("https://relay.example/w/abc".into()),
        agent_card: json!({"name": "Laptop"}),
    };
    let _ = platform.health().await;
    let _ = platform.workspace(WORKSPACE).await;
    let _ = platform.create_workspace(&token, &laptop()).await;
    let _ = platform.workspaces(&token).await;
    let _ = platform.state(&token, WORKSPACE).await;
    let _ = platform.register(&token, &registration).await;
    let _ = platform.heartbeat(&token, &Heartbeat::default()).await;
    let _ = platform.update_card(&token, WORKSPACE, &json!({})).await;
    let _ = platform
        .send(
            Some(&token),
            WORKSPACE,
            &json!({}),
            std::time::Duration::from_secs(15),
        )
        .await;
    let _ = platform.events(Some(&token), None).await;
}

/// How many calls that makes, and how many of them go without a credential.
const CALLS: usize = 10;
const OPEN_CALLS: usize = 2;

async fn server() -> (Server, Record) {
    recording(200, &json!({"status": "ok"})).await
}

#[tokio::test]
async fn every_call_carries_the_platforms_own_origin_exactly_once() {
    let (server, record) = server().await;
    for spelling in [server.base.clone(), format!("{}/", server.base)] {
        let before = record.all().len();
        call_everything(&Platform::new(spelling.parse().unwrap(), None).unwrap()).await;
        let asked = record.all().split_off(before);
        assert_eq!(asked.len(), CALLS);
        for asked in asked {
            assert_eq!(asked.header("origin"), [server.base.as_str()], "{}", asked.line());
            assert_eq!(asked.header("x-molecule-org-id"), [""; 0], "{}", asked.line());
            assert_eq!(asked.header("cookie"), [""; 0], "{}", asked.line());
        }
    }
}

#[tokio::test]
async fn a_base_with_a_path_is_asked_below_it_under_the_origin_without_it() {
    let (server, record) = server().await;
    let base: BaseUrl = format!("{}/tenant/", server.base).parse().unwrap();
    Platform::new(base, None).unwrap().health().await.unwrap();
    let asked = record.one();
    assert_eq!(asked.line(), "GET /tenant/health");
    assert_eq!(asked.header("origin"), [server.base.as_str()]);
}

#[tokio::test]
async fn every_call_carries_the_orgs_id_where_it_is_known() {
    let (server, record) = server().await;
    let org = "0d5c7d0f-0000-4000-8000-0000000000aa";
    call_everything(&Platform::new(server.base.parse().unwrap(), Some(org.into())).unwrap()).await;
    let all = record.all();
    assert_eq!(all.len(), CALLS);
    for asked in all {
        assert_eq!(asked.header("x-molecule-org-id"), [org], "{}", asked.line());
    }
}

#[tokio::test]
async fn every_call_carries_its_credential_exactly_once_and_open_ones_carry_none() {
    let (server, record) = server().await;
    call_everything(&server.platform()).await;
    let bearer = format!("Bearer {TOKEN}");
    let (open, closed): (Vec<_>, Vec<_>) = record
        .all()
        .into_iter()
        .partition(|asked| asked.header("authorization").is_empty());
    assert_eq!((open.len(), closed.len()), (OPEN_CALLS, CALLS - OPEN_CALLS));
    for asked in closed {
        assert_eq!(
            asked.header("authorization"),
            [bearer.as_str()],
            "{}",
            asked.line()
        );
        assert!(!asked.path.contains(TOKEN));
    }
    let open: Vec<_> = open.iter().map(|asked| asked.line()).collect();
    assert_eq!(
        open,
        ["GET /health".to_owned(), format!("GET /workspaces/{WORKSPACE}")]
    );
}

#[tokio::test]
async fn a_body_is_sent_as_json() {
    let (server, record) = server().await;
    server
        .platform()
        .heartbeat(&token(), &Heartbeat::default())
        .await
        .unwrap();
    assert_eq!(record.one().header("content-type"), ["application/json"]);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_target_sees_no_token() {
    let (target, seen) = recording(200, &json!({"status": "ok"})).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/elsewhere?session=1", target.base);
        let (server, record) = recording_with(move |_| {
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, [("location", location.clone())]).into_response()
        })
        .await;
        let error = server
            .platform()
            .heartbeat(&token(), &Heartbeat::default())
            .await
            .unwrap_err();
        assert_eq!(code(&error), "not_a_platform");
        let Kind::NotAPlatform {
            status: told,
            content,
            ..
        } = error.kind
        else {
            panic!("{}", error.kind)
        };
        assert_eq!(
            (told, content),
            (status, format!("a redirect to {}", target.base))
        );
        assert_eq!(record.one().line(), "POST /registry/heartbeat");
    }
    assert!(seen.all().is_empty());
}

#[tokio::test]
async fn a_cookie_is_not_kept() {
    let (server, record) = recording_with(|_| {
        (
            [("set-cookie", "session=1; Path=/")],
            axum::Json(json!({"status": "ok"})),
        )
    })
    .await;
    let platform = server.platform();
    platform.health().await.unwrap();
    platform.health().await.unwrap();
    assert_eq!(
        record
            .all()
            .iter()
            .flat_map(|asked| asked.header("cookie"))
            .count(),
        0
    );
}

#[tokio::test]
async fn an_org_id_that_no_header_takes_is_told_before_any_call() {
    let error = Platform::new(
        "https://acme.example".parse().unwrap(),
        Some("acme\r\nx: y".into()),
    )
    .unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::Setup, "setup"));
    assert!(error.to_string().contains("the org's id"), "{error}");
    assert!(
        !error.to_string().contains("answer"),
        "nobody has answered yet: {error}"
    );
}

#[tokio::test]
async fn a_token_that_no_header_takes_is_refused_here() {
    let (server, record) = server().await;
    let token = Token::new(format!("{TOKEN}\r\nx-evil: 1"));
    let error = server.platform().state(&token, WORKSPACE).await.unwrap_err();
    assert_eq!((error.stage, code(&error)), (Stage::State, "unauthorized"));
    assert!(record.all().is_empty());
}
