//! The vault with a real Secret Service: GNOME Keyring on a session bus of its own, in fresh folders.
//!
//! The bus is found through the environment of a process, so each test lets a process of its own use the vault: this
//! test binary again, which then runs only `uses_the_vault_as_told` and is given one command per line.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test may fail it"
)]

mod desktop;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ligand_host::places::Places;
use ligand_host::vault::{Account, Kind, Secret, Vault, VaultKind};
use rustix::process::Signal;
use uuid::Uuid;

use desktop::{Desktop, User, files_with};

const TOKEN: &str = "wst_5c7a-a-token-that-no-other-file-has-in-it";
const PASSWORD: &str = "the keyring's password";
/// Set for the process that uses the vault: the folder of its places.
const ROOT: &str = "LIGAND_TEST_ROOT";

#[test]
fn a_token_is_kept_by_the_secret_service_and_nowhere_on_disk() {
    let desktop = Desktop::new();
    let _keyring = desktop.keyring(Some(PASSWORD));
    let mut vault = User::of(&desktop);
    assert_eq!(vault.tell("open"), "keychain");
    assert_eq!(vault.tell("get token"), "none");
    assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    assert_eq!(vault.tell("get token"), TOKEN);
    assert_eq!(
        desktop.labels(),
        ["Ligand: acme.example/00000000-0000-0000-0000-000000000007/token"]
    );
    assert_eq!(files_with(desktop.root(), TOKEN), Vec::<PathBuf>::new());

    // Another start of Ligand finds it, and can forget it.
    let mut later = User::of(&desktop);
    assert_eq!(later.tell("open"), "keychain");
    assert_eq!(later.tell("get token"), TOKEN);
    assert_eq!(later.tell("delete token"), "done");
    assert_eq!(later.tell("delete token"), "done");
    assert_eq!(vault.tell("get token"), "none");
    assert!(desktop.labels().is_empty());
}

#[test]
fn a_locked_keychain_is_waited_for_and_works_in_the_same_process_once_unlocked() {
    let desktop = Desktop::new();
    let _keyring = desktop.keyring(Some(PASSWORD));
    let mut running = User::of(&desktop);
    assert_eq!(running.tell("open"), "keychain");
    assert_eq!(running.tell(&format!("set token {TOKEN}")), "done");

    desktop.lock();
    let mut starting = User::of(&desktop);
    for _ in 0..2 {
        assert_eq!(running.tell("get token"), "keychain_locked");
        assert_eq!(running.tell("get relay-key"), "keychain_locked");
        assert_eq!(running.tell("set relay-key x"), "keychain_locked");
        assert_eq!(running.tell("delete token"), "keychain_locked");
        assert_eq!(starting.tell("open"), "keychain_locked");
    }
    assert!(!desktop.vault_file().exists(), "a locked keychain became a file");

    desktop.unlock();
    assert_eq!(running.tell("get token"), TOKEN);
    assert_eq!(starting.tell("open"), "keychain");
    assert_eq!(starting.tell("get token"), TOKEN);
}

#[test]
fn without_a_session_bus_secrets_are_in_a_file_for_their_owner_alone() {
    let desktop = Desktop::without_bus();
    let mut vault = User::of(&desktop);
    assert_eq!(
        vault.tell("open"),
        format!("file {}", desktop.vault_file().display())
    );
    assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    assert_eq!(vault.tell("get token"), TOKEN);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&desktop.vault_file()), 0o600);
    assert_eq!(mode(desktop.vault_file().parent().unwrap()), 0o700);
    assert_eq!(files_with(desktop.root(), TOKEN), [desktop.vault_file()]);
    assert_eq!(vault.tell("delete token"), "done");
    assert_eq!(files_with(desktop.root(), TOKEN), Vec::<PathBuf>::new());
}

#[test]
fn a_bus_without_a_secret_service_is_no_keychain() {
    let desktop = Desktop::new();
    assert!(User::of(&desktop).tell("open").starts_with("file "));
}

#[test]
fn a_service_that_has_no_keychain_and_no_screen_to_make_one_is_no_keychain() {
    let desktop = Desktop::new();
    let _keyring = desktop.keyring(None);
    assert!(User::of(&desktop).tell("open").starts_with("file "));
}

#[test]
fn what_is_in_the_file_moves_into_a_keychain_that_appears_later() {
    let desktop = Desktop::new();
    let mut vault = User::of(&desktop);
    assert!(vault.tell("open").starts_with("file "));
    assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    assert_eq!(vault.tell("set relay-key second"), "done");

    let _keyring = desktop.keyring(Some(PASSWORD));
    desktop.lock();
    let mut next = User::of(&desktop);
    assert_eq!(next.tell("open"), "keychain_locked");
    assert!(
        desktop.vault_file().exists(),
        "the file went before the keychain had its secrets"
    );
    desktop.unlock();
    assert_eq!(next.tell("open"), "keychain");
    assert_eq!(next.tell("get token"), TOKEN);
    assert_eq!(next.tell("get relay-key"), "second");
    assert!(!desktop.vault_file().exists());
    assert_eq!(files_with(desktop.root(), TOKEN), Vec::<PathBuf>::new());
}

#[test]
fn a_keychain_that_holds_our_secrets_and_cannot_be_reached_does_not_become_a_file() {
    let desktop = Desktop::new();
    {
        let _keyring = desktop.keyring(Some(PASSWORD));
        let mut vault = User::of(&desktop);
        assert_eq!(vault.tell("open"), "keychain");
        assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    }
    let mut elsewhere = User::of(&desktop);
    assert_eq!(elsewhere.tell("open"), "keychain_unavailable");
    let mut forced = User::with(&desktop, &[("LIGAND_VAULT", "file")]);
    assert!(forced.tell("open").starts_with("file "));
    let keyring = desktop.keyring(Some(PASSWORD));
    assert_eq!(elsewhere.tell("open"), "keychain");
    assert_eq!(elsewhere.tell("get token"), TOKEN);
    assert_eq!(elsewhere.tell("delete token"), "done");
    drop(keyring);
    assert!(
        elsewhere.tell("open").starts_with("file "),
        "nothing of ours is in the keychain any more"
    );
}

#[test]
fn a_service_that_was_restarted_is_used_again() {
    let desktop = Desktop::new();
    let keyring = desktop.keyring(Some(PASSWORD));
    let mut vault = User::of(&desktop);
    assert_eq!(vault.tell("open"), "keychain");
    assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    drop(keyring);
    assert_eq!(vault.tell("get token"), "keychain_unavailable");
    let _keyring = desktop.keyring(Some(PASSWORD));
    assert_eq!(vault.tell("get token"), TOKEN);
}

#[test]
fn a_service_that_hangs_costs_a_deadline_and_nothing_else() {
    let desktop = Desktop::new();
    let keyring = desktop.keyring(Some(PASSWORD));
    let mut vault = User::of(&desktop);
    assert_eq!(vault.tell("open"), "keychain");
    assert_eq!(vault.tell(&format!("set token {TOKEN}")), "done");
    keyring.signal(Signal::STOP);
    assert_eq!(vault.tell("get token"), "keychain_unavailable");
    keyring.signal(Signal::CONT);
    assert_eq!(vault.tell("get token"), TOKEN);
}

#[test]
fn ligand_vault_decides_instead() {
    let desktop = Desktop::new();
    let mut keychain = User::with(&desktop, &[("LIGAND_VAULT", "keychain")]);
    assert_eq!(keychain.tell("open"), "keychain_unavailable");
    let mut wrong = User::with(&desktop, &[("LIGAND_VAULT", "safe")]);
    assert_eq!(wrong.tell("open"), "keychain_unavailable");
    let _keyring = desktop.keyring(Some(PASSWORD));
    assert_eq!(keychain.tell("open"), "keychain");
    let mut file = User::with(&desktop, &[("LIGAND_VAULT", "file")]);
    assert!(file.tell("open").starts_with("file "));
}

/// Not a test of its own: the process that uses the vault. It runs inside tokio, as the host does.
#[test]
#[ignore = "the other tests start it, with a folder in its environment"]
fn uses_the_vault_as_told() {
    let places = places(Path::new(
        &std::env::var_os(ROOT).expect("started by another test"),
    ));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut vault = None;
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let answer = runtime.block_on(obey(&line, &places, &mut vault));
        // A newline first: the test harness leaves its own line open.
        println!("\n> {answer}");
    }
}

async fn obey(line: &str, places: &Places, vault: &mut Option<Vault>) -> String {
    let mut words = line.splitn(3, ' ');
    let command = words.next().unwrap();
    let kind = match words.next() {
        Some("relay-key") => Kind::RelayKey,
        _ => Kind::Token,
    };
    let account = Account::new("https://acme.example", Uuid::from_u128(7), kind);
    let result = match command {
        "open" => Vault::open(places).await.map(|opened| {
            let kind = opened.kind();
            *vault = Some(opened);
            match kind {
                VaultKind::Keychain => "keychain".to_owned(),
                VaultKind::File { path } => format!("file {}", path.display()),
                VaultKind::Memory => "memory".to_owned(),
            }
        }),
        "get" => {
            let found = vault.as_ref().unwrap().get(&account).await;
            found.map(|secret| secret.map_or_else(|| "none".to_owned(), |secret| secret.expose().to_owned()))
        }
        "set" => {
            let secret = Secret::new(words.next().unwrap());
            vault
                .as_ref()
                .unwrap()
                .set(&account, &secret)
                .await
                .map(|()| "done".to_owned())
        }
        "delete" => vault
            .as_ref()
            .unwrap()
            .delete(&account)
            .await
            .map(|()| "done".to_owned()),
        other => panic!("{other}"),
    };
    result.unwrap_or_else(|error| {
        eprintln!("{line}: {error}");
        error.code().to_owned()
    })
}

fn places(root: &Path) -> Places {
    Places {
        config: root.join("config.toml"),
        state: root.join("state"),
        runtime: root.join("run/ligand"),
    }
}
