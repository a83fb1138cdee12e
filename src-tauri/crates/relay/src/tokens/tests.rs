use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::get;
use ligand_platform::Platform;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::clock::Clock;

const TOKEN: &str = "q3vN0gq5W1l5oTq0c2kXJtDq8mG4hY7bZ9rA_uE-sLk";

/// What the platform does with tokens.
#[derive(Clone, Copy)]
enum Guard {
    TakesTheTrueOne,
    TakesAny,
    IsDown,
}

struct Scene {
    tokens: Tokens,
    guard: Arc<Mutex<Guard>>,
    asked: Arc<AtomicUsize>,
    /// Whether it was shown the true token.
    was_shown: Arc<Mutex<bool>>,
    place: Place,
}

impl Scene {
    async fn new(guard: Guard) -> Self {
        let (guard, asked, was_shown) = (
            Arc::new(Mutex::new(guard)),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Mutex::new(false)),
        );
        let (now, count, seen) = (guard.clone(), asked.clone(), was_shown.clone());
        let answer = move |headers: HeaderMap| async move {
            count.fetch_add(1, Ordering::SeqCst);
            let is_true = headers["authorization"] == format!("Bearer {TOKEN}");
            *seen.lock().unwrap() |= is_true;
            let passes = match *now.lock().unwrap() {
                Guard::IsDown => {
                    return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": "down"}))).into_response();
                }
                Guard::TakesAny => true,
                Guard::TakesTheTrueOne => is_true,
            };
            if passes {
                Json(json!({"status": "online", "paused": false, "deleted": false})).into_response()
            } else {
                let refusal = json!({"error": "invalid workspace auth token"});
                (StatusCode::UNAUTHORIZED, Json(refusal)).into_response()
            }
        };
        let router = axum::Router::new().route("/workspaces/{id}/state", get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let platform = Platform::new(base.parse().unwrap(), None).unwrap();
        let place = Place {
            platform: 0,
            workspace: Uuid::new_v4(),
        };
        Self {
            tokens: Tokens::new(Arc::new(Asking::new(vec![platform], 200, Clock::start()))),
            guard,
            asked,
            was_shown,
            place,
        }
    }

    async fn check(&self, token: &str) -> Result<(), TokenDoubt> {
        self.tokens.check(self.place, token).await
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_token_counts_where_the_platform_refuses_a_made_up_one() {
    let scene = Scene::new(Guard::TakesTheTrueOne).await;
    assert_eq!(scene.check(TOKEN).await, Ok(()));
    assert_eq!(
        scene.check(&TOKEN.replace('q', "Q")).await,
        Err(TokenDoubt::Refused)
    );
    assert_eq!(scene.asked(), 4);
}

#[tokio::test]
async fn where_any_token_is_taken_none_counts_and_the_true_one_is_not_shown() {
    let scene = Scene::new(Guard::TakesAny).await;
    for _ in 0..3 {
        assert_eq!(scene.check(TOKEN).await, Err(TokenDoubt::ProvesNothing));
    }
    assert_eq!(scene.asked(), 1, "it is remembered for a while");
    assert!(!*scene.was_shown.lock().unwrap());
    let other = Place {
        workspace: Uuid::new_v4(),
        ..scene.place
    };
    *scene.guard.lock().unwrap() = Guard::TakesTheTrueOne;
    assert_eq!(
        scene.tokens.check(other, TOKEN).await,
        Ok(()),
        "one workspace's guard is not another's"
    );
}

#[tokio::test]
async fn a_guard_that_falls_after_a_good_proof_is_noticed_at_the_next() {
    let scene = Scene::new(Guard::TakesTheTrueOne).await;
    assert_eq!(scene.check(TOKEN).await, Ok(()));
    *scene.guard.lock().unwrap() = Guard::TakesAny;
    assert_eq!(scene.check(TOKEN).await, Err(TokenDoubt::ProvesNothing));
}

#[tokio::test]
async fn a_platform_that_can_not_be_asked_admits_nobody() {
    let scene = Scene::new(Guard::IsDown).await;
    let doubt = TokenDoubt::Other(Doubt::NotAsked("server"));
    assert_eq!(scene.check(TOKEN).await, Err(doubt));
    assert!(!*scene.was_shown.lock().unwrap());
}

#[tokio::test]
async fn a_flood_of_tokens_does_not_reach_the_platform() {
    let scene = Scene::new(Guard::TakesTheTrueOne).await;
    let mut too_often = 0;
    for _ in 0..60 {
        if scene.check("wrong").await == Err(TokenDoubt::Other(Doubt::TooOften)) {
            too_often += 1;
        }
    }
    assert!(too_often > 20 && scene.asked() < 80, "{too_often}");
}

#[test]
fn a_made_up_token_has_the_shape_of_the_true_one_and_is_another() {
    let made_up = made_up_like(TOKEN);
    assert_ne!(made_up.expose(), TOKEN);
    assert_eq!(made_up.expose().len(), TOKEN.len());
    assert!(made_up.expose().bytes().all(|byte| ALPHABET.contains(&byte)));
    assert_eq!(made_up_like("a.b+c").expose().len(), 5);
    assert_eq!(&made_up_like("a.b+c").expose()[1..2], ".");
}
