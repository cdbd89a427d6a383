//! Why a scan was refused: one enum, each variant with a stable code and a sentence for the person with the scanner.

use std::fmt;

use crate::{Ai, Symbology};

/// Why what was scanned (or what should be printed) cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanRefusal {
    /// Nothing was scanned.
    Empty,
    /// More than [`crate::MOST_BYTES`].
    TooLong {
        /// How much there is.
        bytes: usize,
    },
    /// GS1 data is ASCII, and this is not.
    NotAscii {
        /// The first that is not.
        character: char,
    },
    /// A character that nobody can print, in what is no GS1 data.
    ControlCharacter {
        /// The first of them.
        character: char,
    },
    /// A symbology identifier (`]` and two characters) that is not known, or none where one is needed.
    UnknownIdentifier {
        /// What stands there.
        identifier: String,
    },
    /// Digits and nothing else are wanted.
    NotDigits {
        /// What is there.
        text: String,
    },
    /// The symbology has another number of digits.
    BadLength {
        /// What was scanned.
        symbology: Symbology,
        /// How many digits there are.
        found: usize,
    },
    /// The check digit (or the pair of check characters) does not fit: a misread, or a mistyped code.
    BadCheckDigit {
        /// The digits as read.
        digits: String,
        /// What would fit.
        expected: String,
    },
    /// Element strings are wanted, and there is none.
    NoElements,
    /// No application identifier begins so.
    UnknownAi {
        /// What stands where one is wanted.
        text: String,
    },
    /// The value is not one that this application identifier may have.
    BadAiValue {
        /// The identifier.
        ai: Ai,
        /// The value as read.
        value: String,
        /// What is wrong.
        why: String,
    },
    /// The same application identifier says two things.
    RepeatedAi {
        /// The identifier.
        ai: Ai,
    },
    /// The form with brackets is broken.
    BadBrackets {
        /// Where.
        text: String,
    },
    /// A web address that is no GS1 Digital Link.
    NotADigitalLink {
        /// What is missing.
        why: String,
    },
    /// An application identifier in a place of a Digital Link where it must not be.
    MisplacedAi {
        /// The identifier.
        ai: Ai,
        /// What is wrong.
        why: &'static str,
    },
    /// An application identifier that says nothing without another.
    AiMissing {
        /// The identifier that is there.
        ai: Ai,
        /// What should be there, too: one of these.
        wanted: String,
    },
    /// Two application identifiers that contradict each other.
    AiExcluded {
        /// The one.
        ai: Ai,
        /// The other.
        other: Ai,
    },
    /// A code that begins as one of our own and does not go on as one.
    BadOwnCode {
        /// What is wrong.
        why: String,
    },
    /// The symbology cannot carry this.
    CannotCarry {
        /// The symbology.
        symbology: Symbology,
        /// Why not.
        why: &'static str,
    },
}

impl ScanRefusal {
    /// Stable, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::NotAscii { .. } => "not_ascii",
            Self::ControlCharacter { .. } => "control_character",
            Self::UnknownIdentifier { .. } => "unknown_symbology",
            Self::NotDigits { .. } => "not_digits",
            Self::BadLength { .. } => "bad_length",
            Self::BadCheckDigit { .. } => "bad_check_digit",
            Self::NoElements => "no_elements",
            Self::UnknownAi { .. } => "unknown_ai",
            Self::BadAiValue { .. } => "bad_ai_value",
            Self::RepeatedAi { .. } => "repeated_ai",
            Self::BadBrackets { .. } => "bad_brackets",
            Self::NotADigitalLink { .. } => "not_a_digital_link",
            Self::MisplacedAi { .. } => "misplaced_ai",
            Self::AiMissing { .. } => "ai_missing",
            Self::AiExcluded { .. } => "ai_excluded",
            Self::BadOwnCode { .. } => "bad_own_code",
            Self::CannotCarry { .. } => "cannot_carry",
        }
    }
}

/// A text as a sentence shows it: quoted, and not longer than one reads.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 100;
        match self.0.char_indices().nth(MOST) {
            Some((end, _)) => write!(f, "{:?}…", self.0.get(..end).unwrap_or_default()),
            None => write!(f, "{:?}", self.0),
        }
    }
}

impl fmt::Display for ScanRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Nothing was scanned."),
            Self::TooLong { bytes } => {
                write!(f, "The scan has {bytes} bytes; at most {} are read.", crate::MOST_BYTES)
            }
            Self::NotAscii { character } => {
                write!(f, "The character {character:?} cannot be in GS1 data: it is not ASCII.")
            }
            Self::ControlCharacter { character } => {
                write!(f, "The control character {character:?} cannot be in a code.")
            }
            Self::UnknownIdentifier { identifier } => {
                write!(f, "{} is not the identifier of a symbology that is known here.", Shown(identifier))
            }
            Self::NotDigits { text } => write!(f, "{} must be digits only.", Shown(text)),
            Self::BadLength { symbology, found } => {
                write!(f, "A code of {symbology} cannot have {found} digits.")
            }
            Self::BadCheckDigit { digits, expected } => {
                write!(f, "The check digit of {digits} does not fit; {expected} would. Scan it again.")
            }
            Self::NoElements => f.write_str("There is no application identifier."),
            Self::UnknownAi { text } => write!(f, "No application identifier begins with {}.", Shown(text)),
            Self::BadAiValue { ai, value, why } => write!(f, "({ai}) cannot be {}: {why}.", Shown(value)),
            Self::RepeatedAi { ai } => write!(f, "({ai}) is there more than once."),
            Self::BadBrackets { text } => {
                write!(f, "An application identifier in brackets is wanted at {}.", Shown(text))
            }
            Self::NotADigitalLink { why } => write!(f, "This is no GS1 Digital Link: {why}."),
            Self::MisplacedAi { ai, why } => write!(f, "({ai}) {why}."),
            Self::AiMissing { ai, wanted } => write!(f, "({ai}) needs one of {wanted} beside it."),
            Self::AiExcluded { ai, other } => write!(f, "({ai}) and ({other}) exclude each other."),
            Self::BadOwnCode { why } => write!(f, "This is no code of ours: {why}."),
            Self::CannotCarry { symbology, why } => write!(f, "{symbology} cannot carry this: {why}."),
        }
    }
}

impl std::error::Error for ScanRefusal {}
