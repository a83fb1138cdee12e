//! The fuzzer's loop around the target `card`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ligand_fuzz::card(data));
