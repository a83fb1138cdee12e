//! The service in a home of its own: what is written, what systemd is asked, and that nothing of it stays.
//!
//! systemd itself is not asked to run it: a program in its place keeps what it was asked, and does to the folders what
//! systemd does. The unit is shown to the real one's own checker.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use ligand_e2e::{Era, Host, Said, Scratch, Stage, Variables, ligand};

/// systemd's tool, as far as it is used: it notes each question, keeps what is enabled and what runs.
const SYSTEMCTL: &str = r#"#!/bin/sh
[ "$1" = --user ] || exit 64
shift
echo "$*" >> "$HOME/../asked"
if [ -e "$HOME/../no-bus" ]; then
    echo "Failed to connect to bus: No medium found" >&2
    exit 1
fi
wants="$HOME/.config/systemd/user/default.target.wants"
case "$*" in
    "enable ligand.service") mkdir -p "$wants"; ln -sf ../ligand.service "$wants/ligand.service" ;;
    "restart ligand.service") touch "$HOME/../runs" ;;
    "disable --now ligand.service") rm -f "$HOME/../runs" "$wants/ligand.service" ;;
    "show ligand.service "*)
        if [ -e "$HOME/../runs" ]; then
            printf 'ActiveState=active\nSubState=running\nResult=success\nExecMainStatus=0\nMainPID=77\n'
        else
            printf 'ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=4\nMainPID=0\n'
        fi ;;
esac
"#;

/// A home with that tool on its search path.
fn variables(scratch: &Scratch) -> Variables {
    // Everybody has it, and it is nobody's to remove.
    fs::create_dir(scratch.path("home/.config")).unwrap();
    let bin = scratch.path("my tools");
    fs::create_dir(&bin).unwrap();
    let tool = bin.join("systemctl");
    fs::write(&tool, SYSTEMCTL).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut variables = Host::file_vault();
    variables.push(("PATH".to_owned(), path));
    variables
}

async fn service(stage: &Stage, variables: &Variables, arguments: &[&str]) -> Said {
    ligand(
        &stage.scratch,
        variables,
        &[&["service"][..], arguments].concat(),
        "",
    )
    .await
}

/// Names of everything in the home.
fn home(scratch: &Scratch) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![scratch.path("home")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            names.push(entry.path().display().to_string());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn a_service_is_installed_seen_and_removed_without_a_trace() {
    let stage = Stage::set(Era::L).await;
    let variables = variables(&stage.scratch);
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    let before = home(&stage.scratch);
    let said = service(&stage, &variables, &["status"]).await;
    assert_eq!(said.code(), Some(3), "{said:?}");

    let said = service(&stage, &variables, &["install", "--profile", "home"]).await;
    assert!(said.status.success(), "{said:?}");
    let unit = stage.scratch.path("home/.config/systemd/user/ligand.service");
    assert!(said.stdout.contains(&unit.display().to_string()), "{said:?}");
    assert!(said.stdout.contains("ligand service uninstall"), "{said:?}");
    let text = fs::read_to_string(&unit).unwrap();
    for part in [
        "\"up\" \"--profile\" \"home\"",
        "Restart=on-failure",
        "my tools",
        "LIGAND_STATE_DIR=",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(&stage.workspace.token), "a secret is in the unit");
    systemd_finds_nothing_wrong_with(&unit);
    let asked = fs::read_to_string(stage.scratch.path("asked")).unwrap();
    assert_eq!(
        asked.lines().collect::<Vec<_>>(),
        ["daemon-reload", "enable ligand.service", "restart ligand.service"]
    );
    let said = service(&stage, &variables, &["status"]).await;
    assert!(
        said.status.success() && said.stdout.contains("pid 77"),
        "{said:?}"
    );
    fs::remove_file(stage.scratch.path("runs")).unwrap();
    let said = service(&stage, &variables, &["status"]).await;
    assert_eq!(said.code(), Some(3), "{said:?}");
    assert!(
        said.stderr.contains("exit code 4") && said.stderr.contains("needs you"),
        "{said:?}"
    );

    let said = service(&stage, &variables, &["uninstall"]).await;
    assert!(
        said.status.success() && said.stdout.contains("removed"),
        "{said:?}"
    );
    assert_eq!(home(&stage.scratch), before);
    let said = service(&stage, &variables, &["uninstall"]).await;
    assert!(
        said.status.success() && said.stdout.contains("no service"),
        "{said:?}"
    );

    // Also when somebody has removed the unit by hand, and what says that it is started at login is left.
    assert!(service(&stage, &variables, &["install"]).await.status.success());
    fs::remove_file(&unit).unwrap();
    assert!(service(&stage, &variables, &["uninstall"]).await.status.success());
    assert_eq!(home(&stage.scratch), before);
}

#[tokio::test]
async fn where_systemd_does_not_serve_the_user_nothing_is_left_behind_and_it_is_said() {
    let stage = Stage::set(Era::L).await;
    let variables = variables(&stage.scratch);
    let said = service(&stage, &variables, &["install"]).await;
    assert_eq!(said.code(), Some(4), "there is no profile: {said:?}");
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    let before = home(&stage.scratch);
    fs::write(stage.scratch.path("no-bus"), "").unwrap();
    let said = service(&stage, &variables, &["install"]).await;
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(said.stderr.contains("Failed to connect to bus"), "{said:?}");
    assert_eq!(home(&stage.scratch), before);
    let said = service(&stage, &variables, &["install", "--profile", "other"]).await;
    assert!(said.stderr.contains("other"), "{said:?}");
}

#[tokio::test]
async fn beside_a_host_that_runs_the_service_waits_for_the_next_login() {
    let stage = Stage::set(Era::L).await;
    let variables = variables(&stage.scratch);
    let host = stage.online(&stage.profile()).await;
    let said = service(&stage, &variables, &["install"]).await;
    assert!(said.status.success(), "{said:?}");
    assert!(said.stdout.contains(&host.process.pid().to_string()), "{said:?}");
    let asked = fs::read_to_string(stage.scratch.path("asked")).unwrap();
    assert!(!asked.contains("restart"), "{asked}");
    assert!(service(&stage, &variables, &["uninstall"]).await.status.success());
}

#[tokio::test]
async fn uninstalling_ligand_ends_the_service_before_all_else_and_leaves_nothing_of_it() {
    let stage = Stage::set(Era::L).await;
    let variables = variables(&stage.scratch);
    let before = home(&stage.scratch);
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    assert!(service(&stage, &variables, &["install"]).await.status.success());
    let unit = stage.scratch.path("home/.config/systemd/user/ligand.service");
    assert!(unit.exists() && stage.scratch.path("runs").exists());

    let said = ligand(&stage.scratch, &variables, &["uninstall", "--yes"], "").await;
    assert!(said.status.success(), "{said:?}");
    for part in ["the service", &unit.display().to_string(), "the config"] {
        assert!(said.stdout.contains(part), "{part}: {said:?}");
    }
    assert!(!stage.scratch.path("runs").exists(), "it still runs");
    let asked = fs::read_to_string(stage.scratch.path("asked")).unwrap();
    assert!(
        asked.contains("\ndisable --now ligand.service\ndaemon-reload\n"),
        "{asked}"
    );
    assert_eq!(home(&stage.scratch), before);
    for folder in ["config", "state", "runtime"] {
        let left = stage.scratch.files(folder);
        assert!(left.is_empty(), "{left:?}");
    }

    // Also where somebody has removed the unit by hand.
    Host::prepare(&stage.scratch, &stage.profile(), &stage.workspace, &variables).await;
    assert!(service(&stage, &variables, &["install"]).await.status.success());
    fs::remove_file(&unit).unwrap();
    let said = ligand(&stage.scratch, &variables, &["uninstall", "--yes"], "").await;
    assert!(said.status.success(), "{said:?}");
    assert_eq!(home(&stage.scratch), before);
}

/// Where there is no checker nobody checks.
fn systemd_finds_nothing_wrong_with(unit: &std::path::Path) {
    let runtime = tempfile::tempdir().unwrap();
    let checked = Command::new("systemd-analyze")
        .args(["verify", "--user", "--man=no"])
        .arg(unit)
        .env("XDG_RUNTIME_DIR", runtime.path())
        .output();
    if let Ok(output) = checked {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.trim().is_empty(), "{said}");
    }
}
