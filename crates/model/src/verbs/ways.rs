//! What is asked for in which kind of place, how often, and in which order.

use proptest::prelude::*;

use super::record::Record;
use super::{
    Act, Verb, amend, carry_on, consume, create, expire, fill, go, open, pick, post, recall, redate, release,
    reverse, say, undo, write,
};

/// Kinds of commands, each as often as its number says.
macro_rules! weighted {
    ($($weight:literal $name:ident $module:ident)*) => {
        prop_oneof![$($weight => $module::$name::strategy().prop_map(Verb::$name)),*].boxed()
    };
}

impl Verb {
    /// What a shop asks for.
    pub(crate) fn of_a_shop() -> BoxedStrategy<Self> {
        weighted! {
            5 Open open
            8 Create create
            4 Release release
            4 Consume consume
            2 Fill fill
            2 Expire expire
            2 Reverse reverse
            4 Amend amend
            2 Recall recall
            1 Redate redate
        }
    }

    /// What happens to what was ordered: it is picked, packed, shipped, and comes back.
    pub(crate) fn of_orders() -> BoxedStrategy<Self> {
        let rest = weighted! {
            1 Open open
            3 Release release
            1 Consume consume
            1 Fill fill
            1 Expire expire
            1 Amend amend
            1 Recall recall
            1 Redate redate
            5 Pick pick
            8 CarryOn carry_on
            2 Go go
            2 Say say
            7 Post post
            3 Undo undo
        };
        let back = write::Write::of_orders().prop_map(Self::Write);
        prop_oneof![4 => create::Create::plain().prop_map(Self::Create), 3 => back, 28 => rest].boxed()
    }

    /// What else happens in a warehouse: goods come, are inspected, put away, moved, counted, corrected, and made.
    pub(crate) fn of_a_warehouse() -> BoxedStrategy<Self> {
        weighted! {
            1 Open open
            2 Create create
            1 Consume consume
            1 Recall recall
            1 Redate redate
            12 Write write
            4 CarryOn carry_on
            1 Pick pick
            2 Go go
            2 Say say
            8 Post post
            3 Undo undo
        }
    }

    /// Somebody takes a record up, says what was done, and posts it: most of that, in order.
    fn walk(record: impl Strategy<Value = Record> + 'static) -> BoxedStrategy<Vec<Self>> {
        let says = || prop::option::weighted(0.5, say::Say::raw());
        (record, says(), says(), prop::bool::weighted(0.9), post::Post::raw())
            .prop_map(|(record, first, second, posts, raw)| {
                let record = Record { walks: true, off: None, ..record };
                let other = Record { who: 1 - record.who, ..record.clone() };
                let said = |raw: Option<_>| raw.map(|raw| Self::Say(say::Say::of(record.clone(), raw)));
                let mut walk: Vec<Self> = said(first).into_iter().collect();
                walk.push(Self::Go(go::Go::on(record.clone(), 1)));
                walk.extend(said(second));
                walk.push(Self::Go(go::Go::on(other, 2)));
                walk.extend(posts.then(|| Self::Post(post::Post::of(record, raw))));
                walk
            })
            .boxed()
    }

    /// The same, of any record.
    pub(crate) fn walk_of_any() -> BoxedStrategy<Vec<Self>> {
        Self::walk(Record::strategy())
    }

    /// The way of an order, batch by batch, each about the latest of its kind: made, picked, packed, shipped, taken back.
    pub(crate) fn way_of_an_order() -> BoxedStrategy<Vec<Vec<Self>>> {
        let made = one(create::Create::plain().prop_map(Self::Create));
        let picked = one(pick::Pick::latest().prop_map(Self::Pick));
        let back = one(write::Write::of_orders().prop_map(Self::Write));
        let way = vec![made, picked, last(), on(), last(), on(), last(), back, last(), part()];
        (way, 3_usize..11).prop_map(|(way, stages)| way.into_iter().take(stages).collect()).boxed()
    }

    /// The way of what is bought: ordered, received, inspected, put away.
    pub(crate) fn way_of_goods() -> BoxedStrategy<Vec<Vec<Self>>> {
        let ordered = one(write::Write::of_goods().prop_map(Self::Write));
        let way = vec![ordered, last(), on(), last(), part(), on(), last()];
        (way, 3_usize..8).prop_map(|(way, stages)| way.into_iter().take(stages).collect()).boxed()
    }

    /// Only stock that opens a shelf.
    pub(crate) fn opening() -> BoxedStrategy<Self> {
        open::Open::strategy().prop_map(Self::Open).boxed()
    }
}

/// A stage of one command.
fn one(verb: impl Strategy<Value = Verb> + 'static) -> BoxedStrategy<Vec<Verb>> {
    verb.prop_map(|verb| vec![verb]).boxed()
}

/// The latest record that somebody works on is done.
fn last() -> BoxedStrategy<Vec<Verb>> {
    Verb::walk(Record::latest())
}

/// Somebody goes on from the latest that is ready.
fn on() -> BoxedStrategy<Vec<Verb>> {
    one(carry_on::CarryOn::latest().prop_map(Verb::CarryOn))
}

/// A step of the latest that is ready.
fn part() -> BoxedStrategy<Vec<Verb>> {
    one((Record::latest(), post::Post::raw())
        .prop_map(|(record, raw)| Verb::Post(post::Post::of(record, raw))))
}
