//! systemd-logind keeps the machine awake as long as a file that it hands out is open. The kernel knows the battery.

use std::{fs, path::Path, time::Duration};

use zbus::{Connection, zvariant::OwnedFd};

const LOGIND: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

/// How long bus and logind may take to answer.
const CALL: Duration = Duration::from_secs(5);

/// Where the kernel tells of batteries.
const SUPPLIES: &str = "/sys/class/power_supply";

/// The machine stays awake as long as this is kept.
pub(super) struct Hold(#[allow(dead_code, reason = "kept open for what closing it says")] OwnedFd);

pub(super) async fn hold() -> zbus::Result<Hold> {
    let late = |_| zbus::Error::Failure("no answer in time".to_owned());
    let held = async {
        let bus = Connection::system().await?;
        let words = ("idle:sleep", "Ligand", "the agent works on a message", "block");
        let reply = bus
            .call_method(Some(LOGIND), PATH, Some(MANAGER), "Inhibit", &words)
            .await?;
        Ok(Hold(reply.body().deserialize()?))
    };
    tokio::time::timeout(CALL, held).await.map_err(late)?
}

/// Percent that is left in the emptiest battery, while the machine runs on it.
pub(super) async fn battery() -> Option<u8> {
    tokio::task::spawn_blocking(|| in_folder(Path::new(SUPPLIES)))
        .await
        .ok()?
}

fn in_folder(folder: &Path) -> Option<u8> {
    let supplies = fs::read_dir(folder).ok()?;
    let left = |supply: &Path| {
        let read = |name: &str| fs::read_to_string(supply.join(name)).ok();
        let says = |name, word: &str| read(name).is_some_and(|text| text.trim() == word);
        // A mouse has a battery too.
        let is_ours = says("type", "Battery") && !says("scope", "Device");
        (is_ours && says("status", "Discharging")).then(|| read("capacity")?.trim().parse().ok())?
    };
    supplies.filter_map(|supply| left(&supply.ok()?.path())).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emptiest_battery_in_use_counts_and_no_mouse() {
        let folder = tempfile::tempdir().unwrap();
        let supply = |name: &str, files: &[(&str, &str)]| {
            let path = folder.path().join(name);
            fs::create_dir_all(&path).unwrap();
            for (file, text) in files {
                fs::write(path.join(file), format!("{text}\n")).unwrap();
            }
        };
        assert_eq!(in_folder(folder.path()), None);
        supply("AC", &[("type", "Mains"), ("online", "0")]);
        supply(
            "mouse",
            &[
                ("type", "Battery"),
                ("scope", "Device"),
                ("status", "Discharging"),
                ("capacity", "3"),
            ],
        );
        supply(
            "BAT0",
            &[("type", "Battery"), ("status", "Discharging"), ("capacity", "71")],
        );
        supply(
            "BAT1",
            &[("type", "Battery"), ("status", "Discharging"), ("capacity", "40")],
        );
        assert_eq!(in_folder(folder.path()), Some(40));
        for name in ["BAT0", "BAT1"] {
            supply(name, &[("status", "Charging")]);
        }
        assert_eq!(in_folder(folder.path()), None);
    }
}
