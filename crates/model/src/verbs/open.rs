//! Opening a shelf with the stock that stands there.

use commands::Import;
use inventory::{OpenStock, Tracking};
use kernel::{Code, Day};
use proptest::prelude::*;

use super::{Act, Known, Make, make, positive};
use crate::catalogue::{LOTS, PLACES, PRODUCTS, UNIT, expires_on};
use crate::reference::{Key, Opening, Outcome, Reference, Spot};

/// So much of a product at a place.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    product: usize,
    place: usize,
    lot: Option<usize>,
    quantity: i64,
}

impl Open {
    fn key(&self) -> Key {
        (self.product, self.place, self.lot.map_or("", |lot| LOTS[lot].0))
    }
}

impl Act for Open {
    fn strategy() -> BoxedStrategy<Self> {
        // Tracked products mostly have a lot, others mostly none.
        let product = prop_oneof![5 => Just(0_usize), 5 => Just(1), 3 => Just(2), 1 => Just(3), 2 => Just(4), 1 => Just(5)];
        let place = prop_oneof![4 => Just(0_usize), 4 => Just(1), 4 => Just(2), 1 => Just(3), 2 => Just(4)];
        (product, place, 0..LOTS.len(), 0_u8..20, 1_i64..12)
            .prop_map(|(product, place, lot, odd, units)| {
                let tracked = PRODUCTS[product].tracking != Tracking::None;
                let lot = (tracked != (odd == 0)).then_some(lot);
                let serial = PRODUCTS[product].tracking == Tracking::Serial;
                let quantity = if serial { UNIT } else { units * UNIT };
                Self { product, place, lot, quantity }
            })
            .boxed()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        let (key, product) = (self.key(), &PRODUCTS[self.product]);
        if world.shelves.contains_key(&key) {
            return Ok(());
        }
        if !product.is_stockable {
            return Err(Code::NotStockable);
        }
        match (product.tracking, self.lot) {
            (Tracking::None, Some(_)) => return Err(Code::LotNotTracked),
            (Tracking::Lot | Tracking::Serial, None) => return Err(Code::LotRequired),
            (Tracking::None, None) | (Tracking::Lot | Tracking::Serial, Some(_)) => {}
        }
        let is_serial = product.tracking == Tracking::Serial;
        if is_serial && (self.quantity != UNIT || world.stands_anywhere((self.product, key.2))) {
            return Err(Code::SerialTaken);
        }
        if !PLACES[self.place].is_storage() {
            return Err(Code::StockNotAllowed);
        }
        if let Some(lot) = self.lot {
            world.bring_lot(self.product, key.2, expires_on(LOTS[lot].1));
        }
        world.transfer(key, self.quantity, Spot::Outside, Spot::Available);
        world.openings.insert(key, Opening { quantity: self.quantity, is_undone: false });
        world.moved(true);
        Ok(())
    }

    fn job(&self, _: &Known) -> Make {
        let line = OpenStock {
            sku: PRODUCTS[self.product].sku.parse().unwrap(),
            location: Some(PLACES[self.place].code.parse().unwrap()),
            lot: self.key().2.parse().unwrap(),
            expires_on: self.lot.and_then(|lot| expires_on(LOTS[lot].1)).map(Day::of),
            quantity: positive(self.quantity),
            unit_cost: None,
        };
        make(move || Import(vec![line.clone()]))
    }
}
