//! Waiting for a thing itself, never for a time that should be enough. Knows nothing of servers.

use std::time::{Duration, Instant};

/// By when everything that happens by itself must have happened.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer; fails the test when there is none by the deadline.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within {} s", SOON.as_secs());
        // Between two questions, not instead of one: the machine is left to those that are asked.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
