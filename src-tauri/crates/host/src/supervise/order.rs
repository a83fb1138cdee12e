//! What a guard is told to start: program, arguments, folder and environment, as bytes on its way to it.
//!
//! It travels over a socket and never in arguments or in the guard's own environment, which other processes can read.
//! None of its parts can have a zero byte, so zero bytes part them; the length stands in front.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read},
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
};

use zeroize::Zeroizing;

use super::environment::Environment;

/// More than Linux takes for a program's start, by default.
const LIMIT: u32 = 8 << 20;

/// A program to start.
pub(super) struct Order {
    pub(super) argv: Vec<OsString>,
    pub(super) dir: OsString,
    pub(super) env: Vec<(OsString, Zeroizing<Vec<u8>>)>,
}

impl Order {
    /// The order as it travels.
    pub(super) fn bytes(argv: &[impl AsRef<OsStr>], dir: &OsStr, env: &Environment) -> Zeroizing<Vec<u8>> {
        let argv: Vec<&OsStr> = argv.iter().map(AsRef::as_ref).collect();
        // Room at once: growing would leave copies behind.
        let size: usize = argv.iter().map(|text| text.len() + 1).sum::<usize>()
            + dir.len()
            + env
                .iter()
                .map(|(name, value)| name.len() + value.len() + 2)
                .sum::<usize>()
            + 32;
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(argv.len().to_string().as_bytes());
        let parts = argv.iter().map(|text| text.as_bytes()).chain([dir.as_bytes()]);
        for part in parts {
            bytes.push(0);
            bytes.extend_from_slice(part);
        }
        for (name, value) in env.iter() {
            bytes.push(0);
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b'=');
            bytes.extend_from_slice(value.as_bytes());
        }
        let length = u32::try_from(bytes.len() - 4).unwrap_or(u32::MAX);
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        bytes
    }

    /// Reads one.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > LIMIT {
            return Err(broken());
        }
        let mut bytes = Zeroizing::new(vec![0; length as usize]);
        from.read_exact(&mut bytes)?;
        let mut parts = bytes.split(|byte| *byte == 0);
        let count = parts
            .next()
            .and_then(|count| std::str::from_utf8(count).ok()?.parse::<usize>().ok());
        let text = |part: &[u8]| OsString::from_vec(part.to_vec());
        let argv: Vec<OsString> = parts.by_ref().take(count.ok_or_else(broken)?).map(text).collect();
        let dir = parts.next().map(text).ok_or_else(broken)?;
        let variables = parts.map(|part| {
            let end = part
                .iter()
                .position(|byte| *byte == b'=')
                .filter(|end| *end > 0)?;
            Some((text(&part[..end]), Zeroizing::new(part[end + 1..].to_vec())))
        });
        let env = variables.collect::<Option<Vec<_>>>().ok_or_else(broken)?;
        if argv.is_empty() {
            return Err(broken());
        }
        Ok(Self { argv, dir, env })
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no order of a host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_arrives_as_it_was_sent() {
        let odd = OsString::from_vec(vec![b'x', 0xff]);
        let env = Environment::inherited(
            [
                ("A".into(), "b=c".into()),
                ("E".into(), "".into()),
                ("ODD".into(), odd.clone()),
            ]
            .into_iter(),
        );
        let argv = ["python".to_owned(), String::new(), "a b\n".to_owned()];
        let bytes = Order::bytes(&argv, OsStr::new("/w ü"), &env);
        let order = Order::read(&mut bytes.as_slice()).unwrap();
        assert_eq!(order.argv, ["python", "", "a b\n"]);
        assert_eq!(order.dir, "/w ü");
        let env: Vec<_> = order
            .env
            .iter()
            .map(|(name, value)| (name.to_str().unwrap(), value.as_slice()))
            .collect();
        assert_eq!(
            env,
            [("A", b"b=c".as_slice()), ("E", b""), ("ODD", odd.as_bytes())]
        );
    }

    #[test]
    fn what_is_no_order_is_refused() {
        for bytes in [
            b"".as_slice(),
            b"\0\0",
            b"\xff\xff\xff\xff",
            b"\0\0\0\x02x\0",
            b"\0\0\0\x011",
            b"\0\0\0\x050\0/\0A",
            b"\0\0\0\x071\0a\0/\0A",
            b"\0\0\0\x081\0a\0/\0=B",
        ] {
            assert!(Order::read(&mut &*bytes).is_err(), "{bytes:?}");
        }
    }
}
