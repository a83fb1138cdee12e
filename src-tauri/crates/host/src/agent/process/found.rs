//! Where a program is, as a shell would find it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// The file of a program: a bare name is looked up on `path` (in the form of `PATH`), any other is below `dir` or
/// absolute. `None` where there is nothing that can be executed.
pub(crate) fn found(program: &str, dir: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    let is_bare = Path::new(program).components().count() == 1 && !program.contains(std::path::is_separator);
    let places: Vec<PathBuf> = if is_bare {
        // A place that is not absolute would be another one in each folder.
        std::env::split_paths(path?)
            .filter(|place| place.is_absolute())
            .map(|place| place.join(program))
            .collect()
    } else {
        vec![dir.join(program)]
    };
    places
        .into_iter()
        .flat_map(|file| std::iter::once(file.clone()).chain(with_ending(&file)))
        .find(|file| can_run(file))
}

#[cfg(unix)]
fn can_run(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_run(file: &Path) -> bool {
    file.is_file()
}

/// The names under which Windows finds a program that is named without its ending.
fn with_ending(file: &Path) -> Option<PathBuf> {
    (cfg!(windows) && file.extension().is_none()).then(|| file.with_extension("exe"))
}
