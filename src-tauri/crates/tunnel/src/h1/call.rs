//! The head of a call, as the relay writes it and as the laptop reads it.

use std::mem::MaybeUninit;

use bytes::Bytes;
use hyper::header::CONTENT_LENGTH;
use hyper::http::request::Parts;
use hyper::{Method, Request, Uri};

use super::headers::{self, MAX_HEADERS};
use super::{Content, Malformed};

/// Room for a usual head.
const USUAL_BYTES: usize = 1024;

/// Puts down the head of a call whose body has so many bytes, or an unknown number of them. There is room behind it for a
/// short body, `spare` bytes long.
pub(crate) fn put_call_head(head: &mut Vec<u8>, parts: &Parts, length: Option<u64>, spare: usize) {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    head.reserve(USUAL_BYTES + path.len() + spare);
    for part in [parts.method.as_str(), " ", path, " HTTP/1.1\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    headers::put_all(head, &parts.headers);
    match length {
        // Where no body is expected, its absence needs no words.
        Some(0) if !parts.headers.contains_key(CONTENT_LENGTH) && !is_with_body(&parts.method) => {}
        Some(length) => headers::put_length(head, length),
        None => headers::put_chunked(head),
    }
    head.extend_from_slice(b"\r\n");
}

fn is_with_body(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

/// A call's head as the laptop reads it.
pub(crate) fn read_call(head: &Bytes) -> Result<(Parts, Content), Malformed> {
    let mut lines = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut read = httparse::Request::new(&mut []);
    headers::parsed(head, read.parse_with_uninit_headers(head, &mut lines))?;
    let (mut parts, ()) = Request::new(()).into_parts();
    let method = Method::from_bytes(read.method.unwrap_or_default().as_bytes());
    parts.method = method.map_err(|_| Malformed("the method can't be read"))?;
    let path = head.slice_ref(read.path.unwrap_or_default().as_bytes());
    parts.uri = Uri::from_maybe_shared(path).map_err(|_| Malformed("the path can't be read"))?;
    parts.headers = headers::read(head, read.headers)?;
    if read.version != Some(1) {
        return Err(Malformed("the relay speaks HTTP/1.1"));
    }
    let content = Content::said_by(&parts.headers)?.unwrap_or(Content::NONE);
    Ok((parts, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(parts: &Parts, length: Option<u64>) -> Vec<u8> {
        let mut head = Vec::new();
        put_call_head(&mut head, parts, length, 0);
        head
    }

    fn head(request: hyper::http::request::Builder, length: Option<u64>) -> String {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        String::from_utf8(put(&parts, length)).unwrap()
    }

    #[test]
    fn a_call_goes_out_with_its_path_its_query_and_all_its_headers() {
        let call = Request::post("/w/door/a:b?x=%20&y")
            .header("a2a-version", "")
            .header("x", "1")
            .header("x", "2")
            .header("content-length", "3");
        assert_eq!(
            head(call, Some(3)),
            "POST /w/door/a:b?x=%20&y HTTP/1.1\r\na2a-version: \r\nx: 1\r\nx: 2\r\ncontent-length: 3\r\n\r\n"
        );
    }

    #[test]
    fn the_length_is_the_bodys_own() {
        assert_eq!(head(Request::get("/"), Some(0)), "GET / HTTP/1.1\r\n\r\n");
        assert_eq!(
            head(Request::get("/").header("content-length", "0"), Some(0)),
            "GET / HTTP/1.1\r\ncontent-length: 0\r\n\r\n"
        );
        assert_eq!(
            head(Request::post("/"), Some(0)),
            "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n"
        );
        assert_eq!(
            head(Request::post("/").header("content-length", "7"), None),
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
        );
    }

    #[test]
    fn a_head_that_was_written_reads_the_same() {
        let call = Request::put("/w/door/a:b?x=%20&y")
            .header("a2a-version", "")
            .header("x", "1")
            .header("x", "2");
        let (parts, ()) = call.body(()).unwrap().into_parts();
        for length in [Some(0), Some(7), None] {
            let (read, content) = read_call(&put(&parts, length).into()).unwrap();
            assert_eq!((&read.method, &read.uri), (&parts.method, &parts.uri));
            for (name, value) in &parts.headers {
                assert!(read.headers.get_all(name).iter().any(|read| read == value));
            }
            match length {
                Some(length) => assert!(matches!(content, Content::Length(said) if said == length)),
                None => assert!(matches!(content, Content::Chunked(_))),
            }
        }
    }

    #[test]
    fn what_no_relay_of_ours_writes_is_refused() {
        for head in [
            "GET / HTTP/1.0\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n a: b\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            "G@T / HTTP/1.1\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert!(
                read_call(&Bytes::copy_from_slice(head.as_bytes())).is_err(),
                "{head:?}"
            );
        }
    }
}
