//! Where stock stands.

use std::str::FromStr;

use kernel::{Invalid, LocationId, Quantity, RequestSeq, Version, WarehouseId};
use serde::{Deserialize, Serialize};

use crate::{LocationCode, Name, WarehouseCode};

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warehouse {
    /// Inside.
    pub id: WarehouseId,
    /// Outside.
    pub code: WarehouseCode,
    /// For people.
    pub name: Name,
    /// Whether it is the one that is meant where none is named.
    pub is_default: bool,
    /// The storage location that is meant where none is named.
    pub default_location: Option<LocationId>,
    /// Whether it is in use.
    pub active: bool,
    /// Raised with each change.
    pub version: Version,
    /// The request that changed it last.
    pub request: RequestSeq,
}

/// What a location is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum LocationKind {
    /// Shelves: the only kind whose stock can be available.
    #[default]
    Storage,
    /// The dock.
    Receiving,
    /// Where goods wait for inspection.
    Quality,
    /// Where picked goods wait.
    Staging,
    /// Where packages are made.
    Packing,
    /// Where returned goods wait.
    Returns,
    /// On the way between two places.
    Transit,
}

impl LocationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Storage,
        Self::Receiving,
        Self::Quality,
        Self::Staging,
        Self::Packing,
        Self::Returns,
        Self::Transit,
    ];

    /// As it is written in rows and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Receiving => "receiving",
            Self::Quality => "quality",
            Self::Staging => "staging",
            Self::Packing => "packing",
            Self::Returns => "returns",
            Self::Transit => "transit",
        }
    }
}

impl FromStr for LocationKind {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            Invalid::new("must be storage, receiving, quality, staging, packing, returns or transit")
        })
    }
}

/// A location in a warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Inside.
    pub id: LocationId,
    /// The warehouse that it belongs to, for ever.
    pub warehouse: WarehouseId,
    /// On its label; unique among all warehouses.
    pub code: LocationCode,
    /// For people.
    pub name: Name,
    /// What it is for.
    pub kind: LocationKind,
    /// Lower is picked first.
    pub pick_priority: i32,
    /// How much fits, in cubic metres; none: nobody has measured it.
    pub capacity_m3: Option<Quantity>,
    /// Whether it is in use.
    pub active: bool,
    /// Raised with each change.
    pub version: Version,
    /// The request that changed it last.
    pub request: RequestSeq,
}
