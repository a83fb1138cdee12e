//! The relay under test.

use std::net::SocketAddr;
use std::time::Duration;

use ligand_relay::{AllowedPlatform, Limits, Options, Running};
use tempfile::TempDir;
use url::Url;

use super::{Platform, client, path, soon};

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
            platforms: vec![AllowedPlatform {
                base: platform.base.parse().unwrap(),
                org_id: None,
                takes_tokens: false,
            }],
            relay_keys: Some(folder.path().join("keys")),
            default_hold: Duration::from_secs(1),
            metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
            ..Options::new("127.0.0.1:0".parse().unwrap(), folder.path().join("secret"))
        };
        decide(&mut options);
        Self {
            running: soon(ligand_relay::start(options)).await.unwrap(),
            folder,
        }
    }

    /// A relay with other limits than by default, which count addresses of this machine too.
    pub(crate) async fn limited(platform: &Platform, limit: impl FnOnce(&mut Limits)) -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), platform, |options| {
            options.limits.count_loopback = true;
            limit(&mut options.limits);
        })
        .await
    }

    /// A page of the operator's listener.
    pub(crate) async fn ops(&self, path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.running.metrics_addr().unwrap());
        let answer = soon(client().get(url).send()).await.unwrap();
        (answer.status().as_u16(), soon(answer.text()).await.unwrap())
    }

    /// One number of its metrics, by its name with its labels.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let (_, page) = self.ops("/metrics").await;
        let line = page.lines().find_map(|line| {
            line.strip_prefix("ligand_relay_")?
                .strip_prefix(name)?
                .strip_prefix(' ')
        });
        line.unwrap_or_else(|| panic!("no {name} in {page}"))
            .parse()
            .unwrap()
    }

    /// Waits until somebody has met a limit.
    pub(crate) async fn hit(&self, limit: &str) {
        let name = format!("limit_hits_total{{limit=\"{limit}\"}}");
        soon(async {
            while self.metric(&name).await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
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
