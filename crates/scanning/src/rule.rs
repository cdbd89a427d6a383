//! What the table of application identifiers asks of a part of a value beyond its characters and its length, by the
//! names of the table.
//!
//! Not looked up, because the lists are somebody else's: company prefixes (only that four digits lead), package types
//! (only their characters), the inside of coupon codes (only that they are digits).

use crate::{codes, gtin};

/// What is wrong with a value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The check digit, or the pair of check characters.
    Check {
        /// What would fit.
        expected: String,
    },
    /// Anything else, as the end of a sentence that begins with the value.
    Other(String),
}

/// One such check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The last digit is the check digit.
    CheckDigit,
    /// The last two characters check the rest.
    CheckPair,
    /// A company prefix begins after so many characters.
    Prefix(usize),
    /// Year, month, and day or 00 for the last one of the month.
    DayOrMonth,
    /// Year of two digits, month, day.
    Day,
    /// Year of four digits, month, day.
    LongDay,
    HourMinute,
    Hour,
    /// 00 to 59.
    Sixty,
    Country,
    /// A country, or 999.
    CountryOrSeveral,
    CountryLetters,
    Currency,
    NotZero,
    Zero,
    NoLeadingZero,
    Winding,
    /// Two digits of a piece, two of how many there are.
    PieceOfTotal,
    PercentEncoded,
    YesNo,
    Latitude,
    Longitude,
    Hyphen,
    ImporterIndex,
    PackageType,
    MediaType,
    Sex,
    /// `1/3`: the first of three.
    PlaceInOrder,
    Iban,
    Digits,
    NotOnlyDigits,
}

const NAMES: &[(&str, Rule)] = &[
    ("csum", Rule::CheckDigit),
    ("csumalpha", Rule::CheckPair),
    ("gcppos1", Rule::Prefix(0)),
    ("gcppos2", Rule::Prefix(1)),
    ("yymmd0", Rule::DayOrMonth),
    ("yymmdd", Rule::Day),
    ("yyyymmdd", Rule::LongDay),
    ("hhmi", Rule::HourMinute),
    ("hh", Rule::Hour),
    ("mi", Rule::Sixty),
    ("ss", Rule::Sixty),
    ("iso3166", Rule::Country),
    ("iso3166999", Rule::CountryOrSeveral),
    ("iso3166alpha2", Rule::CountryLetters),
    ("iso4217", Rule::Currency),
    ("nonzero", Rule::NotZero),
    ("zero", Rule::Zero),
    ("nozeroprefix", Rule::NoLeadingZero),
    ("winding", Rule::Winding),
    ("pieceoftotal", Rule::PieceOfTotal),
    ("pcenc", Rule::PercentEncoded),
    ("yesno", Rule::YesNo),
    ("latitude", Rule::Latitude),
    ("longitude", Rule::Longitude),
    ("hyphen", Rule::Hyphen),
    ("importeridx", Rule::ImporterIndex),
    ("packagetype", Rule::PackageType),
    ("mediatype", Rule::MediaType),
    ("iso5218", Rule::Sex),
    ("posinseqslash", Rule::PlaceInOrder),
    ("iban", Rule::Iban),
    ("couponcode", Rule::Digits),
    ("couponposoffer", Rule::Digits),
    ("hasnondigit", Rule::NotOnlyDigits),
];

impl Rule {
    /// The rule of this name in the table.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule)
    }

    /// Checks a part whose characters and length are right.
    pub(crate) fn check(self, part: &str) -> Result<(), Fault> {
        if self == Self::CheckDigit {
            return check_digit(part);
        }
        if self == Self::CheckPair {
            return check_pair(part);
        }
        if self.holds(part) { Ok(()) } else { Err(Fault::Other(self.wanted().to_owned())) }
    }

    fn holds(self, part: &str) -> bool {
        let number = part.parse::<u64>().ok();
        match self {
            // Checked where they are called: they say what would fit.
            Self::CheckDigit | Self::CheckPair => true,
            Self::Prefix(skipped) => {
                part.get(skipped..).and_then(|prefix| prefix.get(..4)).is_some_and(gtin::is_digits)
            }
            Self::DayOrMonth => part.get(4..) == Some("00") && is_month(part.get(2..4)) || is_day(part),
            Self::Day => is_day(part),
            Self::LongDay => is_long_day(part),
            Self::HourMinute => part
                .split_at_checked(2)
                .is_some_and(|(hour, minute)| Self::Hour.holds(hour) && Self::Sixty.holds(minute)),
            Self::Hour => number.is_some_and(|hour| hour < 24),
            Self::Sixty => number.is_some_and(|sixtieth| sixtieth < 60),
            Self::Country => codes::is_country(part),
            Self::CountryOrSeveral => part == "999" || codes::is_country(part),
            Self::CountryLetters => codes::is_country_letters(part),
            Self::Currency => codes::is_currency(part),
            Self::NotZero => number.is_some_and(|number| number != 0),
            Self::Zero => number == Some(0),
            Self::NoLeadingZero => part == "0" || !part.starts_with('0'),
            Self::Winding => matches!(part, "0" | "1" | "9"),
            Self::PieceOfTotal => part
                .split_at_checked(2)
                .is_some_and(|(piece, total)| piece != "00" && total != "00" && piece <= total),
            Self::PercentEncoded => is_percent_encoded(part),
            Self::YesNo => matches!(part, "0" | "1"),
            Self::Latitude => number.is_some_and(|place| place <= 1_800_000_000),
            Self::Longitude => number.is_some_and(|place| place <= 3_600_000_000),
            Self::Hyphen => part == "-",
            Self::ImporterIndex => {
                part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            }
            Self::PackageType => part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
            Self::MediaType => number.is_some_and(|kind| matches!(kind, 1..=10 | 80..=99)),
            Self::Sex => matches!(part, "0" | "1" | "2" | "9"),
            Self::PlaceInOrder => is_place_in_order(part),
            Self::Iban => is_iban(part),
            Self::Digits => gtin::is_digits(part),
            Self::NotOnlyDigits => !gtin::is_digits(part),
        }
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::CheckDigit | Self::CheckPair => "it does not fit its check characters",
            Self::Prefix(_) => "a company prefix of at least four digits is wanted",
            Self::DayOrMonth => "it wants a day as YYMMDD, or YYMM00 for the end of a month",
            Self::Day => "it wants a day as YYMMDD",
            Self::LongDay => "it wants a day as YYYYMMDD",
            Self::HourMinute => "it wants a time as hhmm",
            Self::Hour => "it wants an hour from 00 to 23",
            Self::Sixty => "it wants minutes or seconds from 00 to 59",
            Self::Country => "it wants countries as three digits of ISO 3166",
            Self::CountryOrSeveral => "it wants a country as three digits of ISO 3166, or 999",
            Self::CountryLetters => "it wants a country as two letters of ISO 3166",
            Self::Currency => "it wants a currency as three digits of ISO 4217",
            Self::NotZero => "it must not be zero",
            Self::Zero => "it must begin with 0",
            Self::NoLeadingZero => "it must not begin with 0",
            Self::Winding => "the winding must be 0, 1 or 9",
            Self::PieceOfTotal => "it wants which piece of how many, like 0103",
            Self::PercentEncoded => "a % must begin two hexadecimal digits",
            Self::YesNo => "it must be 0 or 1",
            Self::Latitude => "it wants a latitude, at most 1800000000",
            Self::Longitude => "it wants a longitude, at most 3600000000",
            Self::Hyphen => "only a hyphen may follow the number",
            Self::ImporterIndex => "the importer is a letter, a digit, - or _",
            Self::PackageType => "a package type has capital letters and digits",
            Self::MediaType => "a media type is 01 to 10 or 80 to 99",
            Self::Sex => "it must be 0, 1, 2 or 9",
            Self::PlaceInOrder => "it wants which one of how many, like 1/3",
            Self::Iban => "it is no IBAN",
            Self::Digits => "it must be digits only",
            Self::NotOnlyDigits => "it must not be digits only",
        }
    }
}

fn check_digit(part: &str) -> Result<(), Fault> {
    let mut front = part.chars();
    let last = front.next_back();
    match gtin::check_digit(front.as_str()) {
        Some(expected) if last == Some(expected) => Ok(()),
        Some(expected) => Err(Fault::Check { expected: expected.into() }),
        None => Err(Fault::Other("it must be digits that end with a check digit".into())),
    }
}

/// The order of the characters is that of ASCII; their places are what is summed up.
pub(crate) const SET_82: &str =
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const PAIRS: &str = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const PRIMES: [u32; 23] =
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];

/// The two check characters behind a global model number: the sum of the characters' places, weighted with the
/// primes from the right on, modulo 1021, as two digits of base 32.
fn pair_of(front: &str) -> Option<String> {
    let mut sum = 0_u32;
    let mut primes = PRIMES.into_iter();
    for character in front.chars().rev() {
        let place = u32::try_from(SET_82.find(character)?).ok()?;
        sum = sum.checked_add(place.checked_mul(primes.next()?)?)?;
    }
    let rest = sum % 1021;
    let letter = |place: u32| PAIRS.chars().nth(usize::try_from(place).ok()?);
    Some([letter(rest / 32)?, letter(rest % 32)?].into_iter().collect())
}

fn check_pair(part: &str) -> Result<(), Fault> {
    let split = part.len().checked_sub(2).and_then(|middle| part.split_at_checked(middle));
    let (front, last) = split.ok_or_else(|| Fault::Other("two check characters are wanted".into()))?;
    match pair_of(front) {
        Some(expected) if expected == last => Ok(()),
        Some(expected) => Err(Fault::Check { expected }),
        None => Err(Fault::Other("it has characters that cannot be checked".into())),
    }
}

fn two(text: Option<&str>) -> Option<u32> {
    text.filter(|text| gtin::is_digits(text))?.parse().ok()
}

fn is_month(text: Option<&str>) -> bool {
    two(text).is_some_and(|month| (1..=12).contains(&month))
}

/// In a year of two digits, 00 is taken for a leap year: 2000 was one.
fn is_day(text: &str) -> bool {
    let fields = (two(text.get(..2)), two(text.get(2..4)), two(text.get(4..)));
    let (Some(year), Some(month), Some(day)) = fields else { return false };
    day >= 1 && day <= days_of(year.saturating_add(2000), month)
}

fn is_long_day(text: &str) -> bool {
    let fields = (two(text.get(..4)), two(text.get(4..6)), two(text.get(6..)));
    let (Some(year), Some(month), Some(day)) = fields else { return false };
    day >= 1 && day <= days_of(year, month)
}

/// How many days a month has; none where there is no such month.
pub(crate) const fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

fn is_percent_encoded(part: &str) -> bool {
    let mut pieces = part.split('%');
    pieces.next();
    pieces.all(|piece| {
        piece.get(..2).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && hex != "00")
    })
}

fn is_place_in_order(part: &str) -> bool {
    let number = |text: &str| text.parse::<u8>().ok().filter(|number| *number > 0);
    part.split_once('/').is_some_and(|(place, total)| {
        gtin::is_digits(place)
            && gtin::is_digits(total)
            && number(place).is_some_and(|place| number(total).is_some_and(|total| place <= total))
    })
}

/// The country and the check digits go to the end, letters count from ten on, and the rest modulo 97 is one.
fn is_iban(part: &str) -> bool {
    let Some((front, account)) = part.split_at_checked(4) else { return false };
    let Some((country, check)) = front.split_at_checked(2) else { return false };
    if !codes::is_country_letters(country) || !gtin::is_digits(check) || account.is_empty() {
        return false;
    }
    let mut rest = 0_u32;
    for character in account.chars().chain(front.chars()) {
        let Some(digit) = character.to_digit(36).filter(|_| !character.is_ascii_lowercase()) else {
            return false;
        };
        let shift = if digit < 10 { 10 } else { 100 };
        rest = rest.saturating_mul(shift).saturating_add(digit) % 97;
    }
    rest == 1
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
