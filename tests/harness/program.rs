//! The program under test as a command, without the settings of whoever runs the tests. Knows no HTTP.

use std::process::{Child, Command, ExitStatus, Output, Stdio};

use super::until;

/// What `cargo xtask test` says; without it there is nothing to test.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask test"))
}

/// `erp` with these arguments on this database.
pub(crate) fn erp(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(variable("ERPTEST_ERP"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ERP_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("ERP_DATABASE_URL", url).stdin(Stdio::null());
    command
}

/// Runs it to its end and wants success; answers what it wrote to stdout.
pub(crate) fn finish(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{out}\n{err}");
    out.into_owned()
}

/// Waits for a process that was told to end.
pub(crate) fn ended(child: &mut Child) -> ExitStatus {
    until("the process ends", || child.try_wait().unwrap())
}
