//! The first thing that a relay hears from whoever connects: frames of a WebSocket, and a hello in one of them.

use ligand_tunnel::{
    Handshake,
    hello::{Claim, MAX_DOORS, VERSION},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

/// Room for what either side says before the other reads.
const ROOM: usize = 1 << 20;

/// Begins a handshake with these bytes: as they are where the first one is odd, else the rest of them as the text of
/// one frame. It must end by itself, and what it believes must keep to the rules.
pub fn hello(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let said = if first % 2 == 1 {
        rest.to_vec()
    } else {
        frame(rest)
    };
    if let Some(claim) = believed(&said) {
        assert!(
            claim.version == VERSION && claim.doors.len() <= MAX_DOORS,
            "{claim:?}"
        );
        let text = serde_json::to_string(&claim).expect("a claim can be written");
        let again: Claim = serde_json::from_str(&text).expect("and read");
        assert!(again == claim, "{text}");
    }
}

/// What a relay believes of whoever says this and then nothing more.
fn believed(said: &[u8]) -> Option<Claim> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        // Time jumps to the next deadline whenever nothing else moves.
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (mut laptop, relay) = duplex(ROOM);
        laptop.write_all(said).await.expect("there is room");
        laptop.shutdown().await.expect("the end is said");
        let hearing = tokio::spawn(async move {
            let mut heard = Vec::new();
            // Whether it ends in order or not does not matter here.
            let _ = laptop.read_to_end(&mut heard).await;
        });
        let begun = Handshake::begin(relay).await;
        hearing.abort();
        begun.ok().map(|handshake| handshake.claim)
    })
}

/// A text frame of a client, masked with zeros.
fn frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap_or_default()),
        length => {
            frame.push(0x80 | 127);
            frame.extend(u64::try_from(length).unwrap_or_default().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_true_hello_is_believed_and_one_with_a_false_signature_is_not() {
        let [true_one, false_one] = [
            &include_bytes!("../seeds/hello/key")[1..],
            &include_bytes!("../seeds/hello/card")[1..],
        ];
        assert!(believed(&frame(true_one)).is_some_and(|claim| claim.doors.len() == 2));
        assert!(believed(&frame(false_one)).is_none());
    }
}
