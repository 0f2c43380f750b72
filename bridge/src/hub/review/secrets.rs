//! What looks like a secret by what is in a file: keys, and tokens of the forms that their makers have published so that they can
//! be found. Pure.

/// Bytes of a file that are looked at: secrets are in small files, or near the beginning.
pub const LOOKED_AT: usize = 1 << 20;

/// What it is, how it begins, and how many characters of a token's follow at least.
const TOKENS: &[(&str, &[u8], usize)] = &[
    ("an AWS access key", b"AKIA", 16),
    ("an AWS access key", b"ASIA", 16),
    ("a GitHub token", b"ghp_", 36),
    ("a GitHub token", b"gho_", 36),
    ("a GitHub token", b"ghu_", 36),
    ("a GitHub token", b"ghs_", 36),
    ("a GitHub token", b"ghr_", 36),
    ("a GitHub token", b"github_pat_", 60),
    ("a GitLab token", b"glpat-", 20),
    ("a Slack token", b"xoxb-", 20),
    ("a Slack token", b"xoxp-", 20),
    ("a Slack token", b"xapp-", 20),
    ("a Google API key", b"AIza", 35),
    ("a Stripe key", b"sk_live_", 24),
    ("a Stripe key", b"rk_live_", 24),
    ("an npm token", b"npm_", 36),
    ("a PyPI token", b"pypi-AgEIcHlwaS5vcmc", 50),
    ("a Docker Hub token", b"dckr_pat_", 27),
];

/// RFC 7468 and OpenSSH's own.
const KEY_BEGINS: &[u8] = b"-----BEGIN ";
const KEY_ENDS: &[u8] = b"PRIVATE KEY-----";
/// Between the two: `ENCRYPTED `, `RSA `, `OPENSSH `.
const KEY_KIND: usize = 24;

pub fn secret_in(bytes: &[u8]) -> Option<&'static str> {
    let bytes = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    (0..bytes.len()).find_map(|at| {
        let rest = bytes.get(at..)?;
        if let Some(kind) = rest.strip_prefix(KEY_BEGINS) {
            let line = kind.get(..KEY_KIND + KEY_ENDS.len()).unwrap_or(kind);
            return line.windows(KEY_ENDS.len()).any(|window| window == KEY_ENDS).then_some("a private key");
        }
        // A part of a longer word is none.
        if at > 0 && bytes.get(at - 1).is_some_and(is_part) {
            return None;
        }
        let fits = |(_, begins, follow): &&(&str, &[u8], usize)| {
            rest.strip_prefix(*begins).is_some_and(|token| token.iter().take_while(|byte| is_part(byte)).take(*follow).count() == *follow)
        };
        TOKENS.iter().find(fits).map(|(what, ..)| *what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_keys_are_known_by_their_form() {
        let token = |begin: &str, more: usize| format!("export TOKEN={begin}{}\n", "a1B2".repeat(more / 4 + 1));
        for (text, found) in [
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl".to_owned(), Some("a private key")),
            ("x\n-----BEGIN PRIVATE KEY-----\n".to_owned(), Some("a private key")),
            ("-----BEGIN PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----".to_owned(), None),
            (token("ghp_", 36), Some("a GitHub token")),
            (token("AKIA", 16), Some("an AWS access key")),
            ("ghp_short".to_owned(), None),
            ("a paragraph of words about AKIA and ghp_ and xoxb-".to_owned(), None),
            (format!("{}AKIA{}", "w".repeat(40), "A".repeat(40)), None),
            (String::new(), None),
        ] {
            assert_eq!(secret_in(text.as_bytes()), found, "{text}");
        }
    }
}
