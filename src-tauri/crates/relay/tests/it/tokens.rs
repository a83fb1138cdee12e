//! Laptops that prove themselves with their workspaces' tokens.

use std::sync::Arc;
use std::time::Duration;

use ligand_tunnel::hello::{GoodbyeReason, RefusalCode};
use ligand_tunnel::{DialError, LinkEnd, Prover};
use zeroize::Zeroizing;

use crate::support::{Laptop, Platform, Relay, client, echo, soon};

const TOKEN: &str = "q3vN0gq5W1l5oTq0c2kXJtDq8mG4hY7bZ9rA_uE-sLk";

async fn relay(platform: &Platform, takes_tokens: bool) -> Relay {
    Relay::start_with(tempfile::tempdir().unwrap(), platform, |options| {
        options.platforms[0].takes_tokens = takes_tokens;
        options.recheck_every = Duration::from_millis(100);
    })
    .await
}

/// A laptop that shows this token, and whose card nobody may see.
fn laptop(platform: &Platform, relay: &Relay, token: &str) -> Laptop {
    let mut laptop = Laptop::unknown(platform, relay);
    platform.give_token(laptop.dial.workspace, TOKEN);
    laptop.dial.prover = Arc::new(Prover::Token(Zeroizing::new(token.to_owned())));
    laptop
}

async fn refused(laptop: &mut Laptop) -> (RefusalCode, String) {
    match laptop.dial().await.map(drop) {
        Err(DialError::Refused(refusal)) => (refusal.code, refusal.message),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_taken_where_the_operator_wants_that_and_proven_anew_in_time() {
    let platform = Platform::start().await;
    let relay = relay(&platform, true).await;
    let served = laptop(&platform, &relay, TOKEN).serve(echo).await;
    let answer = client().post(&served.platform_door).body("hello").send();
    assert_eq!(soon(soon(answer).await.unwrap().text()).await.unwrap(), "hello");
    match served.end().await {
        LinkEnd::Goodbye(goodbye) => assert_eq!(goodbye.reason, GoodbyeReason::ProveAgain),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_the_operators_word_no_token_is_taken_and_the_platform_is_not_asked() {
    let platform = Platform::start().await;
    let relay = relay(&platform, false).await;
    let (code, message) = refused(&mut laptop(&platform, &relay, TOKEN)).await;
    assert_eq!(code, RefusalCode::TokenNotTaken);
    assert!(
        message.contains("--token-proof-for") && !message.contains(TOKEN),
        "{message}"
    );
    assert_eq!(platform.token_questions(), 0);
}

#[tokio::test]
async fn a_token_that_the_platform_refuses_is_refused() {
    let platform = Platform::start().await;
    let relay = relay(&platform, true).await;
    let wrong = TOKEN.replace('q', "Q");
    let (code, message) = refused(&mut laptop(&platform, &relay, &wrong)).await;
    assert_eq!(code, RefusalCode::TokenRefused);
    assert!(!message.contains(&wrong));
}

#[tokio::test]
async fn where_the_platform_takes_any_token_none_is_taken() {
    let platform = Platform::start().await;
    let relay = relay(&platform, true).await;
    platform.take_any_token();
    let (code, message) = refused(&mut laptop(&platform, &relay, TOKEN)).await;
    assert_eq!(code, RefusalCode::TokenProvesNothing);
    assert!(message.contains("token_to"), "{message}");
    assert_eq!(platform.token_questions(), 1, "the true one was not shown");
}
