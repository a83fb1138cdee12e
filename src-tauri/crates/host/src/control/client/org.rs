//! What is asked about the org.

use super::{Answer, Client};
use crate::{config::ProfileName, org::Org};

impl Client {
    /// The picture of a profile's org, as it is now.
    ///
    /// # Errors
    /// As for every request.
    pub async fn org(&self, profile: &ProfileName) -> Answer<Org> {
        self.get(&format!("/v1/profiles/{profile}/org")).await
    }
}
