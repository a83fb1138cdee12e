//! A relay sees a workspace's token only if its user and its operator want that, and believes it only if the platform
//! refuses others.

use ligand_e2e::{Era, Host, LocalOrg, PROFILE, Relay, Scratch, Stage, WORKSPACE, ligand};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A stage whose relay takes tokens, if its operator wants that.
async fn stage(era: Era, takes_tokens: bool) -> Stage {
    let scratch = Scratch::new();
    let org = LocalOrg::start(&scratch, era).await;
    let arguments = ["--token-proof-for", org.url()];
    let arguments = if takes_tokens { &arguments[..] } else { &[] };
    let relay = Relay::start_with(&scratch, org.url(), arguments).await;
    let workspace = org.create(WORKSPACE).await;
    Stage {
        org,
        relay,
        workspace,
        scratch,
    }
}

/// A host that shows its token.
async fn trusting(stage: &Stage) -> Host<'_> {
    let mut profile = stage.profile();
    profile.trusts_relay = true;
    Host::connected(&stage.scratch, &profile, &stage.workspace).await
}

fn items(profile: &Value) -> Vec<&str> {
    let items = profile["health"].as_array().unwrap().iter();
    items.filter_map(|item| item["code"].as_str()).collect()
}

#[tokio::test]
async fn a_trusted_relay_takes_the_token_in_the_earlier_era() {
    the_token_is_taken(Era::S).await;
}

#[tokio::test]
async fn a_trusted_relay_takes_the_token_in_the_later_era() {
    the_token_is_taken(Era::L).await;
}

async fn the_token_is_taken(era: Era) {
    let stage = stage(era, true).await;
    let host = trusting(&stage).await;
    let profile = host.online().await;
    assert!(items(&profile).contains(&"token_shown"), "{profile}");
    let (status, reply) = stage.org.send(&stage.workspace.id, "is anybody there?").await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert!(
        reply["result"].to_string().contains("is anybody there?"),
        "{reply}"
    );
}

#[tokio::test]
async fn an_operator_who_wants_no_tokens_is_told_of_in_status_and_doctor() {
    let stage = stage(Era::L, false).await;
    let host = trusting(&stage).await;
    is_refused(&host, "--token-proof-for").await;
}

#[tokio::test]
async fn a_platform_that_takes_any_token_is_told_of_in_status_and_doctor_in_the_earlier_era() {
    any_token_is_taken(Era::S).await;
}

#[tokio::test]
async fn a_platform_that_takes_any_token_is_told_of_in_status_and_doctor_in_the_later_era() {
    any_token_is_taken(Era::L).await;
}

/// As in the earlier era's development mode with a workspace that has no live token.
async fn any_token_is_taken(era: Era) {
    let stage = stage(era, true).await;
    let id = &stage.workspace.id;
    let standing = json!({"workspace_id": id, "status": "online", "paused": false, "deleted": false});
    let open =
        json!({"kind": "answer", "status": 200, "body": standing, "path": format!("/workspaces/{id}/state")});
    stage.org.fault(&open).await;
    let host = trusting(&stage).await;
    is_refused(&host, "takes any token for this workspace").await;
}

async fn is_refused(host: &Host<'_>, why: &str) {
    let profile = host.presence("needs_user").await;
    let item = &profile["health"][0];
    assert_eq!(item["code"], "relay_refused", "{profile}");
    assert!(item["detail"].as_str().unwrap().contains(why), "{profile}");
    let said = host.ligand(&["status"]).await;
    assert!(said.stdout.contains(why), "{said:?}");
    let said = host.ligand(&["doctor"]).await;
    assert!(said.code() == Some(1) && said.stdout.contains(why), "{said:?}");
}

#[tokio::test]
async fn trust_is_given_by_a_flag_with_a_warning_and_is_for_that_relay_alone() {
    let stage = stage(Era::L, true).await;
    let connect = async |relay: &str, flag: &[&str]| {
        let mut arguments = vec!["connect", "-", "--profile", PROFILE, "--relay", relay];
        arguments.extend(flag);
        let block = stage.workspace.reply.to_string();
        let said = ligand(&stage.scratch, &Host::file_vault(), &arguments, &block).await;
        assert!(said.status.success(), "{said:?}");
        let config = std::fs::read_to_string(stage.scratch.config_file()).unwrap();
        (said.stdout.contains("Warning"), config.contains("token_to"))
    };
    let ours = stage.relay.url();
    assert_eq!(connect(ours, &[]).await, (false, false));
    assert_eq!(connect(ours, &["--trust-relay-with-token"]).await, (true, true));
    assert_eq!(connect(ours, &[]).await, (false, true));
    assert_eq!(connect("https://other.example", &[]).await, (false, false));
}
