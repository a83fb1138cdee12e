//! `ngrok`: how it is started, and how its log is read.
//!
//! Flags and codes as in ngrok's public documentation: ngrok.com/docs/agent/cli (`http`, `--log`, `--log-format`,
//! `--inspect`) and github.com/ngrok/ngrok-docs, `docs/reference/errors` (`ERR_NGROK_…`). The lines of its JSON log,
//! `started tunnel` with `url` and `session closed, starting reconnect loop` with `err`, as in github.com/ngrok/ngrok-go,
//! which the program is built on, and as other projects' tests quote them. Its local API (`/api/tunnels`) has the address
//! too; its port is whatever was free, and it must be asked again and again to see a change, which the log tells by itself.

use std::net::SocketAddr;

use serde::Deserialize;

use super::word::{Trouble, Word, address, told};

/// Codes that an account or its token mends: 105 to 107 and 300 are tokens that are none, wrong or revoked; 123 and 4018
/// want an account, verified.
const LOGIN: [u32; 6] = [105, 106, 107, 123, 300, 4018];

/// The account has as many agents online as it may.
const LIMITED: u32 = 108;

/// What its codes begin with.
const CODE: &str = "ERR_NGROK_";

/// What stands before its user's token where it repeats it.
const TOKEN: &str = "authtoken: ";

/// A line of its JSON log.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    lvl: String,
    #[serde(default)]
    msg: String,
    url: Option<String>,
    err: Option<String>,
}

pub(super) fn arguments(listener: SocketAddr) -> Vec<String> {
    [
        "http".to_owned(),
        listener.to_string(),
        "--log=stdout".to_owned(),
        "--log-format=json".to_owned(),
        "--log-level=info".to_owned(),
        // It would keep every call, with the platform's secret, for whoever on this machine asks its local API.
        "--inspect=false".to_owned(),
    ]
    .into()
}

pub(super) fn read(line: &str) -> Option<Word> {
    if let Some(code) = code(line) {
        let trouble = match code {
            code if LOGIN.contains(&code) => Trouble::Login,
            LIMITED => Trouble::Limited,
            _ => Trouble::Refused,
        };
        // Not its own words: they repeat the token.
        return Some(Word::Trouble(trouble, format!("ngrok says {CODE}{code}")));
    }
    let line: Line = serde_json::from_str(line).ok()?;
    let error = line.err.filter(|error| !error.is_empty() && error != "<nil>");
    match line.msg.as_str() {
        "started tunnel" => {
            let url = address(&line.url?)?;
            Some(Word::Address { url, works: true })
        }
        "client session established" | "tunnel session started" => Some(Word::Works),
        "session closed, starting reconnect loop" => Some(Word::Lost(told(&error.unwrap_or(line.msg)))),
        _ if matches!(line.lvl.as_str(), "eror" | "crit") => {
            let words = error.map_or(line.msg.clone(), |error| format!("{}: {error}", line.msg));
            Some(Word::Trouble(Trouble::Refused, told(&without_token(&words))))
        }
        _ => None,
    }
}

/// The last code in a line.
fn code(line: &str) -> Option<u32> {
    let (_, rest) = line.rsplit_once(CODE)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

/// The line without the token that ngrok repeats when it does not like it.
pub(super) fn without_token(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(TOKEN) {
        let (before, after) = rest.split_at(at + TOKEN.len());
        let is_token = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        let end = after.find(|char| !is_token(char)).unwrap_or(after.len());
        shown.push_str(before);
        shown.push_str(if end > 0 { "[hidden]" } else { "" });
        rest = &after[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        text.lines().filter_map(read).collect()
    }

    #[test]
    fn the_address_is_read_from_the_line_that_tells_it_and_works_at_once() {
        let text = r#"{"lvl":"info","msg":"no configuration paths supplied","t":"2026-09-30T02:40:00Z"}
{"err":"<nil>","lvl":"info","msg":"open config file","path":"/home/ada/.config/ngrok/ngrok.yml","t":"2026-09-30T02:40:00Z"}
{"addr":"127.0.0.1:4040","allow_hosts":[],"lvl":"info","msg":"starting web service","obj":"web","t":"2026-09-30T02:40:00Z"}
{"addr":"http://127.0.0.1:8474","lvl":"info","msg":"started tunnel","name":"command_line","obj":"tunnels","t":"2026-09-30T02:40:01Z","url":"https://ab12-203-0-113-7.ngrok-free.app"}
{"lvl":"info","msg":"join connections","obj":"join","id":"7f3a","l":"127.0.0.1:8474","r":"198.51.100.7:4711"}"#;
        let url = address("https://ab12-203-0-113-7.ngrok-free.app").unwrap();
        assert_eq!(words(text), [Word::Address { url, works: true }]);
    }

    #[test]
    fn a_session_that_is_lost_and_found_is_told() {
        let text = r#"{"err":"session closed","lvl":"eror","msg":"session closed, starting reconnect loop","obj":"tunnels.session"}
{"lvl":"info","msg":"client session established","obj":"tunnels.session"}"#;
        assert_eq!(words(text), [Word::Lost("session closed".into()), Word::Works]);
    }

    #[test]
    fn what_comes_to_nothing_is_sorted_by_its_code() {
        let text = r#"{"err":"authentication failed: Usage of ngrok requires a verified account and authtoken.\r\n\r\nERR_NGROK_4018\r\n","lvl":"eror","msg":"failed to reconnect session","obj":"tunnels.session"}
ERROR:  ERR_NGROK_4018
ERROR:  authentication failed: Your account is limited to 1 simultaneous ngrok agent sessions. ERR_NGROK_108
{"err":"dial tcp: lookup connect.ngrok-agent.com: no such host","lvl":"eror","msg":"failed to reconnect session","obj":"tunnels.session"}
ERROR:  The endpoint is already online. ERR_NGROK_334"#;
        let sorted: Vec<_> = words(text)
            .into_iter()
            .map(|word| match word {
                Word::Trouble(trouble, words) => (trouble, words),
                other => panic!("{other:?}"),
            })
            .collect();
        let kinds: Vec<Trouble> = sorted.iter().map(|(trouble, _)| *trouble).collect();
        let (login, limited, refused) = (Trouble::Login, Trouble::Limited, Trouble::Refused);
        assert_eq!(kinds, [login, login, limited, refused, refused]);
        assert_eq!(sorted[0].1, "ngrok says ERR_NGROK_4018");
    }

    #[test]
    fn the_users_token_is_neither_told_nor_written() {
        let line = r#"{"err":"authentication failed: The authtoken you specified is properly formed, but it is invalid.\nYour authtoken: 2abcDEF_ghi-456\nThis usually happens","lvl":"eror","msg":"failed to reconnect session"}"#;
        assert!(!without_token(line).contains("2abcDEF_ghi-456"), "{line}");
        assert!(without_token(line).contains(r"Your authtoken: [hidden]\nThis"));
        let Some(Word::Trouble(_, words)) = read(line) else {
            panic!()
        };
        assert!(!words.contains("2abcDEF"), "{words}");
    }
}
