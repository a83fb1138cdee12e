//! `ligand delegate`: hands a task to a peer and follows it to its result. The platform does the work: ending this
//! command ends nothing there.

use std::time::Duration;

use ligand_host::{
    config::ProfileName,
    control::{Client, DelegateToPeer},
    host::{Delegation, DelegationState},
    places::Places,
};
use ligand_hosting::EndSignals;
use uuid::Uuid;

use super::meant_profile;
use crate::{
    args::Delegate,
    failure::Failure,
    out,
    words::{plain, plain_lines, span},
};

/// Seconds that one request waits for a change.
const WAIT_S: u32 = 20;

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Delegate) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    let (to, text) = match (args.status, args.to, args.text) {
        (None, Some(to), Some(text)) => (to, text),
        (Some(id), _, _) => return tell(&client.delegation(&profile, id, None, 0).await?),
        // What was typed was checked already.
        _ => return Err(Failure::failed("neither a task nor a delegation is named")),
    };
    let mut signals = EndSignals::listen()
        .map_err(|error| Failure::failed(format!("cannot listen for Ctrl-C: {error}")))?;
    let once = args.once;
    let task = DelegateToPeer { to, text, once };
    let handed = client.delegate(&profile, &task).await?;
    out::note(handed_over(&handed));
    let time_is_up = tokio::time::sleep(Duration::from_secs(args.timeout.into()));
    let ended = tokio::select! {
        biased;
        () = signals.next() => return Err(goes_on("Interrupted", handed.id)),
        () = time_is_up => {
            let words = format!("No result within {}", span(args.timeout.into()));
            return Err(goes_on(&words, handed.id));
        }
        ended = follow(&client, &profile, handed.id) => ended.map_err(|error| {
            goes_on(&format!("It can't be followed: {error}"), handed.id)
        })?,
    };
    tell(&ended)
}

/// Waits for the end, and says what changes on the way there.
async fn follow(client: &Client, profile: &ProfileName, id: Uuid) -> Result<Delegation, Failure> {
    let mut seen = DelegationState::Working;
    loop {
        let found = client.delegation(profile, id, Some(seen), WAIT_S).await?;
        if found.state.is_over() {
            return Ok(found);
        }
        if found.state != seen {
            seen = found.state;
            out::note(standing(&found));
        }
    }
}

fn handed_over(handed: &Delegation) -> String {
    let what = match handed.known {
        true => "was handed over before",
        false => "is handed over",
    };
    format!("The task {what} to {}; its ID is {}", peer(handed), handed.id)
}

/// Says how it stands; what has failed is a failure of the command.
fn tell(found: &Delegation) -> Result<(), Failure> {
    match found.state {
        DelegationState::Completed => out::line(plain_lines(found.answer.as_deref().unwrap_or_default())),
        DelegationState::Failed => Err(Failure::failed(standing(found))),
        DelegationState::Working | DelegationState::Queued => out::line(standing(found)),
    }
}

fn standing(found: &Delegation) -> String {
    let peer = peer(found);
    match found.state {
        DelegationState::Working => format!("{peer} has it, or it is on its way"),
        DelegationState::Queued => format!(
            "Queued: {peer} is busy or away, and the platform sends it later. (From a workspace that fetches its \
             messages the answer comes as a message of its own, and this never ends.)"
        ),
        DelegationState::Completed => format!("{peer} has done it"),
        DelegationState::Failed => {
            let error = found.error.as_deref().unwrap_or("no reason given");
            format!("the platform could not deliver it to {peer}: {}", plain(error))
        }
    }
}

fn peer(delegation: &Delegation) -> String {
    match (&delegation.name, delegation.peer) {
        (Some(name), _) => plain(name),
        (None, Some(id)) => format!("workspace {id}"),
        (None, None) => "the peer".to_owned(),
    }
}

fn goes_on(what: &str, id: Uuid) -> Failure {
    Failure::failed(format!(
        "{what}. The task goes on; `ligand delegate --status {id}` says how it stands"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delegation(state: DelegationState) -> Delegation {
        Delegation {
            id: Uuid::nil(),
            peer: Some(Uuid::nil()),
            name: Some("Re\u{1b}search".into()),
            known: false,
            state,
            answer: None,
            error: Some("no\u{7} way".into()),
        }
    }

    #[test]
    fn every_standing_is_said_with_the_peer_and_obeys_nobody() {
        for state in [
            DelegationState::Working,
            DelegationState::Queued,
            DelegationState::Completed,
            DelegationState::Failed,
        ] {
            let said = standing(&delegation(state));
            assert!(said.contains("Re\u{fffd}search"), "{said}");
            assert!(!said.contains(char::is_control), "{said:?}");
        }
        let failed = tell(&delegation(DelegationState::Failed)).unwrap_err();
        assert!(failed.to_string().contains("way"), "{failed}");
    }

    #[test]
    fn whoever_ends_early_is_told_how_to_look_later() {
        let said = goes_on("Interrupted", Uuid::nil()).to_string();
        assert!(said.contains("ligand delegate --status 00000000"), "{said}");
        let mut known = delegation(DelegationState::Working);
        known.known = true;
        assert!(handed_over(&known).contains("before"));
    }
}
