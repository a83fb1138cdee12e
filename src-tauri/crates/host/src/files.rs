//! Files and folders that nobody but their owner may read: made, checked and replaced in one step.
//!
//! It knows nothing of what is in them.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::path::Path;

/// Makes a folder (and what is missing above it) that only its owner can enter. One that is there already stays
/// as it is.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| named(path, &error))
}

/// As [`make_dir`], and refuses a folder that somebody else owns or may enter. It is not tightened by us: a
/// variable may have named a folder that was never meant for Ligand alone.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    make_dir(path)?;
    only_ours(
        path,
        &fs::metadata(path).map_err(|error| named(path, &error))?,
        "700",
    )
}

/// Refuses what somebody else owns or may open; `mode` is what the user is told to set.
#[cfg(unix)]
pub(crate) fn only_ours(path: &Path, metadata: &fs::Metadata, mode: &str) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let path = path.display();
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{path} belongs to another user. Give Ligand a place of its own"),
        ));
    }
    let bits = metadata.permissions().mode() & 0o777;
    if bits & 0o077 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{path} is open to other users (mode {bits:03o}). Run: chmod {mode} '{path}'"),
        ));
    }
    Ok(())
}

/// Windows: the user's own profile folders, where these files lie, are closed to others by inheritance.
#[cfg(not(unix))]
pub(crate) fn only_ours(_path: &Path, _metadata: &fs::Metadata, _mode: &str) -> io::Result<()> {
    Ok(())
}

/// How the name of a file or folder begins that is being written and has not yet taken its place.
pub(crate) const UNFINISHED: &str = ".ligand-unfinished-";

/// Replaces a file as a whole: readers see the old or the new content, also after a crash. Mode 0600.
///
/// A symbolic link stays one, and the file that it points to is replaced (config files often live in a
/// repository of dot files).
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().unwrap_or(Path::new("/"));
    let write = || -> io::Result<()> {
        // tempfile makes it 0600 on Unix.
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        sync_dir(folder)
    };
    write().map_err(|error| named(&target, &error))
}

/// Removes what a process that was killed in the middle of [`replace`] left beside this file. It may hold secrets, and
/// nobody would ever look at it. Only for the holder of the lock: it alone knows that nobody is writing.
pub(crate) fn sweep(path: &Path) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().unwrap_or(Path::new("/"));
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(named(folder, &error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| named(folder, &error))?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file, or a folder with all that is in it. One that is not there is no fault.
pub(crate) fn remove_all(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(named(path, &error)),
        _ => Ok(()),
    }
}

/// Removes a file for good; one that is not there is no fault.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_dir(path.parent().unwrap_or(Path::new("/"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(named(path, &error)),
    }
}

/// A rename or removal is on the disk only once its folder is.
#[cfg(unix)]
fn sync_dir(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Windows cannot open a folder to flush it; NTFS journals the rename itself.
#[cfg(not(unix))]
fn sync_dir(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// The same error with the path in its text: the standard library leaves it out.
pub(crate) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_are_made_for_their_owner_alone() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        private_dir(&deep).unwrap();
        assert_eq!(mode(&deep), 0o700);
        assert_eq!(mode(&root.path().join("a")), 0o700);
    }

    #[test]
    fn a_folder_open_to_others_is_refused_with_the_command_that_closes_it() {
        let root = tempfile::tempdir().unwrap();
        let open = root.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        let error = private_dir(&open).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("chmod 700"), "{error}");
        assert_eq!(mode(&open), 0o755);
    }

    #[test]
    fn a_replaced_file_is_private_and_leaves_nothing_else_behind() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("f");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let root = tempfile::tempdir().unwrap();
        let (real, link) = (root.path().join("real"), root.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
    }

    #[test]
    fn a_write_that_fails_names_the_file_and_keeps_the_old_one() {
        let root = tempfile::tempdir().unwrap();
        let error = replace(&root.path().join("missing/f"), b"new").unwrap_err();
        assert!(error.to_string().contains("missing/f"), "{error}");
    }
}
