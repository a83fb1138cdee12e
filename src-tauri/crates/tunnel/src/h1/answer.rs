//! The head of an answer, as the relay reads it and as the laptop writes it.

use std::mem::MaybeUninit;

use bytes::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH};
use hyper::http::response::Parts;
use hyper::{Method, Response, StatusCode, Version};

use super::headers::{self, MAX_HEADERS};
use super::{Content, Malformed};

/// Room for a usual head.
const USUAL_BYTES: usize = 512;

/// A head, and what it says about what follows.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) parts: Parts,
    pub(crate) content: Content,
    /// Whether the stream is good for another exchange after this one.
    pub(crate) keeps_alive: bool,
}

impl Answer {
    /// Reads a whole head, in answer to a call with this method. Its values stay where they are.
    pub(crate) fn read(head: &Bytes, method: &Method) -> Result<Self, Malformed> {
        let mut lines = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut read = httparse::Response::new(&mut []);
        let strict = httparse::ParserConfig::default();
        headers::parsed(
            head,
            strict.parse_response_with_uninit_headers(&mut read, head, &mut lines),
        )?;
        let status = read.code.and_then(|code| StatusCode::from_u16(code).ok());
        let headers = headers::read(head, read.headers)?;
        let status = status.ok_or(Malformed("the status can't be read"))?;
        let said = Content::said_by(&headers)?;
        let is_1_1 = read.version == Some(1);
        if !is_1_1 && matches!(said, Some(Content::Chunked(_))) {
            return Err(Malformed("HTTP/1.0 has no chunks"));
        }
        let content = if has_no_body(status, method) {
            Content::NONE
        } else {
            said.unwrap_or(Content::UntilEnd)
        };
        let keeps_alive = is_1_1
            && status != StatusCode::SWITCHING_PROTOCOLS
            && !headers::closes(&headers)
            && !matches!(content, Content::UntilEnd);
        let (mut parts, ()) = Response::new(()).into_parts();
        parts.status = status;
        parts.version = Version::HTTP_11;
        parts.headers = headers;
        Ok(Self {
            parts,
            content,
            keeps_alive,
        })
    }

    /// Whether another head follows, which is the answer proper.
    pub(crate) fn is_interim(&self) -> bool {
        self.parts.status.is_informational() && self.parts.status != StatusCode::SWITCHING_PROTOCOLS
    }
}

/// Puts down the head of an answer whose body has so many bytes, or an unknown number of them, and says whether a body
/// follows at all. There is room behind it for a short one, `spare` bytes long. `is_last`: the stream closes after it.
pub(crate) fn put_answer_head(
    head: &mut Vec<u8>,
    parts: &Parts,
    method: &Method,
    length: Option<u64>,
    is_last: bool,
    spare: usize,
) -> bool {
    head.reserve(USUAL_BYTES + spare);
    let reason = parts.status.canonical_reason().unwrap_or_default();
    for part in ["HTTP/1.1 ", parts.status.as_str(), " ", reason, "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    headers::put_all(head, &parts.headers);
    let has_body = !has_no_body(parts.status, method);
    match (parts.headers.get(CONTENT_LENGTH), length) {
        // What it would be long is the agent's to say; where it does not say it, the body that is left out does.
        (Some(length), _) if !has_body => headers::put(head, CONTENT_LENGTH.as_str(), length.as_bytes()),
        (None, Some(length @ 1..)) if *method == Method::HEAD => headers::put_length(head, length),
        _ if !has_body => {}
        (_, Some(length)) => headers::put_length(head, length),
        (_, None) => headers::put_chunked(head),
    }
    if is_last {
        headers::put(head, CONNECTION.as_str(), b"close");
    }
    head.extend_from_slice(b"\r\n");
    has_body
}

fn has_no_body(status: StatusCode, method: &Method) -> bool {
    *method == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, method: Method) -> Result<Answer, Malformed> {
        Answer::read(&Bytes::copy_from_slice(text.as_bytes()), &method)
    }

    #[test]
    fn status_and_headers_are_as_they_were_sent() {
        let answer = read(
            "HTTP/1.1 404 Not here\r\nX-A:  1 \r\nx-a: 2\r\ncontent-length: 7\r\n\r\n",
            Method::GET,
        )
        .unwrap();
        assert_eq!(answer.parts.status, 404);
        let values: Vec<_> = answer.parts.headers.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "2"]);
        assert!(matches!(answer.content, Content::Length(7)) && answer.keeps_alive);
    }

    #[test]
    fn where_a_body_ends_depends_on_method_status_and_headers() {
        let sized = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n";
        assert!(read(sized, Method::HEAD).unwrap().content.is_done());
        for status in ["100 Continue", "204 No Content", "304 Not Modified"] {
            let text = format!("HTTP/1.1 {status}\r\ncontent-length: 7\r\n\r\n");
            assert!(read(&text, Method::GET).unwrap().content.is_done(), "{status}");
        }
        let open = read("HTTP/1.1 200 OK\r\n\r\n", Method::GET).unwrap();
        assert!(matches!(open.content, Content::UntilEnd) && !open.keeps_alive);
        for closing in [
            "HTTP/1.1 200 OK\r\nconnection: x, Close\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        ] {
            assert!(!read(closing, Method::GET).unwrap().keeps_alive, "{closing}");
        }
    }

    #[test]
    fn only_an_interim_answer_is_followed_by_another() {
        for (status, interim) in [
            ("100 Continue", true),
            ("103 Early Hints", true),
            ("101 Switch", false),
            ("200 OK", false),
        ] {
            let answer = read(&format!("HTTP/1.1 {status}\r\n\r\n"), Method::POST).unwrap();
            assert_eq!(answer.is_interim(), interim, "{status}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "HTTP/1.1 200 OK\r\na: b\n\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
            "HTTP/1.1 200 OK\r\na : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "200 OK\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert!(read(text, Method::GET).is_err(), "{text:?}");
        }
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
        assert!(read(&many, Method::GET).is_err());
    }

    #[test]
    fn a_head_without_its_body_says_how_long_that_would_be() {
        let (parts, ()) = Response::new(()).into_parts();
        let head = |length| {
            let mut head = Vec::new();
            put_answer_head(&mut head, &parts, &Method::HEAD, length, false, 0);
            String::from_utf8(head).unwrap()
        };
        assert!(head(Some(7)).contains("content-length: 7\r\n"));
        assert!(!head(Some(0)).contains("content-length") && !head(None).contains("transfer-encoding"));
    }

    #[test]
    fn a_head_that_was_written_reads_the_same() {
        for (length, method, status, has_body) in [
            (Some(5), Method::POST, 200, true),
            (Some(0), Method::POST, 404, true),
            (None, Method::GET, 200, true),
            (Some(0), Method::HEAD, 200, false),
            (Some(0), Method::GET, 304, false),
            (Some(0), Method::GET, 204, false),
        ] {
            let answer = Response::builder()
                .status(status)
                .header("x", "1")
                .header("x", "")
                .header("content-length", "5");
            let (parts, ()) = answer.body(()).unwrap().into_parts();
            for is_last in [false, true] {
                let mut head = Vec::new();
                let follows = put_answer_head(&mut head, &parts, &method, length, is_last, 0);
                assert_eq!(follows, has_body);
                let read = Answer::read(&head.into(), &method).unwrap();
                assert_eq!(read.parts.status, status);
                let values: Vec<_> = read.parts.headers.get_all("x").iter().collect();
                assert_eq!(values, ["1", ""]);
                assert_eq!(read.keeps_alive, !is_last);
                match length {
                    _ if !has_body => assert_eq!(read.parts.headers["content-length"], "5"),
                    Some(length) => assert!(matches!(read.content, Content::Length(said) if said == length)),
                    None => assert!(matches!(read.content, Content::Chunked(_))),
                }
            }
        }
    }
}
