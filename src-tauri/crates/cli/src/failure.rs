//! How a command ends when it does not do what was asked: one exit code, one line.

use std::{fmt, process::ExitCode};

use ligand_host::{
    control::ClientError, headless::HeadlessError, host::HostError, logging::LoggingError,
    plugins::PluginError, setup::SetupError, vault::VaultError,
};
use ligand_hosting::{EmbeddedError, TurnError};

/// The exit codes besides 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was tried and failed.
    Failed = 1,
    /// It cannot be meant like that.
    Usage = 2,
    /// It needs a running host.
    NotRunning = 3,
    /// Only the user can mend it.
    NeedsUser = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed: what, why, what next, in one line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    line: String,
}

impl Failure {
    /// A failure with that exit code and that text.
    pub(crate) fn new(exit: Exit, text: impl fmt::Display) -> Self {
        Self {
            exit,
            line: one_line(&text.to_string()),
        }
    }

    /// Tried, and failed.
    pub(crate) fn failed(text: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, text)
    }

    /// The user has to do something first.
    pub(crate) fn needs_user(text: impl fmt::Display) -> Self {
        Self::new(Exit::NeedsUser, text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::NotRunning => Exit::NotRunning,
            ClientError::Refused(refused) if refused.needs_user => Exit::NeedsUser,
            ClientError::Refused(_) | ClientError::Broken(_) => Exit::Failed,
        };
        Self::new(exit, error)
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        let exit = if error.needs_user() {
            Exit::NeedsUser
        } else {
            Exit::Failed
        };
        Self::new(exit, error)
    }
}

impl From<HeadlessError> for Failure {
    fn from(error: HeadlessError) -> Self {
        match error {
            HeadlessError::Missing { .. } | HeadlessError::Bad { .. } => Self::needs_user(error),
            // The platform may come up yet.
            HeadlessError::NotBeside { .. } => Self::failed(error),
        }
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        if let SetupError::Vault(VaultError::Locked) = error {
            // A host waits for it; a command that is run once does not.
            return Self::needs_user(
                "the keychain is locked. Unlock it (log in to the desktop, or open its passwords app), and run this again",
            );
        }
        let exit = if error.needs_user() {
            Exit::NeedsUser
        } else {
            Exit::Failed
        };
        Self::new(exit, error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        SetupError::from(error).into()
    }
}

impl From<PluginError> for Failure {
    fn from(error: PluginError) -> Self {
        match error {
            PluginError::Vault(error) => error.into(),
            error @ PluginError::NoToken => Self::needs_user(error),
            error => Self::failed(error),
        }
    }
}

impl From<LoggingError> for Failure {
    fn from(error: LoggingError) -> Self {
        Self::failed(error)
    }
}

impl From<TurnError> for Failure {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Refused(refused) => refused.into(),
            TurnError::Lock(_) | TurnError::Silent => Self::failed(error),
        }
    }
}

impl From<EmbeddedError> for Failure {
    fn from(error: EmbeddedError) -> Self {
        match error {
            EmbeddedError::Profile(error) => error.into(),
            error if error.needs_user() => Self::needs_user(error),
            error => Self::failed(error),
        }
    }
}

/// Causes may bring line ends and control characters from outside; the promise is one line.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|char: char| char.is_whitespace() || char.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_its_cause_says() {
        let failure = Failure::failed("It failed:\n  <html>\r\n\u{1b}[31mred. Try again.");
        assert_eq!(failure.to_string(), "It failed: <html> [31mred. Try again.");
    }

    #[test]
    fn a_locked_keychain_needs_the_user_and_does_not_promise_to_go_on() {
        let failure = Failure::from(VaultError::Locked);
        assert_eq!(failure.exit as u8, 4);
        assert!(!failure.to_string().contains("by itself"), "{failure}");
    }

    #[test]
    fn a_missing_host_has_an_exit_code_of_its_own() {
        assert_eq!(Failure::from(ClientError::NotRunning).exit as u8, 3);
    }
}
