//! What the Canvas costs in Chromium, by its own trace: a script of the web code measures it, and prints its figures as
//! one JSON object on its last line.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

use crate::figures::Figures;

/// What its figures mean.
const MEANINGS: &[(&str, &str)] = &[
    (
        "n1000_p95_ms",
        "main-thread work per frame, 1,000 workspaces, p95, milliseconds",
    ),
    (
        "ratio_react_flow",
        "that of plain React Flow with the same workspaces, as a multiple of it",
    ),
    (
        "n10000_p95_ms",
        "the same of 10,000 workspaces, p95, milliseconds",
    ),
    (
        "n10000_first_paint_ms",
        "the page's beginning to the first frame with 10,000, milliseconds",
    ),
    (
        "n10000_heap_mb",
        "the most that the page's heap holds then, megabytes",
    ),
    (
        "heartbeat_ms",
        "main-thread work for one sign of life among 10,000, milliseconds",
    ),
    (
        "event_to_pixel_p95_ms",
        "the platform is told until the frame is painted, p95, milliseconds",
    ),
];

/// Runs the script, in whose folder's parent the web code is, and adds what it found.
pub(crate) fn measure(figures: &mut Figures, script: &Path) {
    let folder = script.parent().and_then(Path::parent).unwrap();
    let said = Command::new("node")
        .arg(script)
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{} failed: {}",
        script.display(),
        said.status
    );
    let said = String::from_utf8(said.stdout).unwrap();
    let found: Map<String, Value> = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    for (key, meaning) in MEANINGS {
        let figure = found.get(*key).and_then(Value::as_f64);
        figures.add(
            *key,
            figure.unwrap_or_else(|| panic!("no {key} in {said}")),
            meaning,
        );
    }
}
