//! How many requests an address may make in a fixed window, told with every answer.
//!
//! Everybody behind one proxy shares an address, as on the platform. The window runs on the org's clock.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::clock::{Clock, Stamp};
use crate::refusal::Refusal;

/// Addresses that are remembered before those of past windows are forgotten.
const REMEMBERED: usize = 1_024;

/// The limit, and what is left of it for whom.
pub(crate) struct Limit {
    requests: u32,
    window: Duration,
    clock: Clock,
    used: Mutex<HashMap<IpAddr, Window>>,
}

struct Window {
    began: Stamp,
    left: u32,
}

/// What an answer says of the limit.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    refused: bool,
    left: u32,
    /// Seconds until the next window.
    resets_in: u32,
}

impl Limit {
    pub(crate) fn new(requests: u32, window: Duration, clock: Clock) -> Arc<Limit> {
        Arc::new(Limit {
            requests,
            window,
            clock,
            used: Mutex::default(),
        })
    }

    fn take(&self, address: IpAddr) -> Told {
        let now = self.clock.now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= REMEMBERED {
            used.retain(|_, window| now.since(window.began) < self.window);
        }
        let fresh = || Window {
            began: now,
            left: self.requests,
        };
        let window = used.entry(address).or_insert_with(fresh);
        if now.since(window.began) >= self.window {
            *window = fresh();
        }
        let resets_in = self.window.saturating_sub(now.since(window.began)).as_secs();
        let refused = window.left == 0;
        window.left = window.left.saturating_sub(1);
        Told {
            refused,
            left: window.left,
            resets_in: u32::try_from(resets_in).unwrap_or(u32::MAX),
        }
    }
}

/// Lets a request through, or refuses it, and tells what is left.
pub(crate) async fn check(State(limit): State<Arc<Limit>>, request: Request, next: Next) -> Response {
    // There is always one: the server adds it to every connection.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let Some(ConnectInfo(peer)) = peer else {
        return next.run(request).await;
    };
    let told = limit.take(peer.ip());
    let mut response = if told.refused {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate limit exceeded")
            .with("retry_after", told.resets_in)
            .retry_after(told.resets_in)
            .into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        ("x-ratelimit-limit", limit.requests),
        ("x-ratelimit-remaining", told.left),
        ("x-ratelimit-reset", told.resets_in),
    ] {
        // What an inner limit has told is the nearer one.
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_window_that_begins_anew() {
        let clock = Clock::new();
        let limit = Limit::new(2, Duration::from_secs(60), clock.clone());
        let (one, other) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        assert_eq!((limit.take(one).left, limit.take(one).left), (1, 0));
        let told = limit.take(one);
        assert!(told.refused && told.left == 0 && (59..=60).contains(&told.resets_in));
        assert!(!limit.take(other).refused);
        clock.advance(Duration::from_secs(61));
        assert!(!limit.take(one).refused);
    }
}
