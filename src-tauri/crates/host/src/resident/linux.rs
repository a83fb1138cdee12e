//! Linux: the program's own read-only mappings are dropped by `madvise`.
//!
//! Which ones those are is read from `/proc/self/smaps` (proc(5)). A mapping is dropped only if it is of the program's
//! file, cannot be written, and holds no page that differs from the file, in memory or in swap: what the loader has
//! relocated and then made read-only differs. Libraries are left alone, since one can be half loaded at any moment.

use std::ffi::c_void;
use std::io;
use std::path::Path;

use rustix::mm::{Advice, madvise};

/// Unmaps the program's code and constants; returns how many bytes of them were in memory.
pub(super) fn unmap_code() -> io::Result<usize> {
    let program = std::fs::read_link("/proc/self/exe")?;
    let maps = std::fs::read_to_string("/proc/self/smaps")?;
    let mut bytes = 0;
    for mapping in unwritten(&maps, &program) {
        unmap(&mapping)?;
        bytes += mapping.resident;
    }
    Ok(bytes)
}

#[allow(unsafe_code, reason = "Rust has no safe way to unmap")]
fn unmap(mapping: &Mapping) -> io::Result<()> {
    let start = std::ptr::with_exposed_provenance_mut::<c_void>(mapping.start);
    // SAFETY: the range is a private mapping of a file that cannot be written and has no page that differs from the
    // file, and the kernel made it when the program began, so nobody maps anything else there. What reads it next finds
    // the same bytes, from the file.
    unsafe { madvise(start, mapping.length, Advice::LinuxDontNeed) }?;
    Ok(())
}

/// A part of the address space, in bytes.
#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    start: usize,
    length: usize,
    resident: usize,
}

/// The mappings of this file that are the file and nothing else. What is not said to be so is not one.
fn unwritten(maps: &str, program: &Path) -> Vec<Mapping> {
    let mut found = Vec::new();
    // The mapping that the lines are about, as long as it can be one, and how much of it differs in memory.
    let mut candidate: Option<Mapping> = None;
    let mut differs = None;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (name, kib) = (
            words.next(),
            words.next().and_then(|kib| kib.parse::<usize>().ok()),
        );
        match (name, &mut candidate) {
            (Some("Rss:"), Some(mapping)) => mapping.resident = kib.unwrap_or_default() * 1024,
            (Some("Anonymous:"), Some(_)) => differs = kib,
            (Some("Swap:"), Some(_)) if (differs, kib) == (Some(0), Some(0)) => {
                found.extend(candidate.take())
            }
            (Some(name), _) if !name.ends_with(':') => {
                (candidate, differs) = (of_program(line, program), None)
            }
            _ => {}
        }
    }
    found
}

/// Reads a mapping's first line, `start-end permissions offset device inode path`.
fn of_program(line: &str, program: &Path) -> Option<Mapping> {
    let (range, rest) = line.split_once(' ')?;
    let (permissions, rest) = rest.split_once(' ')?;
    let path = rest.splitn(4, ' ').nth(3)?.trim_start();
    if !matches!(permissions, "r--p" | "r-xp") || Path::new(path) != program {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let length = usize::from_str_radix(end, 16).ok()?.checked_sub(start)?;
    Some(Mapping {
        start,
        length,
        resident: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
555500000000-555500100000 r--p 00000000 fe:00 42                         /opt/my app/ligand
Rss:                 512 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd mr mw me
555500100000-555500300000 r-xp 00100000 fe:00 42                         /opt/my app/ligand
Rss:                1024 kB
Anonymous:             0 kB
Swap:                  0 kB
555500300000-555500310000 r--p 00300000 fe:00 42                         /opt/my app/ligand
Rss:                  64 kB
Anonymous:            64 kB
Swap:                  0 kB
555500310000-555500318000 r--p 00310000 fe:00 42                         /opt/my app/ligand
Rss:                   0 kB
Anonymous:             0 kB
Swap:                 32 kB
555500320000-555500330000 rw-p 00320000 fe:00 42                         /opt/my app/ligand
Rss:                  64 kB
Anonymous:             0 kB
Swap:                  0 kB
7f0000000000-7f0000100000 r-xp 00000000 fe:00 43                         /usr/lib/libc.so.6
Rss:                 800 kB
Anonymous:             0 kB
Swap:                  0 kB
7f0000200000-7f0000300000 rw-p 00000000 00:00 0 
Rss:                 100 kB
";

    #[test]
    fn only_what_is_the_programs_file_and_nothing_else_is_unmapped() {
        let found = unwritten(MAPS, Path::new("/opt/my app/ligand"));
        let mapping = |start, length, resident| Mapping {
            start,
            length,
            resident,
        };
        assert_eq!(
            found,
            [
                mapping(0x5555_0000_0000, 0x10_0000, 512 * 1024),
                mapping(0x5555_0010_0000, 0x20_0000, 1024 * 1024),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        for maps in [
            "x",
            "9000-5000 r-xp 0 0 0 /x\nAnonymous: 0 kB\nSwap: 0 kB",
            "5000-9000 r-xp 0 0 0 /x\nAnonymous: some kB\nSwap: 0 kB",
            "5000-9000 r-xp 0 0 0 /x\nSwap: 0 kB",
            "5000-9000 r-xp 0 0 0 /x\nAnonymous: 0 kB",
        ] {
            assert_eq!(unwritten(maps, Path::new("/x")), [], "{maps}");
        }
    }

    #[test]
    fn code_that_was_unmapped_goes_on_working_and_less_is_in_memory() {
        let resident = || {
            let program = std::fs::read_link("/proc/self/exe").unwrap();
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            unwritten(&maps, &program)
                .iter()
                .map(|mapping| mapping.resident)
                .sum::<usize>()
        };
        let before = resident();
        assert!(unmap_code().unwrap() > 0);
        assert!(resident() < before);
    }
}
