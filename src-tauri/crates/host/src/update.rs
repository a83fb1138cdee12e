//! Looks for a newer Ligand now and then, where the user wants that and says where; tells of it, and installs nothing.
//!
//! It asks a page over https that names the newest version in JSON, as `{"version": "1.2.3", "url": "https://…"}` or as
//! GitHub's page of a project's latest release does it. Never while an agent works.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, redirect};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::{
    host::HostHandle,
    status::{NewVersion, Status},
};

/// Not at once: a start has other things to do, and somebody who restarts often asks no more often.
const FIRST_AFTER: Duration = Duration::from_secs(5 * 60);
/// How often.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the page may take.
const DEADLINE: Duration = Duration::from_secs(15);
/// Bytes of the page that are read: GitHub's, with a release's notes in it, has some 20 KB.
const LONGEST: usize = 256 * 1024;
/// Characters of a version.
const LONGEST_VERSION: usize = 32;

/// Does so as long as it is kept.
pub(crate) struct UpdateCheck(
    #[allow(dead_code, reason = "kept for what its end does")] AbortOnDropHandle<()>,
);

impl UpdateCheck {
    /// Begins to wait for the first time.
    pub(crate) fn watch(handle: HostHandle) -> Self {
        Self(AbortOnDropHandle::new(tokio::spawn(watch(handle))))
    }
}

async fn watch(handle: HostHandle) {
    let mut general = handle.general();
    let mut wait = FIRST_AFTER;
    loop {
        let wanted = general.borrow_and_update().clone();
        let (true, Some(url)) = (wanted.update_check, wanted.update_url) else {
            handle.set_update(None);
            if general.changed().await.is_err() {
                return;
            }
            // Who switches it on wants to know.
            wait = Duration::ZERO;
            continue;
        };
        tokio::select! {
            biased;
            changed = general.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            () = tokio::time::sleep(wait) => {}
        }
        at_rest(handle.status()).await;
        wait = EVERY;
        match newest(&handle, &url).await {
            Ok(found) => handle.set_update(found.filter(|found| is_newer(&found.version))),
            Err(error) => tracing::debug!(error, "it is not known whether there is a newer version"),
        }
    }
}

/// Waits until no agent works.
async fn at_rest(mut status: watch::Receiver<Arc<Status>>) {
    let rests = |status: &Arc<Status>| {
        status
            .profiles
            .iter()
            .all(|profile| profile.agent.active_tasks == 0)
    };
    // The board outlives this.
    let _ = status.wait_for(rests).await;
}

/// What a page of releases says; both spellings.
#[derive(Deserialize)]
struct Page {
    #[serde(alias = "tag_name")]
    version: String,
    #[serde(alias = "html_url")]
    url: Option<String>,
}

async fn newest(handle: &HostHandle, url: &Url) -> Result<Option<NewVersion>, String> {
    let mut client = Client::builder()
        .timeout(DEADLINE)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("ligand/", env!("CARGO_PKG_VERSION")));
    if let Some(proxy) = handle.configured_proxy() {
        client = client.proxy(proxy);
    }
    let words = |error: reqwest::Error| error.without_url().to_string();
    let client = client.build().map_err(words)?;
    let mut answer = client.get(url.clone()).send().await.map_err(words)?;
    if !answer.status().is_success() {
        return Err(answer.status().to_string());
    }
    let mut page = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(words)? {
        page.extend_from_slice(&piece);
        if page.len() > LONGEST {
            return Err("it is too long".to_owned());
        }
    }
    Ok(read(&page))
}

/// The version that a page names. An address that is not https is left out: it is shown to be clicked.
fn read(page: &[u8]) -> Option<NewVersion> {
    let Page { version, url } = serde_json::from_slice(page).ok()?;
    let version = version.trim_start_matches('v').to_owned();
    numbers(&version)?;
    let url = url.and_then(|url| Url::parse(&url).ok());
    let url = url.filter(|url| url.scheme() == "https" && url.username().is_empty());
    Some(NewVersion {
        version,
        url: url.map(String::from),
    })
}

fn is_newer(version: &str) -> bool {
    numbers(version) > numbers(env!("CARGO_PKG_VERSION"))
}

/// The three numbers of a version that is no preview.
fn numbers(version: &str) -> Option<[u32; 3]> {
    if version.len() > LONGEST_VERSION {
        return None;
    }
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_later_version_is_told_and_only_with_an_address_that_can_be_trusted_to_be_shown() {
        let page = |text: &str| read(text.as_bytes());
        let found =
            page(r#"{"tag_name":"v99.0.1","html_url":"https://acme.example/r","body":"notes"}"#).unwrap();
        assert_eq!(
            (found.version.as_str(), found.url.as_deref()),
            ("99.0.1", Some("https://acme.example/r"))
        );
        assert!(is_newer(&found.version));
        assert_eq!(
            page(r#"{"version":"99.0.1","url":"http://acme.example"}"#)
                .unwrap()
                .url,
            None
        );
        for odd in [
            r#"{"version":"99.0.1-rc.1"}"#,
            r#"{"version":"<b>99</b>"}"#,
            "{}",
            "<html>",
        ] {
            assert!(page(odd).is_none(), "{odd}");
        }
        assert!(!is_newer(env!("CARGO_PKG_VERSION")) && !is_newer("0.0.9"));
        assert!(is_newer("0.10.0"), "numbers and not text");
    }
}
