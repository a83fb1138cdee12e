//! `--web`: the Canvas in a browser of this machine, over loopback HTTP, when asked for.
//!
//! It serves the pages that were built into this program, and the control API with the scopes of a face: look and
//! operate, never admin. A browser runs what strangers wrote, so a request gets in only if it was meant for us (its
//! `Host`), comes from our own page (its `Origin`), and, for the API, shows this start's token. The token is in the
//! fragment of the URL that is printed: browsers send fragments to nobody. It is never logged and no cookie.
//!
//! `guard` decides who gets in, `pages` has the files. It listens until it is stopped.

mod guard;
mod pages;

#[cfg(test)]
mod tests;

use std::{fmt, io, net::SocketAddr};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use self::guard::{Door, Token};
use crate::{
    control::{self, Scopes},
    host::HostHandle,
    serving::Served,
};

/// Why pages cannot be served there.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Others than this machine could reach it.
    #[error(
        "{0} is not a loopback address, and the Canvas is served to this machine alone; take 127.0.0.1:0, and `ssh -L` from afar"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("the Canvas cannot be served at {addr}: {source}; take another port, or 0 for a free one")]
    Listen {
        /// What was asked for.
        addr: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Pages that are being served. Dropping it ends that without waiting.
pub(crate) struct Web {
    url: Zeroizing<String>,
    served: Served,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").finish_non_exhaustive()
    }
}

impl Web {
    /// Listens there and serves the pages of this host.
    pub(crate) async fn start(addr: SocketAddr, handle: HostHandle) -> Result<Self, WebError> {
        if !addr.ip().is_loopback() {
            return Err(WebError::NotLoopback(addr));
        }
        let explain = |source| WebError::Listen { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(explain)?;
        let addr = listener.local_addr().map_err(explain)?;
        let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
        let url = Zeroizing::new(format!("http://{addr}/#token={}", *token));
        let served = Served::start("pages", |stop| {
            let router = router(addr, Token::new(token), handle, stop.clone());
            control::serve(listener, router, stop)
        });
        Ok(Self { url, served })
    }

    /// The address with the token: for the user's eyes, and never for a log.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more requests, and lets answers in flight end within half a second.
    pub(crate) async fn stop(self) {
        self.served.stop().await;
    }
}

fn router(addr: SocketAddr, token: Token, handle: HostHandle, stop: CancellationToken) -> Router {
    let api = control::router(handle, Scopes::Faces, stop)
        .layer(middleware::from_fn_with_state(token, guard::need_token));
    Router::new()
        .fallback(pages::page)
        .layer(middleware::from_fn_with_state(api, ask_api))
        .layer(middleware::from_fn_with_state(Door::at(addr), guard::let_in))
}

/// Gives the API what is the API's.
async fn ask_api(State(api): State<Router>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/v1/") {
        return next.run(request).await;
    }
    match TowerToHyperService::new(api).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
