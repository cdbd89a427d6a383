//! The commands of the model. Each has one file: how it is drawn, what the API says of it, the job that asks for it.

mod amend;
mod consume;
mod create;
mod expire;
mod fill;
mod open;
mod recall;
mod redate;
mod release;
mod reverse;

use std::rc::Rc;

use commands::testing::Codes;
use commands::{Job, Operate, Task, UseCase, Work};
use kernel::{MovementId, Request, ReservationId};
use proptest::prelude::*;

use crate::reference::{Key, Outcome, Reference};

/// Makes the job for a request; a repeat makes it again.
pub(crate) type Make = Rc<dyn Fn(Request) -> Box<dyn Job>>;

/// One kind of command.
pub(crate) trait Act: Sized {
    /// How it is drawn. What it is about is a number that [`Act::aim`] turns into something that is there.
    fn strategy() -> BoxedStrategy<Self>;

    /// Aims at something that was there when the batch began; false where there is nothing of the kind.
    fn aim(&mut self, _: &Known) -> bool {
        true
    }

    /// What the API says that happens. May change the reference before it refuses.
    fn expect(&self, world: &mut Reference) -> Outcome;

    /// The program's command for the same.
    fn job(&self, known: &Known) -> Make;
}

/// What a caller can know before a batch: ids and versions that were answered.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Reservations in the order in which they were made.
    pub(crate) reservations: Vec<Reserved>,
    /// Movements, in the order of the ledger.
    pub(crate) movements: Vec<(MovementId, Moved)>,
}

/// A reservation as it was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reserved {
    pub(crate) id: ReservationId,
    pub(crate) version: i64,
    pub(crate) is_active: bool,
}

/// What a movement in the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// It opened a shelf.
    Opening(Key),
    /// It undid another one.
    Reversal,
    /// A reservation posted it.
    OfReservation,
}

/// One line for each kind: how often it is drawn, its name, its file.
macro_rules! verbs {
    ($($weight:literal $name:ident $module:ident)*) => {
        /// A command of some kind.
        #[derive(Debug, Clone)]
        pub(crate) enum Verb {
            $($name($module::$name),)*
        }

        impl Verb {
            /// The kind, for figures.
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($module),)*
                }
            }
        }

        impl Act for Verb {
            fn strategy() -> BoxedStrategy<Self> {
                prop_oneof![$($weight => $module::$name::strategy().prop_map(Verb::$name)),*].boxed()
            }

            fn aim(&mut self, known: &Known) -> bool {
                match self {
                    $(Self::$name(verb) => verb.aim(known),)*
                }
            }

            fn expect(&self, world: &mut Reference) -> Outcome {
                match self {
                    $(Self::$name(verb) => verb.expect(world),)*
                }
            }

            fn job(&self, known: &Known) -> Make {
                match self {
                    $(Self::$name(verb) => verb.job(known),)*
                }
            }
        }
    };
}

verbs! {
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

impl Verb {
    /// Only stock that opens a shelf.
    pub(crate) fn opening() -> BoxedStrategy<Self> {
        open::Open::strategy().prop_map(Self::Open).boxed()
    }
}

/// The job of this work, as often as it is asked for.
fn make<W>(work: impl Fn() -> W + 'static) -> Make
where
    W: Work + 'static,
    W::Done: std::fmt::Debug,
{
    Rc::new(move |request| Box::new(Task { request, work: work(), render: Codes, preview_hash: None }))
}

/// The job of this use-case of operations, as often as it is asked for.
fn make_operation<C>(command: C) -> Make
where
    C: UseCase + Clone + 'static,
    C::Done: std::fmt::Debug,
{
    Rc::new(move |request| {
        let work = Operate { command: command.clone(), actor: request.actor.clone() };
        Box::new(Task { request, work, render: Codes, preview_hash: None })
    })
}

/// Which of the reservations, and the version that the caller has seen: none, the right one, or another one.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    which: usize,
    /// Whether it is one of the active ones, while there are any.
    is_active: bool,
    /// How far off the version is that is sent; none: none is sent.
    off: Option<i64>,
    /// The version that is sent.
    version: Option<i64>,
}

impl Target {
    fn strategy() -> impl Strategy<Value = Self> {
        let off = prop_oneof![8 => Just(None), 2 => Just(Some(0)), 1 => Just(Some(1))];
        (0_usize..1000, prop::bool::weighted(0.8), off).prop_map(|(which, is_active, off)| Self {
            which,
            is_active,
            off,
            version: None,
        })
    }

    fn aim(&mut self, known: &Known) -> bool {
        let all = known.reservations.iter().enumerate();
        let active: Vec<usize> = all.filter(|(_, row)| row.is_active).map(|(at, _)| at).collect();
        let which = match self.which.checked_rem(active.len()) {
            Some(at) if self.is_active => Some(active[at]),
            Some(_) | None => self.which.checked_rem(known.reservations.len()),
        };
        let Some(which) = which else { return false };
        self.which = which;
        self.version = self.off.map(|off| known.reservations[which].version + off);
        true
    }

    fn id(&self, known: &Known) -> ReservationId {
        known.reservations[self.which].id
    }
}

/// Lines by number with a quantity in millionths, of which some are too many or named twice; mostly all.
fn selection() -> impl Strategy<Value = Option<Vec<(u32, Option<i64>)>>> {
    let quantity = prop::option::of((1_i64..8).prop_map(|halves| halves * crate::catalogue::UNIT / 2));
    prop::option::weighted(
        0.6,
        prop::collection::vec((prop_oneof![4 => Just(1_u32), 2 => Just(2), 1 => Just(3)], quantity), 1..3),
    )
}

/// The same, as the program takes it.
fn selections(lines: Option<&[(u32, Option<i64>)]>) -> Option<Vec<reservations::LineSelection>> {
    let select = |(line_no, quantity): &(u32, Option<i64>)| reservations::LineSelection {
        line: reservations::LineWanted::Number(*line_no),
        quantity: quantity.map(positive),
    };
    lines.map(|lines| lines.iter().map(select).collect())
}

fn positive(micros: i64) -> kernel::PositiveQuantity {
    kernel::Quantity::from_micros(micros).unwrap().positive().unwrap()
}
