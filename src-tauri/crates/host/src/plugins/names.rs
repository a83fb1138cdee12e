//! The names that an archive has used: each once, and none twice where upper and lower case are the same.

use std::collections::{HashMap, hash_map::Entry};

use super::fault::EntryFault;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder that something lies in.
    Implied,
    /// A folder.
    Folder,
    /// A file.
    File,
}

/// The names so far, in lower case, with their spelling.
#[derive(Default)]
pub(super) struct Names(HashMap<String, (String, Kind)>);

impl Names {
    /// Adds a file or folder, and the folders that it lies in.
    pub(super) fn add(&mut self, path: &str, kind: Kind) -> Result<(), EntryFault> {
        for (end, _) in path.match_indices('/') {
            self.take(&path[..end], Kind::Implied)?;
        }
        self.take(path, kind)
    }

    fn take(&mut self, path: &str, kind: Kind) -> Result<(), EntryFault> {
        let mut known = match self.0.entry(path.to_lowercase()) {
            Entry::Vacant(free) => {
                free.insert((path.to_owned(), kind));
                return Ok(());
            }
            Entry::Occupied(known) => known,
        };
        let (spelling, before) = known.get_mut();
        if spelling != path {
            return Err(EntryFault::Clash(spelling.clone()));
        }
        match (*before, kind) {
            (Kind::Implied | Kind::Folder, Kind::Implied) => Ok(()),
            (Kind::Implied, Kind::Folder) => {
                *before = Kind::Folder;
                Ok(())
            }
            (Kind::File, Kind::File) | (Kind::Folder, Kind::Folder) => Err(EntryFault::Twice),
            (Kind::File, _) | (_, Kind::File) => Err(EntryFault::FileAndFolder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_used_once_and_in_one_spelling() {
        let mut names = Names::default();
        let mut add = |path: &str, kind| names.add(path, kind);
        assert_eq!(add("a/b/c", Kind::File), Ok(()));
        assert_eq!(add("a", Kind::Folder), Ok(()), "its folder may come later");
        assert_eq!(add("a", Kind::Folder), Err(EntryFault::Twice));
        assert_eq!(add("a/b/c", Kind::File), Err(EntryFault::Twice));
        assert_eq!(add("a/b/C", Kind::File), Err(EntryFault::Clash("a/b/c".into())));
        assert_eq!(add("A/x", Kind::File), Err(EntryFault::Clash("a".into())));
        assert_eq!(add("Ä", Kind::File), Ok(()));
        assert_eq!(add("ä", Kind::File), Err(EntryFault::Clash("Ä".into())));
        assert_eq!(add("a/b", Kind::File), Err(EntryFault::FileAndFolder));
        assert_eq!(add("a/b/c/d", Kind::File), Err(EntryFault::FileAndFolder));
    }
}
