//! The states of a reservation, and the table of what may follow what.

use std::str::FromStr;

use kernel::Invalid;
use serde::{Deserialize, Serialize};

/// Where a reservation stands. All but `active` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub enum ReservationState {
    /// Holds stock, or waits for it.
    Active,
    /// Over; something was shipped.
    Consumed,
    /// Over; everything was given back.
    Released,
    /// Over; time ran out.
    Expired,
}

impl ReservationState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Consumed, Self::Released, Self::Expired];

    /// As it is written in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Consumed => "consumed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for ReservationState {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Invalid::new("must be active, consumed, released or expired"))
    }
}

/// What can happen to a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReservationEvent {
    /// Something was given back, and something is left.
    ReleasePart,
    /// The last of it was given back, and nothing was ever shipped.
    ReleaseRest,
    /// Something was shipped, and something is left.
    ConsumePart,
    /// The last of it was shipped, or was given back after a part was shipped.
    ConsumeRest,
    /// What was short was tried again.
    Fill,
    /// What the order asks for, or how long it is kept, was changed.
    Amend,
    /// Stock that it held may not leave any more, and other stock was looked for.
    Reallocate,
    /// Time ran out.
    Expire,
}

impl ReservationEvent {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::ReleasePart,
        Self::ReleaseRest,
        Self::ConsumePart,
        Self::ConsumeRest,
        Self::Fill,
        Self::Amend,
        Self::Reallocate,
        Self::Expire,
    ];
}

/// The state after an event; `None` where the event cannot happen.
pub const fn next(from: ReservationState, event: ReservationEvent) -> Option<ReservationState> {
    use ReservationEvent as E;
    use ReservationState as S;
    match from {
        S::Active => match event {
            E::ReleasePart | E::ConsumePart | E::Fill | E::Amend | E::Reallocate => Some(S::Active),
            E::ReleaseRest => Some(S::Released),
            E::ConsumeRest => Some(S::Consumed),
            E::Expire => Some(S::Expired),
        },
        S::Consumed | S::Released | S::Expired => match event {
            E::ReleasePart
            | E::ReleaseRest
            | E::ConsumePart
            | E::ConsumeRest
            | E::Fill
            | E::Amend
            | E::Reallocate
            | E::Expire => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReservationEvent as E;
    use ReservationState as S;

    #[test]
    fn every_state_and_event_has_its_answer() {
        let from_active = [
            (E::ReleasePart, S::Active),
            (E::ReleaseRest, S::Released),
            (E::ConsumePart, S::Active),
            (E::ConsumeRest, S::Consumed),
            (E::Fill, S::Active),
            (E::Amend, S::Active),
            (E::Reallocate, S::Active),
            (E::Expire, S::Expired),
        ];
        assert_eq!(from_active.map(|(event, _)| event), E::ALL);
        for (event, to) in from_active {
            assert_eq!(next(S::Active, event), Some(to), "{event:?}");
            for last in [S::Consumed, S::Released, S::Expired] {
                assert_eq!(next(last, event), None, "{last:?} {event:?}");
            }
        }
    }
}
