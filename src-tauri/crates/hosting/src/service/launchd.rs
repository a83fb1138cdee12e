//! macOS: an agent of launchd for this user.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{ENDS_WITHIN_S, Program, ServiceError, State, exit_words, tool};

const TOOL: &str = "launchctl";
const LABEL: &str = "app.moleculesai.ligand";

/// Writes the agent's description, and loads it, which starts it, if that is wanted; it is started at each login. Where
/// launchd does not take it nothing is left behind. Gives the file.
pub async fn install(program: &Program, now: bool) -> Result<PathBuf, ServiceError> {
    let path = file()?;
    write(&path, &text(program))?;
    if now {
        // One that was loaded before has the old description.
        let _ = tool::run(TOOL, &["bootout", &target()]).await;
        let loaded = tool::must(TOOL, &["bootstrap", &domain(), &path.to_string_lossy()]).await;
        if let Err(error) = loaded {
            // Whatever fails here is less than what is told.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
    }
    Ok(path)
}

/// Stops the agent and removes its description; gives the file, if there was one.
pub async fn uninstall() -> Result<Option<PathBuf>, ServiceError> {
    let path = file()?;
    if !path.exists() {
        return Ok(None);
    }
    // One that is not loaded is no fault.
    let _ = tool::run(TOOL, &["bootout", &target()]).await;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ServiceError::File { path, error }),
        _ => Ok(Some(path)),
    }
}

/// Asks launchd how the agent is.
pub async fn status() -> Result<State, ServiceError> {
    if !file()?.exists() {
        return Ok(State::NotInstalled);
    }
    let shown = tool::run(TOOL, &["print", &target()]).await?;
    if !shown.status.success() {
        return Ok(State::Stopped {
            why: "it is not loaded; it is at the next login, or when it is installed again".to_owned(),
        });
    }
    Ok(state(&String::from_utf8_lossy(&shown.stdout)))
}

fn state(shown: &str) -> State {
    let property = |name: &str| {
        let mut lines = shown.lines().map(str::trim);
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
    };
    if property("state") == Some("running") {
        return State::Running {
            pid: property("pid").and_then(|pid| pid.parse().ok()),
        };
    }
    let why = match property("last exit code") {
        Some(code) if code.bytes().all(|byte| byte.is_ascii_digit()) => exit_words(code),
        _ => "it has not been started yet".to_owned(),
    };
    State::Stopped { why }
}

/// The description: a property list. launchd cannot tell exit codes apart, so it waits between two starts.
fn text(program: &Program) -> String {
    let words: String = [&program.executable]
        .into_iter()
        .chain(&program.arguments)
        .map(|word| format!("        <string>{}</string>\n", escaped(word)))
        .collect();
    let variables: String = program
        .environment
        .iter()
        .map(|(name, value)| {
            format!(
                "        <key>{name}</key>\n        <string>{}</string>\n",
                escaped(value)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Written by `ligand service install`; `ligand service uninstall` removes it. No secret is in here. -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n\
         \x20   <key>Label</key>\n\
         \x20   <string>{LABEL}</string>\n\
         \x20   <key>ProgramArguments</key>\n\
         \x20   <array>\n{words}\x20   </array>\n\
         \x20   <key>EnvironmentVariables</key>\n\
         \x20   <dict>\n{variables}\x20   </dict>\n\
         \x20   <key>RunAtLoad</key>\n\
         \x20   <true/>\n\
         \x20   <key>KeepAlive</key>\n\
         \x20   <dict>\n\
         \x20       <key>SuccessfulExit</key>\n\
         \x20       <false/>\n\
         \x20   </dict>\n\
         \x20   <key>ThrottleInterval</key>\n\
         \x20   <integer>30</integer>\n\
         \x20   <key>ExitTimeOut</key>\n\
         \x20   <integer>{ENDS_WITHIN_S}</integer>\n\
         \x20   <key>Umask</key>\n\
         \x20   <integer>63</integer>\n\
         </dict>\n\
         </plist>\n",
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn file() -> Result<PathBuf, ServiceError> {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .filter(|home| home.is_absolute());
    home.map(|home| home.join(format!("Library/LaunchAgents/{LABEL}.plist")))
        .ok_or_else(|| {
            ServiceError::NotHere("HOME is not set, so there is no place for a service".to_owned())
        })
}

fn write(path: &Path, text: &str) -> Result<(), ServiceError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| ServiceError::File {
            path: path.to_owned(),
            error,
        })
}

/// The login session of this user, where its agents live.
fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

fn target() -> String {
    format!("{}/{LABEL}", domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_has_each_word_by_itself_and_what_xml_would_read_is_escaped() {
        let arguments = ["up", "--profile", "home"].map(str::to_owned).to_vec();
        let environment = vec![("PATH", "/a&b:/usr/bin".to_owned())];
        let program = Program::new("/Applications/My <Tools>/ligand", arguments, environment).unwrap();
        let text = text(&program);
        for part in [
            "<array>\n        <string>/Applications/My &lt;Tools&gt;/ligand</string>\n        <string>up</string>\n",
            "<key>PATH</key>\n        <string>/a&amp;b:/usr/bin</string>",
            "<key>SuccessfulExit</key>\n        <false/>",
            "<key>ExitTimeOut</key>\n    <integer>30</integer>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(text.matches("<dict>").count(), text.matches("</dict>").count());
    }

    #[test]
    fn what_launchd_prints_is_a_state() {
        let print = |lines: &str| state(&format!("gui/501/{LABEL} = {{\n{lines}}}\n"));
        assert_eq!(
            print("\tstate = running\n\tpid = 7\n"),
            State::Running { pid: Some(7) }
        );
        let State::Stopped { why } = print("\tstate = not running\n\tlast exit code = 4\n") else {
            panic!("it does not run");
        };
        assert!(why.contains("needs you"), "{why}");
    }
}
