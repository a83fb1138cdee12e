//! The relay under test.

use std::net::SocketAddr;
use std::time::Duration;

use ligand_relay::{AllowedPlatform, Ingress, Options, Running};
use tempfile::TempDir;
use url::Url;

use super::{Platform, path, soon};

/// A running relay with its folder.
pub(crate) struct Relay {
    pub(crate) running: Running,
    pub(crate) folder: TempDir,
}

impl Relay {
    pub(crate) async fn start(platform: &Platform) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), "127.0.0.1:0", platform).await
    }

    pub(crate) async fn start_in(folder: TempDir, listen: &str, platform: &Platform) -> Self {
        Self::start_at(folder, listen, platform, None).await
    }

    /// A relay whose public URL is another address, where something forwards to it.
    pub(crate) async fn start_at(
        folder: TempDir,
        listen: &str,
        platform: &Platform,
        public: Option<SocketAddr>,
    ) -> Self {
        Self::start_with(folder, platform, |options| {
            options.listen = listen.parse().unwrap();
            options.public_url = public.map(|public| Url::parse(&format!("http://{public}")).unwrap());
        })
        .await
    }

    /// A relay whose operator has decided something.
    pub(crate) async fn start_with(
        folder: TempDir,
        platform: &Platform,
        decide: impl FnOnce(&mut Options),
    ) -> Self {
        let mut options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            platforms: vec![AllowedPlatform {
                base: platform.base.parse().unwrap(),
                org_id: None,
            }],
            secret_file: folder.path().join("secret"),
            card_keys: None,
            relay_keys: Some(folder.path().join("keys")),
            default_hold: Duration::from_secs(1),
            lookups_per_min: Options::DEFAULT_LOOKUPS_PER_MIN,
            recheck_every: Options::DEFAULT_RECHECK_EVERY,
            ingress: Ingress::default(),
        };
        decide(&mut options);
        Self {
            running: soon(ligand_relay::start(options)).await.unwrap(),
            folder,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    pub(crate) fn url(&self) -> Url {
        self.running.public_url().clone()
    }

    /// A door's URL past whatever stands before the relay.
    pub(crate) fn direct(&self, door: &str) -> String {
        format!("http://{}{}", self.addr(), path(door))
    }
}
