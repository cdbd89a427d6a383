//! The bodies of the writes, and what they mean.

use ::reservations::{
    Expiry, LineChange, LineRef, LineSelection, LineWanted, NewLine, OrderRef, ProofText, ShipmentProof,
};
use commands::PreviewHash;
use inventory::{LocationCode, Lot, Reason, Sku, WarehouseCode};
use kernel::{Code, PositiveQuantity, Refusal, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

use crate::problem::invalid_field;

/// A year: a reservation that should last longer has no end.
const LONGEST_SECONDS: u32 = 31_536_000;

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct CreateBody {
    pub(crate) order_ref: OrderRef,
    pub(crate) warehouse: Option<WarehouseCode>,
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    pub(crate) lines: Vec<LineBody>,
    #[serde(default)]
    pub(crate) allow_partial: bool,
    #[serde(default)]
    pub(crate) backorder: bool,
    #[validate(range(min = 1, max = LONGEST_SECONDS, message = "must be 1 to 31536000"))]
    pub(crate) ttl_seconds: Option<u32>,
    pub(crate) expires_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "free_form")]
    pub(crate) ship_to: Option<Map<String, Value>>,
    pub(crate) ship_by: Option<Timestamp>,
    #[serde(default, deserialize_with = "free_form")]
    pub(crate) metadata: Option<Map<String, Value>>,
    /// Reserve kits that have no stock of their own as their components.
    #[serde(default)]
    pub(crate) explode_kits: bool,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// An object of the other system's own. A name that serde_json keeps for itself could not be read again.
fn free_form<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Map<String, Value>>, D::Error> {
    let object: Option<Map<String, Value>> = Option::deserialize(value)?;
    match object.iter().flat_map(Map::keys).find(|name| name.starts_with("$serde_json::")) {
        Some(name) => Err(serde::de::Error::custom(format!("{name} cannot be a name here"))),
        None => Ok(object),
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct LineBody {
    pub(crate) sku: Sku,
    pub(crate) quantity: PositiveQuantity,
    pub(crate) line_ref: Option<LineRef>,
    pub(crate) location: Option<LocationCode>,
    pub(crate) lot: Option<Lot>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct AmendBody {
    /// The version that the caller has seen; If-Match says the same.
    pub(crate) expected_version: Option<i64>,
    /// When it runs out from now on; null: never.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) expires_at: Option<Option<Timestamp>>,
    /// It runs out so many seconds from now.
    #[validate(range(min = 1, max = LONGEST_SECONDS, message = "must be 1 to 31536000"))]
    pub(crate) ttl_seconds: Option<u32>,
    #[serde(default)]
    #[validate(length(max = 2000, message = "must have at most 2000 lines"))]
    pub(crate) lines: Vec<AmendLineBody>,
    /// Reserve added kits that have no stock of their own as their components.
    #[serde(default)]
    pub(crate) explode_kits: bool,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// With `line_no`, or the `line_ref` of a line that is there and no `sku`: that line asks for `quantity` in all from
/// now on. With `sku`: one more line.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct AmendLineBody {
    pub(crate) line_no: Option<u32>,
    pub(crate) line_ref: Option<LineRef>,
    pub(crate) sku: Option<Sku>,
    pub(crate) quantity: PositiveQuantity,
    pub(crate) location: Option<LocationCode>,
    pub(crate) lot: Option<Lot>,
}

/// Tells null from absent.
fn given<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::deserialize(value).map(Some)
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ReleaseBody {
    pub(crate) reason: Reason,
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    pub(crate) lines: Option<Vec<SelectionBody>>,
    /// What is being picked, or was, is to come back: it waits until it is unpicked, and is released then.
    #[serde(default)]
    pub(crate) request_unpick: bool,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ConsumeBody {
    #[schemars(required)]
    pub(crate) shipment_proof: Option<ProofBody>,
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    pub(crate) lines: Option<Vec<SelectionBody>>,
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

/// `carrier`, `tracking_number` and `shipped_at`, or `ship_confirmation_id`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("anyOf" = [
    { "required": ["carrier", "tracking_number", "shipped_at"] },
    { "required": ["ship_confirmation_id"] }
]))]
pub(crate) struct ProofBody {
    pub(crate) carrier: Option<ProofText>,
    pub(crate) tracking_number: Option<ProofText>,
    pub(crate) shipped_at: Option<Timestamp>,
    pub(crate) ship_confirmation_id: Option<kernel::RecordId>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct FillBody {
    pub(crate) expected_version: Option<i64>,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(crate) preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct SelectionBody {
    pub(crate) line_no: Option<u32>,
    pub(crate) line_ref: Option<LineRef>,
    pub(crate) quantity: Option<PositiveQuantity>,
}

pub(crate) fn selections(lines: Option<Vec<SelectionBody>>) -> Result<Option<Vec<LineSelection>>, Refusal> {
    let one = |(at, line): (usize, SelectionBody)| {
        let wanted = match (line.line_no, line.line_ref) {
            (Some(number), None) => LineWanted::Number(number),
            (None, Some(reference)) => LineWanted::Reference(reference),
            (Some(_), Some(_)) | (None, None) => {
                return Err(invalid_field(
                    &format!("/lines/{at}"),
                    "needs line_no or line_ref, and not both",
                ));
            }
        };
        Ok(LineSelection { line: wanted, quantity: line.quantity })
    };
    lines.map(|lines| lines.into_iter().enumerate().map(one).collect()).transpose()
}

pub(crate) fn preview_hash(text: Option<String>) -> Result<Option<PreviewHash>, Refusal> {
    let read = |text: String| {
        text.parse().map_err(|error: kernel::Invalid| invalid_field("/preview_hash", &error.0))
    };
    text.map(read).transpose()
}

impl From<LineBody> for NewLine {
    fn from(line: LineBody) -> Self {
        let LineBody { sku, quantity, line_ref, location, lot } = line;
        Self { sku, quantity, line_ref, location, lot }
    }
}

/// What changes in the lines.
pub(crate) fn line_changes(lines: Vec<AmendLineBody>) -> Result<Vec<LineChange>, Refusal> {
    let one = |(at, line): (usize, AmendLineBody)| {
        let wrong = |detail: &str| Err(invalid_field(&format!("/lines/{at}"), detail));
        let AmendLineBody { line_no, line_ref, sku, quantity, location, lot } = line;
        match (line_no, line_ref, sku) {
            (None, line_ref, Some(sku)) => {
                Ok(LineChange::Add(NewLine { sku, quantity, line_ref, location, lot }))
            }
            (Some(_), _, Some(_)) => {
                wrong("a line that is there keeps its sku: name line_no or sku, not both")
            }
            (_, _, None) if location.is_some() || lot.is_some() => {
                wrong("a line that is there keeps its location and lot")
            }
            (Some(number), None, None) => Ok(LineChange::Set { line: LineWanted::Number(number), quantity }),
            (None, Some(reference), None) => {
                Ok(LineChange::Set { line: LineWanted::Reference(reference), quantity })
            }
            (Some(_), Some(_), None) => wrong("needs line_no or line_ref, and not both"),
            (None, None, None) => wrong("needs line_no or line_ref of a line that is there, or a sku to add"),
        }
    };
    lines.into_iter().enumerate().map(one).collect()
}

/// When the reservation runs out.
pub(crate) fn expiry(seconds: Option<u32>, at: Option<Timestamp>) -> Result<Option<Expiry>, Refusal> {
    match (seconds, at) {
        (Some(_), Some(_)) => Err(invalid_field("/expires_at", "goes without ttl_seconds")),
        (Some(seconds), None) => Ok(Some(Expiry::AfterSeconds(seconds))),
        (None, Some(at)) => Ok(Some(Expiry::At(at))),
        (None, None) => Ok(None),
    }
}

/// What shows that the goods have left.
pub(crate) enum Proof {
    /// The carrier's.
    Carrier(ShipmentProof),
    /// A ship confirmation of ours.
    Confirmation(kernel::RecordId),
}

/// A proof; of several the ship confirmation counts.
pub(crate) fn proof(body: Option<ProofBody>) -> Result<Proof, Refusal> {
    let detail = "Say what shows that the goods have left: carrier, tracking_number and shipped_at, or ship_confirmation_id.";
    let required = || Refusal::new(Code::ShipmentProofRequired, detail);
    let body = body.ok_or_else(required)?;
    if let Some(id) = body.ship_confirmation_id {
        return Ok(Proof::Confirmation(id));
    }
    match (body.carrier, body.tracking_number, body.shipped_at) {
        (Some(carrier), Some(tracking_number), Some(shipped_at)) => {
            Ok(Proof::Carrier(ShipmentProof { carrier, tracking_number, shipped_at }))
        }
        _ => Err(required()),
    }
}
