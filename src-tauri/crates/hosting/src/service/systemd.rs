//! Linux: a unit of the user's own systemd.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{ENDS_WITHIN_S, Program, ServiceError, State, exit_words, tool};

const TOOL: &str = "systemctl";
const UNIT: &str = "ligand.service";
/// What systemd takes in no executable's name, however it is quoted.
const NOT_IN_NAMES: [char; 3] = ['"', '\'', '\\'];
/// Where systemd notes that it is started at login.
const WANTED: &str = "default.target.wants";

/// Writes the unit, and has it started at each login, and now if that is wanted. Where systemd does not take it nothing is
/// left behind. Gives the unit's file.
pub async fn install(program: &Program, now: bool) -> Result<PathBuf, ServiceError> {
    if program.executable.contains(NOT_IN_NAMES) {
        return Err(ServiceError::Odd(program.executable.clone()));
    }
    let path = folder()?.join(UNIT);
    let before = fs::read(&path).ok();
    write(&path, text(program).as_bytes())?;
    let taken = take(now).await;
    if taken.is_err() {
        // Whatever fails here is less than what is told.
        let _ = match before {
            Some(before) => write(&path, &before),
            None => remove(&path).map(drop),
        };
    }
    taken.map(|()| path)
}

async fn take(now: bool) -> Result<(), ServiceError> {
    systemctl(&["daemon-reload"]).await?;
    match now {
        // A unit that is there already runs with its old text until it starts anew.
        true => {
            systemctl(&["enable", UNIT]).await?;
            systemctl(&["restart", UNIT]).await
        }
        false => systemctl(&["enable", UNIT]).await,
    }
}

/// Stops the service and removes what `install` wrote; gives the file, if there was one.
pub async fn uninstall() -> Result<Option<PathBuf>, ServiceError> {
    let folder = folder()?;
    if !is_installed(&folder) {
        return Ok(None);
    }
    let path = folder.join(UNIT);
    // Without a systemd that answers nothing of it runs, and the files are all there is.
    let _ = systemctl(&["disable", "--now", UNIT]).await;
    remove(&path)?;
    let _ = systemctl(&["daemon-reload"]).await;
    let _ = systemctl(&["reset-failed", UNIT]).await;
    Ok(Some(path))
}

/// One that was removed by hand may have left behind what says that it is started at login.
fn is_installed(folder: &Path) -> bool {
    folder.join(UNIT).exists() || folder.join(WANTED).join(UNIT).is_symlink()
}

/// Asks systemd how the unit is.
pub async fn status() -> Result<State, ServiceError> {
    if !is_installed(&folder()?) {
        return Ok(State::NotInstalled);
    }
    let asked = [
        "--user",
        "show",
        UNIT,
        "--property=ActiveState,SubState,Result,ExecMainStatus,MainPID",
    ];
    let shown = tool::run(TOOL, &asked).await?;
    if !shown.status.success() {
        let said = String::from_utf8_lossy(&shown.stderr).trim().to_owned();
        return Ok(State::Stopped {
            why: format!("systemd does not serve this user now: {said}"),
        });
    }
    Ok(state(&String::from_utf8_lossy(&shown.stdout)))
}

fn state(shown: &str) -> State {
    let property = |name: &str| {
        let mut lines = shown.lines();
        lines
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
    };
    let code = exit_words(property("ExecMainStatus"));
    let why = match (property("ActiveState"), property("SubState")) {
        ("active" | "reloading", _) => {
            let pid = property("MainPID").parse().ok().filter(|pid| *pid != 0);
            return State::Running { pid };
        }
        ("activating", "auto-restart") => format!("{code}; it is started again in a moment"),
        ("activating", _) => "it is starting".to_owned(),
        ("deactivating", _) => "it is ending".to_owned(),
        ("failed", _) => match property("Result") {
            "exit-code" => code,
            result => format!("it failed ({result})"),
        },
        (_, _) => code,
    };
    State::Stopped { why }
}

/// The unit's text.
fn text(program: &Program) -> String {
    let command: Vec<String> = [&program.executable]
        .into_iter()
        .chain(&program.arguments)
        .map(|word| quoted(word))
        .collect();
    let variables: String = program
        .environment
        .iter()
        .map(|(name, value)| format!("Environment={}\n", quoted(&format!("{name}={value}"))))
        .collect();
    format!(
        "# Written by `ligand service install`; `ligand service uninstall` removes it. No secret is in here.\n\
         \n\
         [Unit]\n\
         Description=Ligand, this machine's host for Molecule AI workspaces\n\
         # What fails at once does not become right by trying for ever.\n\
         StartLimitIntervalSec=300\n\
         StartLimitBurst=10\n\
         \n\
         [Service]\n\
         Type=exec\n\
         ExecStart={}\n\
         {variables}\
         Restart=on-failure\n\
         RestartSec=5\n\
         # 2: wrong usage, 4: needs the user. Neither is mended by starting again.\n\
         RestartPreventExitStatus=2 4\n\
         # The host ends what it has started, and gets the time that messages in flight have.\n\
         KillMode=mixed\n\
         TimeoutStopSec={ENDS_WITHIN_S}\n\
         UMask=0077\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        command.join(" "),
    )
}

/// One word as systemd reads it: quoted, with its own signs escaped. `$` means something in arguments alone, and those
/// that we write have none.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{escaped}\"")
}

/// The folder of the user's units.
fn folder() -> Result<PathBuf, ServiceError> {
    let named = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config = named("XDG_CONFIG_HOME").or_else(|| Some(named("HOME")?.join(".config")));
    config.map(|config| config.join("systemd/user")).ok_or_else(|| {
        ServiceError::NotHere("HOME is not set, so there is no place for a service".to_owned())
    })
}

fn write(path: &Path, text: &[u8]) -> Result<(), ServiceError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| ServiceError::File {
            path: path.to_owned(),
            error,
        })
}

/// Removes the unit, what says that it is started at login, and the folders that are empty then.
fn remove(path: &Path) -> Result<(), ServiceError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let wanted = folder.join(WANTED);
    for file in [path.to_owned(), wanted.join(UNIT)] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ServiceError::File { path: file, error });
            }
            _ => {}
        }
    }
    for empty in [wanted.as_path(), folder, folder.parent().unwrap_or(folder)] {
        // One with something in it stays.
        let _ = fs::remove_dir(empty);
    }
    Ok(())
}

async fn systemctl(arguments: &[&str]) -> Result<(), ServiceError> {
    tool::must(TOOL, &[&["--user"][..], arguments].concat()).await
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, process::Command};

    use super::*;

    fn program(executable: &str) -> Program {
        let arguments = ["up", "--profile", "home"].map(str::to_owned).to_vec();
        let environment = vec![
            ("PATH", "/my \"tools\"/bin:/usr/bin".to_owned()),
            ("LIGAND_LOG", "100%".to_owned()),
        ];
        Program::new(executable, arguments, environment).unwrap()
    }

    #[test]
    fn words_with_blanks_quotes_backslashes_and_percents_are_one_word_each() {
        let text = text(&program("/opt/my 50% \\ tools/ligand"));
        for line in [
            "ExecStart=\"/opt/my 50%% \\\\ tools/ligand\" \"up\" \"--profile\" \"home\"",
            "Environment=\"PATH=/my \\\"tools\\\"/bin:/usr/bin\"",
            "Environment=\"LIGAND_LOG=100%%\"",
            "Restart=on-failure",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }

    #[test]
    fn systemd_finds_nothing_wrong_with_the_unit_also_where_a_folder_has_a_blank_in_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("my 50% $tools; & more");
        fs::create_dir(&bin).unwrap();
        let executable = bin.join("ligand");
        fs::write(&executable, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&executable, fs::Permissions::from_mode(0o755)).unwrap();
        let unit = folder.path().join(UNIT);
        fs::write(&unit, text(&program(executable.to_str().unwrap()))).unwrap();
        let verify = Command::new("systemd-analyze")
            .args(["verify", "--user", "--man=no"])
            .arg(&unit)
            .env("XDG_RUNTIME_DIR", folder.path())
            .output();
        // Where there is no tool to look at it, nobody looks.
        let Ok(output) = verify else { return };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.trim().is_empty(), "{said}");
    }

    #[test]
    fn a_service_that_does_not_run_says_why() {
        let shown = |active: &str, sub: &str, result: &str, code: &str| {
            state(&format!(
                "ActiveState={active}\nSubState={sub}\nResult={result}\nExecMainStatus={code}\nMainPID=7\n"
            ))
        };
        assert_eq!(
            shown("active", "running", "success", "0"),
            State::Running { pid: Some(7) }
        );
        let why = |state: State| match state {
            State::Stopped { why } => why,
            other => panic!("{other:?}"),
        };
        assert!(why(shown("failed", "failed", "exit-code", "4")).contains("needs you"));
        assert!(why(shown("failed", "failed", "start-limit-hit", "1")).contains("start-limit-hit"));
        assert!(why(shown("activating", "auto-restart", "exit-code", "1")).contains("again"));
        assert_eq!(why(shown("inactive", "dead", "success", "0")), "it was ended");
    }

    #[test]
    fn a_removed_unit_leaves_only_what_others_have_put_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("systemd/user");
        let path = folder.join(UNIT);
        write(&path, b"x").unwrap();
        fs::create_dir(folder.join(WANTED)).unwrap();
        std::os::unix::fs::symlink(&path, folder.join(WANTED).join(UNIT)).unwrap();
        remove(&path).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        write(&path, b"x").unwrap();
        write(&folder.join("other.service"), b"x").unwrap();
        remove(&path).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
