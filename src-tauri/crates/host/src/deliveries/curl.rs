//! A delivery as a command that somebody can paste, look at and change: no secret is in it, and where it goes is left to
//! them.

use super::journal::DeliveryDetail;

/// Stands for the agent's, or a door's, address.
const ADDRESS: &str = "http://127.0.0.1:PORT/";

/// Stands for a body that was not recorded.
const NO_BODY: &str = "@message.json";

/// Headers that say where it went and who called: they are of that call, and not of the next.
const OF_THE_CALL: [&str; 2] = ["host", "user-agent"];

/// The command. With a body that is not whole, or not there, it names a file in its place.
pub(crate) fn curl(detail: &DeliveryDetail) -> String {
    let mut text = format!("curl -X POST {}", quoted(ADDRESS));
    let kept = |(name, _): &&(String, String)| !OF_THE_CALL.contains(&name.as_str());
    for (name, value) in detail.headers.iter().filter(kept) {
        text += &format!(" \\\n  -H {}", quoted(&format!("{name}: {value}")));
    }
    let body = detail.body.as_deref().filter(|_| !detail.body_cut);
    text + &format!(" \\\n  --data-binary {}\n", quoted(body.unwrap_or(NO_BODY)))
}

/// As one word of a shell. Inside single quotes nothing has a meaning but the quote itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_stays_one_word_of_the_shell() {
        assert_eq!(quoted("it's $(rm -rf ~) `x`"), r"'it'\''s $(rm -rf ~) `x`'");
        assert_eq!(quoted("two\nlines"), "'two\nlines'");
    }
}
