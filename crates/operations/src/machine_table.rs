//! The table of every module, state and event, as it was reviewed. It is made by the machine, not by hand: to change it,
//! run the test, read the difference, and copy it.

use crate::machine::Standing;
use crate::{Module, RecordState};

/// What may follow what, module by module.
fn table() -> String {
    let mut text = String::new();
    for module in Module::ALL {
        let declaration = module.declaration();
        text.push_str(&format!("{} ({})\n", module.as_str(), declaration.prefix));
        for rule in declaration.steps {
            let how = match (rule.in_parts, rule.repeats) {
                (false, false) => "once",
                (false, true) => "again",
                (true, false) => "in parts, once",
                (true, true) => "in parts",
            };
            text.push_str(&format!("  posts {} from {}, {how}\n", rule.step.as_str(), rule.from.as_str()));
        }
        for state in declaration.path.states {
            for has_posted in [false, true] {
                text.push_str(&line(*module, Standing { state: *state, blocked_from: None, has_posted }));
            }
        }
        for from in declaration.path.states {
            let blocked_from = Some(*from);
            if declaration
                .path
                .allowed(Standing { state: *from, blocked_from: None, has_posted: false })
                .contains(&RecordState::Blocked)
            {
                for has_posted in [false, true] {
                    text.push_str(&line(
                        *module,
                        Standing { state: RecordState::Blocked, blocked_from, has_posted },
                    ));
                }
            }
        }
        text.push_str(&line(
            *module,
            Standing { state: RecordState::Cancelled, blocked_from: None, has_posted: false },
        ));
    }
    text
}

fn line(module: Module, standing: Standing) -> String {
    let from = standing.blocked_from.map_or_else(String::new, |from| format!(" from {}", from.as_str()));
    let posted = if standing.has_posted { ", posted" } else { "" };
    let allowed = module.declaration().path.allowed(standing);
    let allowed: Vec<_> = allowed.iter().map(|state| state.as_str()).collect();
    let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
    format!("  {}{from}{posted} -> {allowed}\n", standing.state.as_str())
}

#[test]
fn every_module_state_and_event_is_as_reviewed() {
    let (made, reviewed) = (table(), include_str!("machine_table.txt"));
    let new: Vec<_> = made.lines().filter(|line| !reviewed.contains(*line)).collect();
    assert_eq!(made, reviewed, "new or changed: {new:#?}");
}
