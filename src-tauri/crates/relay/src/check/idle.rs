//! Whether a connection is kept between two calls.

use std::time::Duration;

use super::Finding;
use super::connect::Dialled;
use super::steps::get_health;
use super::talk::Heard;

/// How long an answer may take.
const WAIT: Duration = Duration::from_secs(5);
/// For how long the platform keeps connections, and a little more.
const KEPT_BY_CALLERS: Duration = Duration::from_secs(100);

/// Uses a connection, leaves it idle, and uses it again.
pub(super) async fn kept(dial: &Dialled, idle: Duration) -> Finding {
    const WHAT: &str = "keep-alive";
    let next = format!(
        "let idle connections live for more than {} s in what stands before the relay: closing one while its caller \
         writes looks like a failed call",
        KEPT_BY_CALLERS.as_secs()
    );
    let mut talk = match dial.talk().await {
        Ok(talk) => talk,
        Err(error) => return Finding::wrong(WHAT, error, next),
    };
    for pause in [idle, Duration::ZERO] {
        let heard = talk.ask(&get_health(dial), WAIT).await;
        if !matches!(&heard, Heard::Answer(head, _) if head.status == 200) {
            let after = if pause.is_zero() { idle } else { Duration::ZERO };
            let found = format!("after {} s: {}", after.as_secs(), heard.in_words());
            return Finding::wrong(WHAT, found, next);
        }
        tokio::time::sleep(pause).await;
    }
    let seconds = idle.as_secs();
    if idle > KEPT_BY_CALLERS {
        Finding::good(WHAT, format!("an idle connection lives for {seconds} s"))
    } else {
        Finding::good(
            WHAT,
            format!(
                "an idle connection lives for {seconds} s (--idle-s 101 looks for as long as callers keep them)"
            ),
        )
    }
}
