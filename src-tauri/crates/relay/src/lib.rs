//! `ligand-relay`: the public end of the tunnel.
//!
//! ```text
//!  platform, A2A callers ─▶ entrance ─▶ routes ─┬─ /w/<door>…  ─▶ call ─▶ the workspace's link ─▶ laptop
//!               (PROXY, TLS, HTTP/1.1)          ├─ /v1/link    ─▶ admission ─▶ directory of links
//!                                               └─ /healthz
//! ```
//!
//! A laptop dials `/v1/link`, proves that it may have a workspace's calls, and gets the public URLs of its
//! doors. Calls to a door travel down its link. While there is none, calls to the platform door are held
//! and then closed *without a single byte*, so that the platform queues the message; all others get a prompt answer.
//!
//! What outlives a relay is in two files: the secret that doors are made with, and which keys the agent cards had that it
//! has read, so that everybody whom it knew can come back at once, whatever the platform does.
//!
//! Nothing here is about what a call may do: that is the laptop's delivery policy. Door paths, keys and proofs never
//! appear in logs; workspace ids do.

mod acme;
mod admission;
mod answers;
mod asking;
mod budget;
mod call;
mod caller;
mod card_copies;
mod card_file;
mod cards;
mod certificate;
pub mod check;
mod clock;
mod come_back;
mod connections;
mod directory;
mod entrance;
mod exposition;
mod framing;
mod headers;
mod host_names;
mod ingress;
mod keys;
mod known_door;
mod last_word;
mod limit;
mod limits;
mod links;
mod memory;
mod metrics;
mod ops;
mod options;
mod pace;
mod plain;
mod proxy_header;
mod public_body;
mod rechecks;
mod remembered;
mod renewed;
mod routes;
mod running;
mod seats;
mod secret;
mod socket;
mod tls;
mod tokens;
mod turns;
mod validity;

pub use acme::{Acme, AcmeError};
pub use certificate::CertificateError;
pub use ingress::{Ingress, Security};
pub use ipnet::IpNet;
pub use keys::{KeysError, RelayKeys};
pub use limits::Limits;
pub use options::{AllowedPlatform, Options};
pub use running::{CertificateReload, Running, StartError, start};
pub use secret::SecretError;
