//! What the shell needs at compile time: Tauri's own tables, and a page to show.

use std::{fs, io, path::Path};

/// The built ui, as `tauri.conf.json` names it.
const DIST: &str = "../ui/dist";

/// What is shown where the ui has not been built: so a clean checkout builds before any npm step.
const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
  <head>
    <meta charset=\"utf-8\">
    <title>Ligand</title>
  </head>
  <body>
    <h1>Ligand's window has not been built yet</h1>
    <p>In the folder <code>ui</code>, run <code>npm ci</code> and <code>npm run build</code>; then build Ligand again.
    <code>cargo xtask run</code> does all of it.</p>
  </body>
</html>
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    make_placeholder(Path::new(DIST))?;
    // The page is built into the binary.
    println!("cargo:rerun-if-changed={DIST}");
    let commands = tauri_build::AppManifest::new().commands(&["request", "subscribe"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}

fn make_placeholder(dist: &Path) -> io::Result<()> {
    let page = dist.join("index.html");
    if page.exists() {
        return Ok(());
    }
    fs::create_dir_all(dist)?;
    fs::write(page, PLACEHOLDER)
}
