//! The local org's file survives kill -9 at any moment.

use std::collections::HashSet;
use std::time::Duration;

use ligand_e2e::{Era, LocalOrg, Scratch};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// How often it is killed.
const KILLS: u64 = 50;
/// Who writes at the same time.
const WRITERS: u64 = 4;
/// What each writes at the most before the kill.
const WRITES: u64 = 12;

#[tokio::test]
async fn no_acknowledged_write_is_lost_by_fifty_kills_under_load() {
    let scratch = Scratch::new();
    let client = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let mut acknowledged: HashSet<String> = HashSet::new();
    for round in 0..KILLS {
        let mut org = LocalOrg::start(&scratch, Era::L).await;
        let kept = names(&client, &org).await;
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "after {round} kills: {lost:?}");

        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                tokio::spawn(write(
                    client.clone(),
                    org.url().to_owned(),
                    org.admin().to_owned(),
                    round,
                    writer,
                ))
            })
            .collect();
        // A moment that differs from round to round, from the first write to past the last.
        tokio::time::sleep(Duration::from_millis(round * 7 % 40)).await;
        org.process.kill();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    let org = LocalOrg::start(&scratch, Era::L).await;
    assert!(acknowledged.is_subset(&names(&client, &org).await));
    assert!(acknowledged.len() > 100, "there was load: {}", acknowledged.len());
}

/// Makes workspaces until the org is gone; gives the names of those that it has acknowledged.
async fn write(client: Client, url: String, admin: String, round: u64, writer: u64) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0..WRITES {
        let name = format!("{round}-{writer}-{number}");
        let new = json!({ "name": name, "runtime": "external", "external": true });
        let made = client
            .post(format!("{url}/workspaces"))
            .bearer_auth(&admin)
            .json(&new);
        match made.send().await {
            Ok(answer) if answer.status() == StatusCode::CREATED => acknowledged.push(name),
            Ok(answer) => panic!("{name}: {}", answer.status()),
            Err(_) => break,
        }
    }
    acknowledged
}

/// The names of all workspaces.
async fn names(client: &Client, org: &LocalOrg) -> HashSet<String> {
    let list = client
        .get(format!("{}/workspaces", org.url()))
        .bearer_auth(org.admin());
    let list: Vec<Value> = list.send().await.unwrap().json().await.unwrap();
    let names = list.iter().map(|row| row["name"].as_str().unwrap().to_owned());
    names.collect()
}
