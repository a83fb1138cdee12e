//! What faces can ask of the settings.

use tokio::sync::watch;

use super::{HostError, HostHandle};
use crate::{
    config::{AgentConfig, BadValue, Config, ConfigError, General, Profile, ProfileName, ProxyConfig},
    profile::Command,
    settings::{ChangeExposure, ChangeGeneral, ChangeUpdateUrl, Settings, TraceList},
    setup::{self, SetupError, Token},
    status::NewVersion,
};

impl HostHandle {
    /// Everything that can be set.
    ///
    /// # Errors
    /// When the config cannot be used.
    pub async fn settings(&self) -> Result<Settings, HostError> {
        let handle = self.clone();
        let config = tokio::task::spawn_blocking(move || handle.config()).await;
        let config: Config = config.map_err(|_| HostError::Stopping)??;
        let secrets = self.status().borrow().host.vault.clone();
        let file = self.places().config.display().to_string();
        Ok(Settings::of(&config, file, !self.is_headless(), secrets))
    }

    /// Follows what holds for the whole host.
    pub(crate) fn general(&self) -> watch::Receiver<General> {
        self.inner.general.subscribe()
    }

    /// The config's proxy, for what is no profile's.
    pub(crate) fn configured_proxy(&self) -> Option<reqwest::Proxy> {
        self.proxies().configured()
    }

    /// Tells of a newer version, or that there is none.
    pub(crate) fn set_update(&self, update: Option<NewVersion>) {
        self.inner.shared.board.set_host(|host| host.update = update);
    }

    /// Changes what holds for the whole host.
    ///
    /// # Errors
    /// When the config cannot be written, or the host leaves it alone. So do all of the following.
    pub async fn change_general(&self, change: ChangeGeneral) -> Result<(), HostError> {
        self.change(move |file| {
            let general = change.made_to(file.config().general.clone());
            file.set_general(&general).map(drop)
        })
        .await
    }

    /// Changes where newer versions are looked up.
    ///
    /// # Errors
    /// As [`Self::change_general`].
    pub async fn change_update_url(&self, ChangeUpdateUrl { url }: ChangeUpdateUrl) -> Result<(), HostError> {
        self.change(move |file| {
            let mut general = file.config().general.clone();
            general.update_url = url;
            file.set_general(&general).map(drop)
        })
        .await
    }

    /// Changes the proxy; every profile that runs starts anew.
    ///
    /// # Errors
    /// As [`Self::change_general`].
    pub async fn change_proxy(&self, proxy: ProxyConfig) -> Result<(), HostError> {
        self.change(move |file| file.set_proxy(&proxy).map(drop)).await
    }

    /// Changes what answers for a profile, which starts anew if it runs.
    ///
    /// # Errors
    /// When there is no such profile, and as [`Self::change_general`].
    pub async fn change_agent(&self, name: &str, agent: AgentConfig) -> Result<(), HostError> {
        self.change_profile(name, move |profile| {
            profile.agent = agent;
            Ok(())
        })
        .await
    }

    /// Changes how calls reach a profile, which starts anew if it runs.
    ///
    /// # Errors
    /// As [`Self::change_agent`].
    pub async fn change_exposure(&self, name: &str, change: ChangeExposure) -> Result<(), HostError> {
        self.change_profile(name, move |profile| {
            let relay = change.exposure.relay();
            profile.token_to = match (change.trust_relay_with_token, relay) {
                (false, _) => None,
                (true, Some(relay)) => Some(relay.clone()),
                (true, None) => {
                    return Err(BadValue {
                        what: "no relay is named that could be trusted with the workspace's token".to_owned(),
                        next: "Name it".to_owned(),
                    });
                }
            };
            profile.exposure = change.exposure;
            Ok(())
        })
        .await
    }

    async fn change_profile(
        &self,
        name: &str,
        change: impl FnOnce(&mut Profile) -> Result<(), BadValue> + Send + 'static,
    ) -> Result<(), HostError> {
        let name = self.named(name)?;
        self.change(move |file| {
            let Some(mut profile) = file.config().profiles.get(&name).cloned() else {
                return Err(file.no_profile(&name));
            };
            change(&mut profile)?;
            file.set_profile(&name, &profile).map(drop)
        })
        .await
    }

    /// Keeps the org's key for a profile, once the platform has taken it. From then on its whole org is seen.
    ///
    /// # Errors
    /// When there is no such profile, the platform does not take the key, the vault cannot be written, or the host keeps
    /// none because it runs on its environment alone.
    pub async fn keep_org_key(&self, name: &str, key: Token) -> Result<(), HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let name = self.named(name)?;
        let vault = self.vault().await.map_err(SetupError::from)?;
        let _one_at_a_time = self.inner.changing.lock().await;
        setup::keep_org_key(self.places(), &vault, &name, &key).await?;
        self.ask(name.as_str(), |done| Command::UseOrgKey(Some(key), done))
            .await
    }

    /// Forgets the org's key of a profile, which sees itself and its peers from then on.
    ///
    /// # Errors
    /// When there is no such profile, the vault cannot be written, or the host runs on its environment alone.
    pub async fn forget_org_key(&self, name: &str) -> Result<(), HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let name = self.named(name)?;
        let vault = self.vault().await.map_err(SetupError::from)?;
        let _one_at_a_time = self.inner.changing.lock().await;
        setup::forget_org_key(self.places(), &vault, &name).await?;
        self.ask(name.as_str(), |done| Command::UseOrgKey(None, done))
            .await
    }

    /// Gives a profile another name. Its secrets and its journal are the workspace's, and stay; its agent's log and its
    /// plugins move along.
    ///
    /// # Errors
    /// When there is no such profile, the new name is taken, and as [`Self::change_general`].
    pub async fn rename_profile(&self, name: &str, new: ProfileName) -> Result<(), HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let old = self.named(name)?;
        if old == new {
            return Ok(());
        }
        if self.profiles().contains_key(&new) {
            return Err(ConfigError::Value(BadValue {
                what: format!("there is a profile {new} already"),
                next: "Choose another name".to_owned(),
            })
            .into());
        }
        let was_started = self.is_started(old.as_str());
        // What runs would go on writing into folders of the old name.
        self.ask(old.as_str(), |done| Command::Stop(false, done)).await?;
        let places = self.places().clone();
        let (from, to) = (old.clone(), new.clone());
        let renamed = self
            .change_and_start(was_started, move |file| {
                file.rename_profile(&from, &to)?.save()?;
                if let Err(error) = setup::move_own(&places, &from, &to) {
                    tracing::warn!(%error, "a profile has a new name, and its log or its plugins could not follow");
                }
                Ok(())
            })
            .await;
        if renamed.is_err() {
            if was_started {
                self.ask(old.as_str(), Command::Start).await?;
            }
            return renamed;
        }
        self.write_wish(move |wishes| wishes.rename_profile(old.as_str(), new.as_str()))
            .await
    }

    /// What this machine keeps of a profile: what [`Self::forget_profile`] would remove.
    ///
    /// # Errors
    /// When there is no such profile, or the vault cannot be read.
    pub async fn traces(&self, name: &str) -> Result<TraceList, HostError> {
        let name = self.named(name)?;
        let vault = self.vault().await.map_err(SetupError::from)?;
        let journal = &self.inner.shared.journal;
        Ok(setup::traces(self.places(), &vault, journal, &name).await?)
    }

    /// Removes everything that this machine keeps of a profile, and says what that was. The workspace stays in the org.
    ///
    /// # Errors
    /// When there is no such profile, or something of it cannot be removed; what was left can then be forgotten again.
    pub async fn forget_profile(&self, name: &str) -> Result<TraceList, HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let vault = self.vault().await.map_err(SetupError::from)?;
        let _one_at_a_time = self.inner.changing.lock().await;
        let name = self.named(name)?;
        self.stop(name.as_str()).await?;
        let journal = &self.inner.shared.journal;
        let removed = setup::forget_all(self.places(), &vault, journal, &name).await?;
        self.end_profile(&name).await;
        self.write_wish(move |wishes| wishes.forget_profile(name.as_str()))
            .await?;
        Ok(removed)
    }
}
