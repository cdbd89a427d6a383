//! Checked text: the macro that makes a string type which cannot hold a value that is out of its bounds.

use std::fmt;

/// Why a value was refused where it was parsed, in words for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub String);

impl Invalid {
    /// An error with these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

/// Checks a code that people write on labels: 1 to `most` characters, no comma (lists in queries are separated by
/// commas), no control character, no white space at either end.
///
/// # Errors
/// [`Invalid`], saying which rule is broken.
#[doc(hidden)]
pub fn check_code(value: &str, most: usize) -> Result<(), Invalid> {
    check_line(value, most)?;
    if value.contains(',') {
        return Err(Invalid::new("must not contain a comma"));
    }
    Ok(())
}

/// Checks a line of text: 1 to `most` characters, no control character, no white space at either end.
///
/// # Errors
/// [`Invalid`], saying which rule is broken.
#[doc(hidden)]
pub fn check_line(value: &str, most: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length == 0 || length > most {
        return Err(Invalid(format!("must have 1 to {most} characters")));
    }
    if value.chars().any(char::is_control) {
        return Err(Invalid::new("must not contain control characters"));
    }
    if value.trim() != value {
        return Err(Invalid::new("must not begin or end with white space"));
    }
    Ok(())
}

/// Checks the value of a write header: 1 to `most` visible ASCII characters.
///
/// # Errors
/// [`Invalid`], saying which rule is broken.
#[doc(hidden)]
pub fn check_header(value: &str, most: usize) -> Result<(), Invalid> {
    if value.is_empty() || value.len() > most {
        return Err(Invalid(format!("must have 1 to {most} characters")));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Invalid::new("must be visible ASCII characters"));
    }
    Ok(())
}

/// Checks text that is kept as it came: 1 to `most` characters, and none of them NUL.
///
/// # Errors
/// [`Invalid`], saying which rule is broken.
#[doc(hidden)]
pub fn check_opaque(value: &str, most: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length == 0 || length > most {
        return Err(Invalid(format!("must have 1 to {most} characters")));
    }
    if value.contains('\0') {
        return Err(Invalid::new("must not contain NUL"));
    }
    Ok(())
}

/// The rule of a check as a pattern of JSON Schema; lengths are said beside it. White space is that of Unicode.
#[doc(hidden)]
#[cfg(feature = "wire")]
pub fn pattern_of(check: &str) -> &'static str {
    match check {
        "check_header" => "^[!-~]+$",
        "check_opaque" => r"^[^\u0000]+$",
        "check_code" => {
            r"^[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000,]([^\u0000-\u001f\u007f-\u009f,]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000,])?$"
        }
        _ => {
            r"^[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]([^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])?$"
        }
    }
}

/// Declares a cheap-to-clone string type, checked by `$check(value, $most)` wherever one is made, JSON included.
/// The calling crate depends on serde.
#[macro_export]
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:path, $most:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text as it was given; case matters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Invalid;
            fn from_str(value: &str) -> Result<Self, $crate::Invalid> {
                $check(value, $most)?;
                Ok(Self(value.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Invalid;
            fn try_from(value: String) -> Result<Self, $crate::Invalid> {
                value.parse()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "wire")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let pattern = $crate::pattern_of(stringify!($check));
                schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": $most, "pattern": pattern })
            }
        }
    };
}
