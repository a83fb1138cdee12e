//! How calls reach the host: the table `[profile.NAME.exposure]`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use toml_edit::TableLike;
use ts_rs::TS;
use url::Url;

use super::{
    ConfigError,
    edit::{put, put_url},
    rules::{self, BadValue},
    table::Table,
};

/// Where the host's own listener is for a public URL, unless the profile says otherwise. The number has no meaning; no
/// known service has it.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8474);

/// How calls reach the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExposureConfig {
    /// Through a relay.
    Relay {
        /// The relay's public address.
        url: Url,
    },
    /// The host fetches its messages from the platform, which keeps them (newer platforms).
    Poll,
    /// Through a quick tunnel of `cloudflared`, which Ligand keeps running.
    Cloudflared,
    /// Through `ngrok`, which Ligand keeps running.
    Ngrok,
    /// Through something of the user's own that passes HTTP on to the host's listener.
    Url {
        /// The public address that leads there.
        url: Url,
        /// Where the host listens, on loopback.
        listen: SocketAddr,
    },
    /// Through a relay where one is named, else by fetching where the platform can, else through `cloudflared` or `ngrok`
    /// where one of them is installed.
    Auto {
        /// The relay's public address, if there is a relay.
        url: Option<Url>,
    },
}

/// Each kind with the keys that it knows.
const KINDS: [(&str, &[&str]); 6] = [
    ("relay", &["kind", "relay", "token_to"]),
    ("poll", &["kind"]),
    ("cloudflared", &["kind"]),
    ("ngrok", &["kind"]),
    ("url", &["kind", "url", "listen"]),
    ("auto", &["kind", "relay", "token_to"]),
];

impl ExposureConfig {
    /// Its name in the config.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Relay { .. } => "relay",
            Self::Poll => "poll",
            Self::Cloudflared => "cloudflared",
            Self::Ngrok => "ngrok",
            Self::Url { .. } => "url",
            Self::Auto { .. } => "auto",
        }
    }

    /// The relay that it names.
    #[must_use]
    pub fn relay(&self) -> Option<&Url> {
        match self {
            Self::Relay { url } => Some(url),
            Self::Auto { url } => url.as_ref(),
            Self::Poll | Self::Cloudflared | Self::Ngrok | Self::Url { .. } => None,
        }
    }

    /// Says what of it would not be read from a file.
    pub(super) fn check(&self) -> Result<(), BadValue> {
        if let Some(relay) = self.relay() {
            rules::relay(relay.as_str())?;
        }
        if let Self::Url { url, listen } = self {
            rules::public(url.as_str())?;
            rules::listen(&listen.to_string())?;
        }
        Ok(())
    }

    /// Reads the table.
    pub(super) fn read(table: &Table<'_>) -> Result<Self, ConfigError> {
        table.only(&["kind", "relay", "token_to", "url", "listen"])?;
        let kind = table.kind(&KINDS.map(|(kind, _)| kind))?;
        let keys = KINDS.iter().find(|(known, _)| *known == kind);
        table.only(keys.map_or(&[], |(_, keys)| *keys))?;
        let relay = || table.text("relay", rules::relay);
        Ok(match kind {
            "poll" => Self::Poll,
            "cloudflared" => Self::Cloudflared,
            "ngrok" => Self::Ngrok,
            "url" => Self::Url {
                url: table.needed("url", "url = \"https://laptop.example\"", rules::public)?,
                listen: match table.text("listen", rules::listen)? {
                    Some((listen, _)) => listen,
                    None => LISTEN,
                },
            },
            "auto" => Self::Auto {
                url: relay()?.map(|(relay, _)| relay),
            },
            _ => Self::Relay {
                url: table.needed("relay", "relay = \"https://relay.example\"", rules::relay)?,
            },
        })
    }

    /// Writes the table.
    pub(super) fn write(&self, table: &mut dyn TableLike) {
        put(table, "kind", self.kind());
        match self.relay() {
            Some(url) => put_url(table, "relay", url),
            None => drop(table.remove("relay")),
        }
        match self {
            Self::Url { url, listen } => {
                put_url(table, "url", url);
                if *listen != LISTEN || table.contains_key("listen") {
                    put(table, "listen", listen.to_string());
                }
            }
            _ => {
                table.remove("url");
                table.remove("listen");
            }
        }
    }
}

/// As it is typed where no relay is meant: a kind that needs nothing besides, or a public URL.
impl FromStr for ExposureConfig {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        Ok(match text {
            "auto" => Self::Auto { url: None },
            "poll" => Self::Poll,
            "cloudflared" => Self::Cloudflared,
            "ngrok" => Self::Ngrok,
            other if other.contains("://") => Self::Url {
                url: rules::public(other)?,
                listen: LISTEN,
            },
            other => {
                return Err(BadValue::new(
                    format!("\"{other}\" is no way in"),
                    "Use auto, poll, cloudflared, ngrok, or the public URL that leads here; a relay is named with --relay",
                ));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_kind_or_a_public_url() {
        for kind in ["auto", "poll", "cloudflared", "ngrok"] {
            assert_eq!(kind.parse::<ExposureConfig>().unwrap().kind(), kind);
        }
        let url = Url::parse("https://laptop.example").unwrap();
        assert_eq!(
            "https://laptop.example".parse::<ExposureConfig>().unwrap(),
            ExposureConfig::Url { url, listen: LISTEN }
        );
        for bad in [
            "",
            "relay",
            "tunnel",
            "http://laptop.example",
            "https://laptop.example/path",
            "https://a:b@laptop.example",
        ] {
            assert!(bad.parse::<ExposureConfig>().is_err(), "{bad}");
        }
    }
}
