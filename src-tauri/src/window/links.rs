//! Where the page may go: nowhere but where it is. A link to the web opens in the user's browser, and any other not at
//! all.

use url::Url;

/// Whether the address is the page's own: Tauri's scheme, or the host that stands for it on Windows.
pub(super) fn is_ours(url: &Url) -> bool {
    url.scheme() == "tauri"
        || (matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost"))
}

/// Opens a link to the web in the user's browser.
pub(super) fn open(url: &Url) {
    if !is_web(url) {
        tracing::warn!(
            scheme = url.scheme(),
            "a link that leads not to the web was not opened"
        );
        return;
    }
    if let Err(error) = open::that_detached(url.as_str()) {
        tracing::warn!(%error, "the browser did not open");
    }
}

/// Only what a browser takes, and without a password in it: other schemes start other programs.
fn is_web(url: &Url) -> bool {
    url.scheme() == "https" && url.host().is_some() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_page_stays_where_it_is() {
        assert!(is_ours(&url("tauri://localhost/index.html")));
        assert!(is_ours(&url("http://tauri.localhost/")));
        for elsewhere in [
            "https://tauri.localhost.example/",
            "https://moleculesai.app/",
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "about:blank",
        ] {
            assert!(!is_ours(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn only_a_link_to_the_web_leaves_the_window() {
        assert!(is_web(&url("https://moleculesai.app/docs?x=1#y")));
        for other in [
            "http://moleculesai.app/",
            "file:///etc/passwd",
            "ligand://connect?platform=x",
            "mailto:a@example.com",
            "javascript:alert(1)",
            "https://user:word@example.com/",
        ] {
            assert!(!is_web(&url(other)), "{other}");
        }
    }
}
