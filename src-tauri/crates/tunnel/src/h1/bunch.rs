//! Pieces of a body that are written together, none of them copied: one system call for all of them.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// About so much is written together: what costs a system call little beside the copying that it does.
const BUNCH_BYTES: usize = 64 * 1024;
/// Most pieces of a bunch.
const MOST_PIECES: usize = 8;
/// Most slices that are written together: a bunch, and what goes before it.
pub(super) const MOST_SLICES: usize = MOST_PIECES + 1;

/// See the module. None of the pieces is empty.
#[derive(Debug, Default)]
pub(crate) struct Bunch {
    pieces: VecDeque<Bytes>,
    bytes: usize,
}

impl Bunch {
    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.bytes += piece.len();
            self.pieces.push_back(piece);
        }
    }

    /// Whether it should be written before another piece comes to it.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= BUNCH_BYTES || self.pieces.len() >= MOST_PIECES
    }
}

impl Buf for Bunch {
    fn remaining(&self) -> usize {
        self.bytes
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let both = slices.iter_mut().zip(&self.pieces);
        both.map(|(slice, piece)| *slice = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, mut count: usize) {
        self.bytes -= count;
        while let Some(first) = self.pieces.front_mut() {
            if count < first.len() {
                first.advance(count);
                return;
            }
            count -= first.len();
            self.pieces.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bunch(pieces: &[&'static str]) -> Bunch {
        let mut bunch = Bunch::default();
        for piece in pieces {
            bunch.push(Bytes::from_static(piece.as_bytes()));
        }
        bunch
    }

    #[test]
    fn all_pieces_are_there_in_order_however_they_are_taken() {
        for step in 1..=9 {
            let (mut bunch, mut taken) = (bunch(&["ab", "", "c", "defg", "hi"]), Vec::new());
            while bunch.has_remaining() {
                let mut slices = [IoSlice::new(&[]); MOST_SLICES];
                let many = bunch.chunks_vectored(&mut slices);
                assert_eq!(*bunch.chunk(), *slices[0]);
                let whole: Vec<u8> = slices[..many]
                    .iter()
                    .flat_map(|slice| &**slice)
                    .copied()
                    .collect();
                assert_eq!(whole.len(), bunch.remaining());
                let step = step.min(whole.len());
                taken.extend_from_slice(&whole[..step]);
                bunch.advance(step);
            }
            assert_eq!(taken, b"abcdefghi");
        }
    }

    #[test]
    fn it_is_full_with_many_bytes_and_with_many_pieces() {
        assert!(!bunch(&["a"; MOST_PIECES - 1]).is_full());
        assert!(bunch(&["a"; MOST_PIECES]).is_full());
        let mut long = bunch(&["a"]);
        long.push(vec![0; BUNCH_BYTES - 1].into());
        assert!(long.is_full());
    }
}
