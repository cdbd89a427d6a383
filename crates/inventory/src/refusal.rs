//! Why stock does not move.

use kernel::{Code, MovementId, Quantity, Refusal};
use serde::Serialize;

use crate::{HoldReason, LocationCode, Lot, Sku, WarehouseCode};

/// One place that has less than was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Shortage {
    /// What is short.
    pub sku: Sku,
    /// Where; none where the whole warehouse was asked.
    pub location: Option<LocationCode>,
    /// Of which lot, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Out of which bucket: available, reserved, or what is held, with the reason.
    #[cfg_attr(feature = "wire", schemars(with = "String"))]
    pub bucket: &'static str,
    /// Why it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<HoldReason>,
    /// How much was asked for, all lines together.
    pub requested: Quantity,
    /// How much could be had.
    pub available: Quantity,
}

/// Why a movement, or a change of master data, was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are; each code has its page")]
pub enum StockRefusal {
    /// Nobody knows these skus.
    UnknownSku { skus: Vec<Sku> },
    /// Nobody knows this warehouse (none: there is no default one).
    UnknownWarehouse { code: Option<WarehouseCode> },
    /// The warehouse has no such location.
    UnknownLocation { code: Option<LocationCode> },
    /// The product has no such lot.
    UnknownLot { sku: Sku, lot: Lot },
    /// The product has no stock, or is not sold any more.
    NotStockable { sku: Sku },
    /// The quantity is not a whole multiple of the product's step.
    OffStep { sku: Sku, step: Quantity },
    /// The product is tracked, and no lot was named.
    LotRequired { sku: Sku },
    /// The product is not tracked, and a lot was named.
    LotNotTracked { sku: Sku },
    /// A serial number is one unit, in one place only.
    SerialTaken { sku: Sku, serial: Lot },
    /// There is less than was asked for.
    Insufficient { shortages: Vec<Shortage> },
    /// A balance would exceed what can be written exactly.
    Overflow { sku: Sku },
    /// Stock cannot go there: available away from storage, from itself to itself, or from outside to outside.
    NotAllowed { why: &'static str },
    /// The movement was undone before.
    AlreadyReversed { movement: MovementId },
    /// Something of the same record happened later and has to be undone first.
    NotLatest { movement: MovementId, latest: MovementId },
}

impl From<StockRefusal> for Refusal {
    fn from(refusal: StockRefusal) -> Self {
        use StockRefusal as R;
        match refusal {
            R::UnknownSku { skus } => {
                let names: Vec<_> = skus.iter().map(Sku::as_str).collect();
                Self::new(Code::UnknownSku, format!("There is no product {}.", names.join(", ")))
                    .fact("skus", &skus)
            }
            R::UnknownWarehouse { code: Some(code) } => {
                Self::new(Code::UnknownWarehouse, format!("There is no warehouse {code} in use."))
                    .fact("warehouse", code)
            }
            R::UnknownWarehouse { code: None } => {
                Self::new(Code::UnknownWarehouse, "There is no default warehouse.")
            }
            R::UnknownLocation { code: Some(code) } => {
                Self::new(Code::UnknownLocation, format!("The warehouse has no location {code} in use."))
                    .fact("location", code)
            }
            R::UnknownLocation { code: None } => {
                Self::new(Code::UnknownLocation, "The warehouse has no such location.")
            }
            R::UnknownLot { sku, lot } => Self::new(Code::UnknownLot, format!("{sku} has no lot {lot}."))
                .fact("sku", sku)
                .fact("lot", lot),
            R::NotStockable { sku } => {
                Self::new(Code::NotStockable, format!("{sku} has no stock that could be promised."))
                    .fact("sku", sku)
            }
            R::OffStep { sku, step } => {
                Self::new(Code::OffStep, format!("{sku} comes in whole multiples of {step}."))
                    .fact("sku", sku)
                    .fact("quantity_step", step)
            }
            R::LotRequired { sku } => {
                Self::new(Code::LotRequired, format!("{sku} is tracked: name the lot.")).fact("sku", sku)
            }
            R::LotNotTracked { sku } => {
                Self::new(Code::LotNotTracked, format!("{sku} is not tracked by lot.")).fact("sku", sku)
            }
            R::SerialTaken { sku, serial } => Self::new(
                Code::SerialTaken,
                format!("{serial} of {sku} is a serial number: one unit, and it comes in only while it is nowhere."),
            )
            .fact("sku", sku)
            .fact("serial", serial),
            R::Insufficient { shortages } => {
                Self::new(Code::InsufficientStock, words_of(&shortages)).fact("shortages", shortages)
            }
            R::Overflow { sku } => {
                Self::new(Code::QuantityOverflow, format!("A balance of {sku} would reach 10^9."))
                    .fact("sku", sku)
            }
            R::NotAllowed { why } => Self::new(Code::StockNotAllowed, why),
            R::AlreadyReversed { movement } => {
                Self::new(Code::MovementAlreadyReversed, format!("Movement {movement} was reversed before."))
                    .fact("movement_id", movement)
            }
            R::NotLatest { movement, latest } => Self::new(
                Code::ReversalBlocked,
                format!("Movement {latest} came after {movement}: reverse it first."),
            )
            .fact("movement_id", movement)
            .fact("latest_movement_id", latest),
        }
    }
}

fn words_of(shortages: &[Shortage]) -> String {
    let each: Vec<_> = shortages
        .iter()
        .map(|short| {
            let lot = short.lot.as_ref().map_or_else(String::new, |lot| format!(", lot {lot}"));
            let held = short.hold_reason.map_or_else(String::new, |reason| format!(" ({})", reason.as_str()));
            let at = short.location.as_ref().map_or_else(String::new, |code| format!(" at {code}"));
            let Shortage { sku, requested, available, bucket, .. } = short;
            format!("{sku}{lot}{at}: {requested} asked for, {available} {bucket}{held}")
        })
        .collect();
    format!("There is not enough stock: {}.", each.join("; "))
}
