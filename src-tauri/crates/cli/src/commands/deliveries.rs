//! `ligand deliveries`: what came for a profile and what became of it, as a list, as it happens, or one whole.

use std::fmt::Write as _;

use ligand_host::{
    control::Client,
    deliveries::{DeliveryDetail, DeliveryView, Recording, Replayed},
    places::Places,
};

use super::meant_profile;
use crate::{
    args::{Deliveries, DeliveriesCommand, Switch},
    failure::Failure,
    out,
    words::plain,
};

/// Seconds that one request waits for the next delivery.
const WAIT_S: u32 = 25;
/// What is asked for at a time while following.
const PAGE: u32 = 1_000;

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Deliveries) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    match args.command {
        None => {}
        Some(DeliveriesCommand::Show { id, json }) => {
            let detail = client.delivery(&profile, id).await?;
            return if json {
                out::line(serde_json::to_string_pretty(&detail).map_err(Failure::failed)?)
            } else {
                out::print(&whole(&detail))
            };
        }
        Some(DeliveriesCommand::Curl { id }) => {
            // Pasted, not shown: it is as it came.
            return out::print(&client.delivery_as_curl(&profile, id).await?);
        }
        Some(DeliveriesCommand::Replay { id }) => {
            return out::line(replayed(&client.replay(&profile, id).await?));
        }
        Some(DeliveriesCommand::Record { switch }) => {
            let recording = match switch {
                Some(switch) => client.record(switch == Switch::On).await?,
                None => client.recording().await?,
            };
            return out::line(recording_words(recording));
        }
    }
    let last = client.deliveries(&profile, 0, args.lines, 0).await?;
    if !args.follow && !args.json && last.is_empty() {
        return out::line(format!("Nothing has come for {profile} yet."));
    }
    if args.json && !args.follow {
        return out::line(serde_json::to_string_pretty(&last).map_err(Failure::failed)?);
    }
    if !args.json {
        out::line(HEADING)?;
    }
    let mut told = Told::default();
    told.print(&last, args.json, args.follow)?;
    if !args.follow {
        return Ok(());
    }
    loop {
        let after = told.after();
        let more = client.deliveries(&profile, after, PAGE, WAIT_S).await?;
        told.print(&more, args.json, true)?;
    }
}

const HEADING: &str =
    "    ID  TIME                      DOOR          OUTCOME      MS        BYTES       OUT  METHOD";

/// What was printed already: while following, each delivery once, when it has ended.
#[derive(Default)]
struct Told {
    /// All up to this one were printed.
    up_to: i64,
    /// These later ones too.
    beyond: Vec<i64>,
}

impl Told {
    fn after(&self) -> i64 {
        self.up_to
    }

    fn print(&mut self, deliveries: &[DeliveryView], json: bool, only_ended: bool) -> Result<(), Failure> {
        let mut gap = false;
        for delivery in deliveries {
            let is_told = self.beyond.contains(&delivery.id);
            let is_due = delivery.outcome.is_some() || !only_ended;
            if is_due && !is_told {
                out::line(if json {
                    serde_json::to_string(delivery).map_err(Failure::failed)?
                } else {
                    line(delivery)
                })?;
                self.beyond.push(delivery.id);
            }
            gap |= !is_due;
            if !gap {
                self.up_to = delivery.id;
            }
        }
        let up_to = self.up_to;
        self.beyond.retain(|id| *id > up_to);
        Ok(())
    }
}

fn line(delivery: &DeliveryView) -> String {
    let took = delivery
        .took_ms
        .map_or_else(|| "-".to_owned(), |ms| ms.to_string());
    format!(
        "{:>6}  {:<24}  {:<12}  {:<11}  {:<8}  {:>5}  {:>8}  {}",
        delivery.id,
        delivery.at,
        delivery.door,
        delivery.outcome.as_deref().unwrap_or("working"),
        took,
        delivery.bytes,
        delivery
            .bytes_out
            .map_or_else(|| "-".to_owned(), |bytes| bytes.to_string()),
        delivery.method.escape_default(),
    )
}

fn replayed(replayed: &Replayed) -> String {
    let number = replayed
        .id
        .map(|id| format!(", as delivery {id}"))
        .unwrap_or_default();
    let words = replayed
        .words
        .as_deref()
        .map(|words| format!(": {}", plain(words)));
    format!(
        "Replayed{number}: {}{}",
        replayed.outcome,
        words.unwrap_or_default()
    )
}

fn recording_words(recording: Recording) -> String {
    match recording.on {
        true => format!(
            "Bodies are recorded in the host's memory, the last {} up to {} KB each; {} are there.",
            recording.most,
            recording.longest / 1024,
            recording.kept
        ),
        false => "Bodies are not recorded.".to_owned(),
    }
}

/// Everything about one, for people. What strangers have written can't move the cursor.
fn whole(detail: &DeliveryDetail) -> String {
    let delivery = &detail.delivery;
    let mut text = format!("{HEADING}\n{}\n", line(delivery));
    // Writing into a string can't fail.
    let mut add = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12} {}", value.escape_debug());
    };
    if let Some(id) = &delivery.message_id {
        add("message id", id);
    }
    if let Some(words) = &detail.words {
        add("because", words);
    }
    for (name, value) in &detail.headers {
        add("header", &format!("{name}: {value}"));
    }
    if let Some(body) = &detail.body {
        add("body", body);
    }
    if let Some(answer) = &detail.answer {
        add(
            "answer",
            &format!("HTTP {}, {} bytes", answer.status, answer.bytes),
        );
        for (name, value) in &answer.headers {
            add("header", &format!("{name}: {value}"));
        }
        if let Some(body) = &answer.body {
            add("body", body);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: i64, outcome: Option<&str>) -> DeliveryView {
        DeliveryView {
            id,
            at: "2026-01-02T03:04:05.678Z".into(),
            door: "platform".into(),
            method: "message/send\u{1b}[2J".into(),
            message_id: Some("m-1".into()),
            bytes: 120,
            bytes_out: outcome.map(|_| 40),
            events: None,
            took_ms: outcome.map(|_| 7),
            outcome: outcome.map(str::to_owned),
        }
    }

    #[test]
    fn a_strangers_text_is_shown_and_not_obeyed() {
        let line = line(&delivery(3, Some("answered")));
        assert!(
            line.contains("answered") && line.contains("message/send"),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }

    #[test]
    fn followed_deliveries_are_told_once_each_when_they_have_ended() {
        let mut told = Told::default();
        let mut see = |deliveries: &[(i64, bool)]| {
            let views: Vec<_> = deliveries
                .iter()
                .map(|(id, ended)| delivery(*id, ended.then_some("answered")))
                .collect();
            told.print(&views, true, true).unwrap();
            told.after()
        };
        assert_eq!(see(&[(1, true), (2, false), (3, true)]), 1);
        assert_eq!(see(&[(2, false), (3, true)]), 1);
        assert_eq!(see(&[(2, true), (3, true)]), 3);
    }
}
