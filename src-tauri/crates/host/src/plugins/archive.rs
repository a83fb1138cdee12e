//! Unpacks an archive into an empty folder of ours. It writes files and folders that only we can enter, and nothing
//! else; whatever an archive can hold besides is refused, with the whole archive.
//!
//! Nothing else writes into the folder, and no link is ever made in it: so a path of plain names cannot lead out of it.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
    rc::Rc,
};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use tar::{Archive, Entry, EntryType};

use super::{
    MAX_ENTRIES, MAX_UNPACKED, content,
    fault::{ArchiveError, EntryFault},
    meter::{Meter, Metered},
    names::{Kind, Names},
    path,
};
use crate::files;

/// Bytes that are copied at once.
const PIECE: usize = 64 << 10;

/// The bits of a file's mode that would let it run as somebody else: setuid and setgid.
const SET_ID: u32 = 0o6000;
/// The owner may run it.
const RUNS: u32 = 0o100;

/// What was unpacked.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// The SHA-256 of each file's content in hexadecimal, by its path with `/`.
    pub(super) files: BTreeMap<String, String>,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

/// Unpacks all of it, or says what is wrong with it; then the folder holds whatever came before that.
pub(super) fn unpack(packed: impl Read, into: &Path) -> Result<Unpacked, ArchiveError> {
    unpack_at_most(packed, into, MAX_UNPACKED, MAX_ENTRIES)
}

fn unpack_at_most(packed: impl Read, into: &Path, bytes: u64, most: usize) -> Result<Unpacked, ArchiveError> {
    let meter = Meter::of(bytes);
    let mut archive = Archive::new(Metered {
        inner: GzDecoder::new(packed),
        meter: Rc::clone(&meter),
    });
    let mut unpacking = Unpacking {
        into,
        meter: &meter,
        names: Names::default(),
        unpacked: Unpacked {
            files: BTreeMap::new(),
            bytes: 0,
        },
    };
    let mut entries = archive.entries().map_err(|error| meter.explain(error))?;
    let mut count = 0;
    loop {
        meter.head();
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(|error| meter.explain(error))?;
        meter.content();
        count += 1;
        if count > most {
            return Err(ArchiveError::TooMany);
        }
        unpacking.entry(&mut entry)?;
    }
    let Unpacking { unpacked, .. } = unpacking;
    // The packing's own checksum stands behind its last byte.
    meter.content();
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| meter.explain(error))?;
    Ok(unpacked)
}

struct Unpacking<'a> {
    into: &'a Path,
    meter: &'a Meter,
    names: Names,
    unpacked: Unpacked,
}

impl Unpacking<'_> {
    fn entry(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<(), ArchiveError> {
        let name = entry.path_bytes().into_owned();
        let refuse = |fault| ArchiveError::entry(&name, fault);
        let kind = match kind(entry.header().entry_type()).map_err(refuse)? {
            Some(kind) => kind,
            // What the packer says of the whole archive.
            None => return Ok(()),
        };
        let mode = entry.header().mode().map_err(ArchiveError::damaged)?;
        if mode & SET_ID != 0 {
            return Err(refuse(EntryFault::SetId));
        }
        let Some(path) = path::checked(&name, kind == Kind::Folder).map_err(refuse)? else {
            return Ok(());
        };
        self.names.add(&path, kind).map_err(refuse)?;
        let at = self.into.join(&path);
        if kind == Kind::Folder {
            return files::make_dir(&at).map_err(ArchiveError::Io);
        }
        if let Some(folder) = at.parent() {
            files::make_dir(folder).map_err(ArchiveError::Io)?;
        }
        let file = create(&at, mode & RUNS != 0).map_err(|error| match error.kind() {
            // This disk finds two names the same that we do not.
            io::ErrorKind::AlreadyExists => refuse(EntryFault::Clash(path.clone())),
            _ => ArchiveError::Io(files::named(&at, &error)),
        })?;
        let size = entry.size();
        let (hash, bytes) = self.copy(entry, file)?;
        if bytes != size {
            return Err(ArchiveError::damaged("it ends in the middle of a file"));
        }
        self.unpacked.bytes += bytes;
        self.unpacked.files.insert(path, hash);
        Ok(())
    }

    /// Copies a file's content, and gives its hash and its length.
    fn copy(&self, from: &mut impl Read, mut to: File) -> Result<(String, u64), ArchiveError> {
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let mut piece = vec![0; PIECE];
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => return Ok((content::hex(&hash.finalize()), bytes)),
                Ok(read) => &piece[..read],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.meter.explain(error)),
            };
            hash.update(read);
            to.write_all(read).map_err(ArchiveError::Io)?;
            bytes += read.len() as u64;
        }
    }
}

/// What kind of entry it is; none for what says something of the whole archive.
fn kind(kind: EntryType) -> Result<Option<Kind>, EntryFault> {
    match kind {
        EntryType::Regular => Ok(Some(Kind::File)),
        EntryType::Directory => Ok(Some(Kind::Folder)),
        EntryType::XGlobalHeader => Ok(None),
        EntryType::Symlink => Err(EntryFault::SymbolicLink),
        EntryType::Link => Err(EntryFault::HardLink),
        EntryType::Char | EntryType::Block => Err(EntryFault::Device),
        EntryType::Fifo => Err(EntryFault::Pipe),
        EntryType::GNUSparse => Err(EntryFault::Sparse),
        _ => Err(EntryFault::Special),
    }
}

fn create(at: &Path, runs: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if runs { 0o700 } else { 0o600 });
    }
    #[cfg(not(unix))]
    let _ = runs;
    options.open(at)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Packer;
    use super::*;

    /// What becomes of it, in a folder of its own.
    fn unpacked(packed: &[u8]) -> Result<Unpacked, ArchiveError> {
        unpack(packed, tempfile::tempdir().unwrap().path())
    }

    fn fault(packed: &[u8]) -> EntryFault {
        match unpacked(packed) {
            Err(ArchiveError::Entry { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_and_folders_are_unpacked_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let packed = Packer::default()
            .folder("./")
            .folder("./skills/")
            .file("./skills/a.md", "Say hello.")
            .with("setup.sh", |header| header.set_mode(0o755), "true")
            .file("deep/down/empty", "")
            .packed();
        let unpacked = unpack(&packed[..], folder.path()).unwrap();
        let names: Vec<&str> = unpacked.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["deep/down/empty", "setup.sh", "skills/a.md"]);
        assert_eq!(unpacked.bytes, 14);
        assert_eq!(
            std::fs::read_to_string(folder.path().join("skills/a.md")).unwrap(),
            "Say hello."
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &str| {
                let metadata = std::fs::metadata(folder.path().join(path)).unwrap();
                metadata.permissions().mode() & 0o7777
            };
            assert_eq!(
                [
                    mode("skills"),
                    mode("skills/a.md"),
                    mode("setup.sh"),
                    mode("deep/down")
                ],
                [0o700, 0o600, 0o700, 0o700]
            );
        }
    }

    #[test]
    fn what_is_no_file_and_no_folder_is_refused_by_what_it_is() {
        for (kind, wanted) in [
            (EntryType::Symlink, EntryFault::SymbolicLink),
            (EntryType::Link, EntryFault::HardLink),
            (EntryType::Char, EntryFault::Device),
            (EntryType::Block, EntryFault::Device),
            (EntryType::Fifo, EntryFault::Pipe),
            (EntryType::Continuous, EntryFault::Special),
            (EntryType::new(b'V'), EntryFault::Special),
        ] {
            let packed = Packer::default().with("x", |header| header.set_entry_type(kind), "");
            assert_eq!(fault(&packed.packed()), wanted, "{kind:?}");
        }
    }

    #[test]
    fn a_link_and_then_a_file_behind_it_writes_nothing_outside() {
        let outside = tempfile::tempdir().unwrap();
        let packed = Packer::default()
            .with(
                "way",
                |header| {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_link_name(outside.path()).unwrap();
                },
                "",
            )
            .file("way/out", "here")
            .packed();
        assert_eq!(fault(&packed), EntryFault::SymbolicLink);
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_bit_that_lends_rights_is_refused_on_files_and_folders() {
        for mode in [0o4755, 0o2755, 0o6644] {
            let packed = Packer::default().with("x", |header| header.set_mode(mode), "");
            assert_eq!(fault(&packed.packed()), EntryFault::SetId, "{mode:o}");
            let folder = |header: &mut tar::Header| {
                header.set_entry_type(EntryType::Directory);
                header.set_mode(mode);
            };
            assert_eq!(
                fault(&Packer::default().with("x/", folder, "").packed()),
                EntryFault::SetId
            );
        }
    }

    #[test]
    fn paths_that_lead_out_are_refused_however_they_are_written() {
        for (path, wanted) in [
            ("/etc/cron.d/x", EntryFault::Absolute),
            ("../../.bashrc", EntryFault::Parent),
            ("skills/../../x", EntryFault::Parent),
        ] {
            assert_eq!(
                fault(&Packer::default().raw(path, "x").packed()),
                wanted,
                "{path}"
            );
            assert_eq!(
                fault(&Packer::default().long(path, "x").packed()),
                wanted,
                "{path}"
            );
            assert_eq!(
                fault(&Packer::default().pax(path, "x").packed()),
                wanted,
                "{path}"
            );
        }
    }

    #[test]
    fn names_that_meet_on_some_disk_are_refused() {
        let packed = Packer::default().file("Skills/a", "").file("skills/b", "");
        assert_eq!(fault(&packed.packed()), EntryFault::Clash("Skills".into()));
        let packed = Packer::default().file("a", "1").file("a", "2");
        assert_eq!(fault(&packed.packed()), EntryFault::Twice);
        let packed = Packer::default().file("a", "1").file("a/b", "2");
        assert_eq!(fault(&packed.packed()), EntryFault::FileAndFolder);
    }

    #[test]
    fn an_archive_that_grows_beyond_its_bound_is_given_up_there() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = "\0".repeat(64 << 10);
        let packed = Packer::default().file("a", &zeros).file("b", &zeros).packed();
        assert!(packed.len() < 1024, "it is a small bomb: {}", packed.len());
        let error = unpack_at_most(&packed[..], folder.path(), 100 << 10, MAX_ENTRIES).unwrap_err();
        assert!(matches!(error, ArchiveError::TooLarge), "{error}");
        assert!(error.to_string().contains("100 MiB"), "{error}");
        // One that says it has more than it has.
        let lies = Packer::default()
            .with("x", |header| header.set_size(1 << 40), "")
            .packed();
        let error = unpacked(&lies).unwrap_err();
        assert!(matches!(error, ArchiveError::Damaged(_)), "{error}");
    }

    #[test]
    fn as_many_entries_as_are_allowed_are_taken_and_no_more() {
        let many = |count: usize| {
            let packer = (0..count).fold(Packer::default(), |packer, number| {
                packer.folder(&format!("f{number}/"))
            });
            let folder = tempfile::tempdir().unwrap();
            unpack_at_most(&packer.packed()[..], folder.path(), MAX_UNPACKED, 10)
        };
        assert!(many(10).is_ok());
        let error = many(11).unwrap_err();
        assert!(matches!(error, ArchiveError::TooMany), "{error}");
        assert!(error.to_string().contains("10000 entries"), "{error}");
    }

    #[test]
    fn a_name_that_would_fill_the_memory_is_not_read() {
        let packed = Packer::default().long(&"a/".repeat(1 << 20), "x").packed();
        let error = unpacked(&packed).unwrap_err();
        assert!(matches!(error, ArchiveError::LongHeader), "{error}");
        // A long one that still is a header is refused for its length.
        let packed = Packer::default().long(&"a".repeat(1000), "x").packed();
        assert_eq!(fault(&packed), EntryFault::LongPath);
    }

    #[test]
    fn a_sparse_file_can_not_say_that_it_is_larger_than_it_is() {
        let sparse = |header: &mut tar::Header| {
            header.set_entry_type(EntryType::GNUSparse);
            if let Some(gnu) = header.as_gnu_mut() {
                gnu.set_real_size(1 << 40);
                gnu.sparse[0].set_offset(1 << 40);
                gnu.sparse[0].set_length(0);
            }
        };
        let error = unpacked(&Packer::default().with("x", sparse, "").packed()).unwrap_err();
        assert!(
            matches!(
                error,
                ArchiveError::Entry {
                    fault: EntryFault::Sparse,
                    ..
                } | ArchiveError::Damaged(_)
            ),
            "{error}"
        );
    }

    #[test]
    fn what_is_cut_short_changed_or_no_archive_is_damaged() {
        let whole = Packer::default().file("a", &"text ".repeat(10_000)).packed();
        let mut changed = whole.clone();
        let end = changed.len() - 6;
        changed[end] ^= 1;
        for packed in [
            &whole[..whole.len() / 2],
            &whole[..whole.len() - 4],
            &changed,
            b"<!doctype html>",
            b"",
        ] {
            let error = unpacked(packed).unwrap_err();
            assert!(matches!(error, ArchiveError::Damaged(_)), "{error}");
        }
        assert!(unpacked(&whole).is_ok());
    }
}
