//! The end of a log, and what is written to it from now on.
//!
//! Logs are the numbered files of one folder; the last by name is written to, and none changes its name. They are read
//! backwards from their end, as far as the lines that are asked for take: a log of any size costs the same, and nothing
//! of it need be kept in memory. Of an agent's log that is far more than the 2,000 longest lines, since its files hold at
//! least 24 MiB of lines of at most 8 KiB.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{config::ProfileName, places::Places};

/// A line without an end is handed out in pieces of this length.
const LONGEST_LINE: usize = 1 << 20;
/// How much is read at once: a thousand lines of the length that ours have.
const PIECE_BYTES: u64 = 256 << 10;
/// How often a follower looks. Nobody looks while nobody follows.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The last lines of a log, oldest first: the host's, or that of a profile's agent which Ligand starts.
///
/// # Errors
/// When the folder or a file in it cannot be read. A folder that is not there has no lines.
pub async fn last_lines(
    places: &Places,
    agent: Option<&ProfileName>,
    lines: usize,
) -> io::Result<Vec<String>> {
    let folder = agent.map_or_else(|| places.log_dir(), |profile| places.agent_log_dir(profile));
    Ok(open(folder, lines).await?.0)
}

/// The last lines, and a tail that goes on exactly where they end.
pub(super) async fn open(folder: PathBuf, lines: usize) -> io::Result<(Vec<String>, Tail)> {
    blocking(move || Tail::open(folder, lines)).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// Follows the log.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    folder: PathBuf,
    /// The file that is read, and how far.
    at: Option<(PathBuf, u64)>,
    /// A line whose end was not written yet.
    begun: Vec<u8>,
}

impl Tail {
    fn open(folder: PathBuf, wanted: usize) -> io::Result<(Vec<String>, Self)> {
        let mut lines = VecDeque::new();
        let mut tail = Self {
            folder,
            at: None,
            begun: Vec::new(),
        };
        for path in log_files(&tail.folder)? {
            let (bytes, end) = read_end(&path, wanted - lines.len())?;
            let mut of_file: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let begun = of_file.pop().unwrap_or_default();
            if tail.at.is_none() {
                tail.at = Some((path, end));
                tail.begun = begun.to_vec();
            } else if !begun.is_empty() {
                of_file.push(begun);
            }
            for line in of_file.into_iter().rev().take(wanted - lines.len()) {
                lines.push_front(text(line));
            }
            if lines.len() == wanted {
                break;
            }
        }
        Ok((lines.into(), tail))
    }

    /// Waits for the next lines. A file that cannot be read now is tried again at the next look.
    pub(super) async fn next(&mut self) -> Vec<String> {
        loop {
            let mut tail = self.clone();
            let looked = blocking(move || tail.look().map(|lines| (lines, tail))).await;
            if let Ok((lines, tail)) = looked {
                *self = tail;
                if !lines.is_empty() {
                    return lines;
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What was written since the last look: the rest of the file at hand first, then the file that came after.
    fn look(&mut self) -> io::Result<Vec<String>> {
        let mut fresh = Vec::new();
        if let Some((path, offset)) = &mut self.at {
            match read_from(path, *offset) {
                Ok(bytes) => {
                    *offset += bytes.len() as u64;
                    fresh = bytes;
                }
                // Removed as the oldest, under our eyes.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if fresh.is_empty()
            && let Some(next) = self.next_file()?
        {
            self.at = Some((next, 0));
        }
        Ok(self.take_lines(&fresh))
    }

    /// The oldest file that comes after the one at hand.
    fn next_file(&self) -> io::Result<Option<PathBuf>> {
        let at = self.at.as_ref().map(|(path, _)| path);
        Ok(log_files(&self.folder)?
            .into_iter()
            .rfind(|path| at.is_none_or(|at| path > at)))
    }

    fn take_lines(&mut self, bytes: &[u8]) -> Vec<String> {
        self.begun.extend_from_slice(bytes);
        // A line without an end in sight is handed out as it is.
        let whole = match self.begun.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.begun.len() > LONGEST_LINE => self.begun.len(),
            None => return Vec::new(),
        };
        let lines: Vec<u8> = self.begun.drain(..whole).collect();
        let lines = lines.strip_suffix(b"\n").unwrap_or(&lines);
        lines.split(|byte| *byte == b'\n').map(text).collect()
    }
}

/// The log's files, the newest first.
fn log_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort_unstable_by(|a, b| b.cmp(a));
    Ok(files)
}

/// The end of a file with so many whole lines and what comes after them, or all of it; and where the file ends.
fn read_end(path: &Path, lines: usize) -> io::Result<(Vec<u8>, u64)> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    let (mut from, mut breaks, mut pieces) = (end, 0, Vec::new());
    // One break more than lines: what stands before the first is only the end of one.
    while from > 0 && breaks <= lines {
        let begin = from.saturating_sub(PIECE_BYTES);
        file.seek(SeekFrom::Start(begin))?;
        let mut piece = Vec::new();
        Read::by_ref(&mut file)
            .take(from - begin)
            .read_to_end(&mut piece)?;
        breaks += piece.iter().filter(|byte| **byte == b'\n').count();
        pieces.push(piece);
        from = begin;
    }
    pieces.reverse();
    let mut bytes = pieces.concat();
    if from > 0 {
        let first = bytes.iter().position(|byte| *byte == b'\n');
        bytes.drain(..first.map_or(0, |at| at + 1));
    }
    Ok((bytes, end))
}

fn read_from(path: &Path, offset: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(PIECE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A line as text that steers no terminal: names and messages of strangers are quoted in logs.
fn text(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    line.trim_end()
        .replace(|char: char| char.is_control() && char != '\t', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn append(path: &Path, text: &str) {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_has_no_lines() {
        let root = tempfile::tempdir().unwrap();
        let (lines, _) = open(root.path().join("none"), 5).await.unwrap();
        assert!(lines.is_empty());
    }

    #[tokio::test]
    async fn the_last_lines_are_followed_by_exactly_what_comes_after() {
        let root = tempfile::tempdir().unwrap();
        let log = root.path().join("a.log");
        append(&log, "one\ntwo\nthree\nfo");
        let (lines, mut tail) = open(root.path().to_owned(), 2).await.unwrap();
        assert_eq!(lines, ["two", "three"]);
        append(&log, "ur\nfive\nsi");
        assert_eq!(tail.next().await, ["four", "five"]);
        append(&log, "x\n");
        assert_eq!(tail.next().await, ["six"]);
    }

    #[tokio::test]
    async fn lines_of_the_file_before_fill_up_and_later_files_are_found_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let file = |number: u32| root.path().join(format!("host-{number:06}.log"));
        append(&file(9), "a\nb\n");
        append(&file(10), "c\n");
        let (lines, mut tail) = open(root.path().to_owned(), 2).await.unwrap();
        assert_eq!(lines, ["b", "c"]);
        append(&file(12), "e\n");
        append(&file(11), "d\n");
        assert_eq!(tail.next().await, ["d"]);
        assert_eq!(tail.next().await, ["e"]);
    }

    #[tokio::test]
    async fn a_log_that_begins_later_is_followed_from_its_beginning() {
        let root = tempfile::tempdir().unwrap();
        let (_, mut tail) = open(root.path().join("logs"), 2).await.unwrap();
        fs::create_dir(root.path().join("logs")).unwrap();
        append(&root.path().join("logs/host-000001.log"), "a\n");
        assert_eq!(tail.next().await, ["a"]);
    }

    #[tokio::test]
    async fn a_line_cannot_steer_the_terminal() {
        let root = tempfile::tempdir().unwrap();
        append(&root.path().join("a.log"), "name=\u{1b}[2Jx\ry\tz\r\n");
        let (lines, _) = open(root.path().to_owned(), 1).await.unwrap();
        assert_eq!(lines, ["name=\u{fffd}[2Jx\u{fffd}y\tz"]);
    }

    #[test]
    fn no_more_of_a_large_file_is_read_than_its_lines_take_and_it_begins_with_a_whole_line() {
        let root = tempfile::tempdir().unwrap();
        let log = root.path().join("a.log");
        append(&log, &"0123456789\n".repeat(200_000));
        let (bytes, end) = read_end(&log, 40_000).unwrap();
        assert_eq!(end, 2_200_000);
        assert!(
            bytes.len() < 440_000 + 2 * PIECE_BYTES as usize,
            "{}",
            bytes.len()
        );
        let (lines, _) = Tail::open(root.path().to_owned(), 40_000).unwrap();
        assert_eq!(lines.len(), 40_000);
        assert!(lines.iter().all(|line| line == "0123456789"));
        let (all, _) = Tail::open(root.path().to_owned(), 1_000_000).unwrap();
        assert_eq!(all.len(), 200_000);
    }

    #[test]
    fn two_thousand_of_the_longest_lines_are_there_in_their_order_however_files_part_them() {
        let root = tempfile::tempdir().unwrap();
        let rest = "x".repeat(8000);
        for file in 0..5 {
            let lines: String = (0..500).map(|n| format!("{} {rest}\n", file * 500 + n)).collect();
            append(&root.path().join(format!("agent-{file:06}.log")), &lines);
        }
        let (lines, _) = Tail::open(root.path().to_owned(), 2000).unwrap();
        let numbers = lines.iter().map(|line| line.split(' ').next().unwrap());
        assert!(numbers.eq((500..2500).map(|n| n.to_string())));
    }
}
