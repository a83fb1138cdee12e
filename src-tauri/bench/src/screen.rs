//! The picture on a desktop's screen, as the X server keeps it in a file (`Xvfb -fbdir`): pixels that were drawn, and
//! not what somebody says of them.
//!
//! The file is an XWD dump: a header of big-endian words, a colour map, then rows of 32-bit pixels.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The words of the header that are needed, by their place in it (X11/XWDFile.h).
const HEADER_SIZE: usize = 0;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLORS: usize = 19;
/// Bytes of an entry of the colour map.
const COLOR_SIZE: usize = 12;

/// A desktop's screen.
pub(crate) struct Screen(PathBuf);

impl Screen {
    pub(crate) fn of(desk: &ligand_e2e::desktop::Desk) -> Self {
        Self(desk.screen().to_owned())
    }

    /// How many pixels in that part of the screen have exactly that colour, 0xRRGGBB.
    pub(crate) fn count(&self, columns: &Range<usize>, rows: &Range<usize>, colour: u32) -> usize {
        count(&self.0, columns, rows, colour).unwrap_or(0)
    }
}

fn count(file: &Path, columns: &Range<usize>, rows: &Range<usize>, colour: u32) -> Option<usize> {
    let dump = fs::read(file).ok()?;
    let word = |at: usize| {
        let bytes = dump.get(at * 4..at * 4 + 4)?;
        usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
    };
    if word(BITS_PER_PIXEL)? != 32 {
        return None;
    }
    let pixels = word(HEADER_SIZE)? + word(COLORS)? * COLOR_SIZE;
    let line = word(BYTES_PER_LINE)?;
    let mut found = 0;
    for row in rows.clone() {
        let from = pixels + row * line;
        let part = dump.get(from + columns.start * 4..from + columns.end * 4)?;
        // This machine's own order of bytes, which the X server keeps pixels in.
        let same = |pixel: &&[u8]| {
            u32::from_ne_bytes([pixel[0], pixel[1], pixel[2], pixel[3]]) & 0xff_ffff == colour
        };
        found += part.chunks_exact(4).filter(same).count();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_a_colour_are_counted_in_their_part_of_the_screen() {
        let mut words = [0_u32; 25];
        (words[HEADER_SIZE], words[BITS_PER_PIXEL], words[BYTES_PER_LINE]) = (100, 32, 8);
        let mut dump: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        for pixel in [0x1d_4ed8_u32, 0, 0x1d_4ed8, 0xff1d_4ed8] {
            dump.extend(pixel.to_ne_bytes());
        }
        let file = std::env::temp_dir().join(format!("ligand-screen-{}", std::process::id()));
        fs::write(&file, dump).unwrap();
        assert_eq!(count(&file, &(0..2), &(0..2), 0x1d_4ed8), Some(3));
        assert_eq!(count(&file, &(0..1), &(0..1), 0x1d_4ed8), Some(1));
        assert_eq!(count(&file, &(0..2), &(0..3), 0), None, "below the screen");
        fs::remove_file(file).unwrap();
    }
}
