//! Why master data does not change.

use kernel::{Code, Refusal, Version};
use serde_json::json;

use crate::{Barcode, LocationCode, Lot, Sku, StockRefusal};

/// Why a change of a product, a location, a warehouse or a lot was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are; each code has its page")]
pub enum MasterRefusal {
    /// Something that is named is not there, or the stock does not allow it.
    Stock(StockRefusal),
    /// These fields cannot change while something depends on them.
    InUse { what: String, fields: Vec<&'static str>, by: Vec<&'static str> },
    /// Somebody changed it in between.
    VersionMismatch { what: String, expected: Version, actual: Version },
    /// Another product has this barcode.
    BarcodeTaken { barcode: Barcode, sku: Option<Sku> },
    /// What is said of the product does not hold together.
    ProductInvalid { pointer: &'static str, why: String },
    /// A location stays in its warehouse.
    LocationFixed { code: LocationCode },
    /// The lot is recalled already.
    LotHeld { sku: Sku, lot: Lot },
    /// The lot is not recalled.
    LotNotHeld { sku: Sku, lot: Lot },
}

impl From<StockRefusal> for MasterRefusal {
    fn from(refusal: StockRefusal) -> Self {
        Self::Stock(refusal)
    }
}

impl From<MasterRefusal> for Refusal {
    fn from(refusal: MasterRefusal) -> Self {
        use MasterRefusal as R;
        match refusal {
            R::Stock(refusal) => refusal.into(),
            R::InUse { what, fields, by } => Self::new(
                Code::InUse,
                format!("{} of {what} cannot change while there is: {}.", fields.join(", "), by.join(", ")),
            )
            .fact("fields", fields)
            .fact("in_use_by", by),
            R::VersionMismatch { what, expected, actual } => Self::new(
                Code::VersionMismatch,
                format!("{what} is at version {actual}, not {expected}: read it again."),
            )
            .fact("expected_version", expected)
            .fact("version", actual),
            R::BarcodeTaken { barcode, sku } => {
                let whose = sku.as_ref().map_or_else(|| "another product".to_owned(), ToString::to_string);
                Self::new(Code::BarcodeTaken, format!("The barcode {barcode} belongs to {whose}."))
                    .fact("barcode", barcode)
                    .fact("sku", sku)
            }
            R::ProductInvalid { pointer, why } => {
                let error = json!({ "pointer": pointer, "code": "invalid_value", "detail": why.as_str() });
                Self::new(Code::ProductInvalid, why).fact("errors", vec![error])
            }
            R::LocationFixed { code } => {
                Self::new(Code::LocationFixed, format!("{code} stays in its warehouse."))
                    .fact("location", code)
            }
            R::LotHeld { sku, lot } => {
                Self::new(Code::LotHeld, format!("Lot {lot} of {sku} is recalled already."))
            }
            R::LotNotHeld { sku, lot } => {
                Self::new(Code::LotNotHeld, format!("Lot {lot} of {sku} is not recalled."))
            }
        }
    }
}
