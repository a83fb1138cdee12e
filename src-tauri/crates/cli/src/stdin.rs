//! What is read from standard input or a file, bounded, and asked for in words where a person sits.

use std::{
    fs::File,
    io::{self, BufRead, IsTerminal, Read},
    path::Path,
};

use ligand_host::setup::Token;

use crate::failure::{Exit, Failure};

/// A connection block has a few KB; nothing that is read here has more than this.
const MAX_INPUT: u64 = 1 << 20;

/// The whole of a file, or of standard input where the file is `-`.
pub(crate) fn whole(file: &Path) -> Result<String, Failure> {
    if file == Path::new("-") {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            eprintln!("Paste the platform's connection block, then press Ctrl-D:");
        }
        return bounded(stdin.lock()).map_err(|error| unreadable("standard input", &error));
    }
    let name = file.display().to_string();
    File::open(file)
        .and_then(bounded)
        .map_err(|error| unreadable(&name, &error))
}

/// A platform's URL and an org's key: one line each, or asked for on a terminal, where the key is not shown.
pub(crate) fn url_and_key() -> Result<(String, Token), Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        eprint!("Platform URL: ");
        let url = line(&mut stdin.lock())?;
        return both(url, asked_key()?);
    }
    let mut lines = stdin.lock().take(MAX_INPUT);
    let url = line(&mut lines)?;
    let key = Token::new(line(&mut lines)?);
    both(url, key)
}

/// An org's key: the first line, or asked for on a terminal, where it is not shown.
pub(crate) fn org_key() -> Result<Token, Failure> {
    let stdin = io::stdin();
    let key = match stdin.is_terminal() {
        true => asked_key()?,
        false => Token::new(line(&mut stdin.lock())?),
    };
    match key.expose().is_empty() {
        true => Err(Failure::new(
            Exit::Usage,
            "the org key is missing. Give it on standard input",
        )),
        false => Ok(key),
    }
}

fn asked_key() -> Result<Token, Failure> {
    let key = rpassword::prompt_password("Org key (not shown): ")
        .map_err(|error| unreadable("the terminal", &error))?;
    Ok(Token::new(key))
}

fn both(url: String, key: Token) -> Result<(String, Token), Failure> {
    if url.is_empty() || key.expose().is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "the platform's URL or the org key is missing. Give them on standard input, one line each, in this order",
        ));
    }
    Ok((url, key))
}

fn line(from: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    from.take(MAX_INPUT)
        .read_line(&mut line)
        .map_err(|error| unreadable("standard input", &error))?;
    Ok(line.trim().to_owned())
}

fn bounded(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MAX_INPUT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_INPUT {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it has more than 1 MB",
        ));
    }
    Ok(text)
}

fn unreadable(what: &str, error: &io::Error) -> Failure {
    Failure::failed(format!(
        "{what} cannot be read: {error}. Check its name and rights, and that it is text"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_is_wrong_usage() {
        let read = |text: &str| {
            let mut lines = text.as_bytes();
            let url = line(&mut lines).unwrap();
            both(url, Token::new(line(&mut lines).unwrap()))
        };
        let (url, key) = read(" https://acme.example \nq3key\n").unwrap();
        assert_eq!((url.as_str(), key.expose()), ("https://acme.example", "q3key"));
        for text in [
            "",
            "https://acme.example",
            "https://acme.example\n\n",
            "\nq3key\n",
        ] {
            assert_eq!(read(text).unwrap_err().exit, Exit::Usage, "{text:?}");
        }
    }

    #[test]
    fn endless_input_is_refused() {
        let error = bounded(io::repeat(b'x')).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let failure = whole(Path::new("/nowhere/block.json")).unwrap_err();
        assert!(failure.to_string().contains("/nowhere/block.json"), "{failure}");
    }
}
