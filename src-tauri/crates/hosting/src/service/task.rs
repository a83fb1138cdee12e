//! Windows: a task of the Task Scheduler that starts at this user's logon. (A Windows service would run without the user,
//! and so without their Credential Manager.)
//!
//! A task has no environment of its own: it has the user's.

use std::{fs, path::PathBuf};

use super::{Program, ServiceError, State, tool};

const TOOL: &str = "schtasks";
const NAME: &str = "Ligand";

/// Registers the task, and starts it if that is wanted. Gives its name.
pub async fn install(program: &Program, now: bool) -> Result<PathBuf, ServiceError> {
    let path = std::env::temp_dir().join(format!("ligand-task-{}.xml", std::process::id()));
    fs::write(&path, utf16(&text(program, &user()))).map_err(|error| ServiceError::File {
        path: path.clone(),
        error,
    })?;
    let created = tool::must(
        TOOL,
        &["/Create", "/F", "/TN", NAME, "/XML", &path.to_string_lossy()],
    )
    .await;
    // The scheduler has it now; what is left lies among temporary files.
    let _ = fs::remove_file(&path);
    created?;
    if now {
        tool::must(TOOL, &["/Run", "/TN", NAME]).await?;
    }
    Ok(PathBuf::from(NAME))
}

/// Ends and removes the task; gives its name, if there was one.
pub async fn uninstall() -> Result<Option<PathBuf>, ServiceError> {
    if !is_there().await? {
        return Ok(None);
    }
    // One that does not run is no fault.
    let _ = tool::run(TOOL, &["/End", "/TN", NAME]).await;
    tool::must(TOOL, &["/Delete", "/F", "/TN", NAME]).await?;
    Ok(Some(PathBuf::from(NAME)))
}

/// Whether there is such a task. What else the scheduler says is in the system's language.
pub async fn status() -> Result<State, ServiceError> {
    Ok(match is_there().await? {
        false => State::NotInstalled,
        true => State::Stopped {
            why: "no host answers; `schtasks /Query /V /FO LIST /TN Ligand` shows its last result".to_owned(),
        },
    })
}

async fn is_there() -> Result<bool, ServiceError> {
    let asked = tool::run(TOOL, &["/Query", "/TN", NAME]).await?;
    Ok(asked.status.success())
}

/// This user, as the scheduler names them.
fn user() -> String {
    let named = |name: &str| std::env::var(name).unwrap_or_default();
    match (named("USERDOMAIN"), named("USERNAME")) {
        (domain, name) if domain.is_empty() => name,
        (domain, name) => format!("{domain}\\{name}"),
    }
}

/// The task: started again up to 10 times, a minute apart.
fn text(program: &Program, user: &str) -> String {
    let arguments: Vec<String> = program.arguments.iter().map(|word| quoted(word)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n\
         <Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n\
         <RegistrationInfo><Description>Written by ligand service install; ligand service uninstall removes it. No \
         secret is in here.</Description></RegistrationInfo>\r\n\
         <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>{user}</UserId></LogonTrigger></Triggers>\r\n\
         <Principals><Principal id=\"Author\"><UserId>{user}</UserId><LogonType>InteractiveToken</LogonType>\
         <RunLevel>LeastPrivilege</RunLevel></Principal></Principals>\r\n\
         <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\
         <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\
         <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>\
         <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>\
         <RestartOnFailure><Interval>PT1M</Interval><Count>10</Count></RestartOnFailure></Settings>\r\n\
         <Actions Context=\"Author\"><Exec><Command>{}</Command><Arguments>{}</Arguments></Exec></Actions>\r\n\
         </Task>\r\n",
        escaped(&program.executable),
        escaped(&arguments.join(" ")),
        user = escaped(user),
    )
}

/// A word of a command line; ours hold no quotes.
fn quoted(word: &str) -> String {
    match word.contains(char::is_whitespace) {
        true => format!("\"{word}\""),
        false => word.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// As the scheduler reads it: UTF-16 with its mark.
fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_starts_the_host_at_this_users_logon_and_again_when_it_fails() {
        let arguments = ["up", "--profile", "home"].map(str::to_owned).to_vec();
        let program = Program::new("C:\\Program Files\\A&B\\ligand.exe", arguments, Vec::new()).unwrap();
        let text = text(&program, "HOME\\ann");
        for part in [
            "<Command>C:\\Program Files\\A&amp;B\\ligand.exe</Command><Arguments>up --profile home</Arguments>",
            "<LogonTrigger><Enabled>true</Enabled><UserId>HOME\\ann</UserId></LogonTrigger>",
            "<RestartOnFailure>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(utf16("<")[..], [0xff, 0xfe, b'<', 0]);
    }
}
