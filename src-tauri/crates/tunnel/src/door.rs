//! Doors: the public paths under which a workspace is called, and how a relay knows its own.
//!
//! A door's path is `/w/` and 66 characters of base64url: workspace (16 bytes), slot (1), nonce (16), MAC (16). The
//! nonce is the laptop's, the MAC is the relay's. So a false path is refused at once and without any table, and a
//! true one is the same after every reconnect and on every relay that has the same secret.
//!
//! What is not here: whether a nonce is still wanted (the laptop knows), and who may call (the laptop's delivery
//! policy).

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

/// What every door path begins with.
const PREFIX: &str = "/w/";
/// Bytes of a nonce: 128 bits can't be guessed.
const NONCE_BYTES: usize = 16;
/// Bytes of the MAC that are kept: 128 bits can't be forged by trying.
const MAC_BYTES: usize = 16;
/// Workspace, slot, nonce, MAC.
const RAW_BYTES: usize = 16 + 1 + NONCE_BYTES + MAC_BYTES;
/// The raw bytes as base64url without padding.
const TEXT_BYTES: usize = (RAW_BYTES * 8).div_ceil(6);
/// Keeps this MAC apart from every other use of the same secret.
const MAC_LABEL: &[u8] = b"ligand door v1\n";

/// Which of a workspace's doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// The one that is registered with the platform.
    Platform,
    /// The one for other A2A callers.
    Shared,
}

impl Slot {
    fn byte(self) -> u8 {
        match self {
            Self::Platform => 1,
            Self::Shared => 2,
        }
    }

    /// Its name in paths and lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Shared => "shared",
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Platform),
            2 => Some(Self::Shared),
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Platform => "platform door",
            Self::Shared => "shared door",
        })
    }
}

/// The random part of a door, made by the laptop. A secret: it is what makes a door's URL hard to guess.
///
/// `==` takes the same time wherever the difference is.
#[derive(Clone)]
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    pub(crate) const BYTES: usize = NONCE_BYTES;

    /// A new one from the operating system's randomness.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; NONCE_BYTES];
        rand::fill(&mut bytes);
        Self(bytes)
    }

    /// Reads what [`Nonce::to_text`] wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self(bytes.as_slice().try_into().ok()?))
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// 22 characters of base64url, for the vault and for the hello.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl Drop for Nonce {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for Nonce {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Nonce {}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(redacted)")
    }
}

impl Serialize for Nonce {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::from_text(&text).ok_or_else(|| serde::de::Error::custom("not 16 bytes of base64url"))
    }
}

/// The same text without what makes the doors in it hard to guess, for a log: whatever stands where a door's path has its
/// secrets.
#[must_use]
pub fn without_doors(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(PREFIX) {
        let is_secret = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        let end = after.find(|char| !is_secret(char)).unwrap_or(after.len());
        shown.push_str(before);
        shown.push_str(PREFIX);
        // Shorter than a nonce is nobody's secret.
        let (secret, behind) = after.split_at(end);
        shown.push_str(if secret.len() < NONCE_BYTES {
            secret
        } else {
            "[hidden]"
        });
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

/// A door's path, taken apart. Well formed, which says nothing about its MAC: see [`RelaySecret::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct DoorPath {
    /// Whose door.
    pub workspace: Uuid,
    /// Which door.
    pub slot: Slot,
    /// The laptop's part.
    pub nonce: Nonce,
    mac: [u8; MAC_BYTES],
}

impl DoorPath {
    /// Splits a request's path (without its query) into the door and what follows it, which is empty or begins
    /// with a slash. `None` when the path is not a door's.
    #[must_use]
    pub fn parse(path: &str) -> Option<(Self, &str)> {
        let (text, rest) = path.strip_prefix(PREFIX)?.split_at_checked(TEXT_BYTES)?;
        if !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        // One byte more than needed: the decoder estimates the size of its output upwards.
        let mut raw = Zeroizing::new([0; RAW_BYTES + 2]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, raw.as_mut_slice()).ok()?;
        let raw: &[u8; RAW_BYTES] = raw.get(..length)?.try_into().ok()?;
        let (workspace, raw) = raw.split_first_chunk::<16>()?;
        let (&[slot], raw) = raw.split_first_chunk::<1>()?;
        let (nonce, mac) = raw.split_first_chunk::<NONCE_BYTES>()?;
        let door = Self {
            workspace: Uuid::from_bytes(*workspace),
            slot: Slot::from_byte(slot)?,
            nonce: Nonce(*nonce),
            mac: mac.try_into().ok()?,
        };
        Some((door, rest))
    }

    /// The path of a door that the laptop serves itself, with no relay to tell true ones from false: its MAC says nothing,
    /// and its nonce alone makes it hard to guess.
    #[must_use]
    pub fn unsealed(workspace: Uuid, slot: Slot, nonce: &Nonce) -> String {
        Self {
            workspace,
            slot,
            nonce: nonce.clone(),
            mac: [0; MAC_BYTES],
        }
        .to_path()
    }

    fn to_path(&self) -> String {
        let mut raw = Zeroizing::new(Vec::with_capacity(RAW_BYTES));
        raw.extend_from_slice(self.workspace.as_bytes());
        raw.push(self.slot.byte());
        raw.extend_from_slice(&self.nonce.0);
        raw.extend_from_slice(&self.mac);
        let mut path = String::with_capacity(PREFIX.len() + TEXT_BYTES);
        path.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(&raw, &mut path);
        path
    }
}

impl fmt::Debug for DoorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoorPath")
            .field("workspace", &self.workspace)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

/// What a relay makes and checks its doors with. Every node of one relay has the same.
pub struct RelaySecret(Zeroizing<[u8; 32]>);

impl RelaySecret {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// A new one from the operating system's randomness.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        rand::fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// The one that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes to keep.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The path of a door. `platform` is the relay's own spelling of the platform's base URL, so that two
    /// platforms with the same workspace id have different doors.
    #[must_use]
    pub fn seal(&self, platform: &str, workspace: Uuid, slot: Slot, nonce: &Nonce) -> String {
        let mac = self.path_mac(platform, workspace, slot, nonce);
        DoorPath {
            workspace,
            slot,
            nonce: nonce.clone(),
            mac,
        }
        .to_path()
    }

    /// Whether this relay made the door for this platform. Takes the same time wherever the difference is.
    #[must_use]
    pub fn verify(&self, platform: &str, door: &DoorPath) -> bool {
        let mac = self.path_mac(platform, door.workspace, door.slot, &door.nonce);
        mac.ct_eq(&door.mac).into()
    }

    fn path_mac(&self, platform: &str, workspace: Uuid, slot: Slot, nonce: &Nonce) -> [u8; MAC_BYTES] {
        let full = self.mac(MAC_LABEL, platform, workspace, slot, nonce);
        let mut kept = [0; MAC_BYTES];
        kept.copy_from_slice(&full[..MAC_BYTES]);
        kept
    }

    /// `label` keeps apart what the MAC is for.
    pub(crate) fn mac(
        &self,
        label: &[u8],
        platform: &str,
        workspace: Uuid,
        slot: Slot,
        nonce: &Nonce,
    ) -> [u8; 32] {
        // An array as long as HMAC-SHA256 may take is a key of any length's right size: this can't fail.
        let mut mac = Hmac::<Sha256>::new(&padded(&self.0).into());
        mac.update(label);
        mac.update(platform.as_bytes());
        mac.update(b"\n");
        mac.update(workspace.as_bytes());
        mac.update(&[slot.byte()]);
        mac.update(&nonce.0);
        mac.finalize().into_bytes().into()
    }
}

/// HMAC pads a key with zeros to its block of 64 bytes.
fn padded(key: &[u8; RelaySecret::BYTES]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..RelaySecret::BYTES].copy_from_slice(key);
    block
}

impl fmt::Debug for RelaySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelaySecret(redacted)")
    }
}

/// A door's whole public URL. A secret as far as logs are concerned: `Debug` does not show it. Cheap to
/// clone.
#[derive(Clone, PartialEq, Eq)]
pub struct DoorUrl(Arc<Zeroizing<String>>);

impl DoorUrl {
    /// Marks a URL as a door's.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(Arc::new(Zeroizing::new(url)))
    }

    /// The URL itself, to register it or to show it to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DoorUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DoorUrl(redacted)")
    }
}

impl Serialize for DoorUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DoorUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORM: &str = "https://org.example";

    fn sealed(secret: &RelaySecret, slot: Slot) -> (String, Uuid, Nonce) {
        let (workspace, nonce) = (Uuid::new_v4(), Nonce::random());
        (secret.seal(PLATFORM, workspace, slot, &nonce), workspace, nonce)
    }

    #[test]
    fn a_sealed_door_is_read_back_and_verified() {
        let secret = RelaySecret::random();
        for slot in [Slot::Platform, Slot::Shared] {
            let (path, workspace, nonce) = sealed(&secret, slot);
            assert_eq!(path.len(), PREFIX.len() + 66);
            let (door, rest) = DoorPath::parse(&path).unwrap();
            assert_eq!((door.workspace, door.slot, rest), (workspace, slot, ""));
            assert!(door.nonce == nonce);
            assert!(secret.verify(PLATFORM, &door));
            let below = format!("{path}/a2a");
            assert_eq!(DoorPath::parse(&below).unwrap().1, "/a2a");
        }
    }

    #[test]
    fn a_door_without_a_relay_is_read_back_and_no_relay_takes_it_for_its_own() {
        let (workspace, nonce) = (Uuid::new_v4(), Nonce::random());
        let path = DoorPath::unsealed(workspace, Slot::Shared, &nonce);
        let (door, rest) = DoorPath::parse(&path).unwrap();
        assert_eq!((door.workspace, door.slot, rest), (workspace, Slot::Shared, ""));
        assert!(door.nonce == nonce && !RelaySecret::random().verify(PLATFORM, &door));
    }

    #[test]
    fn a_door_is_the_same_on_every_relay_with_the_same_secret() {
        let secret = RelaySecret::random();
        let (path, workspace, nonce) = sealed(&secret, Slot::Platform);
        let other = RelaySecret::from_bytes(*secret.expose());
        assert_eq!(path, other.seal(PLATFORM, workspace, Slot::Platform, &nonce));
    }

    #[test]
    fn a_text_without_its_doors_says_the_rest() {
        let path = DoorPath::unsealed(Uuid::new_v4(), Slot::Platform, &Nonce::random());
        let text = format!("dest=https://x.example{path}/a2a type=http, see /w/hy and https://x{path}");
        assert_eq!(
            without_doors(&text),
            "dest=https://x.example/w/[hidden]/a2a type=http, see /w/hy and https://x/w/[hidden]"
        );
        assert_eq!(without_doors("nothing"), "nothing");
        assert!(!without_doors(&path[..40]).contains(&path[3..40]), "cut off");
    }

    #[test]
    fn every_changed_character_makes_a_door_false_or_unreadable() {
        let secret = RelaySecret::random();
        let (path, ..) = sealed(&secret, Slot::Platform);
        for at in PREFIX.len()..path.len() {
            let mut changed = path.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let verified = DoorPath::parse(&changed).is_some_and(|(door, _)| secret.verify(PLATFORM, &door));
            assert!(!verified, "character {at}");
        }
    }

    #[test]
    fn a_door_of_another_platform_or_relay_is_false() {
        let secret = RelaySecret::random();
        let (path, ..) = sealed(&secret, Slot::Shared);
        let (door, _) = DoorPath::parse(&path).unwrap();
        assert!(!secret.verify("https://other.example", &door));
        assert!(!RelaySecret::random().verify(PLATFORM, &door));
    }

    #[test]
    fn what_is_no_door_is_not_parsed() {
        let (path, ..) = sealed(&RelaySecret::random(), Slot::Platform);
        let too_long = format!("{path}x");
        let short = &path[..path.len() - 1];
        for path in [
            "",
            "/",
            "/w/",
            "/w/é",
            "/W/abc",
            "//w/",
            short,
            &too_long,
            &path[1..],
            "/w/\u{0}",
        ] {
            assert!(DoorPath::parse(path).is_none(), "{path:?}");
        }
        let multi_byte = format!("/w/{}é", "A".repeat(65));
        assert!(DoorPath::parse(&multi_byte).is_none());
    }

    #[test]
    fn secrets_are_not_in_debug_output() {
        let secret = RelaySecret::random();
        let (path, _, nonce) = sealed(&secret, Slot::Platform);
        let (door, _) = DoorPath::parse(&path).unwrap();
        let url = DoorUrl::new(format!("https://relay.example{path}"));
        let shown = format!("{secret:?} {nonce:?} {door:?} {url:?}");
        assert!(!shown.contains(&path[20..]), "{shown}");
        assert!(!shown.contains(nonce.to_text().as_str()), "{shown}");
    }

    #[test]
    fn a_nonce_survives_its_text() {
        let nonce = Nonce::random();
        assert!(Nonce::from_text(&nonce.to_text()).is_some_and(|read| read == nonce));
        assert!(Nonce::from_text("short").is_none());
        assert!(Nonce::from_text("not base64!").is_none());
    }
}
