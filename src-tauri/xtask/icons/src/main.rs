//! `cargo xtask icons`: makes every icon file in `icons/made` from its drawing in `icons`.
//!
//! What it makes is in the repository, so that a build needs none of this; a test fails when it no longer comes from
//! the drawings.

mod draw;
mod files;

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    match files::make_all(&icons()) {
        Ok(made) => {
            println!("{} icon files made in icons/made", made.len());
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("icons: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the drawings: three folders above this package.
fn icons() -> std::path::PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).join("icons")
}
