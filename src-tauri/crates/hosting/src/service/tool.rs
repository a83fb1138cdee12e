//! A tool of the operating system that is run to its end: what it said, within a deadline.

use std::{io, process::Output, time::Duration};

use tokio::{process::Command, time::timeout};

use super::ServiceError;

/// A stop waits for the host's end; the rest is margin.
const WITHIN: Duration = Duration::from_secs(60);

/// Runs it and gives its output, however it ended.
pub(super) async fn run(tool: &str, arguments: &[&str]) -> Result<Output, ServiceError> {
    let mut command = Command::new(tool);
    command
        .args(arguments)
        .kill_on_drop(true)
        .stdin(std::process::Stdio::null());
    let fail = |said: String| ServiceError::Tool {
        asked: words(tool, arguments),
        said,
    };
    match timeout(WITHIN, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(ServiceError::NotHere(format!(
            "there is no {tool} on this system"
        ))),
        Ok(Err(error)) => Err(fail(error.to_string())),
        Err(_) => Err(fail(format!("nothing within {} s", WITHIN.as_secs()))),
    }
}

/// The same, and it must succeed.
pub(super) async fn must(tool: &str, arguments: &[&str]) -> Result<(), ServiceError> {
    let output = run(tool, arguments).await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ServiceError::Tool {
        asked: words(tool, arguments),
        said: if said.is_empty() {
            output.status.to_string()
        } else {
            said
        },
    })
}

fn words(tool: &str, arguments: &[&str]) -> String {
    [&[tool][..], arguments].concat().join(" ")
}
