//! A reader that counts: an archive may have so many bytes, and a header of it so many.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use super::fault::ArchiveError;

/// Bytes that an entry's header may have, with long names and extensions. The reader of tar archives keeps them in
/// memory before anybody can look at them.
pub(super) const MAX_HEAD: u64 = 256 << 10;

/// What may still be read.
#[derive(Debug)]
pub(super) struct Meter {
    all: Cell<u64>,
    head: Cell<Option<u64>>,
    over: Cell<Option<Over>>,
}

#[derive(Debug, Clone, Copy)]
enum Over {
    All,
    Head,
}

impl Meter {
    /// For so many bytes.
    pub(super) fn of(bytes: u64) -> Rc<Self> {
        Rc::new(Self {
            all: Cell::new(bytes),
            head: Cell::new(None),
            over: Cell::new(None),
        })
    }

    /// A header comes.
    pub(super) fn head(&self) {
        self.head.set(Some(MAX_HEAD));
    }

    /// Content comes.
    pub(super) fn content(&self) {
        self.head.set(None);
    }

    /// What a failure to read was.
    pub(super) fn explain(&self, error: io::Error) -> ArchiveError {
        match self.over.get() {
            Some(Over::All) => ArchiveError::TooLarge,
            Some(Over::Head) => ArchiveError::LongHeader,
            None => ArchiveError::damaged(error),
        }
    }

    fn allowed(&self) -> u64 {
        self.head.get().unwrap_or(u64::MAX).min(self.all.get())
    }

    fn used(&self, bytes: u64) {
        self.all.set(self.all.get().saturating_sub(bytes));
        self.head
            .set(self.head.get().map(|head| head.saturating_sub(bytes)));
    }

    fn over(&self) -> io::Error {
        let over = match self.all.get() {
            0 => Over::All,
            _ => Over::Head,
        };
        self.over.set(Some(over));
        io::Error::from(io::ErrorKind::FileTooLarge)
    }
}

/// The reader.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) meter: Rc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.meter.allowed()).unwrap_or(usize::MAX);
        if most == 0 && !into.is_empty() {
            // Exactly full is not over.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(self.meter.over()),
            };
        }
        let room = into.len().min(most);
        let read = self.inner.read(&mut into[..room])?;
        self.meter.used(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: u64, of: u64) -> Result<u64, ArchiveError> {
        let meter = Meter::of(of);
        let mut metered = Metered {
            inner: io::repeat(0).take(bytes),
            meter: Rc::clone(&meter),
        };
        io::copy(&mut metered, &mut io::sink()).map_err(|error| meter.explain(error))
    }

    #[test]
    fn as_many_bytes_as_are_allowed_are_read_and_one_more_is_too_many() {
        assert_eq!(read(1000, 1000).unwrap(), 1000);
        assert!(matches!(read(1001, 1000), Err(ArchiveError::TooLarge)));
    }

    #[test]
    fn a_header_has_a_bound_of_its_own() {
        let meter = Meter::of(u64::MAX);
        let mut metered = Metered {
            inner: io::repeat(0),
            meter: Rc::clone(&meter),
        };
        meter.content();
        io::copy(&mut (&mut metered).take(2 * MAX_HEAD), &mut io::sink()).unwrap();
        meter.head();
        let error = io::copy(&mut (&mut metered).take(2 * MAX_HEAD), &mut io::sink()).unwrap_err();
        assert!(matches!(meter.explain(error), ArchiveError::LongHeader));
    }
}
