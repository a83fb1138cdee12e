//! `ligand-relay check` against relays that are as they should be, and against what can stand in the way.

use std::time::Duration;

use ligand_relay::check::{Finding, Look, State, authorities, check};
use tempfile::TempDir;

use crate::support::tls::Authority;
use crate::support::{Before, Manner, Platform, Relay, soon};
use crate::tls;

struct Scene {
    relay: Relay,
    authority: Authority,
    platform: Platform,
    _folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let platform = Platform::start().await;
        let folder = tempfile::tempdir().unwrap();
        Self {
            relay: Relay::start(&platform).await,
            authority: Authority::create(folder.path()),
            platform,
            _folder: folder,
        }
    }

    async fn before(&self, manner: Manner) -> Before {
        Before::relay(self.relay.addr(), manner).await
    }

    /// Looks at it through what stands before it, with its authority trusted or not.
    async fn look(&self, url: &str, trusts: bool) -> Vec<Finding> {
        let authorities = if trusts {
            authorities(&self.authority.root_file()).unwrap()
        } else {
            Vec::new()
        };
        let look = Look {
            url: url.parse().unwrap(),
            idle: Duration::from_secs(1),
            authorities,
        };
        soon(check(&look)).await
    }

    async fn behind_tls(
        &self,
        name: &str,
        years: (i32, i32),
        protocols: &[&[u8]],
        trusts: bool,
    ) -> Vec<Finding> {
        let tls = Some(self.authority.terminator(name, years, protocols));
        let before = self
            .before(Manner {
                tls,
                ..Manner::default()
            })
            .await;
        self.look(&format!("https://localhost:{}", before.address.port()), trusts)
            .await
    }
}

fn of<'a>(findings: &'a [Finding], what: &str) -> &'a Finding {
    findings
        .iter()
        .find(|finding| finding.what == what)
        .unwrap_or_else(|| panic!("nothing about {what}: {findings:#?}"))
}

fn wrong(findings: &[Finding]) -> Vec<&str> {
    let wrong = findings.iter().filter(|finding| finding.state != State::Good);
    wrong.map(|finding| finding.what).collect()
}

#[tokio::test]
async fn a_relay_that_is_reached_directly_is_as_it_should_be() {
    let scene = Scene::new().await;
    let findings = scene.look(scene.relay.url().as_str(), false).await;
    assert_eq!(wrong(&findings), [""; 0], "{findings:#?}");
    for what in [
        "name",
        "connection",
        "relay",
        "false door",
        "silence",
        "link",
        "keep-alive",
    ] {
        of(&findings, what);
    }
}

#[tokio::test]
async fn a_relay_that_speaks_tls_itself_is_as_it_should_be() {
    let scene = Scene::new().await;
    let pair = scene.authority.issue(&["localhost"]);
    let relay = tls::start(&scene.platform, &pair, |_| {}).await;
    let findings = scene
        .look(&format!("https://localhost:{}", relay.addr().port()), true)
        .await;
    assert_eq!(wrong(&findings), [""; 0], "{findings:#?}");
    for what in [
        "certificate",
        "alpn",
        "false door",
        "silence",
        "link",
        "keep-alive",
    ] {
        of(&findings, what);
    }
}

#[tokio::test]
async fn behind_a_terminator_that_passes_bytes_on_all_is_well_and_the_certificates_days_are_told() {
    let scene = Scene::new().await;
    let findings = scene
        .behind_tls("localhost", (2020, 2090), &[b"http/1.1"], true)
        .await;
    assert_eq!(wrong(&findings), [""; 0], "{findings:#?}");
    assert!(
        of(&findings, "certificate").found.contains("400 days"),
        "{findings:#?}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_and_the_rest_is_looked_at_all_the_same() {
    let scene = Scene::new().await;
    for (name, years, trusts, word) in [
        ("localhost", (2020, 2021), true, "renew"),
        ("localhost", (2020, 2090), false, "intermediate"),
        ("other.example", (2020, 2090), true, "for the name"),
    ] {
        let findings = scene.behind_tls(name, years, &[], trusts).await;
        assert_eq!(wrong(&findings), ["certificate"], "{findings:#?}");
        let certificate = of(&findings, "certificate");
        assert_eq!(certificate.state, State::Wrong);
        assert!(certificate.next.contains(word), "{certificate:?}");
    }
}

#[tokio::test]
async fn a_terminator_that_offers_http_2_is_found_out() {
    let scene = Scene::new().await;
    let both: &[&[u8]] = &[b"h2", b"http/1.1"];
    let findings = scene.behind_tls("localhost", (2020, 2090), both, true).await;
    assert_eq!(wrong(&findings), ["alpn"], "{findings:#?}");
}

#[tokio::test]
async fn a_proxy_that_speaks_up_for_a_silent_relay_is_found_out() {
    let scene = Scene::new().await;
    let before = scene
        .before(Manner {
            speaks_up: true,
            ..Manner::default()
        })
        .await;
    let findings = scene.look(&format!("http://{}", before.address), false).await;
    assert_eq!(wrong(&findings), ["silence"], "{findings:#?}");
    let silence = of(&findings, "silence");
    assert!(silence.found.contains("502") && silence.next.contains("refused instead of queued"));
}

#[tokio::test]
async fn a_proxy_that_closes_idle_connections_is_found_out() {
    let scene = Scene::new().await;
    let before = scene
        .before(Manner {
            idle: Some(Duration::from_millis(500)),
            ..Manner::default()
        })
        .await;
    let findings = scene.look(&format!("http://{}", before.address), false).await;
    assert_eq!(wrong(&findings), ["keep-alive"], "{findings:#?}");
}

#[tokio::test]
async fn what_cannot_be_reached_or_is_no_relay_is_said() {
    let scene = Scene::new().await;
    let findings = scene.look("http://127.0.0.1:1", false).await;
    assert_eq!(wrong(&findings), ["connection"]);
    let findings = scene.look("https://no-such-name.invalid", false).await;
    assert_eq!(wrong(&findings), ["name"]);
    let other = format!("http://{}", scene.relay.running.metrics_addr().unwrap());
    assert_eq!(wrong(&scene.look(&other, false).await), ["relay"]);
    // Not TLS at all.
    let plain = scene.relay.url().as_str().replace("http:", "https:");
    assert_eq!(wrong(&scene.look(&plain, false).await), ["tls"]);
    assert_eq!(
        wrong(&scene.look("ftp://relay.example", false).await),
        ["address"]
    );
}
