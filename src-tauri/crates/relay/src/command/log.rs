//! Logs to standard error.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// How a line looks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One object a line, for what collects logs.
    Json,
}

/// `LIGAND_RELAY_LOG` says how much of ours; other crates only warn, since their details show paths and headers.
pub(crate) fn start(format: Format) {
    let ours = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var("LIGAND_RELAY_LOG")
        .from_env_lossy();
    // Without the hint everything that libraries trace would be asked about, several times in each call.
    let most = ours.max_level_hint().unwrap_or(LevelFilter::TRACE);
    let capped = filter_fn(|metadata| {
        metadata.target().starts_with("ligand_") || *metadata.level() <= tracing::Level::WARN
    })
    .with_max_level_hint(most);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(ours).with_filter(capped))
        .init();
}
