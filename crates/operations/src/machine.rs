//! The one machine of all modules: a module says its path, this adds blocked and cancelled, and what may never be.

use crate::RecordState;

/// How the records of a module go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// The states in their order, from open to closed.
    pub states: &'static [RecordState],
    /// Whether `posted` is reached by posting stock only; otherwise, where the path has it, by the transition itself.
    pub posts_stock: bool,
}

/// Where a record stands, as far as the machine looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: RecordState,
    /// The state that it was blocked in, while it is blocked.
    pub blocked_from: Option<RecordState>,
    /// Whether a step of it was posted and not reversed.
    pub has_posted: bool,
}

impl Path {
    /// The state after this one on the path.
    pub fn after(&self, state: RecordState) -> Option<RecordState> {
        let mut states = self.states.iter().skip_while(|on_path| **on_path != state);
        states.nth(1).copied()
    }

    /// The state that stock is posted from.
    pub fn posts_from(&self) -> Option<RecordState> {
        let is_before = |pair: &&[RecordState]| pair.last() == Some(&RecordState::Posted);
        self.states.windows(2).find(is_before).filter(|_| self.posts_stock)?.first().copied()
    }

    /// Whether `posted` lies behind a record in this state, or is not on its path at all: then every state before the
    /// end counts as before it.
    fn is_before_posted(&self, state: RecordState) -> bool {
        let place = |wanted| self.states.iter().position(|on_path| *on_path == wanted);
        match (place(state), place(RecordState::Posted)) {
            (Some(here), Some(posted)) => here < posted,
            (Some(_), None) => !state.is_final(),
            (None, _) => false,
        }
    }

    /// The states that a transition may lead to. Nothing leaves closed or cancelled; blocked goes back to where it
    /// came from; nothing is cancelled after a step was posted.
    pub fn allowed(&self, from: Standing) -> Vec<RecordState> {
        let before = from.blocked_from.unwrap_or(from.state);
        let may_cancel = self.is_before_posted(before) && !from.has_posted;
        let cancelled = may_cancel.then_some(RecordState::Cancelled);
        if from.state == RecordState::Blocked {
            return from.blocked_from.into_iter().chain(cancelled).collect();
        }
        let next = self.after(from.state).filter(|next| *next != RecordState::Posted || !self.posts_stock);
        let blocked = self.is_before_posted(from.state).then_some(RecordState::Blocked);
        next.into_iter().chain(blocked).chain(cancelled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RecordState as S;

    const PATH: Path = Path { states: &[S::Open, S::InProgress, S::Posted, S::Closed], posts_stock: true };

    fn allowed(path: Path, state: S, blocked_from: Option<S>, has_posted: bool) -> Vec<S> {
        path.allowed(Standing { state, blocked_from, has_posted })
    }

    #[test]
    fn a_path_that_posts_goes_on_by_posting_only() {
        assert_eq!(allowed(PATH, S::Open, None, false), [S::InProgress, S::Blocked, S::Cancelled]);
        assert_eq!(allowed(PATH, S::InProgress, None, false), [S::Blocked, S::Cancelled]);
        assert_eq!(allowed(PATH, S::InProgress, None, true), [S::Blocked], "a first step was posted");
        assert_eq!(allowed(PATH, S::Posted, None, true), [S::Closed]);
        assert_eq!(PATH.posts_from(), Some(S::InProgress));
        let by_itself = Path { posts_stock: false, ..PATH };
        assert_eq!(allowed(by_itself, S::InProgress, None, false), [S::Posted, S::Blocked, S::Cancelled]);
        assert_eq!(by_itself.posts_from(), None);
    }

    #[test]
    fn blocked_remembers_and_the_end_is_the_end() {
        assert_eq!(allowed(PATH, S::Blocked, Some(S::InProgress), false), [S::InProgress, S::Cancelled]);
        assert_eq!(allowed(PATH, S::Blocked, Some(S::InProgress), true), [S::InProgress]);
        for state in [S::Closed, S::Cancelled] {
            assert_eq!(allowed(PATH, state, None, false), []);
        }
        let vendor = Path { states: &[S::Open, S::Approved, S::Closed], posts_stock: false };
        assert_eq!(allowed(vendor, S::Approved, None, false), [S::Closed, S::Blocked, S::Cancelled]);
    }
}
