//! The PROXY header, versions 1 and 2: what a TCP proxy says about the connection that it passes on.
//!
//! Read byte for byte up to its end and no further, since what follows may be the first byte of TLS. Who may say it is
//! decided before; from everybody else it is not looked for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What a header of version 2 begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// What a header of version 1 begins with.
const WORD: &[u8] = b"PROXY ";
/// Longest header of version 1, its end included.
const MAX_LINE: usize = 107;
/// Longest header of version 2 that is taken: addresses, and what proxies add to them.
const MAX_BLOCK: usize = 536;
/// Signature, version and command, family, length.
const BLOCK_HEAD: usize = 16;

/// Why a header can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("the connection broke off in its PROXY header")]
    Io(#[from] io::Error),
    #[error("no whole PROXY header in time")]
    Timeout,
    #[error("no PROXY header")]
    Missing,
    #[error("a malformed PROXY header")]
    Malformed,
    #[error("a PROXY header that is too long")]
    TooLong,
}

/// Reads the header at the beginning of a connection. `None` = it says nothing about whose the connection is: the
/// proxy's own health check, or a kind of address that we do not know.
pub(crate) async fn read(io: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, HeaderError> {
    // Shorter than any header of either version.
    let mut start = [0; SIGNATURE.len()];
    io.read_exact(&mut start).await?;
    if start == SIGNATURE {
        read_block(io).await
    } else if start.starts_with(WORD) {
        read_line(io, &start).await
    } else {
        Err(HeaderError::Missing)
    }
}

async fn read_line(
    io: &mut (impl AsyncRead + Unpin),
    start: &[u8],
) -> Result<Option<SocketAddr>, HeaderError> {
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == MAX_LINE {
            return Err(HeaderError::TooLong);
        }
        line.push(io.read_u8().await?);
    }
    let text = line
        .strip_prefix(WORD)
        .and_then(|line| line.strip_suffix(b"\r\n"))
        .and_then(|line| std::str::from_utf8(line).ok());
    parse_line(text.ok_or(HeaderError::Malformed)?).ok_or(HeaderError::Malformed)
}

/// What is between `PROXY ` and the end of the line. The outer `None` = malformed.
fn parse_line(text: &str) -> Option<Option<SocketAddr>> {
    let mut words = text.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        // Whatever follows is to be ignored.
        return Some(None);
    }
    let (source, target) = (words.next()?, words.next()?);
    let (port, target_port) = (number(words.next()?)?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    number(target_port)?;
    let address = |text: &str| -> Option<IpAddr> {
        match family {
            "TCP4" => text.parse::<Ipv4Addr>().ok().map(Into::into),
            "TCP6" => text.parse::<Ipv6Addr>().ok().map(Into::into),
            _ => None,
        }
    };
    address(target)?;
    Some(Some(SocketAddr::new(address(source)?, port)))
}

/// A port as the protocol spells it: digits only, and no zeros before them.
fn number(text: &str) -> Option<u16> {
    let proper = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| proper)
}

async fn read_block(io: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, HeaderError> {
    let (command, family) = (io.read_u8().await?, io.read_u8().await?);
    let length = usize::from(io.read_u16().await?);
    if length > MAX_BLOCK - BLOCK_HEAD {
        return Err(HeaderError::TooLong);
    }
    let mut content = vec![0; length];
    io.read_exact(&mut content).await?;
    match command {
        // The proxy's own connection.
        0x20 => Ok(None),
        0x21 => parse_block(family, &content).ok_or(HeaderError::Malformed),
        _ => Err(HeaderError::Malformed),
    }
}

/// The addresses, of which only the first matters, and the port, which comes after both. What follows is the proxy's
/// business. The outer `None` = malformed.
fn parse_block(family: u8, content: &[u8]) -> Option<Option<SocketAddr>> {
    match family {
        // TCP over IPv4.
        0x11 => {
            let (address, rest) = content.split_first_chunk::<4>()?;
            let (ports, _) = rest.get(4..)?.split_first_chunk::<4>()?;
            let port = u16::from_be_bytes([ports[0], ports[1]]);
            Some(Some(SocketAddr::new(IpAddr::from(*address), port)))
        }
        // TCP over IPv6.
        0x21 => {
            let (address, rest) = content.split_first_chunk::<16>()?;
            let (ports, _) = rest.get(16..)?.split_first_chunk::<4>()?;
            let port = u16::from_be_bytes([ports[0], ports[1]]);
            Some(Some(SocketAddr::new(IpAddr::from(*address), port)))
        }
        // Not said, or a Unix socket.
        0x00 | 0x31 => Some(None),
        // Datagrams do not carry HTTP/1.1.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a header before something else: what it says, and what is left.
    async fn heard(bytes: &[u8]) -> Result<(Option<SocketAddr>, Vec<u8>), HeaderError> {
        let mut rest = bytes;
        let said = read(&mut rest).await?;
        Ok((said, rest.to_vec()))
    }

    fn block(command: u8, family: u8, content: &[u8]) -> Vec<u8> {
        let mut block = SIGNATURE.to_vec();
        block.extend([command, family]);
        block.extend((content.len() as u16).to_be_bytes());
        block.extend(content);
        block
    }

    const V4: [u8; 12] = [192, 0, 2, 7, 10, 0, 0, 1, 0xdc, 0x04, 1, 0xbb];

    fn v6() -> Vec<u8> {
        let mut content = Vec::new();
        content.extend("2001:db8::7".parse::<Ipv6Addr>().unwrap().octets());
        content.extend(Ipv6Addr::LOCALHOST.octets());
        content.extend([0xdc, 0x04, 1, 0xbb]);
        content
    }

    #[tokio::test]
    async fn both_versions_say_the_same_and_nothing_after_them_is_read() {
        let with_more = [&V4[..], &[0x04, 0, 3, 1, 2, 3]].concat();
        for (header, said) in [
            (
                b"PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n".to_vec(),
                "192.0.2.7:56324",
            ),
            (
                b"PROXY TCP6 2001:db8::7 ::1 56324 443\r\n".to_vec(),
                "[2001:db8::7]:56324",
            ),
            (block(0x21, 0x11, &V4), "192.0.2.7:56324"),
            (block(0x21, 0x11, &with_more), "192.0.2.7:56324"),
            (block(0x21, 0x21, &v6()), "[2001:db8::7]:56324"),
        ] {
            for rest in [
                &b""[..],
                b"\x16\x03\x01",
                b"PROXY UNKNOWN\r\n",
                b"\r\nGET / HTTP/1.1",
            ] {
                let bytes = [&header, rest].concat();
                let (found, left) = heard(&bytes).await.unwrap();
                assert_eq!(found.unwrap().to_string(), said, "{}", bytes.escape_ascii());
                assert_eq!(left, rest);
            }
        }
    }

    #[tokio::test]
    async fn a_header_may_say_nothing() {
        for header in [
            b"PROXY UNKNOWN\r\n".to_vec(),
            b"PROXY UNKNOWN ffff::1 ::1 1 2\r\n".to_vec(),
            block(0x20, 0x11, &V4),
            block(0x20, 0, &[]),
            block(0x21, 0, &[1, 2, 3]),
            block(0x21, 0x31, &[0; 216]),
        ] {
            assert_eq!(heard(&header).await.unwrap().0, None, "{}", header.escape_ascii());
        }
    }

    #[tokio::test]
    async fn headers_of_the_greatest_length_are_read_and_longer_ones_refused() {
        let line = |length: usize| format!("PROXY UNKNOWN {}\r\n", "x".repeat(length - 16)).into_bytes();
        assert!(heard(&line(107)).await.is_ok());
        assert!(matches!(heard(&line(108)).await, Err(HeaderError::TooLong)));
        assert!(matches!(
            heard(&[b"PROXY ".repeat(5000)].concat()).await,
            Err(HeaderError::TooLong)
        ));
        assert!(heard(&block(0x20, 0, &[0; 520])).await.is_ok());
        assert!(matches!(
            heard(&block(0x20, 0, &[0; 521])).await,
            Err(HeaderError::TooLong)
        ));
        assert!(matches!(
            heard(&block(0x20, 0, &[0; 65535])).await,
            Err(HeaderError::TooLong)
        ));
    }

    #[tokio::test]
    async fn what_is_no_header_is_missing() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"PROXYTCP4 1.1.1.1",
            b"proxy UNKNOWN\r\n",
            &[0x16; 20],
            &[0; 20],
        ] {
            assert!(
                matches!(heard(bytes).await, Err(HeaderError::Missing)),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    #[tokio::test]
    async fn malformed_headers_are_refused() {
        for line in [
            "TCP4 192.0.2.7 10.0.0.1 1\r\n",
            "TCP4 192.0.2.7 10.0.0.1 1 2 3\r\n",
            "TCP4 192.0.2.7 10.0.0.1 1 65536\r\n",
            "TCP4 192.0.2.7 10.0.0.1 01 2\r\n",
            "TCP4 192.0.2.7 10.0.0.1 +1 2\r\n",
            "TCP4 192.0.2.7 10.0.0.1 -1 2\r\n",
            "TCP4  192.0.2.7 10.0.0.1 1 2\r\n",
            "TCP4 192.0.2.7 10.0.0.1 1 2 \r\n",
            "TCP4 192.0.2.7 ::1 1 2\r\n",
            "TCP4 192.0.2 10.0.0.1 1 2\r\n",
            "TCP4 192.0.2.07 10.0.0.1 1 2\r\n",
            "TCP4 ::ffff:1.1.1.1 10.0.0.1 1 2\r\n",
            "TCP6 192.0.2.7 ::1 1 2\r\n",
            "TCP6 fe80::1%eth0 ::1 1 2\r\n",
            "UDP4 192.0.2.7 10.0.0.1 1 2\r\n",
            "UNKNOWNS\r\n",
            "TCP4 192.0.2.7 10.0.0.1 1 2\n\r\n",
            "TCP4 192.0.2.7\t10.0.0.1 1 2\r\n",
            " TCP4 192.0.2.7 10.0.0.1 1 2\r\n",
            "\r\n       \r\n",
        ] {
            let bytes = format!("PROXY {line}");
            assert!(
                matches!(heard(bytes.as_bytes()).await, Err(HeaderError::Malformed)),
                "{line:?}"
            );
        }
        let not_text = b"PROXY UNKNOWN \xff\xfe\r\n";
        assert!(matches!(heard(not_text).await, Err(HeaderError::Malformed)));
        for block in [
            block(0x21, 0x11, &V4[..11]),
            block(0x21, 0x11, &[]),
            block(0x21, 0x21, &v6()[..35]),
            block(0x21, 0x12, &V4),
            block(0x21, 0x99, &V4),
            block(0x22, 0x11, &V4),
            block(0x11, 0x11, &V4),
            block(0x01, 0x11, &V4),
        ] {
            assert!(
                matches!(heard(&block).await, Err(HeaderError::Malformed)),
                "{}",
                block.escape_ascii()
            );
        }
    }

    #[tokio::test]
    async fn a_header_that_is_cut_off_is_broken_wherever_that_is() {
        for header in [
            b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n".to_vec(),
            block(0x21, 0x21, &v6()),
        ] {
            for length in 0..header.len() {
                assert!(
                    matches!(heard(&header[..length]).await, Err(HeaderError::Io(_))),
                    "{length} bytes"
                );
            }
        }
    }
}
