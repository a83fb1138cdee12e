//! One drawing, in one size, as PNG.

use std::{fs, io, path::Path};

use resvg::{tiny_skia, usvg};

/// Why an icon was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File { path: String, error: io::Error },
    /// The drawing is none.
    #[error("{path} is no drawing: {error}")]
    Drawing { path: String, error: usvg::Error },
    /// The picture cannot be put into a file's format.
    #[error("{name} cannot be written: {error}")]
    Format { name: String, error: String },
}

impl Fault {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            error,
        }
    }

    pub(crate) fn format(name: &str, error: impl std::fmt::Display) -> Self {
        Self::Format {
            name: name.to_owned(),
            error: error.to_string(),
        }
    }
}

/// Draws a square picture of so many pixels a side.
pub(crate) fn png(drawing: &Path, side: u32) -> Result<Vec<u8>, Fault> {
    let text = fs::read(drawing).map_err(|error| Fault::file(drawing, error))?;
    let name = || drawing.display().to_string();
    let tree = usvg::Tree::from_data(&text, &usvg::Options::default())
        .map_err(|error| Fault::Drawing { path: name(), error })?;
    let mut picture = tiny_skia::Pixmap::new(side, side)
        .ok_or_else(|| Fault::format(&name(), format!("{side} is no size")))?;
    let scale = |length: f32| side as f32 / length;
    let fit = tiny_skia::Transform::from_scale(scale(tree.size().width()), scale(tree.size().height()));
    resvg::render(&tree, fit, &mut picture.as_mut());
    picture
        .encode_png()
        .map_err(|error| Fault::format(&name(), error))
}
