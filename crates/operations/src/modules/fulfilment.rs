//! What picking, packing and shipping have in common: lines of goods that are promised to an order.

use std::collections::BTreeMap;

use inventory::{
    BalanceKey, Bucket, LocationCode, LocationKind, Lot, NewTransfer, Place, Product, Reason, Sku,
    StockRefusal,
};
use kernel::{LocationId, PositiveQuantity, Quantity, ReservationId};
use reservations::{Fate, Handled, OrderRef, ProofText, follow_goods};
use serde::{Deserialize, Serialize};

use crate::module::{Sheet, SheetLine, fault, numbered, place_of_line};
use crate::{Fault, Floor, Head, Kind, OperationsRefusal};

/// Goods of one line of a reservation, from one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct GoodsLine {
    /// The reservation that they are promised to.
    pub reservation_id: ReservationId,
    /// Its line.
    pub reservation_line: u32,
    /// The order, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<OrderRef>,
    /// What.
    pub sku: Sku,
    /// Which lot, where the product is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// Where they stand.
    pub from: LocationCode,
    /// How much is to be handled.
    pub planned: PositiveQuantity,
    /// How much was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// The lot or serial that was picked instead, from the same place. Of picks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picked_lot: Option<Lot>,
    /// Why another lot was picked than the one that is to leave first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Reason>,
    /// The package that they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<ProofText>,
    /// The line that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<u32>,
    /// How much of what was picked went back to a shelf. Nobody sets it.
    #[serde(default)]
    pub unpicked: Quantity,
}

impl SheetLine for GoodsLine {
    const ACTUALS: &'static [&'static str] = &["actual", "package", "picked_lot", "override_reason"];
    const COMPUTED: &'static [&'static str] = &["unpicked"];

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

    fn locations(&self) -> Vec<&LocationCode> {
        vec![&self.from]
    }

    fn reservation(&self) -> Option<ReservationId> {
        Some(self.reservation_id)
    }

    fn reservation_line(&self) -> Option<u32> {
        Some(self.reservation_line)
    }

    fn source_line(&self) -> Option<u32> {
        self.source_line
    }
}

/// Goods of a line, looked up.
pub(crate) struct Goods<'f> {
    pub(crate) product: &'f Product,
    pub(crate) key: BalanceKey,
}

impl GoodsLine {
    /// What was handled.
    pub(crate) fn handled(&self) -> Quantity {
        self.actual.unwrap_or_default()
    }

    /// The lot that was picked: the one that was allocated, or another one instead.
    pub(crate) fn lot_in_hand(&self) -> Lot {
        self.picked_lot.as_ref().or(self.lot.as_ref()).cloned().unwrap_or_else(Lot::none)
    }

    /// Whether another lot was picked than the one that was allocated.
    pub(crate) fn is_swapped(&self) -> bool {
        self.picked_lot.is_some() && self.picked_lot != self.lot
    }

    pub(crate) fn look_up<'f>(&self, floor: &'f Floor<'_, '_>) -> Result<Goods<'f>, StockRefusal> {
        let unknown = || StockRefusal::UnknownSku { skus: vec![self.sku.clone()] };
        let product = floor.stock.product_by_sku(&self.sku).ok_or_else(unknown)?;
        let unknown = || StockRefusal::UnknownLocation { code: Some(self.from.clone()) };
        let location = floor.stock.location_by_code(&self.from).ok_or_else(unknown)?.id;
        let lot = self.lot.clone().unwrap_or_else(Lot::none);
        Ok(Goods { product, key: BalanceKey { product: product.id, location, lot } })
    }
}

/// Checks the lines of a sheet: that the reservation has such a line of this product, and that no more was handled than
/// planned.
pub(crate) fn check_goods<K: Kind<Line = GoodsLine>>(
    sheet: &Sheet<K>,
    floor: &Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut faults: Vec<Fault> = Vec::new();
    for (line_no, line) in numbered(&sheet.lines) {
        let reservation = floor.reservations.get(line.reservation_id);
        let promised = reservation.and_then(|found| {
            found.lines.iter().find(|row| row.line_no == line.reservation_line && row.sku == line.sku)
        });
        if promised.is_none() {
            let why = "is no line of a reservation for this sku";
            faults.push(fault(line_no, "reservation_line", why));
        }
        if line.handled() > line.planned.get() {
            faults.push(fault(line_no, "actual", "is more than planned"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
}

/// Another lot is picked on the pick; after that, goods are of the lot that they are.
pub(crate) fn check_unswapped<K: Kind<Line = GoodsLine>>(sheet: &Sheet<K>) -> Result<(), OperationsRefusal> {
    let swapped = numbered(&sheet.lines)
        .filter(|(_, line)| line.picked_lot.is_some() || line.override_reason.is_some())
        .map(|(line_no, _)| fault(line_no, "picked_lot", "is said on the pick"));
    let faults: Vec<_> = swapped.collect();
    if faults.is_empty() { Ok(()) } else { Err(OperationsRefusal::Invalid(faults)) }
}

/// Refuses goods that are to come back to a shelf.
pub(crate) fn check_wanted<K: Kind<Line = GoodsLine>>(
    sheet: &Sheet<K>,
    floor: &Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let unwanted: Vec<_> = numbered(&sheet.lines)
        .filter(|(_, line)| !line.handled().is_zero() && is_unwanted(line, floor))
        .map(|(line_no, line)| (line_no, line.reservation_id))
        .collect();
    if unwanted.is_empty() { Ok(()) } else { Err(OperationsRefusal::UnpickRequested { lines: unwanted }) }
}

/// Whether a release has asked for goods of a line to come back.
pub(crate) fn is_unwanted(line: &GoodsLine, floor: &Floor<'_, '_>) -> bool {
    let reservation = floor.reservations.get(line.reservation_id);
    let of_line = |found: &reservations::Reservation| {
        found.lines.iter().any(|row| row.line_no == line.reservation_line && !row.to_unpick.is_zero())
    };
    reservation.is_some_and(of_line)
}

/// Refuses goods of lots that may not leave any more.
pub(crate) fn check_lots<K: Kind<Line = GoodsLine>>(
    sheet: &Sheet<K>,
    floor: &Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut blocked = Vec::new();
    for line in sheet.lines.iter().filter(|line| !line.handled().is_zero()) {
        let goods = line.look_up(floor)?;
        let lot = floor.stock.lot(goods.key.product, &goods.key.lot);
        if lot.is_some_and(|lot| lot.blocked(floor.context.now).is_some()) {
            blocked.push((line.sku.clone(), goods.key.lot));
        }
    }
    if blocked.is_empty() { Ok(()) } else { Err(OperationsRefusal::LotsBlocked { lots: blocked }) }
}

/// The place that goods go to: the one that is named, else the warehouse's first of its kind.
pub(crate) fn place_of(
    named: Option<&LocationCode>,
    kind: LocationKind,
    head: &Head,
    floor: &Floor<'_, '_>,
) -> Result<LocationId, OperationsRefusal> {
    let found = match named {
        Some(code) => floor.stock.location_by_code(code),
        None => floor.stock.first_of_kind(head.warehouse, kind),
    };
    let fits = found.filter(|location| location.warehouse == head.warehouse && location.active);
    let missing = || match named {
        Some(code) => OperationsRefusal::from(StockRefusal::UnknownLocation { code: Some(code.clone()) }),
        None => OperationsRefusal::NoPlace { warehouse: head.warehouse_code.clone(), kind },
    };
    fits.map(|location| location.id).ok_or_else(missing)
}

/// A transfer of reserved goods of a line.
pub(crate) fn reserved_to(
    goods: &Goods<'_>,
    (line_no, quantity): (u32, Quantity),
    to: Place,
) -> Option<NewTransfer> {
    Some(NewTransfer {
        product: goods.product.id,
        lot: goods.key.lot.clone(),
        quantity: quantity.positive()?,
        from: Place::At(goods.key.location, Bucket::Reserved),
        to,
        record_line: Some(line_no),
        unit_cost: None,
    })
}

/// Lets the reservations follow, each once.
pub(crate) fn follow(
    handled: Vec<(ReservationId, Handled)>,
    floor: &mut Floor<'_, '_>,
) -> Result<(), OperationsRefusal> {
    let mut by_reservation: BTreeMap<ReservationId, Vec<Handled>> = BTreeMap::new();
    for (id, one) in handled.into_iter().filter(|(_, one)| !one.quantity.is_zero()) {
        by_reservation.entry(id).or_default().push(one);
    }
    for (id, handled) in by_reservation {
        follow_goods(floor.stock, floor.reservations, id, &handled, floor.context)?;
    }
    Ok(())
}

/// What the transfers of a posting mean for the reservations: what went to a location is still promised there. Where
/// another lot was picked, it is promised instead of the one that was allocated.
pub(crate) fn moved_goods<K: Kind<Line = GoodsLine>>(
    sheet: &Sheet<K>,
    transfers: &[NewTransfer],
    undone: bool,
) -> Vec<(ReservationId, Handled)> {
    let fate = |transfer: &NewTransfer| {
        let key = |place: Place| {
            let (product, lot) = (transfer.product, transfer.lot.clone());
            place.location().map(|location| BalanceKey { product, location, lot })
        };
        let (from, to) = (key(transfer.from)?, key(transfer.to));
        Some(match (transfer.to, to, undone) {
            (Place::At(_, Bucket::Reserved), Some(to), false) => (from, Fate::Moved { to }),
            (Place::At(_, Bucket::Reserved), Some(to), true) => (to, Fate::Moved { to: from }),
            (Place::At(..), _, _) => (from, Fate::Lost),
            (Place::Outside(_), _, _) => (from, Fate::Shipped),
        })
    };
    let one = |transfer: &NewTransfer| {
        let line_no = transfer.record_line?;
        let line = sheet.lines.get(place_of_line(line_no)?)?;
        let swap = swapped(line, transfer, undone);
        let (from, fate) = match swap {
            Some(Swap::InHand(from, fate)) => (from, fate),
            Some(Swap::Left) => return None,
            None => fate(transfer)?,
        };
        let quantity = transfer.quantity.get();
        let handled = Handled { line_no: line.reservation_line, from, quantity, fate };
        Some((line.reservation_id, handled))
    };
    transfers.iter().filter_map(one).collect()
}

/// A transfer of a line of which another lot was picked.
enum Swap {
    /// The lot that was picked, for the one that was allocated.
    InHand(BalanceKey, Fate),
    /// The lot that was allocated and is free again: the reservation knows it from the other one.
    Left,
}

/// Available (another lot) → reserved, and reserved (the allocated lot) → available, both from one shelf.
fn swapped(line: &GoodsLine, transfer: &NewTransfer, undone: bool) -> Option<Swap> {
    if !line.is_swapped() {
        return None;
    }
    let allocated = line.lot.clone().unwrap_or_else(Lot::none);
    match (transfer.from, transfer.to) {
        (Place::At(shelf, Bucket::Available), Place::At(at, Bucket::Reserved)) => {
            let product = transfer.product;
            let left = BalanceKey { product, location: shelf, lot: allocated };
            let picked = BalanceKey { product, location: at, lot: transfer.lot.clone() };
            Some(if undone {
                Swap::InHand(picked, Fate::Moved { to: left })
            } else {
                Swap::InHand(left, Fate::Moved { to: picked })
            })
        }
        (Place::At(_, Bucket::Reserved), Place::At(_, Bucket::Available)) if transfer.lot == allocated => {
            Some(Swap::Left)
        }
        (Place::At(..) | Place::Outside(_), _) => None,
    }
}
