//! macOS's own tools: `caffeinate` holds the system's assertion against idle sleep for as long as it runs, and ends with
//! this process, and `pmset` knows the battery. (Not run on a Mac yet.)

use std::{io, process::Stdio, time::Duration};

use tokio::process::{Child, Command};

/// How long a tool may take.
const CALL: Duration = Duration::from_secs(5);

/// The machine stays awake as long as this is kept.
pub(super) struct Hold(#[allow(dead_code, reason = "ended with it")] Child);

pub(super) async fn hold() -> io::Result<Hold> {
    let own = std::process::id().to_string();
    Command::new("/usr/bin/caffeinate")
        .args(["-i", "-w", &own])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map(Hold)
}

/// Percent that is left, while the machine runs on its battery.
pub(super) async fn battery() -> Option<u8> {
    let asked = Command::new("/usr/bin/pmset")
        .args(["-g", "batt"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let told = tokio::time::timeout(CALL, asked).await.ok()?.ok()?;
    left(&String::from_utf8_lossy(&told.stdout))
}

fn left(told: &str) -> Option<u8> {
    let in_use = told.lines().next()?.contains("Battery Power");
    let (before, _) = told.split_once('%')?;
    let digits = before.len() - before.bytes().rev().take_while(u8::is_ascii_digit).count();
    before[digits..].parse().ok().filter(|_| in_use)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_battery_counts_only_while_it_is_in_use() {
        let told = |source: &str| {
            format!(
                "Now drawing from '{source}'\n -InternalBattery-0 (id=4653155)\t57%; discharging; 3:10 remaining present: true\n"
            )
        };
        assert_eq!(left(&told("Battery Power")), Some(57));
        assert_eq!(left(&told("AC Power")), None);
        assert_eq!(left("Now drawing from 'AC Power'\n"), None);
        assert_eq!(left(""), None);
    }
}
