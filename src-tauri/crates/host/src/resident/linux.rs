//! Linux: read-only mappings of code are dropped by `madvise`.
//!
//! Which ones may be is said twice. The loader lists what it has loaded, whole, and which parts of it nobody may write
//! (`dl_iterate_phdr`, under the loader's own lock, so that nothing is unloaded meanwhile and nothing half loaded is
//! listed). And `/proc/self/smaps` (proc(5)) says which mappings hold no page that differs from their file, in memory or
//! in swap. What is both is the file and nothing else.

use std::ffi::{c_int, c_void};
use std::io;
use std::ops::Range;

use rustix::mm::{Advice, madvise};

/// Unmaps code and constants, and gives back what the allocator has kept; returns how many bytes of code were in
/// memory.
pub(super) fn let_go() -> io::Result<usize> {
    trim();
    let maps = std::fs::read_to_string("/proc/self/smaps")?;
    let mut walk = Walk {
        unwritten: unwritten(&maps),
        bytes: 0,
        failed: None,
    };
    each_loaded(&mut walk);
    match walk.failed {
        Some(error) => Err(error),
        None => Ok(walk.bytes),
    }
}

/// Has the allocator give back what is free.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code, reason = "the C library's own call")]
fn trim() {
    // SAFETY: it may be called at any time, and touches nothing that is in use.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn trim() {}

/// What is done with everything that is loaded.
struct Walk {
    unwritten: Vec<Mapping>,
    bytes: usize,
    failed: Option<io::Error>,
}

impl Walk {
    /// A part of a loaded file that nobody may write: unmaps what it is mapped by.
    fn read_only(&mut self, part: &Range<usize>) {
        for mapping in &self.unwritten {
            let is_inside = mapping.start >= part.start && mapping.start + mapping.length <= part.end;
            if !is_inside {
                continue;
            }
            match unmap(mapping) {
                Ok(()) => self.bytes += mapping.resident,
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

#[allow(unsafe_code, reason = "the loader's own list")]
fn each_loaded(walk: &mut Walk) {
    // SAFETY: the callback gets back the pointer to `walk`, which outlives the call and is used by nobody else.
    unsafe { libc::dl_iterate_phdr(Some(loaded), std::ptr::from_mut(walk).cast()) };
}

#[allow(unsafe_code, reason = "the loader's own list")]
unsafe extern "C" fn loaded(info: *mut libc::dl_phdr_info, _size: usize, walk: *mut c_void) -> c_int {
    // SAFETY: the loader passes its own entry, valid during the call, and the pointer that `each_loaded` gave it.
    let (info, walk) = unsafe { (&*info, &mut *walk.cast::<Walk>()) };
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the entry says where its headers are and how many.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            walk.read_only(&pages(info.dlpi_addr, header.p_vaddr, header.p_memsz));
        }
    }
    0
}

/// The pages of a part of a file that is loaded at `base`.
fn pages(base: u64, address: u64, length: u64) -> Range<usize> {
    let page = page_size();
    let at = |address: u64| usize::try_from(address).unwrap_or(usize::MAX);
    let (start, end) = (
        at(base.wrapping_add(address)),
        at(base.wrapping_add(address + length)),
    );
    start / page * page..end.div_ceil(page).saturating_mul(page)
}

#[allow(unsafe_code, reason = "the C library's own call")]
fn page_size() -> usize {
    // SAFETY: it reads a constant of the system.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

#[allow(unsafe_code, reason = "Rust has no safe way to unmap")]
fn unmap(mapping: &Mapping) -> io::Result<()> {
    let start = std::ptr::with_exposed_provenance_mut::<c_void>(mapping.start);
    // SAFETY: the range is a private mapping of a file that cannot be written and has no page that differs from the
    // file, and a part of something loaded that stays so during the call. What reads it next finds the same bytes,
    // from the file.
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

/// The mappings that are a file's and nothing else. What is not said to be so is not one.
fn unwritten(maps: &str) -> Vec<Mapping> {
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
            (Some(name), _) if !name.ends_with(':') => (candidate, differs) = (of_file(line), None),
            _ => {}
        }
    }
    found
}

/// Reads a mapping's first line, `start-end permissions offset device inode path`.
fn of_file(line: &str) -> Option<Mapping> {
    let (range, rest) = line.split_once(' ')?;
    let (permissions, rest) = rest.split_once(' ')?;
    let path = rest.splitn(4, ' ').nth(3)?.trim_start();
    if !matches!(permissions, "r--p" | "r-xp") || !path.starts_with('/') {
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
7fff00000000-7fff00002000 r-xp 00000000 00:00 0                          [vdso]
Rss:                   4 kB
Anonymous:             0 kB
Swap:                  0 kB
Swap:                  0 kB
7f0000200000-7f0000300000 rw-p 00000000 00:00 0 
Rss:                 100 kB
";

    #[test]
    fn only_what_is_a_file_and_nothing_else_is_unmapped() {
        let found = unwritten(MAPS);
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
                mapping(0x7f00_0000_0000, 0x10_0000, 800 * 1024),
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
            assert_eq!(unwritten(maps), [], "{maps}");
        }
    }

    #[test]
    fn code_that_was_unmapped_goes_on_working_and_less_is_in_memory() {
        let resident = || {
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            let sizes = unwritten(&maps).into_iter().map(|mapping| mapping.resident);
            sizes.sum::<usize>()
        };
        let before = resident();
        assert!(let_go().unwrap() > 0);
        assert!(resident() < before);
    }
}
