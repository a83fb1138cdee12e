//! What a program that Ligand keeps running says on its standard output and error: line by line into files of the state
//! folder, as bounded as the host's own log, and without the secrets that it was given.
//!
//! Each stream is read in a thread of its own, which waits for the disk alone: a disk that hangs stops the program's words
//! and nothing of the host. No more than a line's piece is ever held, however much is said.

use std::{
    io::{Read, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::{
    clock::{wall_ms, wall_text},
    logging::RotatingFile,
};

/// Bytes of a line; a longer one goes on in the next.
const LINE_LIMIT: usize = 8 * 1024;

/// How much is read at once.
const PIECE: usize = 8 * 1024;

/// A stack that holds a piece, a line and what writes it.
const STACK: usize = 128 * 1024;

/// Shorter secrets are none, and would blank out half of what is said.
const SHORTEST_SECRET: usize = 6;

/// Characters of the last line that are told with the reason of an end.
const TOLD: usize = 200;

/// Hears each line, and gives it back as it may be written.
pub(crate) type Ear = Arc<dyn Fn(String) -> String + Send + Sync>;

/// Where a program's words go. Clones are the same place.
#[derive(Clone)]
pub(crate) struct Output(Arc<Mutex<Sink>>);

struct Sink {
    file: Place,
    /// The last line on standard error since the last start.
    last: Option<String>,
}

/// What must not stand in a log, and who hears the lines before they are written.
#[derive(Clone, Default)]
pub(crate) struct Hidden {
    texts: Arc<Vec<Zeroizing<String>>>,
    ear: Option<Ear>,
}

impl Hidden {
    /// With somebody who hears each line, without what is hidden.
    pub(crate) fn heard_by(mut self, ear: Ear) -> Self {
        self.ear = Some(ear);
        self
    }
}

/// Where lines are written.
enum Place {
    /// In this folder, in files whose names begin so, once there is something to write.
    At(PathBuf, &'static str),
    Open(RotatingFile),
    /// It cannot be written to: the program runs all the same.
    Nowhere,
}

impl Place {
    fn file(&mut self) -> Option<&mut RotatingFile> {
        if let Self::At(folder, prefix) = self {
            *self = match RotatingFile::open(folder, prefix) {
                Ok(file) => Self::Open(file),
                Err(error) => {
                    tracing::warn!(%error, "what a program says cannot be kept");
                    Self::Nowhere
                }
            };
        }
        match self {
            Self::Open(file) => Some(file),
            Self::At(..) | Self::Nowhere => None,
        }
    }
}

impl Output {
    /// Goes on in the files of that folder, whose names begin so; they are there once something is said.
    pub(crate) fn open(folder: &Path, prefix: &'static str) -> Self {
        let file = Place::At(folder.to_owned(), prefix);
        Self(Arc::new(Mutex::new(Sink { file, last: None })))
    }

    /// Takes in what comes from a stream until its end, which what is given tells by being closed. `is_error`: whether it
    /// is the standard error.
    pub(crate) fn follow(
        &self,
        stream: impl Read + Send + 'static,
        is_error: bool,
        hidden: &Hidden,
    ) -> oneshot::Receiver<()> {
        let (output, hidden) = (self.clone(), hidden.clone());
        let (until_end, ended) = oneshot::channel();
        let reading = move || {
            output.read(stream, is_error, &hidden);
            drop(until_end);
        };
        let started = thread::Builder::new()
            .name("program-output".to_owned())
            .stack_size(STACK)
            .spawn(reading);
        if let Err(error) = started {
            tracing::warn!(%error, "what a program says cannot be read");
        }
        ended
    }

    /// The last thing said on standard error since the last start.
    pub(crate) fn last_words(&self) -> Option<String> {
        self.sink().last.clone()
    }

    /// Begins anew: what was said before belongs to an earlier process.
    pub(crate) fn begin(&self) {
        self.sink().last = None;
    }

    fn read(&self, mut stream: impl Read, is_error: bool, hidden: &Hidden) {
        let mut piece = [0; PIECE];
        let mut line = Vec::new();
        loop {
            let bytes = match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let mut rest = &piece[..bytes];
            while !rest.is_empty() {
                let room = LINE_LIMIT - line.len();
                let end = rest.iter().take(room).position(|byte| *byte == b'\n');
                let taken = end.unwrap_or(rest.len().min(room));
                line.extend_from_slice(&rest[..taken]);
                rest = &rest[taken + usize::from(end.is_some())..];
                if end.is_some() || line.len() >= LINE_LIMIT {
                    self.write(&line, is_error, hidden);
                    line.clear();
                }
            }
        }
        if !line.is_empty() {
            self.write(&line, is_error, hidden);
        }
    }

    fn write(&self, line: &[u8], is_error: bool, hidden: &Hidden) {
        let text = String::from_utf8_lossy(line);
        let mut text = text.trim_end().to_owned();
        for secret in hidden.texts.iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[hidden]");
            }
        }
        if let Some(ear) = &hidden.ear {
            text = ear(text);
        }
        let stream = if is_error { "ERR" } else { "OUT" };
        let written = format!("{} {stream} {text}\n", wall_text(wall_ms()));
        let mut sink = self.sink();
        if let Some(file) = sink.file.file() {
            // A full disk is told by the host's own log.
            let _lost = file.write_all(written.as_bytes());
        }
        if is_error && !text.trim().is_empty() {
            sink.last = Some(
                text.chars()
                    .filter(|char| !char.is_control())
                    .take(TOLD)
                    .collect(),
            );
        }
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of these values must not stand in a log: each line of one, as the log is written in lines.
pub(crate) fn hidden<'a>(values: impl Iterator<Item = &'a str>) -> Hidden {
    let lines = values.flat_map(str::lines).map(str::trim);
    let mut hidden: Vec<_> = lines
        .filter(|line| line.len() >= SHORTEST_SECRET)
        .map(|line| Zeroizing::new(line.to_owned()))
        .collect();
    // One may be a part of another.
    hidden.sort_by_key(|line| std::cmp::Reverse(line.len()));
    Hidden {
        texts: Arc::new(hidden),
        ear: None,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use super::*;

    fn written(folder: &Path) -> String {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect()
    }

    fn said(bytes: &[u8], hide: &[&str]) -> (Vec<String>, Option<String>) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("agent");
        let output = Output::open(&folder, "agent");
        output.read(bytes, true, &hidden(hide.iter().copied()));
        let lines = written(&folder);
        let lines = lines
            .lines()
            .map(|line| line.split_once(" ERR ").unwrap().1.to_owned());
        (lines.collect(), output.last_words())
    }

    #[test]
    fn lines_are_kept_whatever_bytes_they_have() {
        let (lines, last) = said(b"one\r\n\n\xff\xfe two\x1b[2J\nend", &[]);
        assert_eq!(lines, ["one", "", "\u{fffd}\u{fffd} two\u{1b}[2J", "end"]);
        assert_eq!(last.as_deref(), Some("end"));
    }

    #[test]
    fn a_secret_that_the_agent_says_is_hidden_and_a_short_one_is_none() {
        let (lines, last) = said(
            b"key=sk-0123456789 and abc\n-----BEGIN-----\nMIIEsecretline\n",
            &[
                "sk-0123456789",
                "sk-01234",
                "abc",
                "-----BEGIN-----\nMIIEsecretline\n",
            ],
        );
        assert_eq!(lines, ["key=[hidden] and abc", "[hidden]", "[hidden]"]);
        assert_eq!(last.as_deref(), Some("[hidden]"));
    }

    #[test]
    fn an_endless_line_is_cut_and_a_flood_costs_no_more_than_its_files() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("agent");
        let output = Output::open(&folder, "agent");
        output.read(io::repeat(b'x').take(40 << 20), false, &hidden([].into_iter()));
        let bytes: u64 = fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum();
        assert!((16 << 20..=28 << 20).contains(&bytes), "{bytes}");
        let longest = written(&folder).lines().map(str::len).max().unwrap();
        assert!(longest < LINE_LIMIT + 64, "{longest}");
    }

    #[test]
    fn without_a_folder_to_write_to_nothing_breaks() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let output = Output::open(&file.join("agent"), "agent");
        output.read(b"x\n".as_slice(), true, &hidden([].into_iter()));
        assert_eq!(output.last_words().as_deref(), Some("x"));
    }
}
