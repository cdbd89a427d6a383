//! The commands of the model. Each has one file: how it is drawn, what the API says of it, the job that asks for it.

mod amend;
mod carry_on;
mod consume;
mod create;
mod drafts;
mod expire;
mod fill;
mod go;
mod known;
mod open;
mod pick;
mod post;
mod recall;
mod record;
mod redate;
mod release;
mod reverse;
mod say;
mod undo;
mod ways;
mod write;

use std::rc::Rc;

use commands::testing::Codes;
use commands::{Job, Operate, Task, UseCase, Work};
use kernel::{Request, ReservationId};
use proptest::prelude::*;

pub(crate) use known::{Known, Moved, Reserved, Seen, SeenPosting};
use record::Record;

use crate::catalogue::person;
use crate::reference::{Outcome, Reference};

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

    /// What of its kind it is, for figures.
    fn about(&self) -> String {
        String::new()
    }

    /// What the API says that happens. May change the reference before it refuses.
    fn expect(&self, world: &mut Reference) -> Outcome;

    /// The program's command for the same.
    fn job(&self, known: &Known) -> Make;
}

/// One line for each kind: its name, its file.
macro_rules! verbs {
    ($($name:ident $module:ident)*) => {
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

        impl Verb {
            /// See [`Act::aim`].
            pub(crate) fn aim(&mut self, known: &Known) -> bool {
                match self {
                    $(Self::$name(verb) => verb.aim(known),)*
                }
            }

            /// See [`Act::about`].
            pub(crate) fn about(&self) -> String {
                match self {
                    $(Self::$name(verb) => verb.about(),)*
                }
            }

            /// See [`Act::expect`].
            pub(crate) fn expect(&self, world: &mut Reference) -> Outcome {
                match self {
                    $(Self::$name(verb) => verb.expect(world),)*
                }
            }

            /// See [`Act::job`].
            pub(crate) fn job(&self, known: &Known) -> Make {
                match self {
                    $(Self::$name(verb) => verb.job(known),)*
                }
            }
        }
    };
}

verbs! {
    Open open
    Create create
    Release release
    Consume consume
    Fill fill
    Expire expire
    Reverse reverse
    Amend amend
    Recall recall
    Redate redate
    Write write
    CarryOn carry_on
    Pick pick
    Go go
    Say say
    Post post
    Undo undo
}

/// The job of this work, as often as it is asked for.
fn make<W>(work: impl Fn() -> W + 'static) -> Make
where
    W: Work + 'static,
    W::Done: std::fmt::Debug,
{
    Rc::new(move |request| Box::new(Task { request, work: work(), render: Codes, preview_hash: None }))
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

/// The job of a use-case of operations that somebody asks for.
fn operate<C>(command: C, who: usize) -> Make
where
    C: UseCase + Clone + 'static,
    C::Done: std::fmt::Debug,
{
    make(move || Operate { command: command.clone(), actor: person(who) })
}
