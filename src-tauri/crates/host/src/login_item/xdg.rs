//! Linux and its like: a file in the autostart folder, by the desktop's own specification.

use std::{env, fs, io, path::Path, path::PathBuf};

use crate::files;

/// The file's name; the desktop's own list of such programs shows and switches it.
const NAME: &str = "ligand.desktop";

/// The file in the autostart folder.
fn file() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(config.join("autostart").join(NAME))
}

pub(super) fn is_on() -> bool {
    file().is_some_and(|file| is_on_in(&file))
}

pub(super) fn put(program: &Path) -> io::Result<()> {
    put_in(&file().ok_or_else(no_home)?, program)
}

pub(super) fn remove() -> io::Result<Option<String>> {
    let Some(file) = file().filter(|file| file.exists()) else {
        return Ok(None);
    };
    files::remove(&file)?;
    Ok(Some(file.display().to_string()))
}

fn no_home() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "HOME is not set")
}

/// Whether the file is there and the desktop has not switched it off in its own way.
fn is_on_in(file: &Path) -> bool {
    let off = ["Hidden=true", "X-GNOME-Autostart-enabled=false"];
    fs::read_to_string(file).is_ok_and(|text| !text.lines().any(|line| off.contains(&line.trim())))
}

fn put_in(file: &Path, program: &Path) -> io::Result<()> {
    let program = program
        .to_str()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the program's path is no text"))?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| files::named(folder, &error))?;
    }
    let text = format!(
        "[Desktop Entry]\nType=Application\nName=Ligand\nComment=Binds this laptop to a Molecule AI org\nExec={}\n\
         Icon=app.moleculesai.ligand\nTerminal=false\nX-GNOME-Autostart-enabled=true\n",
        quoted(program)
    );
    files::replace(file, text.as_bytes())
}

/// A path as one argument of the specification's command lines: quoted, then escaped as a string of the file.
fn quoted(path: &str) -> String {
    let mut argument = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '`' | '$' => argument.extend(["\\\\", &c.to_string()]),
            '\\' => argument.push_str("\\\\\\\\"),
            '%' => argument.push_str("%%"),
            c => argument.push(c),
        }
    }
    argument.push('"');
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_on_from_the_file_on_until_the_desktop_or_we_switch_it_off() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("autostart").join(NAME);
        assert!(!is_on_in(&file));
        put_in(&file, Path::new("/opt/my app/ligand-desktop")).unwrap();
        assert!(is_on_in(&file));
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("Exec=\"/opt/my app/ligand-desktop\"\n"), "{text}");
        fs::write(&file, text.replace("enabled=true", "enabled=false")).unwrap();
        assert!(!is_on_in(&file));
        files::remove(&file).unwrap();
        assert!(!is_on_in(&file));
    }

    #[test]
    fn a_path_is_one_argument_whatever_is_in_it() {
        assert_eq!(quoted("/a b/100%"), "\"/a b/100%%\"");
        assert_eq!(quoted("/a\"$`\\"), "\"/a\\\\\"\\\\$\\\\`\\\\\\\\\"");
    }
}
