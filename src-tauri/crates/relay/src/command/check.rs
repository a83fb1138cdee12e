//! `ligand-relay check`: prints what a look from outside has found.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ligand_relay::check::{Finding, Look, State, authorities, check};
use serde_json::json;
use url::Url;

/// Looks at a relay from outside.
#[derive(Args)]
pub(crate) struct Check {
    /// The relay's public URL.
    url: Url,
    /// For how many seconds to leave a connection idle before it is used again. Callers keep them for up to 100 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle_s: u64,
    /// Authorities to trust besides this machine's own, in PEM.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Looks, prints, and says whether nothing is wrong.
pub(crate) async fn run(flags: Check, say: impl Fn(&str)) -> Result<bool, String> {
    let look = Look {
        url: flags.url,
        idle: Duration::from_secs(flags.idle_s),
        authorities: flags
            .ca
            .as_deref()
            .map(authorities)
            .transpose()?
            .unwrap_or_default(),
    };
    let findings = check(&look).await;
    let good = findings.iter().all(|finding| finding.state != State::Wrong);
    if flags.json {
        let findings: Vec<_> = findings.iter().map(as_json).collect();
        let url = look.url.origin().ascii_serialization();
        say(&json!({ "schema": 1, "url": url, "ok": good, "findings": findings }).to_string());
        return Ok(good);
    }
    for finding in &findings {
        say(&format!(
            "{} {}: {}",
            sign(finding.state),
            finding.what,
            finding.found
        ));
        if !finding.next.is_empty() {
            say(&format!("  → {}", finding.next));
        }
    }
    Ok(good)
}

fn sign(state: State) -> char {
    match state {
        State::Good => '✓',
        State::Doubtful => '!',
        State::Wrong => '✗',
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let state = match finding.state {
        State::Good => "good",
        State::Doubtful => "doubtful",
        State::Wrong => "wrong",
    };
    json!({ "what": finding.what, "state": state, "found": finding.found, "next": finding.next })
}
