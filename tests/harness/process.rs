//! A running server: started on a port that the system chooses, stopped politely or killed. Knows no route.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::channel;

use uuid::Uuid;

use super::program::ended;
use super::{SOON, erp};

/// `erp serve`.
pub(crate) struct Server {
    child: Child,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) base: String,
    log: PathBuf,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(url: &str) -> Self {
        let log = std::env::temp_dir().join(format!("erptest_{}.log", Uuid::now_v7().simple()));
        let mut command = erp(url, &["serve"]);
        command.env("ERP_LISTEN", "127.0.0.1:0").env("ERP_LOG", "warn");
        command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let (sender, receiver) = channel();
        let stdout = child.stdout.take().unwrap();
        // Reads for as long as the server lives, so that its pipe never fills.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some((_, base)) = line.split_once("listening on ") {
                    drop(sender.send(base.trim().to_owned()));
                }
            }
        });
        let base = receiver.recv_timeout(SOON).unwrap_or_else(|_| {
            drop(child.kill());
            panic!(
                "the server does not say where it listens:\n{}",
                std::fs::read_to_string(&log).unwrap_or_default()
            )
        });
        Self { child, base, log }
    }

    /// Asks it to stop and waits for it.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.terminate();
        ended(&mut self.child)
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let mut kill = std::process::Command::new("kill");
        let told = kill.args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success(), "kill -TERM: {told}");
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        ended(&mut self.child);
    }

    /// Whether it has ended.
    pub(crate) fn is_gone(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it wrote to stderr.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_file(&self.log));
    }
}
