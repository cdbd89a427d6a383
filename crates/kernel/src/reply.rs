//! Answers as they are stored, and the fingerprint that tells whether a repeat asks for the same thing.

use sha2::{Digest, Sha256};

/// SHA-256 over method, path with query, If-Match and raw body, each with its length before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of these parts, in this order; moving a byte from one part to the next changes it.
    pub fn of(parts: &[&[u8]]) -> Self {
        let hash = parts.iter().fold(Sha256::new(), |hash, part| {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.chain_update(length.to_be_bytes()).chain_update(part)
        });
        Self(hash.finalize().into())
    }
}

/// An answer, rendered before COMMIT and stored with the effects, so that a repeat gets the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers that belong to the answer itself (Location, ETag), not to the attempt.
    pub headers: Vec<(String, String)>,
    /// The body, as it goes out.
    pub body: Vec<u8>,
    /// Whether this is a stored answer, given again. Never stored itself.
    pub replayed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"a", b"bc"]));
        assert_eq!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"ab", b"c"]));
    }
}
