//! What the relay remembers of cards, on disk: so that laptops come back to a relay that was started again while their
//! platform is down, and so that all of them may come at once.
//!
//! After a first line with the version there is one line for each workspace:
//! `<platform> <workspace id> <day of its last use> <key> [<key> …]`. Nothing in it is secret, but who can write it can
//! admit himself, so it is its owner's alone. It is replaced as a whole, or not at all. Losing it costs one question to
//! the platform for each laptop that comes back: so a file that can't be used is set aside, and the relay goes on.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::directory::Place;
use crate::remembered::{CardKey, Known, MAX_REMEMBERED};

/// What every version begins with.
const HEAD: &str = "ligand-relay-cards-v";
const VERSION: &str = "1";
/// Largest file that is read: all the workspaces that are remembered, with long addresses and a few keys each.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("it could not be read: {0}")]
    Io(#[from] io::Error),
    #[cfg(unix)]
    #[error("others may write it (mode {0:03o})")]
    Open(u32),
    #[error("another version of the relay wrote it")]
    Version,
    #[error("line {0} can't be read")]
    Malformed(usize),
    #[error("it is too long")]
    TooLong,
}

/// Where the file is that belongs to a secret, if the operator says nothing: beside it.
pub(crate) fn beside(secret_file: &Path) -> PathBuf {
    with_ending(secret_file, ".cards")
}

/// Where a file is put that can't be used.
pub(crate) fn aside(path: &Path) -> PathBuf {
    with_ending(path, ".unusable")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Reads what is remembered of these platforms; a missing file has nothing.
pub(crate) fn load(path: &Path, platforms: &[String]) -> Result<HashMap<Place, Known>, Unusable> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(error.into()),
    };
    refuse_others(&file.metadata()?)?;
    let mut text = String::new();
    match file.take(MAX_BYTES + 1).read_to_string(&mut text) {
        Ok(length) if length as u64 > MAX_BYTES => return Err(Unusable::TooLong),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(Unusable::Malformed(1)),
        Err(error) => return Err(error.into()),
    }
    let mut lines = text.lines();
    match lines.next().and_then(|line| line.strip_prefix(HEAD)) {
        Some(VERSION) => {}
        Some(_) => return Err(Unusable::Version),
        None => return Err(Unusable::Malformed(1)),
    }
    let mut places = HashMap::new();
    for (number, line) in lines.enumerate() {
        let (platform, workspace, known) = parse(line).ok_or(Unusable::Malformed(number + 2))?;
        // A platform that is not served any more is not remembered either.
        if let Some(platform) = platforms.iter().position(|served| served == platform)
            && places.len() < MAX_REMEMBERED
        {
            places.insert(Place { platform, workspace }, known);
        }
    }
    Ok(places)
}

fn parse(line: &str) -> Option<(&str, Uuid, Known)> {
    let mut words = line.split(' ');
    let platform = words.next()?;
    let workspace = words.next()?.parse().ok()?;
    let used = words.next()?.parse().ok()?;
    let keys: Vec<CardKey> = words
        .map(|word| URL_SAFE_NO_PAD.decode(word).ok()?.try_into().ok())
        .collect::<Option<_>>()?;
    let known = Known {
        keys,
        used,
        read: None,
    };
    (!known.keys.is_empty()).then_some((platform, workspace, known))
}

/// Replaces the file.
pub(crate) fn write(path: &Path, platforms: &[String], places: &HashMap<Place, Known>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Made with 0600, and renamed only when it is whole and on disk.
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let mut out = BufWriter::new(file);
    writeln!(out, "{HEAD}{VERSION}")?;
    for (place, known) in places {
        let Some(platform) = platforms.get(place.platform) else {
            continue;
        };
        write!(out, "{platform} {} {}", place.workspace, known.used)?;
        for key in &known.keys {
            write!(out, " {}", URL_SAFE_NO_PAD.encode(key))?;
        }
        out.write_all(b"\n")?;
    }
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Whether others could have admitted themselves.
#[cfg(unix)]
fn refuse_others(metadata: &fs::Metadata) -> Result<(), Unusable> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o022 == 0 {
        Ok(())
    } else {
        Err(Unusable::Open(mode))
    }
}

/// Elsewhere a file has the permissions of its folder.
#[cfg(not(unix))]
fn refuse_others(_: &fs::Metadata) -> Result<(), Unusable> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platforms() -> Vec<String> {
        vec!["https://one.example".into(), "https://two.example/x".into()]
    }

    fn known(keys: &[u8]) -> Known {
        Known {
            keys: keys.iter().map(|key| [*key; 32]).collect(),
            used: 20_000,
            read: None,
        }
    }

    fn some() -> HashMap<Place, Known> {
        let place = |platform| Place {
            platform,
            workspace: Uuid::from_u128(7),
        };
        HashMap::from([(place(0), known(&[1])), (place(1), known(&[2, 3]))])
    }

    #[test]
    fn what_was_written_is_read_again_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = beside(&folder.path().join("secret"));
        assert_eq!(load(&path, &platforms()).unwrap(), HashMap::new());
        write(&path, &platforms(), &some()).unwrap();
        write(&path, &platforms(), &some()).unwrap();
        assert_eq!(load(&path, &platforms()).unwrap(), some());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn platforms_are_known_by_their_address_and_not_by_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards");
        write(&path, &platforms(), &some()).unwrap();
        let now = ["https://two.example/x".to_owned()];
        let read = load(&path, &now).unwrap();
        let place = Place {
            platform: 0,
            workspace: Uuid::from_u128(7),
        };
        assert_eq!(read, HashMap::from([(place, known(&[2, 3]))]));
    }

    #[test]
    fn what_is_no_such_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards");
        let head = format!("{HEAD}{VERSION}\n");
        let line = format!("https://one.example {} 1", Uuid::nil());
        let key = URL_SAFE_NO_PAD.encode([1; 32]);
        for (text, why) in [
            (String::new(), "line 1 can't"),
            ("{}".into(), "line 1 can't"),
            (format!("{HEAD}2\nwhatever"), "another version"),
            (format!("{head}{line} {key}\n{line}\n"), "line 3 can't"),
            (format!("{head}{line} {key} \n"), "line 2 can't"),
            (format!("{head}{line} {}\n", &key[1..]), "line 2 can't"),
            (format!("{head}https://one.example x 1 {key}\n"), "line 2 can't"),
        ] {
            drop(fs::remove_file(&path));
            let mut file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.persist(&path).unwrap();
            let error = load(&path, &platforms()).unwrap_err().to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_write_is_not_believed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cards");
        write(&path, &platforms(), &some()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
        assert!(matches!(load(&path, &platforms()), Err(Unusable::Open(0o620))));
    }
}
