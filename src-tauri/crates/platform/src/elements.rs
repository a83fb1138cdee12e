//! A long JSON array taken apart as it comes, so that a list of an org of any size never stands in memory as a whole.
//! Bytes in, elements out: no I/O. What an element is, its reader judges.

use crate::error::Kind;

/// The longest element: a workspace with a large card has a tenth of it.
const MAX_ELEMENT: usize = 1 << 20;
/// The longest list.
const MAX_LIST: usize = 128 << 20;

/// Where in the array the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Within,
    After,
}

/// Takes an array apart.
#[derive(Debug)]
pub(crate) struct Elements {
    place: Place,
    /// Brackets that are open within the element.
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// A comma has come, and so another element must.
    owed: bool,
    element: Vec<u8>,
    length: usize,
}

impl Elements {
    pub(crate) fn new() -> Self {
        Self {
            place: Place::Before,
            depth: 0,
            in_text: false,
            escaped: false,
            owed: false,
            element: Vec::new(),
            length: 0,
        }
    }

    /// Takes the next bytes; each element that ends in them is handed on.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        self.length += bytes.len();
        if self.length > MAX_LIST {
            return Err(too_long(MAX_LIST));
        }
        for &byte in bytes {
            match self.place {
                Place::Within => self.within(byte, &mut take)?,
                _ if byte.is_ascii_whitespace() => {}
                Place::Before if byte == b'[' => self.place = Place::Within,
                Place::Before | Place::After => return Err(no_list()),
            }
        }
        Ok(())
    }

    /// The array must have ended.
    pub(crate) fn end(&self) -> Result<(), Kind> {
        match self.place {
            Place::After => Ok(()),
            Place::Before | Place::Within => Err(no_list()),
        }
    }

    fn within(&mut self, byte: u8, take: &mut impl FnMut(&[u8]) -> Result<(), Kind>) -> Result<(), Kind> {
        if self.in_text {
            self.in_text = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth += 1,
                b',' | b']' if self.depth == 0 => {
                    let is_last = byte == b']';
                    let is_blank = self.element.iter().all(u8::is_ascii_whitespace);
                    if !is_blank {
                        take(&self.element)?;
                        self.element.clear();
                    } else if !is_last || self.owed {
                        return Err(no_list());
                    }
                    self.owed = !is_last;
                    if is_last {
                        self.place = Place::After;
                    }
                    return Ok(());
                }
                b'}' | b']' => self.depth = self.depth.checked_sub(1).ok_or_else(no_list)?,
                _ => {}
            }
        }
        if self.element.len() >= MAX_ELEMENT {
            return Err(too_long(MAX_ELEMENT));
        }
        self.element.push(byte);
        Ok(())
    }
}

fn no_list() -> Kind {
    Kind::Protocol("it is no JSON list".to_owned())
}

fn too_long(most: usize) -> Kind {
    Kind::Protocol(format!("it is longer than {} MiB", most >> 20))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn elements(pieces: &[&[u8]]) -> Result<Vec<Value>, Kind> {
        let (mut reader, mut found) = (Elements::new(), Vec::new());
        for piece in pieces {
            reader.push(piece, |element| {
                found.push(serde_json::from_slice(element).map_err(|_| no_list())?);
                Ok(())
            })?;
        }
        reader.end()?;
        Ok(found)
    }

    #[test]
    fn a_list_comes_apart_wherever_it_is_cut() {
        let list = json!([{"a": "x,]}\"\\", "b": [[], {}]}, 7, "[", null, []]);
        let text = format!(" {} \n", serde_json::to_string_pretty(&list).unwrap());
        for cut in 0..text.len() {
            let (one, two) = text.as_bytes().split_at(cut);
            assert_eq!(Value::Array(elements(&[one, two]).unwrap()), list, "{cut}");
        }
        assert_eq!(elements(&[b"[ ]"]).unwrap(), Vec::<Value>::new());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "", "{}", "[", "[1", "[1,", "[,]", "[1]]", "[1] 2", "[}]", "[\"", "[1,,2]", "[1,]", "null",
        ] {
            assert!(elements(&[text.as_bytes()]).is_err(), "{text}");
        }
    }

    #[test]
    fn an_element_without_end_is_refused() {
        let mut reader = Elements::new();
        let long = vec![b'1'; MAX_ELEMENT];
        reader.push(b"[", |_| Ok(())).unwrap();
        reader.push(&long, |_| Ok(())).unwrap();
        assert!(reader.push(b"1", |_| Ok(())).is_err());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_a_list_exactly_if_a_json_reader_takes_it_for_one(text in "[\\[\\]{},:\"a1 \\\\]{0,24}") {
            let whole = serde_json::from_str::<Vec<Value>>(&text).ok();
            let apart = elements(&[text.as_bytes()]).ok();
            prop_assert_eq!(apart, whole);
        }
    }
}
