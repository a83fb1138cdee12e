//! `ligand status`: how things are, once or as they change.

use std::io::{self, IsTerminal};

use ligand_host::{control::Client, places::Places, status};

use crate::{args::Status, clock, failure::Failure, out, status_text};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Status) -> Result<(), Failure> {
    let client = Client::new(places);
    if !args.watch {
        return show(&client.status().await?, args.json, Frame::Once);
    }
    let frame = if !args.json && io::stdout().is_terminal() {
        Frame::Redraw
    } else {
        Frame::Append
    };
    let mut changes = client.follow_status().await?;
    while let Some(status) = changes.next().await? {
        show(&status, args.json, frame)?;
    }
    if args.json {
        Ok(())
    } else {
        out::line("Ligand has ended.")
    }
}

/// How one picture relates to the one before.
#[derive(Debug, Clone, Copy)]
enum Frame {
    /// There is only one.
    Once,
    /// It follows the others.
    Append,
    /// It takes their place on the screen.
    Redraw,
}

fn show(status: &status::Status, json: bool, frame: Frame) -> Result<(), Failure> {
    let text = match (json, frame) {
        (true, Frame::Once) => serde_json::to_string_pretty(status).map_err(Failure::failed)? + "\n",
        // One document per line, for whatever reads along.
        (true, _) => serde_json::to_string(status).map_err(Failure::failed)? + "\n",
        (false, Frame::Once) => status_text::text(status, clock::now()),
        (false, Frame::Append) => status_text::text(status, clock::now()) + "\n",
        (false, Frame::Redraw) => redrawn(&status_text::text(status, clock::now())),
    };
    out::print(&text)
}

/// Written over the picture before, line by line, so that nothing flickers: home, clear to the end of each line, and
/// what is left below.
fn redrawn(text: &str) -> String {
    format!("\x1b[H{}\x1b[J", text.replace('\n', "\x1b[K\n"))
}
