//! Figures and names as people read them.

/// From here on a time is said in seconds.
const SECONDS_FROM_MS: f64 = 10_000.0;

/// A time as it is measured: `0.4 ms`, `41 ms`, `12.3 s`.
pub(crate) fn milliseconds(ms: f64) -> String {
    if ms < SECONDS_FROM_MS {
        format!("{} ms", figure(ms))
    } else {
        format!("{:.1} s", ms / 1000.0)
    }
}

/// Times of one thing, all in the unit of the first: `total 41 ms · platform 12 · tunnel 3 · agent 26`.
pub(crate) fn breakdown(total: (&str, f64), parts: &[(&str, f64)]) -> String {
    let (name, whole) = total;
    let mut text = format!("{name} {}", milliseconds(whole));
    for (name, part) in parts {
        let part = if whole < SECONDS_FROM_MS {
            figure(*part)
        } else {
            format!("{:.1}", part / 1000.0)
        };
        text += &format!(" · {name} {part}");
    }
    text
}

/// Tenths only where they say something.
fn figure(ms: f64) -> String {
    if ms < 9.95 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

/// A span as one says it: `4 s`, `3 min`, `5 h`, `2 days`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A name or text of somebody else on one line, unable to steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|char| if hidden(char) { '\u{fffd}' } else { char })
        .collect()
}

/// The same for an answer, which may have lines.
pub(crate) fn plain_lines(text: &str) -> String {
    text.chars()
        .map(|char| {
            if hidden(char) && !matches!(char, '\n' | '\t') {
                '\u{fffd}'
            } else {
                char
            }
        })
        .collect()
}

/// A text that somebody is to judge: what would be hidden in it is written out, so that it can be seen.
pub(crate) fn written_out(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, char| {
        match char {
            '\n' | '\t' => shown.push(char),
            char if hidden(char) => shown.extend(char.escape_unicode()),
            char => shown.push(char),
        }
        shown
    })
}

/// A number of bytes as one says it: `812 bytes`, `14 KB`, `3.2 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Control characters, and those that turn the direction of writing around.
fn hidden(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_have_tenths_and_long_ones_are_in_seconds() {
        let said = [0.0, 0.04, 0.44, 9.94, 9.96, 41.4, 9_999.0, 10_000.0, 61_234.0].map(milliseconds);
        assert_eq!(
            said,
            [
                "0.0 ms", "0.0 ms", "0.4 ms", "9.9 ms", "10 ms", "41 ms", "9999 ms", "10.0 s", "61.2 s"
            ]
        );
    }

    #[test]
    fn a_breakdown_has_one_unit() {
        let parts = |platform, agent| [("platform", platform), ("agent", agent)];
        assert_eq!(
            breakdown(("total", 41.0), &parts(12.2, 3.0)),
            "total 41 ms · platform 12 · agent 3.0"
        );
        assert_eq!(
            breakdown(("total", 12_400.0), &parts(90.0, 12_310.0)),
            "total 12.4 s · platform 0.1 · agent 12.3"
        );
    }

    #[test]
    fn spans_are_said_in_the_largest_unit_that_fits() {
        assert_eq!(
            [0, 59, 60, 3599, 3600, 172_799, 172_800].map(span),
            ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 days"]
        );
    }

    #[test]
    fn sizes_are_said_in_the_largest_unit_that_fits() {
        let said = [0, 999, 1_000, 14_900, 999_999, 1_000_000, 3_270_000].map(size);
        let wanted = [
            "0 bytes",
            "999 bytes",
            "1 KB",
            "14 KB",
            "999 KB",
            "1.0 MB",
            "3.2 MB",
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_strangers_name_cannot_steer_the_terminal_or_turn_the_line_around() {
        assert_eq!(
            plain("a\u{1b}[2Jb\nc\u{202e}d"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
        assert_eq!(plain("Zoë 🐈 שלום"), "Zoë 🐈 שלום");
        assert_eq!(
            written_out("rm x\r# ok\n\t\u{1b}[2K\u{202e}"),
            "rm x\\u{d}# ok\n\t\\u{1b}[2K\\u{202e}"
        );
        assert_eq!(plain_lines("one\n\ttwo\r\u{7}"), "one\n\ttwo\u{fffd}\u{fffd}");
    }
}
