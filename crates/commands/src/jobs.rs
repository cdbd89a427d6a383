//! The commands on reservations: each hands its draft to one use-case.

use inventory::Context;
use kernel::{Refusal, ReservationId, Version};
use reservations::{
    AmendReservation, CreateReservation, amend_reservation, create_reservation, expire_reservation,
    fill_reservation,
};

use crate::{Draft, Work};

/// Reserve stock for an order.
#[derive(Debug)]
pub struct Create(pub CreateReservation);

impl Work for Create {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        Ok(create_reservation(&mut draft.stock, &mut draft.reservations, &self.0, context)?)
    }
}

/// Change what an order asks for.
#[derive(Debug)]
pub struct Amend(pub AmendReservation);

impl Work for Amend {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        Ok(amend_reservation(&mut draft.stock, &mut draft.reservations, &self.0, context)?)
    }
}

/// Try again for what a reservation is short of.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Fill {
    pub id: ReservationId,
    pub expected_version: Option<Version>,
}

impl Work for Fill {
    type Done = ReservationId;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<ReservationId, Refusal> {
        let Draft { stock, reservations, .. } = draft;
        fill_reservation(stock, reservations, self.id, self.expected_version, context)?;
        Ok(self.id)
    }
}

/// Give back what ran out.
#[derive(Debug)]
pub struct Expire(pub ReservationId);

impl Work for Expire {
    type Done = bool;
    fn decide(&self, draft: &mut Draft<'_>, context: &Context) -> Result<bool, Refusal> {
        Ok(expire_reservation(&mut draft.stock, &mut draft.reservations, self.0, context)?)
    }
}
