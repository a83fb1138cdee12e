//! Takes a changed config into a host that runs: what of it touches a profile restarts that profile and no other.

use super::{Held, HostError, HostHandle};
use crate::{
    config::{Config, ConfigError, ConfigFile, Profile, ProfileName},
    logging,
    profile::{Command, ProfileHandle, Shared},
    proxy::Proxies,
    status::PresenceWord,
};

impl HostHandle {
    /// Reads the config again, and takes in what somebody has changed in it.
    ///
    /// # Errors
    /// When the file cannot be used, or the host leaves it alone; everything then stays as it is.
    pub async fn reload(&self) -> Result<(), HostError> {
        self.change(|_| Ok(())).await
    }

    /// Changes the config, first in its file and then in the host.
    pub(super) async fn change(
        &self,
        change: impl FnOnce(&mut ConfigFile) -> Result<(), ConfigError> + Send + 'static,
    ) -> Result<(), HostError> {
        self.change_and_start(true, change).await
    }

    /// As [`Self::change`]; profiles that are new in the config are started, or not.
    pub(super) async fn change_and_start(
        &self,
        starts_new: bool,
        change: impl FnOnce(&mut ConfigFile) -> Result<(), ConfigError> + Send + 'static,
    ) -> Result<(), HostError> {
        if self.is_headless() {
            return Err(HostError::Headless);
        }
        let _one_at_a_time = self.inner.changing.lock().await;
        let places = self.inner.places.clone();
        let changed = tokio::task::spawn_blocking(move || {
            let mut file = ConfigFile::open(&places)?;
            change(&mut file)?;
            file.save()?;
            Ok::<_, ConfigError>(file.config().clone())
        });
        let config = changed.await.map_err(|_| HostError::Stopping)??;
        self.take_in(config, starts_new).await
    }

    /// Makes the host run on this config.
    async fn take_in(&self, config: Config, starts_new: bool) -> Result<(), HostError> {
        if self.inner.stop.is_cancelled() {
            return Err(HostError::Stopping);
        }
        logging::set_level(config.general.log_level);
        self.inner.general.send_if_modified(|general| {
            let changed = *general != config.general;
            general.clone_from(&config.general);
            changed
        });
        let has_moved = {
            let mut proxies = self.proxies();
            let fresh = Proxies::of(&config);
            let has_moved = *proxies != fresh;
            *proxies = fresh;
            has_moved
        };
        let gone: Vec<ProfileName> = {
            let profiles = self.profiles();
            let names = profiles.keys().filter(|name| !config.profiles.contains_key(name));
            names.cloned().collect()
        };
        for name in gone {
            self.end_profile(&name).await;
        }
        for (name, profile) in config.profiles {
            let runs_on = self.profiles().get(&name).map(|held| held.profile.clone());
            match runs_on {
                Some(same) if same == profile && !has_moved => {}
                Some(before) if !has_moved && is_only_the_door(&before, &profile) => {
                    self.share_now(&name, profile.shared_door).await?;
                }
                Some(_) => {
                    let was_started = self.is_started(name.as_str());
                    self.put_profile(name, profile, was_started).await?;
                }
                None => self.put_profile(name, profile, starts_new).await?,
            }
        }
        Ok(())
    }

    /// Gives a profile a new life on this config, after the end of the one that it had.
    pub(super) async fn put_profile(
        &self,
        name: ProfileName,
        profile: Profile,
        starts: bool,
    ) -> Result<(), HostError> {
        let old = self.profiles().remove(&name);
        if let Some(old) = old {
            old.handle.ask(Command::End).await;
        }
        let shared = Shared {
            proxies: self.proxies().clone(),
            ..self.inner.shared.clone()
        };
        let handle = ProfileHandle::spawn(name.clone(), profile.clone(), shared);
        let held = Held {
            handle: handle.clone(),
            profile,
        };
        self.profiles().insert(name, held);
        if starts {
            handle.ask(Command::Start).await.ok_or(HostError::Stopping)?;
        }
        Ok(())
    }

    /// Ends a profile that there is no more, and takes it off every board.
    pub(super) async fn end_profile(&self, name: &ProfileName) {
        let old = self.profiles().remove(name);
        if let Some(old) = old {
            old.handle.ask(Command::End).await;
        }
        self.inner.shared.board.remove_profile(name.as_str());
        self.inner.shared.orgs.remove(name.as_str());
    }

    /// Whether the profile is to be online, whatever hinders it.
    pub(super) fn is_started(&self, name: &str) -> bool {
        let status = self.status();
        let status = status.borrow();
        let profile = status.profile(name);
        profile.is_some_and(|profile| profile.presence.state != PresenceWord::Stopped)
    }

    pub(super) async fn share_now(&self, name: &ProfileName, open: bool) -> Result<(), HostError> {
        let handle = {
            let mut profiles = self.profiles();
            let held = profiles.get_mut(name);
            let held = held.ok_or_else(|| HostError::NoSuchProfile(name.to_string()))?;
            held.profile.shared_door = open;
            held.handle.clone()
        };
        let shared = handle.ask(|done| Command::Share(open, done)).await;
        shared.ok_or(HostError::Stopping)
    }
}

/// Opening and closing a door needs no new life.
fn is_only_the_door(before: &Profile, after: &Profile) -> bool {
    let opened = Profile {
        shared_door: after.shared_door,
        ..before.clone()
    };
    opened == *after
}
