//! Percent-encoding of the parts of a Digital Link (RFC 3986).

/// The bytes that a part of a web address stands for. What is no whole escape stays as it is; in a query, `+` is a
/// space.
pub fn percent_decode(text: &str, in_query: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = if *first == b'%' { escaped(after) } else { None };
        match escape {
            Some((byte, behind)) => {
                bytes.push(byte);
                rest = behind;
            }
            None => {
                bytes.push(if in_query && *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    bytes
}

fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    let digits =
        str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
}

/// The part of a web address that stands for this text; in a query, a space becomes `+`.
pub fn percent_encode(text: &str, in_query: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            b' ' if in_query => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_escapes_stay() {
        for (text, decoded) in
            [("A%4fB", "AOB"), ("A%4", "A%4"), ("%", "%"), ("%%41", "%A"), ("%+1", "%+1"), ("a+b", "a+b")]
        {
            assert_eq!(percent_decode(text, false), decoded.as_bytes(), "{text}");
        }
        assert_eq!(percent_decode("a+b%2B", true), b"a b+");
        assert_eq!(percent_decode("%ff", true), [0xFF]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(text in any::<String>(), in_query in any::<bool>()) {
            let encoded = percent_encode(&text, in_query);
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(percent_decode(&encoded, in_query), text.into_bytes());
        }
    }
}
