//! Made-up bytes for the decoders that `linkspan::decoders` calls `references`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| linkspan::decoders::run("references", bytes));
