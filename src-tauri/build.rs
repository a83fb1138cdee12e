//! Tauri's own tables. The page that is shown is built into the binary; where it has not been built, the host's build
//! script, which cargo runs before this package is compiled, has put another in its place.

/// The built ui, as `tauri.conf.json` names it.
const DIST: &str = "../ui/dist";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={DIST}");
    let commands = tauri_build::AppManifest::new().commands(&["request", "subscribe"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
