//! A door as one label of a host name: for callers who know a host only, and not a path below it.
//!
//! A label has at most 63 characters, and upper and lower case are one. So it is 39 bytes in base 32: workspace (16),
//! nonce (16), MAC (7). That is exactly 63 characters, and one certificate for `*.DOMAIN` covers them all; a second label
//! would need a certificate for each door.
//!
//! The slot is not in it: only the shared door has a host name. Names are seen by whoever resolves them and by whoever
//! sees TLS begin (DNS, SNI), and the platform, which calls the other door, does not need one.
//!
//! 56 bits of MAC are fewer than a path has. They only keep what was never made from reaching a laptop, which then
//! compares the whole nonce: guessing at them wins nothing but a refusal from further away.

use std::fmt;

use data_encoding::BASE32_DNSSEC;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::door::{DoorPath, Nonce, RelaySecret, Slot};

/// Bytes of the MAC that are kept.
const MAC_BYTES: usize = 7;
/// Workspace, nonce, MAC.
const RAW_BYTES: usize = 16 + Nonce::BYTES + MAC_BYTES;
/// Keeps this MAC apart from a path's.
const MAC_LABEL: &[u8] = b"ligand door host v1\n";

/// A label, taken apart. Well formed, which says nothing about its MAC: see [`RelaySecret::door_of`].
#[derive(Clone)]
pub struct HostLabel {
    /// Whose door.
    pub workspace: Uuid,
    nonce: Nonce,
    mac: [u8; MAC_BYTES],
}

impl HostLabel {
    /// Length of every label.
    pub const CHARS: usize = (RAW_BYTES * 8).div_ceil(5);

    /// Reads a label in whatever case. `None` when it is not a door's.
    #[must_use]
    pub fn parse(label: &str) -> Option<Self> {
        if label.len() != Self::CHARS {
            return None;
        }
        let raw = Zeroizing::new(BASE32_DNSSEC.decode(label.as_bytes()).ok()?);
        let (workspace, rest) = raw.split_first_chunk::<16>()?;
        let (nonce, mac) = rest.split_first_chunk::<{ Nonce::BYTES }>()?;
        Some(Self {
            workspace: Uuid::from_bytes(*workspace),
            nonce: Nonce::from_bytes(*nonce),
            mac: mac.try_into().ok()?,
        })
    }
}

impl fmt::Debug for HostLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostLabel")
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

impl RelaySecret {
    /// The label of a workspace's shared door.
    #[must_use]
    pub fn host_label(&self, platform: &str, workspace: Uuid, nonce: &Nonce) -> String {
        let mut raw = Zeroizing::new(Vec::with_capacity(RAW_BYTES));
        raw.extend_from_slice(workspace.as_bytes());
        raw.extend_from_slice(nonce.bytes());
        raw.extend_from_slice(&self.label_mac(platform, workspace, nonce));
        BASE32_DNSSEC.encode(&raw)
    }

    /// The path of the door that a label means, if this relay made the label for this platform. Takes the same time
    /// wherever the difference is.
    #[must_use]
    pub fn door_of(&self, platform: &str, label: &HostLabel) -> Option<(DoorPath, String)> {
        let mac = self.label_mac(platform, label.workspace, &label.nonce);
        if !bool::from(mac.ct_eq(&label.mac)) {
            return None;
        }
        let path = self.seal(platform, label.workspace, Slot::Shared, &label.nonce);
        let (door, _) = DoorPath::parse(&path)?;
        Some((door, path))
    }

    fn label_mac(&self, platform: &str, workspace: Uuid, nonce: &Nonce) -> [u8; MAC_BYTES] {
        let full = self.mac(MAC_LABEL, platform, workspace, Slot::Shared, nonce);
        let mut kept = [0; MAC_BYTES];
        kept.copy_from_slice(&full[..MAC_BYTES]);
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORM: &str = "https://org.example";

    fn made(secret: &RelaySecret) -> (String, Uuid, Nonce) {
        let (workspace, nonce) = (Uuid::new_v4(), Nonce::random());
        (secret.host_label(PLATFORM, workspace, &nonce), workspace, nonce)
    }

    #[test]
    fn a_label_fits_into_dns_and_means_the_shared_door() {
        let secret = RelaySecret::random();
        for _ in 0..100 {
            let (label, workspace, nonce) = made(&secret);
            assert_eq!(label.len(), 63);
            assert!(
                label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            );
            let read = HostLabel::parse(&label.to_ascii_uppercase()).unwrap();
            let (door, path) = secret.door_of(PLATFORM, &read).unwrap();
            assert_eq!((door.workspace, door.slot), (workspace, Slot::Shared));
            assert!(door.nonce == nonce && secret.verify(PLATFORM, &door));
            assert_eq!(path, secret.seal(PLATFORM, workspace, Slot::Shared, &nonce));
        }
    }

    #[test]
    fn every_changed_character_makes_a_label_false_or_unreadable() {
        let secret = RelaySecret::random();
        let (label, ..) = made(&secret);
        for at in 0..label.len() {
            let mut changed = label.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            // The last character has three bits that must not be set, so that every door has one spelling.
            let door = HostLabel::parse(&changed).and_then(|label| secret.door_of(PLATFORM, &label));
            assert!(door.is_none(), "character {at}");
        }
    }

    #[test]
    fn a_label_of_another_platform_or_relay_is_false() {
        let secret = RelaySecret::random();
        let label = HostLabel::parse(&made(&secret).0).unwrap();
        assert!(secret.door_of("https://other.example", &label).is_none());
        assert!(RelaySecret::random().door_of(PLATFORM, &label).is_none());
    }

    #[test]
    fn what_is_no_label_is_not_parsed() {
        let (label, ..) = made(&RelaySecret::random());
        let short = &label[1..];
        let long = format!("{label}0");
        let foreign = format!("{}w", &label[..62]);
        let multi_byte = format!("{}\u{e9}", &label[..61]);
        for label in ["", "www", short, &long, &foreign, &multi_byte, &"-".repeat(63)] {
            assert!(HostLabel::parse(label).is_none(), "{label:?}");
        }
    }

    #[test]
    fn a_label_is_not_in_debug_output() {
        let (label, ..) = made(&RelaySecret::random());
        let read = HostLabel::parse(&label).unwrap();
        let nonce = read.nonce.to_text();
        assert!(!format!("{read:?}").contains(nonce.as_str()));
    }
}
