//! `ligand send`: a message to our own workspace or to a peer through the platform, and where its time went.

use ligand_host::{
    config::ProfileName,
    control::{Client, SendToPeer},
    host::{PeerOutcome, Sent, SentToPeer},
    places::Places,
};

use super::meant_profile;
use crate::{
    args::Send,
    failure::Failure,
    out,
    words::{breakdown, milliseconds, plain, plain_lines},
};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Send) -> Result<(), Failure> {
    let client = Client::new(places);
    let profile = meant_profile(&client, args.profile).await?;
    if let Some(to) = args.to {
        return send_to(&client, &profile, SendToPeer { to, text: args.text }).await;
    }
    let sent = client.send(&profile, args.text).await?;
    out::line(plain_lines(&sent.answer))?;
    out::line(times(&sent))?;
    Ok(())
}

async fn send_to(client: &Client, profile: &ProfileName, message: SendToPeer) -> Result<(), Failure> {
    let sent = client.send_to(profile, &message).await?;
    if let Some(answer) = &sent.answer {
        out::line(plain_lines(answer))?;
    }
    out::line(outcome(&sent))
}

/// What became of a message to a peer, in a line.
fn outcome(sent: &SentToPeer) -> String {
    let id = sent.id.to_string();
    let peer = plain(sent.name.as_deref().unwrap_or(&id));
    match sent.outcome {
        PeerOutcome::Answered => format!("{peer} answered in {}", milliseconds(sent.total_ms)),
        PeerOutcome::Queued => {
            let waiting = match sent.waiting {
                None | Some(0) => String::new(),
                Some(waiting) => format!(" ({waiting} waiting)"),
            };
            format!(
                "Queued{waiting}: {peer} is busy or away. The platform sends it later, and its answer does not come here; \
                 `ligand delegate` waits for one."
            )
        }
        PeerOutcome::Taken => format!(
            "Taken: {peer} fetches its messages. Its answer comes as a message of its own; `ligand deliveries` lists it."
        ),
    }
}

fn times(sent: &Sent) -> String {
    let parts = [
        ("platform", sent.platform_ms),
        ("tunnel", sent.tunnel_ms),
        ("agent", sent.agent_ms),
    ];
    breakdown(("total", sent.total_ms), &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_said_in_all_and_by_part() {
        let sent = Sent {
            answer: "hi".into(),
            total_ms: 41.2,
            platform_ms: 12.1,
            tunnel_ms: 3.4,
            agent_ms: 25.7,
        };
        assert_eq!(times(&sent), "total 41 ms · platform 12 · tunnel 3.4 · agent 26");
    }

    #[test]
    fn what_a_peer_did_not_answer_is_said_in_words() {
        let mut sent = SentToPeer {
            id: uuid::Uuid::nil(),
            name: Some("Re\u{1b}search".into()),
            outcome: PeerOutcome::Queued,
            answer: None,
            waiting: Some(2),
            total_ms: 12.0,
        };
        let said = outcome(&sent);
        assert!(
            said.starts_with("Queued (2 waiting): Re\u{fffd}search is"),
            "{said}"
        );
        (sent.outcome, sent.name) = (PeerOutcome::Taken, None);
        assert!(outcome(&sent).contains("00000000-0000"), "{}", outcome(&sent));
    }
}
