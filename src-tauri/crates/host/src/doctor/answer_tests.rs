//! What is made of answers that a plain socket gives.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A server that gives one answer, and its address.
async fn server(head: &str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let answer = format!("{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Url::parse(&url).unwrap()
}

async fn answer(head: &str) -> Result<Head, Silence> {
    ask(
        &server(head).await,
        HeaderMap::new(),
        &Way::Here,
        &Proxies::default(),
    )
    .await
}

#[tokio::test]
async fn a_login_page_is_known_by_its_redirect_its_html_and_its_status() {
    for (head, seen) in [
        (
            "HTTP/1.1 302 Found\r\nLocation: http://login.example/?session=hush",
            "login.example",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8",
            "HTML",
        ),
        ("HTTP/1.1 511 Network Authentication Required", "511"),
    ] {
        let finding = captive_portal(&answer(head).await);
        assert_eq!(finding.verdict, Verdict::Problem, "{head}");
        assert!(
            finding
                .found
                .starts_with("a login page of this network answers instead of the platform")
        );
        assert!(
            finding.found.contains(seen) && !finding.found.contains("hush"),
            "{finding:?}"
        );
        assert!(finding.next.unwrap().contains("sign in"));
    }
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html",
        "HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Type: text/html",
    ] {
        assert_eq!(captive_portal(&answer(head).await).verdict, Verdict::Ok, "{head}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_minute_is_told_with_both_times() {
    let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT";
    let finding = clock(&answer(head).await);
    assert_eq!(finding.verdict, Verdict::Warning);
    assert!(finding.found.contains("ahead of"), "{finding:?}");
    assert!(finding.found.contains("1994-11-06 08:49:37 there"), "{finding:?}");

    let mut head = answer(head).await.unwrap();
    for (seconds, verdict) in [
        (59, Verdict::Ok),
        (-59, Verdict::Ok),
        (60, Verdict::Warning),
        (-61, Verdict::Warning),
    ] {
        head.came = head.date.unwrap() + Duration::seconds(seconds);
        assert_eq!(clock(&Ok(head.clone())).verdict, verdict, "{seconds}");
    }
    assert_eq!(clock(&answer("HTTP/1.1 200 OK").await).verdict, Verdict::Skipped);
    // Whose clock is it?
    let page = "HTTP/1.1 511 Network Authentication Required\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(clock(&answer(page).await), Finding::because(Item::CaptivePortal));
}

#[tokio::test]
async fn nobody_who_answers_is_unreachable_and_not_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/health", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let answer = ask(&url, HeaderMap::new(), &Way::Here, &Proxies::default()).await;
    assert!(matches!(answer, Err(Silence::Other(_))), "{answer:?}");
    assert_eq!(
        tls(&url, &answer, Fault::PlatformUnreachable).verdict,
        Verdict::Skipped
    );
    assert_eq!(captive_portal(&answer), Finding::because(Item::PlatformHealth));
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_is_a_tls_problem() {
    let url = server("HTTP/1.1 200 OK").await;
    let url = Url::parse(&url.as_str().replace("http://", "https://")).unwrap();
    let answer = ask(&url, HeaderMap::new(), &Way::Here, &Proxies::default()).await;
    assert!(matches!(answer, Err(Silence::Tls(_))), "{answer:?}");
    assert_eq!(
        tls(&url, &answer, Fault::PlatformUnreachable).verdict,
        Verdict::Problem
    );
}

#[test]
fn a_certificate_that_is_not_trusted_names_who_may_be_in_between() {
    let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
    let silence = Silence::of_chain(&io::Error::other(io::Error::other(unknown)), true);
    assert!(matches!(silence, Silence::Untrusted(_)), "{silence:?}");
    let url = Url::parse("https://acme.example").unwrap();
    let finding = tls(&url, &Err(silence), Fault::PlatformUnreachable);
    assert_eq!(finding.verdict, Verdict::Problem);
    assert!(finding.found.starts_with(
        "certificate not trusted: something between you and the platform may be intercepting TLS (a company proxy or \
         antivirus)"
    ));
}
