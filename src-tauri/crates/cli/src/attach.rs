//! A start while a host is running already: it starts there what was asked for, and says how that is.

use std::time::Duration;

use ligand_host::{
    config::ProfileName,
    control::{Client, ClientError},
    status::{PresenceWord, ProfileStatus, Status},
};

use crate::{
    failure::{Exit, Failure},
    words::plain,
};

/// How long an attaching start waits to say more than "connecting".
const COMES_ONLINE: Duration = Duration::from_secs(10);

/// Starts the asked profiles in the running host, all if none were named, and says how they are; nothing when the
/// host ends meanwhile. `local` has it bring the local org along.
pub(crate) async fn attach(
    client: &Client,
    asked: &[ProfileName],
    local: bool,
) -> Result<Option<String>, Failure> {
    if local {
        match client.bring_local_org().await {
            Ok(_) => {}
            Err(error) if is_ending(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let mut last = None;
    let settled = tokio::time::timeout(COMES_ONLINE, settle(client, asked, &mut last)).await;
    match (settled, last) {
        (Ok(Err(error)), _) if !is_ending(&error) => Err(error.into()),
        (Ok(Ok(true)) | Err(_), Some(status)) => sentence(&status, asked).map(Some),
        _ => Ok(None),
    }
}

/// Starts what is stopped and follows the status until nothing that was asked for is on its way any more; `false`
/// when the host ends first.
async fn settle(
    client: &Client,
    asked: &[ProfileName],
    last: &mut Option<Status>,
) -> Result<bool, ClientError> {
    let mut changes = client.follow_status().await?;
    while let Some(status) = changes.next().await? {
        let profiles = meant(&status, asked);
        let stopped = profiles
            .iter()
            .filter(|profile| profile.presence.state == PresenceWord::Stopped);
        let mut started = false;
        for name in stopped.filter_map(|profile| profile.name.parse().ok()) {
            client.start(&name).await?;
            started = true;
        }
        let on_its_way = profiles
            .iter()
            .any(|profile| profile.presence.state == PresenceWord::Connecting);
        *last = Some(status);
        if !started && !on_its_way {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The host ends, or has ended, while we talk to it.
fn is_ending(error: &ClientError) -> bool {
    match error {
        ClientError::NotRunning | ClientError::Broken(_) => true,
        ClientError::Refused(refused) => refused.code == "stopping",
    }
}

fn meant<'a>(status: &'a Status, asked: &[ProfileName]) -> Vec<&'a ProfileStatus> {
    let means = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked.as_str() == name);
    status
        .profiles
        .iter()
        .filter(|profile| means(&profile.name))
        .collect()
}

/// What the attaching start says in the end.
fn sentence(status: &Status, asked: &[ProfileName]) -> Result<String, Failure> {
    let running = format!("Ligand is already running (pid {})", status.host.pid);
    if let Some(missing) = asked.iter().find(|name| status.profile(name.as_str()).is_none()) {
        return Err(Failure::failed(format!(
            "{running} and has no profile {missing}. `ligand status` lists those that it has"
        )));
    }
    let profiles = meant(status, asked);
    let words: Vec<String> = profiles.iter().map(|profile| words(profile)).collect();
    let sentence = match words.as_slice() {
        [] => format!("{running}; it has no profile yet, `ligand connect` adds one."),
        words => format!("{running}; {}.", words.join("; ")),
    };
    if profiles
        .iter()
        .any(|profile| profile.presence.state == PresenceWord::NeedsUser)
    {
        return Err(Failure::new(
            Exit::NeedsUser,
            format!("{sentence} See `ligand status`."),
        ));
    }
    Ok(sentence)
}

fn words(profile: &ProfileStatus) -> String {
    let state = match profile.presence.state {
        PresenceWord::NeedsUser => "needs you".to_owned(),
        other => format!("is {}", other.words().to_lowercase()),
    };
    let reason = profile
        .presence
        .reason
        .as_ref()
        .map(|reason| format!(" ({})", plain(reason).trim_end_matches('.')));
    format!("profile {} {state}{}", profile.name, reason.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use ligand_host::status::{
        AgentStatus, ExposureStatus, HostStatus, LinkStatus, PresenceStatus, VaultStatus, WorkspaceStatus,
    };
    use uuid::Uuid;

    use super::*;

    fn profile(name: &str, state: PresenceWord, reason: Option<&str>) -> ProfileStatus {
        let since = "2026-01-01T00:00:00Z".into();
        ProfileStatus {
            name: name.into(),
            platform: "https://acme.example".into(),
            workspace: WorkspaceStatus {
                id: Uuid::nil(),
                name: None,
            },
            presence: PresenceStatus {
                state,
                since,
                reason: reason.map(Into::into),
                retry_at: None,
            },
            exposure: ExposureStatus::Relay {
                relay: "https://relay.example".into(),
                shared_door: false,
                key: None,
            },
            link: LinkStatus::off(),
            agent: AgentStatus {
                kind: "echo".into(),
                ready: true,
                active_tasks: 0,
                reason: None,
                port: None,
            },
            health: Vec::new(),
        }
    }

    fn status(profiles: Vec<ProfileStatus>) -> Status {
        let host = HostStatus {
            pid: 7,
            version: "0".into(),
            commit: None,
            update: None,
            vault: VaultStatus::Waiting,
            health: Vec::new(),
        };
        Status {
            schema: 1,
            host,
            profiles,
        }
    }

    fn names(names: &[&str]) -> Vec<ProfileName> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn an_attaching_start_says_how_the_asked_profile_is() {
        let status = status(vec![
            profile("a", PresenceWord::Online, None),
            profile("b", PresenceWord::Paused, Some("Paused since noon.")),
        ]);
        assert_eq!(
            sentence(&status, &names(&["a"])).unwrap(),
            "Ligand is already running (pid 7); profile a is online."
        );
        assert_eq!(
            sentence(&status, &[]).unwrap(),
            "Ligand is already running (pid 7); profile a is online; profile b is paused by the org (Paused since noon)."
        );
    }

    #[test]
    fn a_profile_that_the_host_does_not_have_is_a_failure() {
        let failure = sentence(&status(Vec::new()), &names(&["a"])).unwrap_err();
        assert_eq!(failure.exit, Exit::Failed);
        assert!(failure.to_string().contains("has no profile a"), "{failure}");
    }

    #[test]
    fn a_profile_that_needs_the_user_is_told_by_the_exit_code() {
        let status = status(vec![profile("a", PresenceWord::NeedsUser, Some("token refused"))]);
        let failure = sentence(&status, &[]).unwrap_err();
        assert_eq!(failure.exit, Exit::NeedsUser);
        assert!(
            failure
                .to_string()
                .contains("profile a needs you (token refused)"),
            "{failure}"
        );
    }
}
