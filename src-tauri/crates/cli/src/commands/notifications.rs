//! `ligand mute`, `unmute` and `notifications`: what Ligand tells on the desktop.

use ligand_host::{
    control::Client,
    notify::{NotificationSettings, Pause as For},
    places::Places,
};

use super::meant_profile;
use crate::{
    args::{Mute, Notifications, Pause, PauseFor},
    failure::Failure,
    out,
    words::plain,
};

/// Mutes a workspace, or not any more.
pub(crate) async fn mute(places: &Places, args: Mute, muted: bool) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile.profile).await?;
    let done = client.mute(&profile, args.workspace, muted).await?;
    let name = plain(&done.name);
    out::line(match muted {
        true => {
            format!("{name} is muted: nothing is told of it on the desktop. `ligand unmute` takes that back.")
        }
        false => format!("{name} is told of again."),
    })
}

/// Shows what is told, or pauses it.
pub(crate) async fn run(places: &Places, args: Notifications) -> Result<(), Failure> {
    let client = Client::new(places);
    if let Some(Pause::Pause { length }) = args.command {
        let pause = match length {
            PauseFor::Hour => For::Hour,
            PauseFor::Tomorrow => For::Tomorrow,
            PauseFor::Off => For::Off,
        };
        client.pause_notifications(pause).await?;
        return out::line(paused(&client.notifications().await?));
    }
    let settings = client.notifications().await?;
    if args.json {
        return out::line(serde_json::to_string_pretty(&settings).map_err(Failure::failed)?);
    }
    out::print(&text(&settings))
}

fn paused(settings: &NotificationSettings) -> String {
    match &settings.paused_until {
        Some(until) => format!("Notifications are paused until {until}."),
        None => "Notifications are shown.".to_owned(),
    }
}

fn text(settings: &NotificationSettings) -> String {
    let mut text = paused(settings) + "\n";
    for (profile, muted) in &settings.muted {
        for (id, workspace) in muted {
            let name = plain(&workspace.name);
            text += &format!("Muted: {name}  {id}  profile {profile}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_muted_and_paused_is_listed_as_plain_text() {
        let settings: NotificationSettings = serde_json::from_value(serde_json::json!({
            "paused_until": "2026-03-02T05:00:00Z",
            "muted": { "work": { "00000000-0000-0000-0000-000000000001": { "name": "Ops\u{1b}[2J" } } },
        }))
        .unwrap();
        assert_eq!(
            text(&settings),
            "Notifications are paused until 2026-03-02T05:00:00Z.\n\
             Muted: Ops\u{fffd}[2J  00000000-0000-0000-0000-000000000001  profile work\n"
        );
        assert_eq!(
            text(&NotificationSettings::default()),
            "Notifications are shown.\n"
        );
    }
}
