//! The relay's answer to what never became a request: a head that is too long, or does not come to an end. hyper has no
//! word for the one but a bare status, and for the other none at all, so it is written here, past hyper, and the
//! connection ends with it.

use std::io::Write as _;
use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::answers::Answer;
use crate::socket::Socket;

/// How long a caller may take to take it.
const SAYING_WAIT: Duration = Duration::from_secs(2);
/// What a message to a door begins with.
const MESSAGE: &[u8] = b"POST /w/";

/// Whether a head that has begun like this can be one of a message to a door: the platform queues those of which it hears
/// not a byte.
pub(crate) fn may_be_message(begun: &[u8]) -> bool {
    let length = begun.len().min(MESSAGE.len());
    begun[..length] == MESSAGE[..length]
}

/// Says it, and closes.
pub(crate) async fn say(answer: Answer, mut socket: Socket) {
    if let Some(text) = text(answer).await {
        let saying = async {
            socket.write_all(&text).await?;
            socket.flush().await
        };
        // Who does not take it in time, or is gone, is told nothing.
        drop(tokio::time::timeout(SAYING_WAIT, saying).await);
    }
    socket.farewell().await;
}

/// The whole answer as bytes of HTTP/1.1.
async fn text(answer: Answer) -> Option<Vec<u8>> {
    let (head, body) = answer.response().into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let mut text = Vec::new();
    write!(text, "HTTP/1.1 {}\r\n", head.status).ok()?;
    for (name, value) in &head.headers {
        write!(text, "{name}: ").ok()?;
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    write!(text, "content-length: {}\r\n\r\n", body.len()).ok()?;
    text.extend_from_slice(&body);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_not_be_a_message_any_more_is_answered() {
        for message in ["", "P", "POST /w", "POST /w/", "POST /w/AAAA HTTP/1.1\r\nhost: r"] {
            assert!(may_be_message(message.as_bytes()), "{message}");
        }
        for other in ["G", "POST /v1/silence", "GET /w/", "PUT /w/", "\r\nPOST /w/"] {
            assert!(!may_be_message(other.as_bytes()), "{other}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_a_whole_one_that_ends_the_connection() {
        let text = String::from_utf8(text(Answer::HeadTooLong).await.unwrap()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
        assert!(
            head.contains("\r\nconnection: close") && head.contains("\r\ncontent-type: application/json")
        );
        assert!(head.ends_with(&format!("content-length: {}", body.len())));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&body["code"], &body["limit"]),
            (&"head_too_long".into(), &"head_bytes".into())
        );
    }
}
