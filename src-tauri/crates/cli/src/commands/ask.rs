//! A question at the terminal. Where there is none the answer is no, with a word about how to say yes.

use std::io::{self, BufRead, IsTerminal, Read};

use crate::{failure::Failure, out};

/// The longest answer that is read.
const MAX_ANSWER: u64 = 100;

/// Asks, and says whether the answer was yes.
pub(super) fn yes(question: &str) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::needs_user(
            "there is no terminal to ask at, so nothing was done; --yes does it without asking",
        ));
    }
    out::print(&format!("{question} [y/N] "))?;
    says_yes(&mut io::stdin().lock())
}

/// Whether somebody says yes; anything else is no.
pub(super) fn says_yes(input: &mut impl BufRead) -> Result<bool, Failure> {
    let mut answer = String::new();
    input
        .take(MAX_ANSWER)
        .read_line(&mut answer)
        .map_err(|error| Failure::failed(format!("the terminal cannot be read: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        let says = |text: &str| says_yes(&mut text.as_bytes()).unwrap();
        assert!(says("y\n") && says(" YES \n"));
        for text in ["", "\n", "n\n", "yes please\n", "yy\n"] {
            assert!(!says(text), "{text:?}");
        }
    }
}
