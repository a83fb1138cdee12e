//! Where a body ends (RFC 9112, section 6.3), and its pieces.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::body::SizeHint;
use hyper::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};

use super::Malformed;
use super::chunks::Chunks;

/// What is still to come of a body.
#[derive(Debug)]
pub(crate) enum Content {
    /// So many bytes.
    Length(u64),
    /// Chunks, until the last one.
    Chunked(Chunked),
    /// Everything, until the other side closes.
    UntilEnd,
}

/// See [`Content::Chunked`]. Boxed: a body of a known length is the rule.
#[derive(Debug)]
pub(crate) struct Chunked(Box<Chunks>);

impl Content {
    /// Nothing at all.
    pub(crate) const NONE: Self = Self::Length(0);

    /// What the headers say; `None` when they say nothing.
    pub(crate) fn said_by(headers: &HeaderMap) -> Result<Option<Self>, Malformed> {
        // One look at each name is less than to look each of the two up.
        let mut said = None;
        for (name, value) in headers {
            let content = if name == CONTENT_LENGTH {
                Self::Length(length(value).ok_or(Malformed("the length of the body can't be read"))?)
            } else if name == TRANSFER_ENCODING {
                if !value.as_bytes().eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed("the coding of the body is not one that is understood"));
                }
                Self::Chunked(Chunked(Box::new(Chunks::new())))
            } else {
                continue;
            };
            if said.replace(content).is_some() {
                return Err(Malformed("the body has two lengths"));
            }
        }
        Ok(said)
    }

    /// Whether nothing is still to come.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(Chunked(chunks)) => chunks.is_done(),
            Self::UntilEnd => false,
        }
    }

    /// The next piece in what is there. `None`: it has ended, or more has to arrive.
    pub(crate) fn take(&mut self, received: &mut Bytes) -> Result<Option<Bytes>, Malformed> {
        match self {
            _ if received.is_empty() => Ok(None),
            Self::Length(0) => Ok(None),
            Self::Length(left) => {
                let here = usize::try_from(*left).map_or(received.len(), |left| left.min(received.len()));
                *left -= here as u64;
                Ok(Some(received.split_to(here)))
            }
            Self::Chunked(Chunked(chunks)) => chunks.take(received),
            Self::UntilEnd => Ok(Some(std::mem::take(received))),
        }
    }

    /// How much is still to come, as far as is known.
    pub(crate) fn size_hint(&self) -> SizeHint {
        match self {
            Self::Length(left) => SizeHint::with_exact(*left),
            Self::Chunked(_) if self.is_done() => SizeHint::with_exact(0),
            Self::Chunked(_) | Self::UntilEnd => SizeHint::default(),
        }
    }
}

/// A length in digits, and nothing else: the parser would take a sign.
fn length(value: &HeaderValue) -> Option<u64> {
    let digits = value.to_str().ok()?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| are_digits)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;

    fn said(lines: &[(&'static str, &'static str)]) -> Result<Option<Content>, Malformed> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Content::said_by(&headers)
    }

    #[test]
    fn a_length_or_one_coding_says_where_a_body_ends() {
        assert!(said(&[]).unwrap().is_none());
        assert!(matches!(
            said(&[("content-length", "12")]),
            Ok(Some(Content::Length(12)))
        ));
        assert!(matches!(
            said(&[("transfer-encoding", "Chunked")]),
            Ok(Some(Content::Chunked(_)))
        ));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for headers in [
            &[("content-length", "1"), ("content-length", "1")][..],
            &[("content-length", "1, 1")],
            &[("content-length", "+1")],
            &[("content-length", "")],
            &[("content-length", "99999999999999999999")],
            &[("content-length", "5"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "identity")],
            &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
        ] {
            assert!(said(headers).is_err(), "{headers:?}");
        }
    }

    #[test]
    fn a_body_of_a_known_length_ends_there_and_leaves_the_rest() {
        let mut content = Content::Length(5);
        let mut received = Bytes::from_static(b"hel");
        assert_eq!(content.take(&mut received).unwrap().unwrap(), "hel");
        assert!(content.take(&mut received).unwrap().is_none() && !content.is_done());
        let mut received = Bytes::from_static(b"lo, and more");
        assert_eq!(content.size_hint().exact(), Some(2));
        assert_eq!(content.take(&mut received).unwrap().unwrap(), "lo");
        assert!(content.is_done());
        assert_eq!(received, ", and more");
    }
}
