//! Workspaces that harm others without meaning it: a busy one, and one whose laptop dials over and over.

use std::time::Duration;

use futures::future::join_all;
use hyper::Request;
use ligand_tunnel::CallContent;

use super::Bystander;
use crate::support::{Laptop, Platform, Relay, client, echo, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_workspace_waits_in_its_own_line_and_a_quiet_one_hardly_notices() {
    let platform = Platform::start().await;
    let relay = Relay::limited(&platform, |limits| limits.calls = 32).await;
    let busy = Laptop::known(&platform, &relay)
        .serve(|request: Request<CallContent>| async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            echo(request).await
        })
        .await;
    let quiet = Laptop::known(&platform, &relay).serve(echo).await;
    let bystander = Bystander::calling(&quiet.shared_door);
    let client = client();
    let flood = (0..100).map(|_| async {
        let mut answered = 0;
        for _ in 0..10 {
            let answer = client.post(&busy.shared_door).body("x").send().await.unwrap();
            match answer.status().as_u16() {
                200 => answered += 1,
                503 | 429 => {}
                other => panic!("{other}"),
            }
        }
        answered
    });
    let answered: usize = soon(join_all(flood)).await.into_iter().sum();
    bystander.unharmed("a busy workspace").await;
    assert!(answered > 0, "the busy one is served too");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_while_a_laptop_takes_over_from_itself_again_and_again() {
    let platform = Platform::start().await;
    let relay = Relay::start(&platform).await;
    let mut laptop = Laptop::known(&platform, &relay);
    let mut served = laptop.serve(echo).await;
    let bystander = Bystander::calling(&served.platform_door);
    for _ in 0..40 {
        let newer = laptop.serve(echo).await;
        // Calls of the one before finish for as long as it is there.
        let older = std::mem::replace(&mut served, newer);
        tokio::spawn(older.end());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bystander.unharmed("40 takeovers").await;
    assert_eq!(relay.metric("linked_workspaces").await, 1);
    soon(async { while relay.metric("links").await > 1 {} }).await;
}
