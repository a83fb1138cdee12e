//! Certificates from an authority that speaks ACME (RFC 8555), by TLS-ALPN-01 (RFC 8737): the authority connects to the
//! relay's own port 443, so nothing else has to be open and no DNS has to be written.
//!
//! ```text
//!  has one? ─no──────────────▶ order ─ok─▶ in use, kept ─▶ sleep to two thirds of its time ─▶ order …
//!     └─yes─▶ in use ─▶ …        └─failed─▶ wait, longer each time ─▶ order …
//! ```
//!
//! One certificate has all the names. A failed renewal costs nothing while the old one is good, and is said each time.
//! What is not here: wildcard names, which this way can't prove, and several nodes with one name, of which the authority
//! would ask any.

mod challenge;
mod folder;
mod http;
mod order;
mod pace;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use instant_acme::{Account, NewAccount};
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use challenge::Challenges;
pub use folder::AcmeError;

use crate::certificate::{self, CertificateError, Current, Names};
use crate::clock;
use folder::{Folder, Kept};
use http::Http;

/// How long an order may take: the authority connects several times, and may be busy.
const ORDER_WAIT: Duration = Duration::from_secs(300);
/// Longest sleep until the clock is looked at again: people set it, and machines are suspended.
const LOOK_EVERY: Duration = Duration::from_secs(3600);

/// From whom to have certificates, and for what.
#[derive(Clone, Debug)]
pub struct Acme {
    /// The names that the certificate is for; the public URL's host must be one of them.
    pub domains: Vec<String>,
    /// Where the authority may write to, such as `mailto:ops@relay.example`.
    pub contacts: Vec<String>,
    /// The authority's directory.
    pub directory: Url,
    /// Who signs the authority's own certificate, as PEM, where that is nobody whom this machine trusts.
    pub root: Option<PathBuf>,
    /// A folder of our own, in which account and certificate are kept.
    pub state: PathBuf,
}

impl Acme {
    /// Let's Encrypt.
    pub const DEFAULT_DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("not done within {} s", ORDER_WAIT.as_secs())]
    Timeout,
    #[error("the authority could not be asked: {0}")]
    Authority(String),
    #[error("the authority did not find that {domain} is ours: {why}")]
    NotOurs { domain: String, why: String },
    #[error("the authority does not offer TLS-ALPN-01 for {0}")]
    NotOffered(String),
    #[error("its answer can't be used: {0}")]
    Certificate(#[from] CertificateError),
    #[error("a challenge could not be prepared: {0}")]
    Challenge(#[from] rcgen::Error),
    #[error(transparent)]
    Folder(#[from] AcmeError),
}

/// The authority no longer knows our account.
const NO_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

impl From<instant_acme::Error> for OrderError {
    fn from(error: instant_acme::Error) -> Self {
        Self::Authority(http::with_causes(&error))
    }
}

/// Keeps a certificate in use that is good.
#[derive(Clone)]
pub(crate) struct Keeper {
    acme: Acme,
    http: Http,
    folder: Folder,
    current: Arc<Current>,
    challenges: Arc<Challenges>,
    names: Vec<String>,
}

impl Keeper {
    /// Puts the certificate into use that was kept, if there is one.
    pub(crate) fn open(
        acme: &Acme,
        names: Vec<String>,
        current: Arc<Current>,
        challenges: Arc<Challenges>,
    ) -> Result<Self, AcmeError> {
        let keeper = Self {
            http: Http::new(acme.root.as_deref())?,
            folder: Folder::open(&acme.state)?,
            acme: acme.clone(),
            current,
            challenges,
            names,
        };
        if let Some(kept) = keeper.folder.certificate()?
            && kept.directory == keeper.acme.directory.as_str()
            && kept.domains == keeper.acme.domains
        {
            match keeper.pair(&kept) {
                Ok(pair) => keeper.put(pair),
                Err(error) => {
                    tracing::warn!(%error, "the kept certificate can't be used: a new one is ordered")
                }
            }
        }
        Ok(keeper)
    }

    fn pair(&self, kept: &Kept) -> Result<Arc<CertifiedKey>, CertificateError> {
        let names = Names {
            certificate: "what the authority sent",
            key: "what was made for it",
        };
        let provider = aws_lc_rs::default_provider();
        certificate::parse(
            kept.certificate.as_bytes(),
            kept.key.as_bytes(),
            &names,
            &provider,
        )
    }

    fn put(&self, pair: Arc<CertifiedKey>) {
        certificate::describe(&pair, &self.names);
        self.current.put(pair);
    }

    /// Orders whenever one is due, until the relay stops.
    pub(crate) async fn keep(self, stopping: CancellationToken) {
        tokio::select! {
            biased;
            () = stopping.cancelled() => {}
            () = self.always() => {}
        }
    }

    async fn always(&self) {
        let mut failures = 0;
        loop {
            let due = self.due_in();
            if !due.is_zero() {
                tokio::time::sleep(due.min(LOOK_EVERY)).await;
                continue;
            }
            let ordered = tokio::time::timeout(ORDER_WAIT, self.order()).await;
            // However it ends, there is a pause: an authority counts, and may send what is due again at once.
            let pause = match ordered.unwrap_or(Err(OrderError::Timeout)) {
                Ok(pair) => {
                    failures = 0;
                    self.put(pair);
                    pace::after(1)
                }
                Err(error) => {
                    failures += 1;
                    let pause = pace::after(failures);
                    let again_in_s = pause.as_secs();
                    if self.current.get().is_some() {
                        tracing::error!(%error, again_in_s, "no new TLS certificate: the old one stays in use");
                    } else {
                        tracing::error!(%error, again_in_s, "no TLS certificate: nobody can connect");
                    }
                    pause
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// How long until the next certificate is due.
    fn due_in(&self) -> Duration {
        let valid = self.current.get().and_then(|pair| certificate::validity(&pair));
        let left = valid.map_or(0, |valid| valid.renew_at().saturating_sub(clock::unix_s()));
        Duration::from_secs(u64::try_from(left).unwrap_or(0))
    }

    async fn order(&self) -> Result<Arc<CertifiedKey>, OrderError> {
        let account = self.account().await?;
        let issued = match order::place(&account, &self.acme.domains, &self.challenges).await {
            Err(OrderError::Authority(why)) if why.contains(NO_ACCOUNT) => {
                // The next try makes a new one.
                self.folder.forget_account()?;
                return Err(OrderError::Authority(why));
            }
            issued => issued?,
        };
        let kept = Kept {
            directory: self.acme.directory.to_string(),
            domains: self.acme.domains.clone(),
            certificate: issued.certificate,
            key: issued.key,
        };
        let pair = self.pair(&kept)?;
        // In use even if it can't be kept: another one would cost another order.
        if let Err(error) = self.folder.keep_certificate(&kept) {
            tracing::error!(%error, "the new TLS certificate is in use, but was not kept");
        }
        Ok(pair)
    }

    /// The account at this authority; made when there is none.
    async fn account(&self) -> Result<Account, OrderError> {
        let builder = Account::builder_with_http(Box::new(self.http.clone()));
        if let Some(credentials) = self.folder.account(&self.acme.directory)? {
            return Ok(builder.from_credentials(credentials).await?);
        }
        let contacts: Vec<&str> = self.acme.contacts.iter().map(String::as_str).collect();
        let wanted = NewAccount {
            contact: &contacts,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let directory = self.acme.directory.to_string();
        let (account, credentials) = builder.create(&wanted, directory, None).await?;
        self.folder.keep_account(&credentials)?;
        Ok(account)
    }
}
