//! What element strings say, in types: the article, lot, days, counts and weights.
//!
//! A year of two digits belongs to the century that brings it nearest to today: at most 49 years back, at most 50
//! ahead. Nothing here knows what day it is.

use kernel::{Day, Quantity};
use serde::Serialize;

use crate::rule::days_of;
use crate::{Ai, Elements, Gtin14};

/// What a weight is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum WeightUnit {
    /// Kilogram.
    Kilogram,
    /// Pound, avoirdupois.
    Pound,
    /// Troy ounce.
    TroyOunce,
}

/// A weight, exactly as it was marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Weight {
    /// How much, in the unit beside it.
    pub amount: Quantity,
    /// The unit.
    pub unit: WeightUnit,
}

const NET: &[(u16, WeightUnit)] =
    &[(310, WeightUnit::Kilogram), (320, WeightUnit::Pound), (356, WeightUnit::TroyOunce)];
const GROSS: &[(u16, WeightUnit)] = &[(330, WeightUnit::Kilogram), (340, WeightUnit::Pound)];

impl Elements {
    /// The article (01).
    pub fn gtin(&self) -> Option<Gtin14> {
        self.get(Ai::GTIN)?.parse().ok()
    }

    /// The article of which a logistic unit is full (02); how many is [`Elements::count`].
    pub fn content_gtin(&self) -> Option<Gtin14> {
        self.get(Ai::CONTENT)?.parse().ok()
    }

    /// The logistic unit (00), 18 digits.
    pub fn sscc(&self) -> Option<&str> {
        self.get(Ai::SSCC)
    }

    /// Batch or lot (10).
    pub fn lot(&self) -> Option<&str> {
        self.get(Ai::LOT)
    }

    /// Serial number (21).
    pub fn serial(&self) -> Option<&str> {
        self.get(Ai::SERIAL)
    }

    /// Last day of use (17), or the day of the last moment of use (7003).
    pub fn expires_on(&self, today: Day) -> Option<Day> {
        self.day(Ai::EXPIRY, today).or_else(|| self.day(Ai::EXPIRY_TIME, today))
    }

    /// Last day of warranted quality (15).
    pub fn best_before(&self, today: Day) -> Option<Day> {
        self.day(Ai::BEST_BEFORE, today)
    }

    /// Day of production (11).
    pub fn produced_on(&self, today: Day) -> Option<Day> {
        self.day(Ai::PRODUCED, today)
    }

    /// The day of an identifier whose value begins with one (YYMMDD); day 00 is the last of the month. 29 February
    /// 2100, which passes as the year 00 and does not exist, is the 28th. `None`, too, where the value is no day.
    pub fn day(&self, ai: Ai, today: Day) -> Option<Day> {
        let value = self.get(ai)?;
        let number = |from: usize, to: usize| value.get(from..to)?.parse::<u32>().ok();
        let (year, month, day) = (full_year(number(0, 2)?, today)?, number(2, 4)?, number(4, 6)?);
        let last = days_of(year, month);
        let day = if day == 0 { last } else { day.min(last) };
        format!("{year:04}-{month:02}-{day:02}").parse().ok()
    }

    /// How many articles a logistic unit has (37).
    pub fn count(&self) -> Option<u32> {
        self.get(Ai::COUNT)?.parse().ok()
    }

    /// How many items one article of variable count has (30).
    pub fn variable_count(&self) -> Option<u32> {
        self.get(Ai::VARIABLE_COUNT)?.parse().ok()
    }

    /// What the goods weigh (310n, 320n, 356n); where it is marked in several units, the first of these.
    pub fn net_weight(&self) -> Option<Weight> {
        self.weight(NET)
    }

    /// What the goods weigh with what they are packed in (330n, 340n).
    pub fn gross_weight(&self) -> Option<Weight> {
        self.weight(GROSS)
    }

    fn weight(&self, units: &[(u16, WeightUnit)]) -> Option<Weight> {
        units.iter().find_map(|(start, unit)| {
            let (value, decimals) =
                self.iter().find_map(|element| Some((element.value(), element.ai().decimals_of(*start)?)))?;
            let micros = 10_i64.checked_pow(6_u32.checked_sub(decimals)?)?;
            let amount = value.parse::<i64>().ok()?.checked_mul(micros)?;
            Some(Weight { amount: Quantity::from_micros(amount)?, unit: *unit })
        })
    }
}

/// The year of four digits.
fn full_year(year: u32, today: Day) -> Option<u32> {
    let now = today.to_string().split('-').next()?.parse::<u32>().ok()?;
    let (century, of_now) = (now / 100, now % 100);
    let century = if year > of_now.saturating_add(50) {
        century.saturating_sub(1)
    } else if year.saturating_add(50) <= of_now {
        century.saturating_add(1)
    } else {
        century
    };
    century.checked_mul(100)?.checked_add(year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::UnknownAis;

    fn read(text: &str) -> Elements {
        Elements::from_brackets(text, UnknownAis::Refuse).unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_at_most_49_back_and_50_ahead() {
        for (today, year, full) in [
            ("2026-11-25", 26, 2026),
            ("2026-11-25", 76, 2076),
            ("2026-11-25", 77, 1977),
            ("2026-11-25", 99, 1999),
            ("2026-11-25", 0, 2000),
            ("2075-01-01", 26, 2026),
            ("2075-01-01", 25, 2125),
            ("1999-12-31", 0, 2000),
            ("1999-12-31", 50, 1950),
            ("1999-12-31", 49, 2049),
        ] {
            assert_eq!(full_year(year, day(today)), Some(full), "{today} {year}");
        }
    }

    #[test]
    fn day_00_is_the_end_of_the_month() {
        let today = day("2026-11-25");
        for (text, expiry) in [
            ("(17)261231", "2026-12-31"),
            ("(17)280200", "2028-02-29"),
            ("(17)270200", "2027-02-28"),
            ("(7003)2701151200", "2027-01-15"),
        ] {
            assert_eq!(read(text).expires_on(today), Some(day(expiry)), "{text}");
        }
        assert_eq!(read("(17)000229").expires_on(day("2090-01-01")), Some(day("2100-02-28")));
        let both = read("(15)260131(11)250131");
        assert_eq!(both.best_before(today), Some(day("2026-01-31")));
        assert_eq!(both.produced_on(today), Some(day("2025-01-31")));
        assert_eq!(both.expires_on(today), None);
        assert_eq!(read("(10)AB").day(Ai::LOT, today), None);
    }

    #[test]
    fn says_what_is_there_and_nothing_else() {
        let pallet = read("(00)123456789012345675(02)04006381333931(37)0024(3302)012345");
        assert_eq!(pallet.sscc(), Some("123456789012345675"));
        assert_eq!(pallet.content_gtin().unwrap().as_str(), "04006381333931");
        assert_eq!((pallet.count(), pallet.variable_count(), pallet.gtin()), (Some(24), None, None));
        let gross = pallet.gross_weight().unwrap();
        assert_eq!((gross.amount.to_string().as_str(), gross.unit), ("123.45", WeightUnit::Kilogram));
        let meat = read("(01)04006381333931(3205)000001(10)L/1(21)7(30)12");
        assert_eq!(meat.net_weight().unwrap().amount.to_string(), "0.00001");
        assert_eq!(meat.net_weight().unwrap().unit, WeightUnit::Pound);
        assert_eq!((meat.lot(), meat.serial(), meat.variable_count()), (Some("L/1"), Some("7"), Some(12)));
        assert!(meat.gross_weight().is_none());
    }
}
