//! Places that a transfer goes between: a bucket of a balance at a location, or an outside party.

use kernel::LocationId;
use serde::{Deserialize, Serialize};

/// Why stock is held. Each reason has a way out through an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum HoldReason {
    /// Waits to be put away.
    Putaway,
    /// Waits for inspection.
    Qc,
    /// Damaged.
    Damaged,
    /// Came back from a customer.
    Returned,
    /// Past its date.
    Expired,
    /// Not found where it should be.
    Missing,
    /// On the way between two locations.
    InTransit,
    /// Called back.
    Recall,
}

impl HoldReason {
    /// Every reason, in the order of the columns and of the array in a balance.
    pub const ALL: [Self; 8] = [
        Self::Putaway,
        Self::Qc,
        Self::Damaged,
        Self::Returned,
        Self::Expired,
        Self::Missing,
        Self::InTransit,
        Self::Recall,
    ];

    /// Its place in [`Self::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Putaway => 0,
            Self::Qc => 1,
            Self::Damaged => 2,
            Self::Returned => 3,
            Self::Expired => 4,
            Self::Missing => 5,
            Self::InTransit => 6,
            Self::Recall => 7,
        }
    }

    /// As it is written in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Putaway => "putaway",
            Self::Qc => "qc",
            Self::Damaged => "damaged",
            Self::Returned => "returned",
            Self::Expired => "expired",
            Self::Missing => "missing",
            Self::InTransit => "in_transit",
            Self::Recall => "recall",
        }
    }
}

/// A part of a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// May be promised.
    Available,
    /// Promised to an order.
    Reserved,
    /// Here, but not to be promised.
    Held(HoldReason),
}

/// Somebody or something outside the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Who delivers.
    Vendor,
    /// Who buys.
    Customer,
    /// Corrections of what was counted or believed.
    Adjustment,
    /// Where components become kits.
    Assembly,
    /// Thrown away.
    Scrap,
}

impl Party {
    /// Every party.
    pub const ALL: [Self; 5] = [Self::Vendor, Self::Customer, Self::Adjustment, Self::Assembly, Self::Scrap];

    /// As it is written in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Customer => "customer",
            Self::Adjustment => "adjustment",
            Self::Assembly => "assembly",
            Self::Scrap => "scrap",
        }
    }
}

/// One end of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A bucket of the balance at this location (and of the transfer's product and lot).
    At(LocationId, Bucket),
    /// Outside.
    Outside(Party),
}

/// Outside parties are numbered from here in rows and in the history hash.
const FIRST_PARTY: i16 = 20;

impl Place {
    /// The number of the bucket or party in rows and in the history hash; it never changes its meaning.
    pub const fn code(self) -> i16 {
        match self {
            Self::At(_, Bucket::Available) => 0,
            Self::At(_, Bucket::Reserved) => 1,
            Self::At(_, Bucket::Held(reason)) => match reason {
                HoldReason::Putaway => 2,
                HoldReason::Qc => 3,
                HoldReason::Damaged => 4,
                HoldReason::Returned => 5,
                HoldReason::Expired => 6,
                HoldReason::Missing => 7,
                HoldReason::InTransit => 8,
                HoldReason::Recall => 9,
            },
            Self::Outside(party) => match party {
                Party::Vendor => FIRST_PARTY,
                Party::Customer => 21,
                Party::Adjustment => 22,
                Party::Assembly => 23,
                Party::Scrap => 24,
            },
        }
    }

    /// The place with this number; `None` where number and location do not fit together.
    pub fn from_code(code: i16, location: Option<LocationId>) -> Option<Self> {
        let buckets = [Bucket::Available, Bucket::Reserved]
            .into_iter()
            .chain(HoldReason::ALL.into_iter().map(Bucket::Held));
        match location {
            Some(location) => {
                buckets.map(|bucket| Self::At(location, bucket)).find(|place| place.code() == code)
            }
            None => Party::ALL.into_iter().map(Self::Outside).find(|place| place.code() == code),
        }
    }

    /// The location, where the place is inside.
    pub const fn location(self) -> Option<LocationId> {
        match self {
            Self::At(location, _) => Some(location),
            Self::Outside(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_one_number_and_comes_back_from_it() {
        let inside = [Bucket::Available, Bucket::Reserved]
            .into_iter()
            .chain(HoldReason::ALL.map(Bucket::Held))
            .map(|bucket| Place::At(LocationId(7), bucket));
        let places: Vec<_> = inside.chain(Party::ALL.map(Place::Outside)).collect();
        for place in &places {
            assert_eq!(Place::from_code(place.code(), place.location()), Some(*place));
        }
        let codes: std::collections::BTreeSet<_> = places.iter().map(|place| place.code()).collect();
        assert_eq!(codes.len(), places.len());
        assert_eq!(HoldReason::ALL.map(HoldReason::index), [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
