//! Kit assemblies: components become a kit, whole or not at all; or a kit becomes its components again.

use inventory::{Bucket, LocationCode, Lot, MovementKind, NewTransfer, Party, Place, Sku, StockRefusal};
use kernel::{Day, PositiveQuantity, Quantity};
use serde::{Deserialize, Serialize};

use super::spot::{default_location, location, lot_of, product};
use crate::content::check_lines;
use crate::machine::Path;
use crate::module::{Asked, Declaration, Kind, Plan, Sheet, SheetLine, Step, StepRule, numbered};
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, WorkKind};

/// Kits to be made, or taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct KitAssembly {
    /// The kit.
    pub sku: Sku,
    /// How many.
    pub quantity: PositiveQuantity,
    /// The kit's lot or serial number, where it is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where the kits stand; none: the warehouse's default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationCode>,
    /// Whether kits become components.
    #[serde(default)]
    pub disassemble: bool,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct ComponentLine {
    /// What.
    pub sku: Sku,
    /// Which lot, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where it stands; none: where the kits do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationCode>,
    /// How much of it all kits take.
    pub planned: PositiveQuantity,
    /// How much they really took, or gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
}

impl SheetLine for ComponentLine {
    const ACTUALS: &'static [&'static str] = &["actual", "lot", "location"];

    fn sku(&self) -> Option<&Sku> {
        Some(&self.sku)
    }

    fn planned(&self) -> Quantity {
        self.planned.get()
    }

    fn actual(&self) -> Option<Quantity> {
        self.actual
    }

    fn set_actual(&mut self, actual: Quantity) {
        self.actual = Some(actual);
    }

    fn lot(&self) -> Option<&Lot> {
        self.lot.as_ref()
    }

    fn take_lot(&mut self, lot: Lot, _: Option<Day>) {
        self.lot = Some(lot);
    }

    fn locations(&self) -> Vec<&LocationCode> {
        self.location.iter().collect()
    }
}

/// The module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitAssemblies;

impl Kind for KitAssemblies {
    const DECLARATION: Declaration = Declaration {
        title: "Kit assembly",
        prefix: "KIT",
        path: Path {
            states: &[
                RecordState::Open,
                RecordState::Approved,
                RecordState::InProgress,
                RecordState::Posted,
                RecordState::Closed,
            ],
            posts_stock: true,
        },
        steps: &[StepRule::once(Step::Post, RecordState::InProgress)],
        work: WorkKind::Warehouse,
        approval_completes: false,
        has_lines: true,
        takes_blocked: false,
    };
    type Payload = KitAssembly;
    type Line = ComponentLine;

    fn places(payload: &KitAssembly) -> Vec<&LocationCode> {
        payload.location.iter().collect()
    }

    /// Without lines, the bill of materials says them; it is the one of that moment, whatever becomes of it later.
    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal> {
        let payload = &sheet.payload;
        let wrong = |field: &str, why: String| {
            let pointer = format!("/payload/{field}");
            OperationsRefusal::Invalid(vec![Fault { pointer, why }])
        };
        let Some(kit) = floor.stock.product_by_sku(&payload.sku) else {
            return Err(wrong("sku", format!("there is no product {}", payload.sku)));
        };
        if !kit.stockable {
            return Err(wrong("sku", format!("{} has no stock of its own", payload.sku)));
        }
        if kit.check_step(payload.quantity.get()).is_err() {
            return Err(wrong("quantity", format!("{} comes in whole steps", payload.sku)));
        }
        if let Some(code) = &payload.location
            && location(code, head.warehouse, floor).is_err()
        {
            return Err(wrong("location", format!("{} has no location {code} in use", head.warehouse_code)));
        }
        if sheet.lines.is_empty() {
            let details = floor.stock.details(kit.id);
            if details.is_some_and(|details| details.bill_of_materials.is_empty()) {
                return Err(wrong(
                    "sku",
                    format!("{} has no bill of materials: name the components as lines", payload.sku),
                ));
            }
            for part in details.into_iter().flat_map(|details| &details.bill_of_materials) {
                let planned = part.quantity.get().checked_mul(payload.quantity.get());
                let planned = planned.and_then(Quantity::positive).ok_or_else(|| {
                    let why = format!("the parts of {} cannot be counted exactly", payload.sku);
                    wrong("quantity", why)
                })?;
                sheet.lines.push(ComponentLine {
                    sku: part.sku.clone(),
                    lot: None,
                    location: None,
                    planned,
                    actual: None,
                });
            }
        }
        check_lines(&sheet.lines, head, floor)
    }

    /// Components → assembly → kit, in one movement; taken apart the other way round.
    fn plan(
        sheet: &Sheet<Self>,
        head: &Head,
        _: Asked<'_>,
        floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        let payload = &sheet.payload;
        let kits_at = match &payload.location {
            Some(code) => location(code, head.warehouse, floor)?,
            None => default_location(head, floor)?,
        };
        let assembly = Place::Outside(Party::Assembly);
        let ends = |at, is_kit: bool| {
            let inside = Place::At(at, Bucket::Available);
            if is_kit == payload.disassemble { (inside, assembly) } else { (assembly, inside) }
        };
        let mut transfers = Vec::new();
        for (line_no, line) in numbered(&sheet.lines) {
            let Some(quantity) = line.actual.and_then(Quantity::positive) else { continue };
            let at = match &line.location {
                Some(code) => location(code, head.warehouse, floor)?,
                None => kits_at,
            };
            let (from, to) = ends(at.id, false);
            transfers.push(NewTransfer {
                product: product(&line.sku, floor)?.id,
                lot: lot_of(line.lot.as_ref()),
                quantity,
                from,
                to,
                record_line: Some(line_no),
                unit_cost: None,
            });
        }
        if transfers.is_empty() {
            return Err(StockRefusal::NotAllowed { why: "A kit is made of something." }.into());
        }
        let (from, to) = ends(kits_at.id, true);
        let kit = NewTransfer {
            product: product(&payload.sku, floor)?.id,
            lot: lot_of(payload.lot.as_ref()),
            quantity: payload.quantity,
            from,
            to,
            record_line: None,
            unit_cost: None,
        };
        let at = if payload.disassemble { 0 } else { transfers.len() };
        transfers.insert(at, kit);
        Ok(Plan { kind: MovementKind::Assembly, transfers, completes: true })
    }
}
