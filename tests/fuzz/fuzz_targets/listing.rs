//! Made-up bytes for the decoders that `hub::decoders` calls `listing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| linkspan::hub::decoders::run("listing", bytes));
