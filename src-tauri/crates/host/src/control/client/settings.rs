//! What is asked about settings.

use hyper::Method;
use serde::Serialize;

use super::{ANSWER_DEADLINE, Answer, Client, Nothing};
use crate::{
    config::{AgentConfig, ProfileName, ProxyConfig},
    control::api::KeepOrgKey,
    settings::{ChangeExposure, ChangeGeneral, ChangeUpdateUrl, RenameProfile, Settings, TraceList},
    setup::Token,
};

impl Client {
    /// What is set.
    ///
    /// # Errors
    /// As for every request.
    pub async fn settings(&self) -> Answer<Settings> {
        self.get("/v1/settings").await
    }

    /// Changes what holds for the whole host, and gives what is set then. So do the following.
    ///
    /// # Errors
    /// As for every request.
    pub async fn change_general(&self, change: &ChangeGeneral) -> Answer<Settings> {
        self.put("/v1/settings/general", change).await
    }

    /// Changes where newer versions are looked up.
    ///
    /// # Errors
    /// As for every request.
    pub async fn change_update_url(&self, change: &ChangeUpdateUrl) -> Answer<Settings> {
        self.put("/v1/settings/update-url", change).await
    }

    /// Changes the proxy.
    ///
    /// # Errors
    /// As for every request.
    pub async fn change_proxy(&self, proxy: &ProxyConfig) -> Answer<Settings> {
        self.put("/v1/settings/proxy", proxy).await
    }

    /// Changes what answers for a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn change_agent(&self, profile: &ProfileName, agent: &AgentConfig) -> Answer<Settings> {
        self.put(&format!("/v1/profiles/{profile}/agent"), agent).await
    }

    /// Keeps the org's key for a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn keep_org_key(&self, profile: &ProfileName, org_key: Token) -> Answer<()> {
        let path = format!("/v1/profiles/{profile}/org-key");
        self.done(Method::PUT, &path, &KeepOrgKey { org_key }).await
    }

    /// Forgets the org's key of a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn forget_org_key(&self, profile: &ProfileName) -> Answer<()> {
        let path = format!("/v1/profiles/{profile}/org-key/forget");
        self.done(Method::POST, &path, &Nothing {}).await
    }

    /// Changes how calls reach a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn change_exposure(&self, profile: &ProfileName, change: &ChangeExposure) -> Answer<Settings> {
        self.put(&format!("/v1/profiles/{profile}/exposure"), change)
            .await
    }

    /// Gives a profile another name.
    ///
    /// # Errors
    /// As for every request.
    pub async fn rename_profile(&self, profile: &ProfileName, name: &ProfileName) -> Answer<Settings> {
        let path = format!("/v1/profiles/{profile}/rename");
        let name = name.clone();
        self.json(
            Method::POST,
            &path,
            Some(&RenameProfile { name }),
            ANSWER_DEADLINE,
        )
        .await
    }

    /// Has the host read its config again.
    ///
    /// # Errors
    /// As for every request.
    pub async fn reload(&self) -> Answer<()> {
        self.done(Method::POST, "/v1/settings/reload", &Nothing {}).await
    }

    /// What this machine keeps of a profile.
    ///
    /// # Errors
    /// As for every request.
    pub async fn traces(&self, profile: &ProfileName) -> Answer<TraceList> {
        self.get(&format!("/v1/profiles/{profile}/traces")).await
    }

    /// Removes all of that, and gives what it was.
    ///
    /// # Errors
    /// As for every request.
    pub async fn forget_profile(&self, profile: &ProfileName) -> Answer<TraceList> {
        let path = format!("/v1/profiles/{profile}/forget");
        self.json(Method::POST, &path, Some(&Nothing {}), ANSWER_DEADLINE)
            .await
    }

    async fn put(&self, path: &str, body: &impl Serialize) -> Answer<Settings> {
        self.json(Method::PUT, path, Some(body), ANSWER_DEADLINE).await
    }
}
