//! Which events are logged.

use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::LoggingError;

/// Every crate of ours has a name that begins with this.
const OURS: &str = "ligand";

/// What is logged of ours unless `LIGAND_LOG` says otherwise.
const OUR_LEVEL: LevelFilter = LevelFilter::INFO;

/// What is logged of others unless `LIGAND_LOG` says otherwise.
const THEIR_LEVEL: LevelFilter = LevelFilter::WARN;

/// The most that is ever logged of others. No library that we use writes a header or a body at this level.
const THEIR_CAP: LevelFilter = LevelFilter::INFO;

/// Reads `LIGAND_LOG`.
pub(super) fn levels(given: Option<&str>) -> Result<Targets, LoggingError> {
    let given = given.unwrap_or_default().trim();
    let asked = match given {
        "" => Targets::new(),
        text => Targets::from_str(text).map_err(|error| LoggingError::Levels {
            given: text.escape_debug().to_string(),
            why: error.to_string(),
        })?,
    };
    let general = asked.default_level();
    let mut levels = Targets::new()
        .with_default(general.map_or(THEIR_LEVEL, |level| level.min(THEIR_LEVEL)))
        .with_target(OURS, general.unwrap_or(OUR_LEVEL));
    for (target, level) in asked.iter() {
        let level = if target.starts_with(OURS) {
            level
        } else {
            level.min(THEIR_CAP)
        };
        levels = levels.with_target(target.to_owned(), level);
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    /// The libraries that see tokens go by.
    const CHATTY: [&str; 8] = [
        "hyper::proto::h1",
        "hyper_util::client",
        "reqwest::connect",
        "rustls::client",
        "yamux::connection",
        "tungstenite::protocol",
        "tokio_tungstenite",
        "zbus::connection",
    ];

    #[test]
    fn unset_logs_our_information_and_the_warnings_of_others() {
        for levels in [levels(None).unwrap(), levels(Some(" ")).unwrap()] {
            assert!(levels.would_enable("ligand_host::presence", &Level::INFO));
            assert!(!levels.would_enable("ligand_host::presence", &Level::DEBUG));
            assert!(levels.would_enable("hyper", &Level::WARN));
            assert!(!levels.would_enable("hyper", &Level::INFO));
        }
    }

    #[test]
    fn nothing_that_can_be_asked_for_shows_what_other_crates_trace() {
        for given in [
            "trace",
            "hyper=trace",
            "debug,hyper::proto=debug",
            "hy=trace,r=trace",
            "ligan=trace",
            "=trace",
        ] {
            let Ok(levels) = levels(Some(given)) else { continue };
            for target in CHATTY {
                assert!(!levels.would_enable(target, &Level::DEBUG), "{given}: {target}");
                assert!(!levels.would_enable(target, &Level::TRACE), "{given}: {target}");
            }
        }
        assert!(
            levels(Some("hyper=trace"))
                .unwrap()
                .would_enable("hyper::proto", &Level::INFO)
        );
    }

    #[test]
    fn our_own_parts_can_be_told_apart() {
        let levels = levels(Some("warn,ligand_tunnel=trace")).unwrap();
        assert!(levels.would_enable("ligand_tunnel::link", &Level::TRACE));
        assert!(levels.would_enable("ligand_host", &Level::WARN));
        assert!(!levels.would_enable("ligand_host", &Level::INFO));
    }

    #[test]
    fn off_is_off() {
        let levels = levels(Some("off")).unwrap();
        assert!(!levels.would_enable("ligand_host", &Level::ERROR));
        assert!(!levels.would_enable("hyper", &Level::ERROR));
    }

    #[test]
    fn what_names_no_level_is_told() {
        let error = levels(Some("ligand_host=loud")).unwrap_err();
        assert_eq!(error.code(), "log_levels");
        assert!(error.to_string().contains("ligand_host=loud"), "{error}");
    }
}
