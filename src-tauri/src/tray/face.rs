//! What the tray shows: an icon, a title, and the lines of its menu. Pure: what the host is doing in, words out.

use ligand_host::status::{PresenceWord, ProfileStatus, Severity, Status};

use super::hosting::Phase;

/// The icon. Each has a shape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Nothing runs.
    Stopped,
    /// Online.
    Online,
    /// At rest, and not by our doing.
    Away,
    /// On the way.
    Connecting,
    /// Something is wrong.
    Attention,
}

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Starts the profile of that name.
    Start(String),
    /// Stops the profile of that name.
    Stop(String),
    /// Tries again to become the host.
    TryAgain,
    /// Opens the window.
    OpenCanvas,
    /// Ends Ligand.
    Quit,
}

/// One line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// To be read.
    Words(String),
    /// To be clicked.
    Click(String, Action),
    /// A rule between groups.
    Rule,
}

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Face {
    pub(super) mark: Mark,
    /// What is said when the pointer rests on the icon, where the desktop does that.
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

/// The longest line in characters: menus grow as wide as their widest line.
const LONGEST: usize = 64;

/// What to show.
pub(super) fn face(phase: &Phase) -> Face {
    match phase {
        Phase::Starting => plain(Mark::Connecting, "Starting", true),
        Phase::WaitingForKeychain => {
            let mut face = plain(Mark::Attention, "The keychain is locked", true);
            face.lines.insert(
                1,
                Line::Words("Unlock it, and Ligand goes on by itself".to_owned()),
            );
            face
        }
        Phase::Failed(why) => {
            let mut face = plain(Mark::Attention, "Ligand could not start", true);
            let lines = wrapped(why).into_iter().map(Line::Words);
            face.lines.splice(
                1..1,
                lines.chain([Line::Click("Try again".to_owned(), Action::TryAgain)]),
            );
            face
        }
        Phase::Running(status) => running(status),
        Phase::Stopping => plain(Mark::Stopped, "Stopping", false),
    }
}

/// A face with one thing to say.
fn plain(mark: Mark, words: &str, can_be_used: bool) -> Face {
    let mut lines = vec![Line::Words(words.to_owned())];
    if can_be_used {
        lines.extend(ending());
    }
    Face {
        mark,
        title: format!("Ligand: {}", words.to_lowercase()),
        lines,
    }
}

fn ending() -> [Line; 4] {
    [
        Line::Rule,
        Line::Click("Open Canvas".to_owned(), Action::OpenCanvas),
        Line::Rule,
        Line::Click("Quit".to_owned(), Action::Quit),
    ]
}

fn running(status: &Status) -> Face {
    let profiles = &status.profiles;
    let is_only_one = profiles.len() == 1;
    let mut lines = Vec::new();
    if profiles.is_empty() {
        lines.push(Line::Words("Not connected to an org yet".to_owned()));
    }
    for profile in profiles {
        if !lines.is_empty() {
            lines.push(Line::Rule);
        }
        lines.extend(profile_lines(profile, is_only_one));
    }
    lines.extend(ending());
    let mark = profiles
        .iter()
        .map(|profile| mark(profile.presence.state))
        .max()
        .unwrap_or(Mark::Stopped);
    let words: Vec<String> = profiles
        .iter()
        .map(|profile| status_words(profile, is_only_one))
        .collect();
    Face {
        mark,
        title: format!("Ligand: {}", words.join(", ")),
        lines,
    }
}

/// How a profile is, the worst that is wrong with it, and the switch.
fn profile_lines(profile: &ProfileStatus, is_only_one: bool) -> Vec<Line> {
    let mut lines = vec![Line::Words(status_words(profile, is_only_one))];
    let worst = profile.health.iter().find(|item| item.severity != Severity::Info);
    lines.extend(worst.map(|item| Line::Words(short(&item.title))));
    let of = match is_only_one {
        true => String::new(),
        false => format!(" {}", profile.name),
    };
    let name = profile.name.clone();
    lines.push(match profile.presence.state {
        PresenceWord::Stopped | PresenceWord::Removed | PresenceWord::NeedsUser => {
            Line::Click(format!("Start{of}"), Action::Start(name))
        }
        PresenceWord::Connecting
        | PresenceWord::Online
        | PresenceWord::Degraded
        | PresenceWord::Unreachable
        | PresenceWord::Asleep
        | PresenceWord::Paused => Line::Click(format!("Stop{of}"), Action::Stop(name)),
    });
    lines
}

/// `Online · This laptop`; with the profile's name in front where there are several.
fn status_words(profile: &ProfileStatus, is_only_one: bool) -> String {
    let word = profile.presence.state.words();
    let workspace = profile.workspace.name.as_deref().unwrap_or_default();
    let words = match workspace {
        "" => word.to_owned(),
        workspace => format!("{word} · {workspace}"),
    };
    short(&match is_only_one {
        true => words,
        false => format!("{}: {words}", profile.name),
    })
}

fn mark(state: PresenceWord) -> Mark {
    match state {
        PresenceWord::Stopped => Mark::Stopped,
        PresenceWord::Connecting => Mark::Connecting,
        PresenceWord::Online => Mark::Online,
        PresenceWord::Asleep | PresenceWord::Paused => Mark::Away,
        PresenceWord::Degraded
        | PresenceWord::Unreachable
        | PresenceWord::Removed
        | PresenceWord::NeedsUser => Mark::Attention,
    }
}

/// A text of somebody else on one line of bounded length that cannot turn the writing around.
fn short(text: &str) -> String {
    let shown: Vec<char> = text.chars().filter(|char| !is_hidden(*char)).collect();
    if shown.len() <= LONGEST {
        return shown.into_iter().collect();
    }
    let start: String = shown.into_iter().take(LONGEST - 1).collect();
    format!("{}…", start.trim_end())
}

/// Control characters, and those that turn the direction of writing around.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The most lines that a failure gets.
const MOST_LINES: usize = 4;

/// A longer text of ours on a few lines.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() < LONGEST => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(short(word)),
        }
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests;
