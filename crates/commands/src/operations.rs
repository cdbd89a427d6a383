//! The commands on operations: each hands the floor to one use-case.

use inventory::Context;
use kernel::{Actor, RecordId, Refusal, ReservationId, WorkItemId};
use operations::{
    AmendRecord, ConfirmShipped, CreateReceivingSession, CreateRecord, CreateWorkItem, Floor,
    GeneratePackSession, GeneratePickTasks, GeneratePutaway, GenerateShipConfirmation, OperationsRefusal,
    PickTasksMade, PostRecord, ReverseRecord, ScanTaken, ScansTaken, TakeScan, TakeScans, TransitionRecord,
    TransitionWorkItem, UnpickGoods,
};

use reservations::{ConsumeReservation, ReleaseReservation};

use crate::{Draft, Work};

/// A use-case of operations, and who asks for it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Operate<C> {
    pub command: C,
    pub actor: Actor,
}

/// What a use-case of operations does.
pub trait UseCase: Send + Sync {
    /// What it answers.
    type Done;

    /// Decides.
    ///
    /// # Errors
    /// The refusal; the draft is dropped then.
    fn run(&self, floor: &mut Floor<'_, '_>) -> Result<Self::Done, OperationsRefusal>;
}

impl<C: UseCase> Work for Operate<C> {
    type Done = C::Done;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<C::Done, Refusal> {
        let Draft { stock, reservations, records } = draft;
        let mut floor = Floor { stock, reservations, records, context, actor: &self.actor };
        Ok(self.command.run(&mut floor)?)
    }
}

macro_rules! use_cases {
    ($($command:ident => $function:ident -> $done:ty,)*) => {$(
        impl UseCase for $command {
            type Done = $done;
            fn run(&self, floor: &mut Floor<'_, '_>) -> Result<$done, OperationsRefusal> {
                operations::$function(floor, self)
            }
        }
    )*};
}

use_cases!(
    CreateWorkItem => create_work_item -> WorkItemId,
    TransitionWorkItem => transition_work_item -> WorkItemId,
    CreateRecord => create_record -> RecordId,
    AmendRecord => amend_record -> RecordId,
    TransitionRecord => transition_record -> RecordId,
    PostRecord => post_record -> RecordId,
    ReverseRecord => reverse_record -> RecordId,
    CreateReceivingSession => create_receiving_session -> RecordId,
    GeneratePutaway => generate_putaway -> RecordId,
    GeneratePickTasks => generate_pick_tasks -> PickTasksMade,
    GeneratePackSession => generate_pack_session -> RecordId,
    GenerateShipConfirmation => generate_ship_confirmation -> RecordId,
    ConfirmShipped => confirm_shipped -> ReservationId,
    ConsumeReservation => consume_order -> ReservationId,
    ReleaseReservation => release_order -> ReservationId,
    UnpickGoods => unpick_goods -> RecordId,
    TakeScan => take_scan -> ScanTaken,
    TakeScans => take_scans -> ScansTaken,
);
