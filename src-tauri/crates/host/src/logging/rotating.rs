//! A log's files: numbered, private, bounded.
//!
//! A full file is left as it is and the next number begun, so that who follows the log never sees a file change its
//! name; the oldest is removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files;

/// Bytes of one file: read in a moment, and days of a quiet host.
const FILE_BYTES: u64 = 4 << 20;

/// Files that are kept, the one that is written included: 28 MiB in all.
const FILES: usize = 7;

/// Writes whole lines to the newest file.
#[derive(Debug)]
pub(crate) struct RotatingFile {
    folder: PathBuf,
    prefix: &'static str,
    number: u32,
    file: File,
    bytes: u64,
}

impl RotatingFile {
    /// Goes on in the newest file of the folder whose name begins so.
    pub(crate) fn open(folder: &Path, prefix: &'static str) -> io::Result<Self> {
        files::private_dir(folder)?;
        let number = numbers(folder, prefix)?.last().copied().unwrap_or(1);
        let file = open(&path(folder, prefix, number))?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            folder: folder.to_owned(),
            prefix,
            number,
            file,
            bytes,
        })
    }

    fn next_file(&mut self) -> io::Result<()> {
        let number = self.number.wrapping_add(1);
        self.file = open(&path(&self.folder, self.prefix, number))?;
        self.number = number;
        self.bytes = 0;
        let kept = numbers(&self.folder, self.prefix)?;
        for old in kept.iter().rev().skip(FILES) {
            files::remove(&path(&self.folder, self.prefix, *old))?;
        }
        Ok(())
    }
}

impl Write for RotatingFile {
    /// Takes a line as a whole: a file ends at the end of one.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > FILE_BYTES {
            self.next_file()?;
        }
        self.file.write_all(line)?;
        self.bytes += line.len() as u64;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn path(folder: &Path, prefix: &str, number: u32) -> PathBuf {
    folder.join(format!("{prefix}-{number:06}.log"))
}

/// The numbers of the files that are there, in order.
fn numbers(folder: &Path, prefix: &str) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.strip_prefix('-')?.strip_suffix(".log"));
        numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| files::named(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "host";

    fn all(folder: &Path) -> Vec<String> {
        numbers(folder, HOST)
            .unwrap()
            .iter()
            .map(|n| fs::read_to_string(path(folder, HOST, *n)).unwrap())
            .collect()
    }

    #[test]
    fn the_log_goes_on_where_the_last_host_ended() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("logs");
        for line in ["one\n", "two\n"] {
            RotatingFile::open(&folder, HOST)
                .unwrap()
                .write_all(line.as_bytes())
                .unwrap();
        }
        assert_eq!(all(&folder), ["one\ntwo\n"]);
    }

    #[test]
    fn a_full_file_is_followed_by_the_next_number_and_the_oldest_go() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("logs");
        let line = vec![b'x'; FILE_BYTES as usize / 2 + 1];
        let mut log = RotatingFile::open(&folder, HOST).unwrap();
        for _ in 0..FILES + 3 {
            log.write_all(&line).unwrap();
        }
        let kept = numbers(&folder, HOST).unwrap();
        assert_eq!(kept, (4..=FILES as u32 + 3).collect::<Vec<_>>());
        for number in kept {
            assert!(fs::metadata(path(&folder, HOST, number)).unwrap().len() <= FILE_BYTES);
        }
        drop(log);
        RotatingFile::open(&folder, HOST)
            .unwrap()
            .write_all(b"later\n")
            .unwrap();
        assert!(all(&folder).last().unwrap().ends_with("later\n"));
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folder_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("logs");
        RotatingFile::open(&folder, HOST).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&path(&folder, HOST, 1)), 0o600);
    }
}
