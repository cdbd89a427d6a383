//! What a barcode names here: a product with its lot and quantity, a location, or a record.

use inventory::{Barcode, LocationCode, Lot, Product, Sku, Tracking};
use kernel::{Day, PositiveQuantity, Quantity};
use scanning::{Content, Note, Own, Reading, WeightUnit};
use serde::{Deserialize, Serialize};

use crate::{Floor, Module, RecordNumber, Reference};

/// What a scan names; nothing, where nobody knows its code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct Found {
    /// A product.
    pub sku: Option<Sku>,
    /// Its lot or serial number, where the barcode says it and the product is tracked.
    pub lot: Option<Lot>,
    /// The last good day of the lot, where the barcode says it.
    pub expires_on: Option<Day>,
    /// How many stock units of the product it stands for.
    pub quantity: Option<PositiveQuantity>,
    /// A location.
    pub location: Option<LocationCode>,
    /// A record.
    pub record: Option<Reference>,
    /// Its number.
    pub number: Option<String>,
}

impl Found {
    /// What a reading names, of what is known here. `raw` is what was read, for codes that somebody stored as they are.
    pub(super) fn by(reading: &Reading, raw: &str, floor: &Floor<'_, '_>) -> Option<Self> {
        match &reading.content {
            Content::Own(Own::Location(label)) => {
                let code: LocationCode = label.code().parse().ok()?;
                let location = floor.stock.location_by_code(&code)?.code.clone();
                Some(Self { location: Some(location), ..Self::default() })
            }
            Content::Own(Own::Record(label)) => {
                let module: Module = label.module().parse().ok()?;
                let head = &floor.records.by_number(RecordNumber::of(module, label.number())?)?.head;
                let record = Some(Reference { module, record_id: head.id });
                Some(Self { record, number: Some(head.number.to_string()), ..Self::default() })
            }
            Content::Gtin(_) | Content::Elements(_) | Content::Link(_) | Content::Plain(_) => {
                let (product, pack) = product(reading, raw, floor)?;
                Some(goods(product, pack, reading, floor))
            }
        }
    }
}

/// The product whose barcode it is, in whichever spelling, and how many units the barcode stands for; or the product
/// whose sku it is.
fn product<'f>(
    reading: &Reading,
    raw: &str,
    floor: &'f Floor<'_, '_>,
) -> Option<(&'f Product, PositiveQuantity)> {
    let text = raw.trim();
    let elements = reading.elements();
    let mut gtins: Vec<_> = reading.gtin().into_iter().collect();
    gtins.extend(elements.and_then(|elements| elements.content_gtin()));
    let others = reading.notes.iter().filter_map(|note| match note {
        Note::MayBeUpcE { gtin } => Some(gtin.clone()),
        Note::CheckDigitDoesNotFit { .. }
        | Note::NoSeparators
        | Note::NotADigitalLink { .. }
        | Note::AddOn { .. } => None,
    });
    gtins.extend(others);
    let spelled = gtins.iter().flat_map(|gtin| gtin.spellings());
    let digits = match &reading.content {
        Content::Gtin(gtin) => Some(gtin.digits.as_str()),
        Content::Elements(_) | Content::Link(_) | Content::Own(_) | Content::Plain(_) => None,
    };
    let codes: Vec<Barcode> =
        std::iter::once(text).chain(digits).chain(spelled).filter_map(|code| code.parse().ok()).collect();
    // All are asked for before one is looked at, so that one round of loading serves all.
    let known: Vec<_> = codes.iter().map(|code| floor.stock.product_by_barcode(code)).collect();
    let of_sku = text.parse::<Sku>().ok().and_then(|sku| floor.stock.product_by_sku(&sku));
    let by_barcode = known.into_iter().zip(&codes).find_map(|(id, code)| Some((id?, code)));
    let Some((id, code)) = by_barcode else { return of_sku.map(|product| (product, PositiveQuantity::ONE)) };
    let (product, details) = (floor.stock.product(id), floor.stock.details(id));
    let pack = details?.barcodes.iter().find(|row| row.barcode == *code)?.quantity;
    Some((product?, pack))
}

/// Lot, last good day and quantity, as the element strings say them.
fn goods(product: &Product, pack: PositiveQuantity, reading: &Reading, floor: &Floor<'_, '_>) -> Found {
    let elements = reading.elements();
    let elements = elements.as_deref();
    let today = Day::of(floor.context.now);
    let lot = match product.tracking {
        Tracking::None => None,
        Tracking::Lot => elements.and_then(|elements| elements.lot()),
        Tracking::Serial => elements.and_then(|elements| elements.serial()),
    };
    let times = elements.and_then(|elements| elements.count().or_else(|| elements.variable_count()));
    let counted = pack.get().checked_mul(Quantity::units(times.unwrap_or(1)));
    // What is sold by weight has its weight on the label.
    let weight = elements.and_then(|elements| elements.net_weight());
    let weight = weight.filter(|weight| {
        weight.unit == WeightUnit::Kilogram && product.unit.as_str().eq_ignore_ascii_case("kg")
    });
    let quantity = weight.map(|weight| weight.amount).or(counted);
    Found {
        sku: Some(product.sku.clone()),
        lot: lot.and_then(|lot| lot.parse().ok()),
        expires_on: elements.and_then(|elements| elements.expires_on(today)),
        quantity: quantity.and_then(Quantity::positive),
        location: None,
        record: None,
        number: None,
    }
}
