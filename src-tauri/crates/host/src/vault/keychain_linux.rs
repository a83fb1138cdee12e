//! The Secret Service on the session bus: GNOME Keyring, KWallet, KeePassXC.
//!
//! Each call connects anew. Secrets are read once per start, so that costs little, and the service may be restarted,
//! locked and unlocked under a running host. So the store that makes the entries is our own too: `keyring`'s is made
//! once per process, and stays broken if it was broken then. Secrets cross the bus encrypted.
//!
//! The store unlocks whatever it meets locked, with a window each time: an application that asks again every few
//! seconds is worse than one that waits. So the service is asked first, over a connection of its own, and nothing here
//! shows a window but [`ask_to_unlock`] and the first [`is_there`], and that once per process.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyring::{Entry, Error};
use keyring_core::api::CredentialStoreApi;
use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error as ServiceError};
use zbus::blocking::{connection, fdo::DBusProxy};
use zbus::names::WellKnownName;
use zbus_secret_service_keyring_store::Store;

use super::{SERVICE, VaultError};

/// The bus name of every Secret Service.
const BUS_NAME: &str = "org.freedesktop.secrets";

/// The specification's name for "unlock it first".
const IS_LOCKED: &str = "org.freedesktop.Secret.Error.IsLocked";

/// How long the service may take to answer before an entry is touched, shorter than the vault's deadline so that the
/// reason is told. Windows are not waited for in a call.
const CALL: Duration = Duration::from_secs(8);

/// What the keychain that is made where there is none yet is called in the desktop's own windows.
const NEW_KEYCHAIN: &str = "Default keyring";

/// Whether the user has been asked in this process.
static ASKED: Mutex<Asked> = Mutex::new(Asked::NotYet);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    NotYet,
    /// A window is open.
    Waiting,
    Answered,
}

/// Whether this session has a keychain; it is unlocked then.
pub(in crate::vault) fn is_there() -> Result<bool, VaultError> {
    let Some(service) = connect()? else {
        return Ok(false);
    };
    match state(&service)? {
        State::Unlocked => Ok(true),
        State::Locked => {
            ask(&service, State::Locked)?;
            match state(&service)? {
                State::Unlocked => Ok(true),
                _ => Err(VaultError::Locked),
            }
        }
        // A service without a keychain: a first login, where the user may make one now, or a server that has the
        // package but no screen to ask on, where there will never be one.
        State::Missing => match ask(&service, State::Missing) {
            Ok(()) => Ok(state(&service)? == State::Unlocked),
            Err(VaultError::Locked) if asked() == Asked::Answered => Ok(false),
            Err(error) => Err(error),
        },
    }
}

/// Asks the user to unlock, once per process.
pub(in crate::vault) fn ask_to_unlock() -> Result<(), VaultError> {
    ask(&running()?, State::Locked)
}

/// The entry with this name, which can be used without a window.
pub(super) fn entry(account: &str) -> Result<Entry, VaultError> {
    let service = running()?;
    match state(&service)? {
        State::Unlocked => {}
        State::Locked => return Err(VaultError::Locked),
        State::Missing => {
            return Err(VaultError::Unavailable(
                "it has no default keyring any more".into(),
            ));
        }
    }
    // Somebody may have moved it into another keyring, which is locked by itself.
    let found = service.search_items([("service", SERVICE), ("username", account)].into());
    if !found.map_err(service_fault)?.locked.is_empty() {
        return Err(VaultError::Locked);
    }
    let label = format!("Ligand: {account}");
    let modifiers = HashMap::from([("label", label.as_str())]);
    let made = Store::new().and_then(|store| store.build(SERVICE, account, Some(&modifiers)));
    Ok(Entry {
        inner: made.map_err(fault)?,
    })
}

fn running() -> Result<SecretService<'static>, VaultError> {
    connect()?.ok_or_else(|| VaultError::Unavailable("it has gone from the session bus".into()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unlocked,
    Locked,
    /// The service has no keychain for new entries.
    Missing,
}

fn state(service: &SecretService<'_>) -> Result<State, VaultError> {
    match service.get_default_collection() {
        Ok(keychain) if keychain.is_locked().map_err(service_fault)? => Ok(State::Locked),
        Ok(_) => Ok(State::Unlocked),
        Err(ServiceError::NoResult) => Ok(State::Missing),
        Err(error) => Err(service_fault(error)),
    }
}

fn asked() -> Asked {
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows the keychain's own window and waits for it, for as long as the user takes. `Err(Locked)`: it was closed, or
/// it has been shown before.
fn ask(service: &SecretService<'_>, state: State) -> Result<(), VaultError> {
    {
        let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        if *asked != Asked::NotYet {
            return Err(VaultError::Locked);
        }
        *asked = Asked::Waiting;
    }
    let answer = match state {
        State::Missing => service.create_collection(NEW_KEYCHAIN, "default").map(drop),
        _ => service
            .get_default_collection()
            .and_then(|keychain| keychain.unlock()),
    };
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Asked::Answered;
    answer.map_err(service_fault)
}

/// `None`: there is no session bus, or nothing on it that would answer to the name. No secret passes over it, so it
/// needs no encryption.
fn connect() -> Result<Option<SecretService<'static>>, VaultError> {
    let bus = match connection::Builder::session().and_then(|bus| bus.method_timeout(CALL).build()) {
        Ok(bus) => bus,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(bus_fault(&error)),
    };
    let names = DBusProxy::new(&bus).map_err(|error| bus_fault(&error))?;
    let name = WellKnownName::from_static_str_unchecked(BUS_NAME);
    if !names
        .name_has_owner(name.clone().into())
        .map_err(|error| bus_fault(&error.into()))?
    {
        let startable = names
            .list_activatable_names()
            .map_err(|error| bus_fault(&error.into()))?;
        if !startable.iter().any(|known| known.as_str() == BUS_NAME) {
            return Ok(None);
        }
        names
            .start_service_by_name(name, 0)
            .map_err(|error| bus_fault(&error.into()))?;
    }
    SecretService::connect_with_existing(EncryptionType::Plain, bus)
        .map(Some)
        .map_err(service_fault)
}

/// No bus at all: no address to try, no socket, or a socket that a bus left behind.
fn is_absent(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::Address(_) => true,
        zbus::Error::InputOutput(error) | zbus::Error::Connection(error, _) => {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            )
        }
        _ => false,
    }
}

pub(super) fn fault(error: Error) -> VaultError {
    match error {
        Error::PlatformFailure(inner) | Error::NoStorageAccess(inner) => match inner.downcast() {
            Ok(inner) => service_fault(*inner),
            Err(inner) => VaultError::Unavailable(inner.to_string()),
        },
        Error::Ambiguous(found) => VaultError::Unavailable(format!(
            "it has {} entries for the same secret. Delete all but one in its passwords app",
            found.len()
        )),
        other => VaultError::Unavailable(other.to_string()),
    }
}

fn service_fault(error: ServiceError) -> VaultError {
    match error {
        ServiceError::Locked | ServiceError::Prompt | ServiceError::PromptDisconnected => VaultError::Locked,
        ServiceError::Zbus(error) => bus_fault(&error),
        ServiceError::ZbusFdo(error) => bus_fault(&error.into()),
        other => VaultError::Unavailable(format!("the Secret Service answered: {other}")),
    }
}

fn bus_fault(error: &zbus::Error) -> VaultError {
    match error {
        zbus::Error::MethodError(name, _, _) if name.as_str() == IS_LOCKED => VaultError::Locked,
        // A bus of another user, as after sudo.
        zbus::Error::Handshake(_) => VaultError::Unavailable(
            "the session bus does not accept this user. Start Ligand as the user of the desktop session"
                .into(),
        ),
        other => VaultError::Unavailable(format!(
            "the Secret Service cannot be reached over the session bus ({other}). It is tried again; \
             LIGAND_VAULT=file keeps secrets in a file instead"
        )),
    }
}
