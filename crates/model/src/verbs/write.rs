//! Making records of operations.

use operations::{CreateRecord, Module, Priority};
use proptest::prelude::*;

use super::drafts::{Draft, any_draft, draft};
use super::{Act, Known, Make, operate};
use crate::catalogue::WAREHOUSES;
use crate::reference::{Outcome, Reference};

/// A record that somebody writes.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    draft: Draft,
    who: usize,
}

impl Write {
    /// One of these kinds.
    fn one_of(modules: &'static [Module]) -> impl Strategy<Value = Self> {
        (draft(prop::sample::select(modules)), 0_usize..2).prop_map(|(draft, who)| Self { draft, who })
    }

    /// What comes back, and what is counted meanwhile.
    pub(crate) fn of_orders() -> impl Strategy<Value = Self> {
        Self::one_of(&[Module::Returns, Module::Returns, Module::CycleCounts])
    }

    /// What is counted.
    pub(crate) fn of_counts() -> impl Strategy<Value = Self> {
        Self::one_of(&[Module::CycleCounts])
    }

    /// What is bought, or comes unasked.
    pub(crate) fn of_goods() -> impl Strategy<Value = Self> {
        Self::one_of(&[Module::PurchaseOrders, Module::PurchaseOrders, Module::ReceivingSessions])
    }

    /// What is moved, corrected or made.
    pub(crate) fn of_moves() -> impl Strategy<Value = Self> {
        Self::one_of(&[Module::Transfers, Module::Transfers, Module::Adjustments, Module::KitAssemblies])
    }
}

impl Act for Write {
    fn strategy() -> BoxedStrategy<Self> {
        (any_draft(), 0_usize..2).prop_map(|(draft, who)| Self { draft, who }).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        self.draft.aim(known)
    }

    fn about(&self) -> String {
        self.draft.module.as_str().to_owned()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        let of = (self.draft.module, self.draft.warehouse);
        world.write(of, self.draft.sheet.clone(), None, self.who)
    }

    fn job(&self, known: &Known) -> Make {
        let command = CreateRecord {
            body: known.book.body(self.draft.module, &self.draft.sheet),
            warehouse: Some(WAREHOUSES[self.draft.warehouse].parse().unwrap()),
            priority: Priority::Normal,
            assignee: None,
            due_at: None,
        };
        operate(command, self.who)
    }
}
