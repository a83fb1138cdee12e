//! The fuzzer's loop around the target `http`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ligand_fuzz::http(data));
