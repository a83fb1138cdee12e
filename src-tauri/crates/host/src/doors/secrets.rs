//! The bearer that newer platforms show when they call us: the current one, and the one before for a while.
//!
//! Only digests are kept. Comparing those takes the same time whatever the caller sent, of whatever length.

use std::time::Duration;

use hyper::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// How long a replaced secret stays good. Nodes of a platform keep what they know of a workspace for 5 minutes.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

/// What a bearer token begins with. The platform writes it with just these letters.
const BEARER: &[u8] = b"Bearer ";

/// The secrets that are good. None: the platform has never given one, and anyone may come in.
#[derive(Default)]
pub(super) struct InboundSecrets {
    current: Option<[u8; 32]>,
    /// The one before, and until when it is good, in time awake.
    previous: Option<([u8; 32], Duration)>,
}

impl InboundSecrets {
    /// Makes this the secret. Says whether it was not already.
    pub(super) fn learn(&mut self, secret: &[u8], now: Duration) -> bool {
        let fresh = digest(secret);
        if self.current == Some(fresh) {
            return false;
        }
        self.previous = self.current.replace(fresh).map(|old| (old, now + OVERLAP));
        true
    }

    /// Demands none any more, until the next is learned.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(super) fn are_known(&self) -> bool {
        self.current.is_some()
    }

    pub(super) fn is_current(&self, secret: &[u8]) -> bool {
        self.current
            .is_some_and(|current| current.ct_eq(&digest(secret)).into())
    }

    /// Whether a call with these headers may come in.
    pub(super) fn admit(&self, headers: &HeaderMap, now: Duration) -> bool {
        let Some(current) = self.current else { return true };
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next(), shown.next()) else {
            return false;
        };
        let Some(token) = shown.as_bytes().strip_prefix(BEARER) else {
            return false;
        };
        let token = digest(token.trim_ascii());
        let previous = match &self.previous {
            Some((previous, until)) if now < *until => previous.ct_eq(&token),
            _ => Choice::from(0),
        };
        (current.ct_eq(&token) | previous).into()
    }
}

fn digest(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    const START: Duration = Duration::ZERO;

    fn with(authorization: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(authorization))])
    }

    #[test]
    fn without_a_secret_anyone_may_come_in() {
        let secrets = InboundSecrets::default();
        assert!(secrets.admit(&HeaderMap::new(), START) && secrets.admit(&with("Bearer x"), START));
        assert!(!secrets.are_known());
    }

    #[test]
    fn once_learned_a_secret_is_demanded() {
        let mut secrets = InboundSecrets::default();
        assert!(secrets.learn(b"right", START));
        assert!(!secrets.learn(b"right", START));
        assert!(secrets.is_current(b"right") && !secrets.is_current(b"wrong"));
        assert!(secrets.admit(&with("Bearer right"), START));
        assert!(secrets.admit(&with("Bearer  right "), START));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            "Bearer right2",
            "bearer right",
            "Basic right",
            "right",
        ] {
            assert!(!secrets.admit(&with(wrong), START), "{wrong:?}");
        }
        assert!(!secrets.admit(&HeaderMap::new(), START));
    }

    #[test]
    fn two_authorizations_are_none() {
        let mut secrets = InboundSecrets::default();
        secrets.learn(b"right", START);
        let mut headers = with("Bearer right");
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer right"));
        assert!(!secrets.admit(&headers, START));
    }

    #[test]
    fn a_replaced_secret_is_good_for_a_while_and_no_longer() {
        let mut secrets = InboundSecrets::default();
        secrets.learn(b"old", START);
        secrets.learn(b"new", START);
        let just_before = OVERLAP - Duration::from_millis(1);
        assert!(
            secrets.admit(&with("Bearer old"), just_before)
                && secrets.admit(&with("Bearer new"), just_before)
        );
        assert!(!secrets.admit(&with("Bearer old"), OVERLAP));
        assert!(secrets.admit(&with("Bearer new"), OVERLAP));
    }
}
