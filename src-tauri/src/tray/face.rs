//! What the tray shows: an icon, a title, and the lines of its menu. Pure: what the host is doing in, words out.

mod profile;
mod text;

use ligand_host::{
    notify::{NotificationSettings, Pause},
    status::Status,
};
use time::OffsetDateTime;

use self::text::{hour, short, wrapped};
use super::hosting::{Phase, Running};
use crate::page::Page;

/// The icon. Each has a shape of its own; the worst of several profiles is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Nothing runs.
    Stopped,
    /// Online.
    Online,
    /// Online, and the agent works.
    Working,
    /// At rest, and not by our doing.
    Away,
    /// On the way.
    Connecting,
    /// Online, and calls may fail.
    Degraded,
    /// Platform or relay cannot be reached.
    Offline,
    /// Only the user can mend it.
    NeedsUser,
}

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Starts the profile of that name.
    Start(String),
    /// Stops the profile of that name.
    Stop(String),
    /// Starts the agent of that profile anew.
    RestartAgent(String),
    /// Puts the public URL of that profile on the clipboard.
    CopyUrl(String),
    /// Puts what helps to find a fault on the clipboard.
    CopyDiagnostics,
    /// Tells nothing for a while, or everything again.
    Pause(Pause),
    /// Has the login start the tray, or not.
    AtLogin(bool),
    /// Tries again to become the host.
    TryAgain,
    /// Opens the window; on a page, or on the Canvas or as it is.
    Open(Option<Page>),
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
    /// To be clicked, with a mark that is there or not.
    Check(String, bool, Action),
    /// Lines behind a line, whose text stays: it is what tells it from others.
    More(String, Vec<Self>),
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
    /// Whether it says how long something takes, so that it differs a second later.
    pub(super) counts: bool,
}

/// What to show at this time.
pub(super) fn face(phase: &Phase, now: OffsetDateTime) -> Face {
    match phase {
        Phase::Starting => plain(Mark::Connecting, "Starting", true),
        Phase::WaitingForKeychain => {
            let mut face = plain(Mark::NeedsUser, "Needs you: the keychain is locked", true);
            face.lines.insert(
                1,
                Line::Words("Unlock it, and Ligand goes on by itself".to_owned()),
            );
            face
        }
        Phase::Failed(why) => {
            let mut face = plain(Mark::NeedsUser, "Ligand could not start", true);
            let lines = wrapped(why).into_iter().map(Line::Words);
            face.lines.splice(
                1..1,
                lines.chain([Line::Click("Try again".to_owned(), Action::TryAgain)]),
            );
            face
        }
        Phase::Running(running) => of_running(running, now),
        Phase::Stopping => plain(Mark::Stopped, "Stopping", false),
    }
}

/// A face with one thing to say.
fn plain(mark: Mark, words: &str, can_be_used: bool) -> Face {
    let mut lines = vec![Line::Words(words.to_owned())];
    if can_be_used {
        lines.extend([
            Line::Rule,
            click("Open Canvas", Action::Open(None)),
            Line::Rule,
            click("Quit", Action::Quit),
        ]);
    }
    Face {
        mark,
        title: format!("Ligand: {}", words.to_lowercase()),
        lines,
        counts: false,
    }
}

fn click(words: &str, action: Action) -> Line {
    Line::Click(words.to_owned(), action)
}

fn of_running(running: &Running, now: OffsetDateTime) -> Face {
    let status: &Status = &running.status;
    let mut lines = Vec::new();
    let mut faces: Vec<_> = status.profiles.iter().map(|one| profile::of(one, now)).collect();
    let worst = faces.iter().max_by_key(|face| face.mark).map(|face| face.mark);
    let words: Vec<String> = match faces.as_mut_slice() {
        [] => {
            let words = "Not connected to an org yet";
            lines.push(Line::Words(words.to_owned()));
            let welcome = Page::Welcome {
                platform: None,
                workspace: None,
            };
            lines.push(click("Add a workspace", Action::Open(Some(welcome))));
            vec![words.to_lowercase()]
        }
        [only] => {
            lines.push(Line::Words(only.words.clone()));
            lines.append(&mut only.lines);
            vec![only.words.clone()]
        }
        several => {
            // The one that most needs to be read is the first line; each has its own below.
            let named = |face: &profile::ProfileFace| short(&format!("{}: {}", face.name, face.words));
            let first = several.iter().rev().max_by_key(|face| face.mark);
            lines.extend(first.map(|face| Line::Words(named(face))));
            lines.push(Line::Rule);
            for face in &mut *several {
                let words = Line::Words(face.words.clone());
                let behind = [words].into_iter().chain(std::mem::take(&mut face.lines));
                lines.push(Line::More(face.name.clone(), behind.collect()));
            }
            several.iter().map(named).collect()
        }
    };
    lines.extend(for_all(running));
    Face {
        mark: worst.unwrap_or(Mark::Stopped),
        title: format!("Ligand: {}", words.join(", ")),
        lines,
        counts: faces.iter().any(|face| face.counts),
    }
}

/// The lines that are of no one profile.
fn for_all(running: &Running) -> Vec<Line> {
    vec![
        Line::Rule,
        click("Open Canvas", Action::Open(None)),
        click("Settings", Action::Open(Some(Page::Settings))),
        click("Logs", Action::Open(Some(Page::Logs))),
        click("Copy diagnostics", Action::CopyDiagnostics),
        Line::Rule,
        pause(&running.told),
        Line::Check(
            "Open at login".to_owned(),
            running.at_login,
            Action::AtLogin(!running.at_login),
        ),
        Line::Rule,
        click("Quit", Action::Quit),
    ]
}

fn pause(told: &NotificationSettings) -> Line {
    let until = told.paused_until.as_deref();
    let paused = until.map(|until| Line::Words(format!("Paused until {}", hour(until))));
    let choices = [
        click("For 1 hour", Action::Pause(Pause::Hour)),
        click("Until tomorrow", Action::Pause(Pause::Tomorrow)),
        Line::Check("Off".to_owned(), until.is_none(), Action::Pause(Pause::Off)),
    ];
    let lines = paused.into_iter().chain(choices).collect();
    Line::More("Pause notifications".to_owned(), lines)
}

#[cfg(test)]
mod tests;
