//! Reading credentials from a request and asking the gates' table about them.

mod gates;

use axum::http::{HeaderMap, header};

pub(crate) use gates::{Gate, Presented};
use gates::{Verdict, texts, verdict};

use crate::id::Id;
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store::{Fault, Tx};

/// The bearer of a request, not yet looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bearer(Option<Secret>);

impl Bearer {
    /// Reads `Authorization`. The prefix is matched to the letter; a header that begins otherwise counts as
    /// absent.
    pub(crate) fn of(headers: &HeaderMap) -> Bearer {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim)
            .filter(|token| !token.is_empty());
        Bearer(token.map(|token| Secret::new(token.to_owned())))
    }
}

/// Whose bearer it turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// None was presented.
    Nothing,
    /// A live token of this workspace.
    Workspace(Id),
    /// A live token of the org; its prefix.
    Org(String),
    /// The admin token.
    Admin,
    /// Nobody's.
    Unknown,
}

impl Credential {
    /// How the credential looks from a workspace.
    fn seen_from(&self, subject: Option<Id>) -> Presented {
        match self {
            Credential::Nothing => Presented::Nothing,
            Credential::Workspace(owner) if Some(*owner) == subject => Presented::Own,
            Credential::Workspace(_) => Presented::Foreign,
            Credential::Org(_) => Presented::Org,
            Credential::Admin => Presented::Admin,
            Credential::Unknown => Presented::Unknown,
        }
    }
}

impl Tx<'_> {
    /// Finds out whose a bearer is.
    pub(crate) fn identify(&self, bearer: &Bearer) -> rusqlite::Result<Credential> {
        let Some(token) = &bearer.0 else {
            return Ok(Credential::Nothing);
        };
        let digest = token.digest();
        if self.realm.admin.is(&digest) {
            return Ok(Credential::Admin);
        }
        if let Some(owner) = self.owner_of_token(&digest)? {
            return Ok(Credential::Workspace(owner));
        }
        Ok(self
            .org_token(&digest)?
            .map_or(Credential::Unknown, Credential::Org))
    }

    /// Lets a credential through a gate, or refuses it. `subject` is the workspace that the gate is about, if
    /// it is one that could exist.
    pub(crate) fn pass(&self, gate: Gate, credential: &Credential, subject: Option<Id>) -> Result<(), Fault> {
        let era = self.realm.era;
        let passes = match verdict(gate, credential.seen_from(subject), era) {
            Verdict::Pass => true,
            Verdict::Refuse => false,
            Verdict::PassWithoutTokens => match subject {
                Some(subject) => !self.has_live_token(subject)?,
                None => true,
            },
        };
        if passes {
            return Ok(());
        }
        let (missing, invalid) = texts(gate, era);
        let text = if *credential == Credential::Nothing {
            missing
        } else {
            invalid
        };
        Err(Refusal::unauthorized(text).into())
    }

    /// Identifies a bearer and lets it through a gate, in one step.
    pub(crate) fn admit(
        &self,
        gate: Gate,
        bearer: &Bearer,
        subject: Option<Id>,
    ) -> Result<Credential, Fault> {
        let credential = self.identify(bearer)?;
        self.pass(gate, &credential, subject)?;
        Ok(credential)
    }
}
