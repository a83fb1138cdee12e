//! Which files there are, from which drawing, and in which sizes.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use crate::draw::{Fault, png};

/// The states of the tray, each with a drawing of its own.
const TRAY: &[&str] = &[
    "online",
    "working",
    "connecting",
    "degraded",
    "offline",
    "attention",
    "away",
    "stopped",
];

/// Pixels of a tray icon. Panels show 16 to 24 of them, and twice that on a dense screen.
const TRAY_SIDE: u32 = 48;

/// The app's PNG files: the sizes that Linux desktops look for, and what Tauri's bundler expects.
const APP: &[u32] = &[32, 128, 256, 512];

/// The sizes that Windows picks from.
const ICO: &[u32] = &[16, 24, 32, 48, 64, 256];

/// The sizes that macOS picks from; the format has an entry for each.
const ICNS: &[u32] = &[16, 32, 64, 128, 256, 512, 1024];

/// Makes every file below `made`, and gives the files.
pub(crate) fn make_all(icons: &Path) -> Result<Vec<PathBuf>, Fault> {
    let folder = icons.join("made");
    fs::create_dir_all(&folder).map_err(|error| Fault::file(&folder, error))?;
    let mut made = Vec::new();
    for (name, bytes) in all(icons)? {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|error| Fault::file(&path, error))?;
        made.push(path);
    }
    Ok(made)
}

/// Every file: its name and what is in it.
fn all(icons: &Path) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let app = icons.join("app.svg");
    let mut files = vec![
        ("app.ico".to_owned(), ico(&app)?),
        ("app.icns".to_owned(), icns(&app)?),
    ];
    for side in APP {
        files.push((format!("app-{side}.png"), png(&app, *side)?));
    }
    for state in TRAY {
        let drawing = icons.join(format!("tray-{state}.svg"));
        files.push((format!("tray-{state}.png"), png(&drawing, TRAY_SIDE)?));
    }
    Ok(files)
}

fn ico(drawing: &Path) -> Result<Vec<u8>, Fault> {
    let fault = |error| Fault::format("app.ico", error);
    let mut folder = ico::IconDir::new(ico::ResourceType::Icon);
    for side in ICO {
        let picture = ico::IconImage::read_png(Cursor::new(png(drawing, *side)?)).map_err(fault)?;
        folder.add_entry(ico::IconDirEntry::encode(&picture).map_err(fault)?);
    }
    let mut bytes = Vec::new();
    folder.write(&mut bytes).map_err(fault)?;
    Ok(bytes)
}

fn icns(drawing: &Path) -> Result<Vec<u8>, Fault> {
    let fault = |error| Fault::format("app.icns", error);
    let mut family = icns::IconFamily::new();
    for side in ICNS {
        let picture = icns::Image::read_png(Cursor::new(png(drawing, *side)?)).map_err(fault)?;
        family.add_icon(&picture).map_err(fault)?;
    }
    let mut bytes = Vec::new();
    family.write(&mut bytes).map_err(fault)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_icon_files_come_from_the_drawings() {
        let icons = crate::icons();
        for (name, bytes) in all(&icons).unwrap() {
            let there = fs::read(icons.join("made").join(&name)).unwrap_or_default();
            assert!(there == bytes, "{name} is old: run `cargo xtask icons`");
        }
    }

    #[test]
    fn each_state_of_the_tray_has_a_shape_of_its_own() {
        let icons = crate::icons();
        let shapes: BTreeSet<Vec<bool>> = TRAY.iter().map(|state| shape(&icons, state)).collect();
        assert_eq!(shapes.len(), TRAY.len());
    }

    /// Where there is anything, whatever its colour, in the smallest size that is shown.
    fn shape(icons: &Path, state: &str) -> Vec<bool> {
        let bytes = png(&icons.join(format!("tray-{state}.svg")), 16).unwrap();
        let picture = ico::IconImage::read_png(Cursor::new(bytes)).unwrap();
        let pixels = picture.rgba_data().chunks_exact(4);
        pixels.map(|pixel| pixel[3] > 127).collect()
    }
}
