//! Taking Ligand off this user's account, as faces ask for it. A host cannot take its own files away while it runs: the
//! face with the screen ends it, does that, and says what has gone.

use super::{Click, HostError, HostHandle};
use crate::{
    login_item,
    settings::{Trace, TraceKind, TraceList},
    setup::{self, SetupError},
};

impl HostHandle {
    /// What Ligand keeps for this user, of whichever profile. Of a service of the system's a host knows nothing.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn everything(&self) -> Result<TraceList, HostError> {
        let vault = self.vault().await.map_err(SetupError::from)?;
        let mut all = setup::everything(self.places(), &vault).await?;
        if login_item::is_on() {
            all.traces.push(Trace {
                kind: TraceKind::AtLogin,
                what: "the login item".to_owned(),
                place: "what starts with your login".to_owned(),
            });
        }
        Ok(all)
    }

    /// Has the face with the screen end the host and remove all that.
    ///
    /// # Errors
    /// When no face with a screen holds the host.
    pub fn uninstall(&self) -> Result<(), HostError> {
        let screen = self.screen().ok_or(HostError::NoScreen)?;
        screen.click(Click::Uninstall);
        Ok(())
    }
}
