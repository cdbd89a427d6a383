//! Work items: what somebody has to do, in the order of its urgency.

use kernel::{Actor, RecordId, RequestSeq, Timestamp, Version, WorkItemId, check_line, checked_text};
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Module, RecordState};

checked_text!(
    /// What is to be done, for people.
    Title, check_line, 255
);
checked_text!(
    /// Who does it.
    Assignee, check_line, 255
);

words!(
    /// Whose work it is.
    WorkKind {
        /// Buying.
        Purchasing = "purchasing",
        /// The dock.
        Receiving = "receiving",
        /// The floor.
        Warehouse = "warehouse",
        /// Dealing with vendors.
        Vendor = "vendor",
        /// What scanners found.
        Scan = "scan",
        /// Looking at figures.
        Report = "report",
    }
);
words!(
    /// How far the work is.
    WorkState {
        /// Not ready to be done.
        Draft = "draft",
        /// To be done.
        Open = "open",
        /// Somebody does it.
        InProgress = "in_progress",
        /// Something keeps it from being done.
        Blocked = "blocked",
        /// Done.
        Completed = "completed",
        /// Not to be done any more.
        Cancelled = "cancelled",
    }
);
words!(
    /// How soon it is to be done.
    Priority {
        /// When there is time.
        Low = "low",
        /// In its turn.
        Normal = "normal",
        /// Before others.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
);

impl WorkState {
    /// What a transition may lead to.
    pub const fn allowed(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Open, Self::Cancelled],
            Self::Open => &[Self::InProgress, Self::Blocked, Self::Cancelled],
            Self::InProgress => &[Self::Open, Self::Blocked, Self::Completed, Self::Cancelled],
            Self::Blocked => &[Self::Open, Self::InProgress, Self::Cancelled],
            Self::Completed | Self::Cancelled => &[],
        }
    }

    /// The state of the work of a record in this state; `approval_completes` where the work is to approve.
    pub const fn of_record(state: RecordState, approval_completes: bool) -> Self {
        match state {
            RecordState::Approved if approval_completes => Self::Completed,
            RecordState::Open | RecordState::Approved => Self::Open,
            RecordState::Ordered | RecordState::Receiving | RecordState::InProgress => Self::InProgress,
            RecordState::Blocked => Self::Blocked,
            RecordState::Posted | RecordState::Closed => Self::Completed,
            RecordState::Cancelled => Self::Cancelled,
        }
    }
}

/// What a work item is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Reference {
    pub module: Module,
    pub record_id: RecordId,
}

/// A work item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// Its name outside.
    pub id: WorkItemId,
    /// Its place in lists.
    pub seq: i64,
    /// Whose work it is.
    pub kind: WorkKind,
    /// What is to be done.
    pub title: Title,
    /// How far it is.
    pub state: WorkState,
    /// How soon it is to be done.
    pub priority: Priority,
    /// Who does it.
    pub assignee: Option<Assignee>,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
    /// The record that it is about.
    pub reference: Option<Reference>,
    /// Whether it follows that record: then the record alone moves it.
    pub follows: bool,
    /// Why it is blocked, while it is.
    pub blocked_reason: Option<inventory::Reason>,
    /// Raised by one with each change.
    pub version: Version,
    /// Who made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// The request that changed it last.
    pub request: RequestSeq,
    /// The version that the database has; 0: it is not there.
    pub stored: Version,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_done_and_everything_else_can_be_cancelled() {
        for state in WorkState::ALL {
            let over = matches!(state, WorkState::Completed | WorkState::Cancelled);
            assert_eq!(state.allowed().is_empty(), over, "{state:?}");
            assert_eq!(state.allowed().contains(&WorkState::Cancelled), !over, "{state:?}");
            assert!(!state.allowed().contains(state), "{state:?}");
        }
    }
}
