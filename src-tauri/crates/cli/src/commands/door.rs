//! `ligand door`: the public URLs of a profile, and whether the shared one is open.

use ligand_host::{
    control::{Client, Slot},
    host::DoorView,
    places::Places,
};

use super::meant_profile;
use crate::{
    args::{Door, OneProfile, Rotate},
    failure::Failure,
    out,
};

/// Runs the command.
pub(crate) async fn run(places: &Places, door: Door) -> Result<(), Failure> {
    let client = Client::new(places);
    match door {
        Door::Show(OneProfile { profile }) => {
            let profile = meant_profile(&client, profile).await?;
            let doors = client.doors(&profile).await?;
            if doors.is_empty() {
                return Err(Failure::failed(format!(
                    "profile {profile} has no door now, because it has no link to its relay; see `ligand status`"
                )));
            }
            out::print(&text(&doors))?;
        }
        Door::Share(OneProfile { profile }) => {
            let profile = meant_profile(&client, profile).await?;
            client.share(&profile, true).await?;
            out::line(format!(
                "The shared door of {profile} is open: whoever has its URL can call the agent."
            ))?;
            out::line("`ligand door show` prints the URL, `ligand door unshare` closes it.")?;
        }
        Door::Unshare(OneProfile { profile }) => {
            let profile = meant_profile(&client, profile).await?;
            client.share(&profile, false).await?;
            out::line(format!("The shared door of {profile} is closed."))?;
        }
        Door::Rotate(Rotate { shared, profile }) => {
            let profile = meant_profile(&client, profile).await?;
            let slot = if shared { Slot::Shared } else { Slot::Platform };
            client.rotate_door(&profile, slot).await?;
            out::line(match slot {
                Slot::Platform => format!(
                    "The platform door of {profile} has a new URL. The old one works until the platform has the new \
                     one, within seconds while it can be reached."
                ),
                Slot::Shared => {
                    format!("The shared door of {profile} has a new URL; the old one leads nowhere now.")
                }
            })?;
        }
        Door::Reset(OneProfile { profile }) => {
            let profile = meant_profile(&client, profile).await?;
            client.reset_door(&profile).await?;
            out::line(format!(
                "{profile} has forgotten the platform's secret: until the platform gives it again, with the next \
                 heartbeat, anyone who knows the platform door's URL can call the agent."
            ))?;
        }
    }
    Ok(())
}

fn text(doors: &[DoorView]) -> String {
    let mut text = String::new();
    for door in doors {
        match door.slot {
            Slot::Platform => {
                text += &format!("platform door  {}\n", door.url);
                text += "  The platform shows this URL to anyone who knows the workspace's id.\n";
            }
            Slot::Shared if door.open => {
                text += &format!("shared door    {}\n", door.url);
                if let Some(url) = &door.host_url {
                    text += &format!("               {url}\n");
                }
                text += "  Open: whoever has this URL can call the agent.\n";
            }
            Slot::Shared => text += "shared door    closed; `ligand door share` opens it\n",
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(slot: Slot, open: bool) -> DoorView {
        DoorView {
            slot,
            url: "https://relay.example/w/x".into(),
            host_url: None,
            open,
        }
    }

    #[test]
    fn the_platform_door_comes_with_the_truth_about_its_url() {
        let text = text(&[door(Slot::Platform, true), door(Slot::Shared, true)]);
        assert!(text.contains("anyone who knows the workspace's id"), "{text}");
        assert_eq!(text.matches("https://relay.example/w/x").count(), 2);
    }

    #[test]
    fn a_door_with_a_host_name_of_its_own_is_shown_with_both_addresses() {
        let mut shared = door(Slot::Shared, true);
        shared.host_url = Some("https://x.doors.example".into());
        let text = text(&[shared]);
        for url in ["https://relay.example/w/x", "https://x.doors.example"] {
            assert!(text.lines().any(|line| line.ends_with(url)), "{text}");
        }
    }

    #[test]
    fn a_closed_door_shows_no_url() {
        let text = text(&[DoorView {
            host_url: Some("https://x.doors.example".into()),
            ..door(Slot::Shared, false)
        }]);
        assert!(!text.contains("https://"), "{text}");
        assert!(text.contains("ligand door share"), "{text}");
    }
}
