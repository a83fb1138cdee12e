//! `ligand org` and `ligand approvals`: what the Canvas shows, as a list.

use std::sync::Arc;

use ligand_host::{
    control::Client,
    org::{Approval, Org, OrgWorkspace},
    places::Places,
};

use super::meant_profile;
use crate::{args::Listing, failure::Failure, out, words::plain};

/// Characters of a role or a task that a line shows.
const SAID: usize = 60;

/// Lists the workspaces of a profile's org.
pub(crate) async fn org(places: &Places, args: Listing) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    let org = client.org(&profile).await?;
    if args.json {
        return out::line(serde_json::to_string_pretty(&org).map_err(Failure::failed)?);
    }
    out::print(&org_text(&org))
}

/// Lists what agents ask people to allow.
pub(crate) async fn approvals(places: &Places, args: Listing) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    let org = client.org(&profile).await?;
    let Some(approvals) = org.approvals else {
        return Err(Failure::failed(
            "what waits for approval is shown with an org key alone; `ligand profile org-key` keeps one",
        ));
    };
    if args.json {
        return out::line(serde_json::to_string_pretty(&approvals).map_err(Failure::failed)?);
    }
    out::print(&approvals_text(&approvals))
}

fn org_text(org: &Org) -> String {
    let width = |of: fn(&OrgWorkspace) -> &str| {
        let widths = org.workspaces.iter().map(|row| of(row).chars().count());
        widths.max().unwrap_or_default()
    };
    let (names, states) = (width(|row| &row.name), width(|row| &row.state));
    let mut text = String::new();
    for row in &org.workspaces {
        let (name, state) = (plain(&row.name), plain(&row.state));
        let line = format!("{name:names$}  {state:states$}  {}  {}", row.id, said(row));
        text += line.trim_end();
        text.push('\n');
    }
    if let Some(note) = &org.note {
        text += &format!("{}\n", plain(note));
    }
    match &org.as_of {
        Some(as_of) if !org.live => text += &format!("As of {}.\n", plain(as_of)),
        _ => {}
    }
    text
}

/// The rest of a workspace's line.
fn said(row: &Arc<OrgWorkspace>) -> String {
    let cut = |text: &str| plain(&text.chars().take(SAID).collect::<String>());
    let task = row
        .current_task
        .as_deref()
        .map(|task| format!("works on: {}", cut(task)));
    let parts = [
        row.ours.then(|| "this laptop".to_owned()),
        (row.remote && !row.ours).then(|| "remote".to_owned()),
        row.suspect.then(|| "silent".to_owned()),
        task.or_else(|| row.role.as_deref().map(cut)),
        row.error.as_deref().map(|error| format!("error: {}", cut(error))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

fn approvals_text(approvals: &[Approval]) -> String {
    if approvals.is_empty() {
        return "Nothing waits for approval.\n".to_owned();
    }
    let line = |one: &Approval| {
        let reason = one
            .reason
            .as_deref()
            .map(|reason| format!(" ({})", plain(reason)));
        format!(
            "{}  {}: {}{}\n",
            plain(&one.at),
            plain(&one.name),
            plain(&one.action),
            reason.unwrap_or_default()
        )
    };
    let lines: String = approvals.iter().map(line).collect();
    lines + "Decide on the platform's own canvas.\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn org(live: bool) -> Org {
        let row = |name: &str, state: &str, more: serde_json::Value| {
            let mut row = json!({"id": uuid::Uuid::nil(), "name": name, "role": "Reads", "description": null,
                "skills": [], "state": state, "since": null, "last_seen": null, "suspect": false,
                "runtime": null, "remote": false, "ours": false, "parent_id": null, "tier": null,
                "place": null, "active_tasks": 0, "current_task": null, "error": null});
            row.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            row
        };
        serde_json::from_value(json!({"schema": 1, "profile": "home", "scope": "peers", "note": "Only peers.",
            "as_of": "2026-05-02T10:00:00Z", "live": live, "from_snapshot": false, "revision": 1,
            "speaks_as": "workspace", "history": 0, "approvals": null, "workspaces": [
                row("Ours", "online", json!({"ours": true, "remote": true, "current_task": "a\u{202e} report"})),
                row("Researcher", "offline", json!({"error": "timeout"}))]}))
        .unwrap()
    }

    #[test]
    fn each_workspace_has_a_line_and_an_old_picture_says_that_it_is_one() {
        let id = uuid::Uuid::nil();
        let lines = format!(
            "Ours        online   {id}  this laptop · works on: a\u{fffd} report\n\
             Researcher  offline  {id}  Reads · error: timeout\nOnly peers.\n"
        );
        assert_eq!(org_text(&org(true)), lines);
        assert_eq!(org_text(&org(false)), lines + "As of 2026-05-02T10:00:00Z.\n");
    }

    #[test]
    fn what_waits_is_listed_with_its_reason() {
        let one = Approval {
            id: "1".into(),
            workspace: uuid::Uuid::nil(),
            name: "Ops".into(),
            action: "delete it".into(),
            reason: Some("old".into()),
            at: "then".into(),
        };
        assert!(approvals_text(&[one]).starts_with("then  Ops: delete it (old)\n"));
        assert_eq!(approvals_text(&[]), "Nothing waits for approval.\n");
    }
}
