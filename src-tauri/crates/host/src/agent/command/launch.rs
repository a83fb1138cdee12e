//! One start of an agent: what it needs is fetched, its environment is put together, and its process is started.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    net::{Ipv4Addr, TcpListener},
    time::Duration,
};

use ligand_platform::SecretValue;
use ligand_tunnel::door::DoorUrl;
use tokio::{sync::watch, time::timeout};

use super::{
    environment::{self, Given},
    supervisor::Kit,
};
use crate::{
    config::WithoutSecrets,
    supervise::{self, Environment, GuardProgram, Launch, Process},
};

/// How long a start waits for the shared door's URL, which comes with the first link: a card that names it is worth a
/// moment, and an agent without one is worth more than none.
const PUBLIC_URL_WITHIN: Duration = Duration::from_secs(5);

/// What is known of an agent that was started.
pub(super) struct Ready {
    pub(super) port: u16,
    pub(super) refused: Option<String>,
    pub(super) without_secrets: Option<String>,
}

/// What a start needs from elsewhere.
pub(super) struct Prepared {
    secrets: BTreeMap<String, SecretValue>,
    without_secrets: Option<String>,
    public_url: Option<DoorUrl>,
}

impl Prepared {
    /// Fetches the secrets, and waits a moment for the public URL.
    pub(super) async fn gather(kit: &Kit) -> Result<Self, String> {
        let platform = kit.platform.borrow().clone();
        let (secrets, public_url) = tokio::join!(
            platform.secret_values(&kit.token, kit.workspace),
            public_url(kit.public_url.clone()),
        );
        let (secrets, without_secrets) = match secrets {
            Ok(secrets) => (secrets, None),
            Err(error) if kit.config.without_secrets == WithoutSecrets::Start => {
                (BTreeMap::new(), Some(error.to_string()))
            }
            Err(error) => return Err(error.to_string()),
        };
        Ok(Self {
            secrets,
            without_secrets,
            public_url,
        })
    }

    /// Puts everything together, and starts the agent's process; on this port, if nobody else has it.
    pub(super) async fn start(
        self,
        kit: &Kit,
        guard: &GuardProgram,
        port: Option<u16>,
    ) -> Result<Launch<Ready>, String> {
        let port = free_port(port).map_err(|error| format!("there is no free port for it ({error})"))?;
        let config = &kit.config;
        let mut env = Environment::inherited(std::env::vars_os());
        let given = Given {
            platform: &kit.platform_url,
            workspace: kit.workspace,
            port,
            public_url: self.public_url.as_ref().map(DoorUrl::expose),
            token: config.give_token.then_some(&kit.token),
            env: &config.env,
            allow: &config.allow_env,
        };
        let refused = environment::words(&env.give(&given, &self.secrets));
        let secrets = self.secrets.values().map(SecretValue::expose);
        let hidden = supervise::hidden(secrets.chain([kit.token.expose()]).chain(given.public_url));
        let dir = match &config.dir {
            Some(dir) => OsString::from(dir),
            None => env.get("HOME").unwrap_or(OsStr::new("/")).to_owned(),
        };
        let started = Ready {
            port,
            refused,
            without_secrets: self.without_secrets,
        };
        Ok(Launch {
            process: Process::start(guard, &config.argv, &dir, &env).await?,
            hidden,
            started,
        })
    }
}

async fn public_url(url: Option<watch::Receiver<Option<DoorUrl>>>) -> Option<DoorUrl> {
    let mut url = url?;
    let known = timeout(PUBLIC_URL_WITHIN, url.wait_for(Option::is_some)).await;
    known.ok()?.ok()?.clone()
}

/// A port of this machine that nobody uses: the one before, if that is still so. Somebody else may take it before the
/// agent does; the agent then ends, and gets another.
fn free_port(before: Option<u16>) -> std::io::Result<u16> {
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr();
    match before.map(free) {
        Some(Ok(address)) => Ok(address.port()),
        _ => Ok(free(0)?.port()),
    }
}
