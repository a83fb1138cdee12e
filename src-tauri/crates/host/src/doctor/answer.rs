//! One plain request to platform or relay, and what its answer's head tells: whether TLS came about, whether a login
//! page of the network stands in between, and what time it is there. What the answer says is `platform`'s to read.

use std::{error::Error as StdError, io, iter};

use ligand_platform::is_proxy_login;
use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION},
    redirect::Policy,
};
use time::{Duration, OffsetDateTime, UtcDateTime, format_description::well_known::Rfc2822};
use url::Url;

use super::{
    NETWORK_DEADLINE,
    checklist::{Finding, Item, Verdict},
};
use crate::{
    clock::wall_now,
    health::Fault,
    proxy::{Proxies, Way},
};

/// A clock that is this far off makes certificates and tokens look wrong, and times in lists hard to believe.
const SKEW: Duration = Duration::seconds(60);

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    status: StatusCode,
    is_html: bool,
    /// The host that a redirect leads to, where it is another one.
    elsewhere: Option<String>,
    /// The time there.
    date: Option<OffsetDateTime>,
    /// The time here, when it came.
    came: OffsetDateTime,
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silence {
    /// The certificate is not one that this machine trusts.
    Untrusted(String),
    /// TLS did not come about otherwise.
    Tls(String),
    /// A proxy on the way wants another user name and password.
    ProxyLogin,
    /// No answer came, whatever the reason.
    Other(String),
}

/// Asks for `url`, and reads the head of what answers.
pub(super) async fn ask(
    url: &Url,
    headers: HeaderMap,
    way: &Way,
    proxies: &Proxies,
) -> Result<Head, Silence> {
    let mut builder = Client::builder()
        .default_headers(headers)
        .redirect(Policy::none())
        .http1_only()
        .timeout(NETWORK_DEADLINE);
    if *way == Way::Here {
        builder = builder.no_proxy();
    } else if let Some(proxy) = proxies.configured() {
        builder = builder.proxy(proxy);
    }
    let asked = async { builder.build()?.get(url.clone()).send().await };
    match asked.await {
        Ok(response) => Ok(Head::of(url, &response)),
        Err(error) => Err(Silence::of(error)),
    }
}

impl Head {
    fn of(url: &Url, response: &Response) -> Self {
        let header = |name| response.headers().get(name)?.to_str().ok();
        let kind = header(CONTENT_TYPE)
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let target = header(LOCATION).and_then(|location| url.join(location).ok());
        let is_elsewhere = |target: &Url| target.host_str() != url.host_str();
        Self {
            status: response.status(),
            is_html: kind.starts_with("text/html") || kind.starts_with("application/xhtml"),
            elsewhere: target
                .filter(|target| response.status().is_redirection() && is_elsewhere(target))
                .map(|target| target.host_str().unwrap_or_default().to_owned()),
            date: header(DATE).and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()),
            came: wall_now(),
        }
    }
}

impl Silence {
    fn of(error: reqwest::Error) -> Self {
        // The URL says nothing new, and a relay's operator may call it private.
        let error = error.without_url();
        if error.is_timeout() {
            return Self::Other("no answer in time".to_owned());
        }
        if is_proxy_login(&error) {
            return Self::ProxyLogin;
        }
        Self::of_chain(&error, error.is_connect())
    }

    fn of_chain(error: &(dyn StdError + 'static), while_connecting: bool) -> Self {
        let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
        match tls {
            Some(tls @ rustls::Error::InvalidCertificate(_)) => return Self::Untrusted(tls.to_string()),
            Some(tls) => return Self::Tls(tls.to_string()),
            None => {}
        }
        let is_end = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
        // Nothing but the TLS handshake reads while a connection is made.
        if while_connecting && causes(error).filter_map(|cause| cause.downcast_ref()).any(is_end) {
            return Self::Tls("the handshake broke off".to_owned());
        }
        Self::Other(causes(error).last().map(ToString::to_string).unwrap_or_default())
    }
}

/// The error, its cause, the cause of that, and so on.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        // An `io::Error` tells the cause of what it wraps, but not what it wraps.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

/// Whether TLS came about. `fault` is what it is when nothing answers at all.
pub(super) fn tls(url: &Url, answer: &Result<Head, Silence>, fault: Fault) -> Finding {
    if url.scheme() != "https" {
        return Finding::skipped("not encrypted: the address begins with http://");
    }
    let whom = match fault {
        Fault::RelayUnreachable => "relay",
        _ => "platform",
    };
    match answer {
        Ok(_) => Finding::ok("the certificate is trusted"),
        Err(Silence::Untrusted(why)) => Finding::problem(
            format!(
                "certificate not trusted: something between you and the {whom} may be intercepting TLS (a company \
                 proxy or antivirus) ({why})"
            ),
            "Ask who runs it to leave this address alone, or add its root certificate to this computer's. A wrong clock \
             here looks like this too.",
        ),
        Err(Silence::Tls(why)) => Finding::problem(
            format!("no TLS came about ({why})"),
            "Check that the address and its port are right, and any proxy in between.",
        ),
        Err(Silence::ProxyLogin) => Finding::fault(Verdict::Problem, Fault::ProxyRefused, None),
        Err(Silence::Other(why)) => Finding::fault(Verdict::Problem, fault, Some(why)),
    }
}

/// Whether a login page of the network answers in the platform's place.
pub(super) fn captive_portal(answer: &Result<Head, Silence>) -> Finding {
    let Ok(head) = answer else {
        return Finding::because(Item::PlatformHealth);
    };
    let status = head.status.as_u16();
    let what = match (&head.elsewhere, head.status) {
        (_, StatusCode::NETWORK_AUTHENTICATION_REQUIRED) => format!("status {status}"),
        (Some(host), _) => format!("status {status}, a redirect to {host}"),
        // A server that fails, or knows the path by another name, says so in HTML too.
        (None, code) if head.is_html && !code.is_server_error() && !code.is_redirection() => {
            format!("status {status}, an HTML page")
        }
        _ => return Finding::ok("none"),
    };
    Finding::problem(
        format!("a login page of this network answers instead of the platform ({what})"),
        "Open a browser and sign in. Where no login page shows up, the platform's URL in the profile may be wrong.",
    )
}

/// Whether the clock here is that of the platform.
pub(super) fn clock(answer: &Result<Head, Silence>) -> Finding {
    let Ok(head) = answer else {
        return Finding::because(Item::PlatformHealth);
    };
    // Whoever answered in its place may have any time.
    if captive_portal(answer).verdict != Verdict::Ok {
        return Finding::because(Item::CaptivePortal);
    }
    let Some(there) = head.date else {
        return Finding::skipped("the platform's answer does not say what time it is");
    };
    let off = head.came - there;
    let seconds = off.whole_seconds().unsigned_abs();
    if off.abs() < SKEW {
        return Finding::ok(format!("{seconds} s from the platform's"));
    }
    let side = if off.is_positive() { "ahead of" } else { "behind" };
    Finding::warning(
        format!(
            "{seconds} s {side} the platform's: {} here, {} there (UTC)",
            words(head.came),
            words(there)
        ),
        "Set this computer's clock, best from the network.",
    )
}

/// To the second, in UTC.
fn words(at: OffsetDateTime) -> String {
    let at = UtcDateTime::from(at);
    let (date, (hour, minute, second)) = (at.date(), at.time().as_hms());
    format!("{date} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
