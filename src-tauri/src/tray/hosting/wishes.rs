//! What is done for a click, one after the other within each.

use ligand_host::{
    control::Slot,
    host::{DoorView, HostError, HostHandle},
};

use super::Wish;
use crate::tray::clipboard::Clipboard;

/// Does it. What goes wrong stands in the log; the menu shows how things are.
pub(super) async fn grant(handle: HostHandle, clipboard: Clipboard, wish: Wish) {
    let what = format!("{wish:?}");
    let done = match wish {
        Wish::Start(name) => handle.start(name.as_str()).await,
        Wish::Stop(name) => handle.stop(name.as_str()).await,
        Wish::RestartAgent(name) => handle.restart_agent(name.as_str()).await,
        Wish::CopyUrl(name) => copy_url(&handle, &clipboard, name.as_str()).await,
        Wish::CopyDiagnostics => {
            clipboard.copy(handle.diagnostics().await.text).await;
            Ok(())
        }
        Wish::Pause(pause) => handle.pause_notifications(pause).await,
        Wish::AtLogin(on) => handle.set_login_item(on).await,
        Wish::TryAgain | Wish::Quit => Ok(()),
    };
    if let Err(error) = done {
        tracing::warn!(wish = what, %error, "not done");
    }
}

async fn copy_url(handle: &HostHandle, clipboard: &Clipboard, profile: &str) -> Result<(), HostError> {
    let doors = handle.doors(profile).await?;
    match public_url(&doors) {
        Some(url) => clipboard.copy(url.to_owned()).await,
        None => tracing::warn!(profile, "there is no public URL to copy"),
    }
    Ok(())
}

/// The address for others: of the shared door while it is open, else the platform's own.
fn public_url(doors: &[DoorView]) -> Option<&str> {
    let shared = doors.iter().find(|door| door.slot == Slot::Shared && door.open);
    let door = shared.or_else(|| doors.iter().find(|door| door.slot == Slot::Platform))?;
    Some(door.host_url.as_deref().unwrap_or(&door.url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(slot: Slot, open: bool) -> DoorView {
        DoorView {
            slot,
            url: format!("https://relay.example/w/{}", slot.as_str()),
            host_url: None,
            open,
        }
    }

    #[test]
    fn the_shared_door_is_the_public_one_while_it_is_open() {
        let shut = [door(Slot::Platform, true), door(Slot::Shared, false)];
        assert_eq!(public_url(&shut), Some("https://relay.example/w/platform"));
        let open = [door(Slot::Platform, true), door(Slot::Shared, true)];
        assert_eq!(public_url(&open), Some("https://relay.example/w/shared"));
        assert_eq!(public_url(&[]), None);
    }
}
