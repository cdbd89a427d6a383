//! Making a record from another one: a receiving session, a putaway task, a pack session, a ship confirmation.

use kernel::Version;
use operations::{
    CreateReceivingSession, GeneratePackSession, GeneratePutaway, GenerateShipConfirmation, Module,
};
use proptest::prelude::*;

use super::{Act, Known, Make, Record, operate};
use crate::reference::{Outcome, Reference};

/// The record that it goes on from.
#[derive(Debug, Clone)]
pub(crate) struct CarryOn {
    record: Record,
    is_ready: bool,
}

impl CarryOn {
    /// Goes on from the latest that is ready.
    pub(crate) fn latest() -> impl Strategy<Value = Self> {
        Record::latest().prop_map(|record| Self { record, is_ready: true })
    }
}

impl Act for CarryOn {
    fn strategy() -> BoxedStrategy<Self> {
        (Record::strategy(), prop::bool::weighted(0.9))
            .prop_map(|(record, is_ready)| Self { record, is_ready })
            .boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        use operations::RecordState as S;
        let goes_on =
            [Module::PurchaseOrders, Module::ReceivingSessions, Module::PickTasks, Module::PackSessions];
        self.record.aim(known, |seen| {
            let is_ready = matches!(
                (seen.module, seen.state),
                (Module::PurchaseOrders, S::Ordered | S::Receiving) | (_, S::Posted)
            );
            goes_on.contains(&seen.module) && (is_ready || !self.is_ready)
        })
    }

    fn about(&self) -> String {
        self.record.about()
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        world.carry_on(self.record.which, self.record.version, self.record.who)
    }

    fn job(&self, known: &Known) -> Make {
        let seen = &known.records[self.record.which];
        let (id, who) = (seen.id, self.record.who);
        let expected_version = self.record.version.map(Version);
        match seen.module {
            Module::PurchaseOrders => operate(CreateReceivingSession { order: id, expected_version }, who),
            Module::ReceivingSessions => operate(GeneratePutaway { session: id, expected_version }, who),
            Module::PickTasks => operate(GeneratePackSession { pick: id, expected_version }, who),
            _ => operate(GenerateShipConfirmation { pack: id, expected_version }, who),
        }
    }
}
