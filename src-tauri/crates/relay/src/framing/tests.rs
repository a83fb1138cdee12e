use super::*;

const PLAIN: &str = "GET / HTTP/1.1\r\nhost: r\r\n\r\n";
const SIZED: &str = "POST / HTTP/1.1\r\ncontent-length: 29\r\n\r\nx\r\ntransfer-encoding: chunked";
const CHUNKED: &str = "POST / HTTP/1.1\nTransfer-Encoding:chunked\n\n3;e=1\r\nabc\r\n1a \r\n\
                       \r\ncontent-length: 1\r\nabcde\r\n0\r\ncontent-length: 5\r\n\r\n";

fn in_doubt(text: &str, piece: usize) -> bool {
    let doubt = Doubt::default();
    let mut framing = Framing::new(doubt.clone());
    for piece in text.as_bytes().to_vec().chunks_mut(piece) {
        framing.feed(piece);
    }
    doubt.is_there()
}

#[test]
fn requests_with_one_length_or_none_leave_no_doubt_however_they_come() {
    let all = format!("{PLAIN}\r\n{SIZED}{CHUNKED}{SIZED}{PLAIN}{CHUNKED}{CHUNKED}{PLAIN}");
    for piece in 1..all.len() {
        assert!(!in_doubt(&all, piece), "in pieces of {piece}");
    }
}

#[test]
fn two_lengths_are_seen_in_any_request_of_a_connection_and_any_spelling() {
    for before in ["", PLAIN, SIZED, CHUNKED, "\r\n"] {
        for lengths in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "transfer-encoding:\tchunked\r\nx: y\r\nCONTENT-LENGTH:5\r\n",
            "content-length: 0\ntransfer-encoding: identity\n",
        ] {
            let text = format!("{before}POST / HTTP/1.1\r\n{lengths}\r\n");
            for piece in 1..text.len() {
                assert!(in_doubt(&text, piece), "{text:?} in pieces of {piece}");
            }
        }
    }
}

#[test]
fn chunks_that_can_not_be_followed_leave_a_doubt() {
    for chunks in [
        "zz\r\n",
        "+5\r\n",
        "0x5\r\n",
        "\r\n",
        "10000000000000000\r\n",
        "3\r\nabcd\r\n",
    ] {
        let text = format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
        assert!(in_doubt(&text, 7), "{chunks:?}");
    }
}

#[test]
fn http_2_is_spelled_so_that_hyper_answers_it() {
    for piece in 1..20 {
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let mut framing = Framing::new(Doubt::default());
        bytes.chunks_mut(piece).for_each(|piece| framing.feed(piece));
        assert_eq!(bytes, b"PRI * HTTP/2.9\r\n\r\nSM\r\n\r\n");
    }
}
