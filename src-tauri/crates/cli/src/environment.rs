//! The one secret that this process may be given in its environment, taken out of it before anything else runs.
//!
//! What is read of the environment besides is read where it is used.

use ligand_host::{headless::TOKEN, vault::Secret};

/// Takes the workspace's token out of the environment, so that no process that is started from here can inherit it.
/// Only while this process has a single thread.
pub(crate) fn take_token() -> Option<Secret> {
    let token = std::env::var_os(TOKEN)?;
    remove(TOKEN);
    let token = Secret::new(
        token
            .into_string()
            .unwrap_or_else(|odd| odd.to_string_lossy().into_owned()),
    );
    Some(token).filter(|token| !token.expose().is_empty())
}

/// Takes a variable away from this process and all that it starts.
#[allow(
    unsafe_code,
    reason = "the standard library has no other way to take a variable away"
)]
fn remove(name: &str) {
    // SAFETY: no other thread reads the environment meanwhile, since there is none: it is called first of all.
    unsafe { std::env::remove_var(name) }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_was_taken_is_inherited_by_nobody() {
        if std::env::var_os(TOKEN).is_some() {
            // The process that this very test has started.
            assert_eq!(take_token().unwrap().expose(), "hush");
            let inherited = Command::new("env").output().unwrap().stdout;
            let inherited = String::from_utf8_lossy(&inherited);
            assert!(
                inherited.contains("PATH=") && !inherited.contains("hush"),
                "{inherited}"
            );
            return;
        }
        assert!(take_token().is_none());
        let again = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "environment::tests::what_was_taken_is_inherited_by_nobody",
            ])
            .env(TOKEN, "hush")
            .output()
            .unwrap();
        assert!(
            again.status.success(),
            "{}",
            String::from_utf8_lossy(&again.stdout)
        );
    }
}
