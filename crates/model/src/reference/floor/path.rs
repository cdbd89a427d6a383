//! The paths of the modules, and the steps on them, as the table of the API has them.

use operations::{Module, RecordState, Step};

use super::{Line, Record};
use RecordState as S;

/// The states of a module's records, in their order.
pub(crate) const fn path(module: Module) -> &'static [S] {
    match module {
        Module::PurchaseOrders => &[S::Open, S::Approved, S::Ordered, S::Receiving, S::Closed],
        Module::ReceivingSessions | Module::Returns => &[S::Open, S::Receiving, S::Posted, S::Closed],
        Module::PutawayTasks | Module::PickTasks | Module::PackSessions | Module::ShipConfirmations => {
            &[S::Open, S::InProgress, S::Posted, S::Closed]
        }
        Module::Transfers | Module::KitAssemblies => {
            &[S::Open, S::Approved, S::InProgress, S::Posted, S::Closed]
        }
        Module::Adjustments => &[S::Open, S::Approved, S::Posted, S::Closed],
        Module::CycleCounts => &[S::Open, S::InProgress, S::Approved, S::Posted, S::Closed],
        Module::Vendors => &[S::Open, S::Approved, S::Closed],
    }
}

/// A step: from where it is posted, whether in parts, whether more than once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) step: Step,
    pub(crate) from: S,
    pub(crate) in_parts: bool,
    pub(crate) repeats: bool,
}

const fn once(step: Step, from: S) -> Rule {
    Rule { step, from, in_parts: false, repeats: false }
}

const fn in_parts(step: Step, from: S) -> Rule {
    Rule { step, from, in_parts: true, repeats: true }
}

/// The steps of a module.
pub(crate) fn steps(module: Module) -> Vec<Rule> {
    match module {
        Module::PurchaseOrders | Module::Vendors => vec![],
        Module::ReceivingSessions => vec![once(Step::Post, S::Receiving), in_parts(Step::Inspect, S::Posted)],
        Module::PickTasks => vec![once(Step::Post, S::InProgress), in_parts(Step::Unpick, S::Posted)],
        Module::PutawayTasks | Module::PackSessions | Module::ShipConfirmations | Module::KitAssemblies => {
            vec![once(Step::Post, S::InProgress)]
        }
        Module::Transfers => vec![
            once(Step::Post, S::InProgress),
            once(Step::Dispatch, S::InProgress),
            Rule { repeats: false, ..in_parts(Step::Receive, S::InProgress) },
            in_parts(Step::Found, S::InProgress),
            in_parts(Step::ReturnToSource, S::InProgress),
            in_parts(Step::WriteOff, S::InProgress),
        ],
        Module::Adjustments | Module::CycleCounts => vec![once(Step::Post, S::Approved)],
        Module::Returns => vec![once(Step::Receive, S::Receiving), in_parts(Step::Dispose, S::Receiving)],
    }
}

/// The rule of a step; where none is named, of the only one that is not in parts.
pub(crate) fn rule(module: Module, step: Option<Step>) -> Option<Rule> {
    let steps = steps(module);
    match step {
        Some(step) => steps.into_iter().find(|rule| rule.step == step),
        None => {
            let mut whole = steps.into_iter().filter(|rule| !rule.in_parts);
            whole.next().filter(|_| whole.next().is_none())
        }
    }
}

/// Whether a record in this state is before `posted`; where there is no such state, before the end.
fn is_before_posted(module: Module, state: S) -> bool {
    let states = path(module);
    let place = |state: S| states.iter().position(|on_path| *on_path == state);
    let end = place(S::Posted).or(place(S::Closed));
    place(state).is_some_and(|here| Some(here) < end)
}

/// Where a transition may lead: on, aside (blocked, and back to where it was), or off while nothing was posted.
pub(crate) fn allowed(record: &Record) -> Vec<S> {
    let states = path(record.module);
    let mut allowed = Vec::new();
    if record.state == S::Blocked {
        allowed.extend(record.blocked_from);
    } else {
        let on = states.iter().skip_while(|state| **state != record.state).nth(1);
        allowed.extend(on.filter(|state| **state != S::Posted));
        allowed.extend(is_before_posted(record.module, record.state).then_some(S::Blocked));
    }
    let is_before = is_before_posted(record.module, record.stands_at());
    allowed.extend((is_before && !record.has_posted()).then_some(S::Cancelled));
    allowed.retain(|to| match (record.module, to) {
        (Module::ReceivingSessions, S::Closed) => {
            record.sheet.lines.iter().all(|line| line.uninspected() == 0)
        }
        (Module::PurchaseOrders, S::Cancelled) => record.sheet.lines.iter().all(|line: &Line| line.came == 0),
        _ => true,
    });
    allowed
}

/// The state of the work that a record in this state is.
pub(crate) const fn work(module: Module, state: S) -> operations::WorkState {
    use operations::WorkState as W;
    match (state, module) {
        (S::Approved, Module::Vendors) => W::Completed,
        (S::Open | S::Approved, _) => W::Open,
        (S::Ordered | S::Receiving | S::InProgress, _) => W::InProgress,
        (S::Blocked, _) => W::Blocked,
        (S::Posted | S::Closed, _) => W::Completed,
        (S::Cancelled, _) => W::Cancelled,
    }
}
