//! The days, one after the other: deliveries and purchase orders in the morning, then orders and cancellations, in the
//! evening shipment, returns and write-offs. Knows the order of things; how each is done has a file of its own.

use time::{Date, Weekday};

use super::buy::Purchasing;
use super::client::Client;
use super::orders::Orders;
use super::{give_back, sell, setup, write_off};

/// Replays every day; answers what vendors still owe at the end.
pub(super) fn replay(client: &Client, orders: &Orders, workers: usize) -> Purchasing {
    let mut purchasing = Purchasing::default();
    let mut shipped = give_back::Shipped::default();
    let (Some((first, _)), Some((last, _))) = (orders.days.first_key_value(), orders.days.last_key_value())
    else {
        return purchasing;
    };
    if !setup::open(client) {
        return purchasing;
    }
    let mut next = Some(*first);
    while let Some(date) = next.filter(|date| date <= last) {
        purchasing.deliver(client, date, workers);
        if date.weekday() == Weekday::Monday {
            purchasing.order(client, orders, date, workers);
        }
        trade(client, orders, date, workers, &mut shipped);
        next = date.next_day();
    }
    purchasing
}

/// What the file has for a day.
fn trade(client: &Client, orders: &Orders, date: Date, workers: usize, shipped: &mut give_back::Shipped) {
    let Some(day) = orders.days.get(&date) else { return };
    let mut held = sell::reserve_all(client, orders, &day.orders, workers);
    let cancelled = give_back::plan(&day.cancellations, &mut held, shipped, &orders.products);
    give_back::release_all(client, &cancelled, workers);
    held.retain(sell::Held::holds_anything);
    let left = sell::ship_all(client, &held, date, workers);
    for (held, _) in held.iter().zip(left).filter(|(_, left)| *left) {
        shipped.add(held);
    }
    give_back::return_all(client, cancelled, date, workers);
    write_off::all(client, &day.write_offs, &orders.products, date);
}
