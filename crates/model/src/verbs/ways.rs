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
    /// Or it is picked while somebody counts: what pickers have in their hands, or what they did not find.
    pub(crate) fn way_of_an_order() -> BoxedStrategy<Vec<Vec<Self>>> {
        let made = || one(create::Create::plain().prop_map(Self::Create));
        let picked = || one(pick::Pick::latest().prop_map(Self::Pick));
        let back = one(write::Write::of_orders().prop_map(Self::Write));
        let counted = one(write::Write::of_counts().prop_map(Self::Write));
        let given_up = one(go::Go::off().prop_map(Self::Go));
        let way =
            vec![made(), picked(), last(), on(), last(), on(), last(), back, last(), part(), part(), undo()];
        let stages = prop_oneof![1 => 3_usize..9, 1 => 9_usize..13];
        let after = prop_oneof![2 => last(), 1 => given_up.clone()].boxed();
        prop_oneof![
            4 => (way, stages).prop_map(|(way, stages)| way.into_iter().take(stages).collect()),
            1 => vec![made(), picked(), begun(), counted, last(), after],
            1 => vec![made(), picked(), missed(), found(), last()],
            1 => vec![made(), picked(), begun(), given_up, picked(), last()],
        ]
        .boxed()
    }

    /// The way of what is bought: ordered, received, inspected, put away; or of what is moved, corrected or made.
    pub(crate) fn way_of_goods() -> BoxedStrategy<Vec<Vec<Self>>> {
        let ordered = one(write::Write::of_goods().prop_map(Self::Write));
        let moved = one(write::Write::of_moves().prop_map(Self::Write));
        let way = vec![ordered, last(), on(), last(), part(), on(), last(), undo()];
        prop_oneof![
            1 => (way, 3_usize..9).prop_map(|(way, stages)| way.into_iter().take(stages).collect()),
            1 => (vec![moved, last(), part(), part(), undo()], 2_usize..6)
                .prop_map(|(way, stages)| way.into_iter().take(stages).collect()),
        ]
        .boxed()
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

/// The latest record that somebody works on is begun, and something is said of it.
fn begun() -> BoxedStrategy<Vec<Verb>> {
    (Record::latest(), say::Say::raw())
        .prop_map(|(record, raw)| {
            let record = Record { walks: true, ..record };
            vec![Verb::Go(go::Go::on(record.clone(), 1)), Verb::Say(say::Say::of(record, raw))]
        })
        .boxed()
}

/// Nothing of the latest pick is there.
fn missed() -> BoxedStrategy<Vec<Verb>> {
    counted(say::NOTHING, 1)
}

/// The latest count finds one more than it should, and is counted again.
fn found() -> BoxedStrategy<Vec<Verb>> {
    counted(say::ONE_MORE, 2)
}

/// The latest record that somebody works on is begun, this is said of it so many times, somebody else agrees, and it is
/// posted.
fn counted(said: (u8, u8), times: usize) -> BoxedStrategy<Vec<Verb>> {
    (Record::latest(), post::Post::raw())
        .prop_map(move |(record, raw)| {
            let record = Record { walks: true, ..record };
            let other = Record { who: 1 - record.who, ..record.clone() };
            let says = (0..times).map(|_| Verb::Say(say::Say::of(record.clone(), vec![said; 3])));
            let mut stage = vec![Verb::Go(go::Go::on(record.clone(), 1))];
            stage.extend(says);
            stage.extend([Verb::Go(go::Go::on(other, 2)), Verb::Post(post::Post::of(record.clone(), raw))]);
            stage
        })
        .boxed()
}

/// The latest posting is undone.
fn undo() -> BoxedStrategy<Vec<Verb>> {
    one(undo::Undo::latest().prop_map(Verb::Undo))
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
