//! Names that are bytes, as file names are, as texts: nothing is merged and nothing lost.
//!
//! What is no UTF-8 stands for itself as a character of a private use area, `U+EF80` for byte 0x80 to `U+EFFF` for 0xFF; so
//! do the bytes of such a character where it really is part of a name. Both ways are exact, as with Python's
//! `surrogateescape` (PEP 383), which no UTF-8 text could hold.

/// Byte 0x80.
const FIRST: u32 = 0xef80;

fn stand_in(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte) - 0x80).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for.
pub fn byte_of(char: char) -> Option<u8> {
    u32::from(char).checked_sub(FIRST).filter(|offset| *offset < 0x80).and_then(|offset| u8::try_from(offset + 0x80).ok())
}

pub fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let escape = |text: &mut String, bytes: &[u8]| {
        // Bytes below 0x80 are always valid.
        text.extend(bytes.iter().map(|byte| if *byte < 0x80 { char::from(*byte) } else { stand_in(*byte) }));
    };
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match byte_of(char) {
                Some(_) => escape(&mut text, char.encode_utf8(&mut [0; 4]).as_bytes()),
                None => text.push(char),
            }
        }
        escape(&mut text, chunk.invalid());
    }
    text
}

pub fn to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for char in text.chars() {
        match byte_of(char) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// For people and for files of theirs: `caf\xE9`.
pub fn shown(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, char| {
        match byte_of(char) {
            Some(byte) => shown.push_str(&format!("\\x{byte:02X}")),
            None => shown.push(char),
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_all_kinds() {
        assert_eq!(to_text("日本\n".as_bytes()), "日本\n");
        assert_eq!(shown(&to_text(b"caf\xe9")), "caf\\xE9");
        assert_ne!(to_text(b"a\xff"), to_text(b"a\xfe"));
        assert_eq!(to_bytes(&to_text("\u{efff}".as_bytes())), "\u{efff}".as_bytes());
        assert_ne!(to_text("\u{efff}".as_bytes()), to_text(b"\xff"));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(to_bytes(&to_text(&bytes)), bytes);
        }

        #[test]
        fn characters_come_back(text in "\\PC*") {
            prop_assert_eq!(to_bytes(&to_text(text.as_bytes())), text.as_bytes());
        }
    }
}
