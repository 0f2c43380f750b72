//! Made-up bytes for the decoders that `linkspan::decoders` calls `passkeys`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| linkspan::decoders::run("passkeys", bytes));
