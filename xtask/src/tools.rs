//! Foreign programs of the tasks: python3 and node of the system, packages of theirs in `target/tools`, each with its
//! version. Installs nothing outside of there but what `apt-get` may install for root.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell;

/// A virtual environment with these packages; answers the folder of its programs.
pub(crate) fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    need("python3", "--version", &["python3", "python3-venv"])?;
    let folder = folder(name);
    let bin = folder.join("bin");
    once(&folder, packages, || {
        shell::must(shell::program("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = shell::program(bin.join("pip"));
        shell::must(pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages))
    })?;
    Ok(bin)
}

/// These npm packages; answers the folder of their programs.
pub(crate) fn node(name: &str, packages: &[&str]) -> Result<PathBuf> {
    need("npm", "--version", &["nodejs", "npm"])?;
    let folder = folder(name);
    once(&folder, packages, || {
        std::fs::create_dir_all(&folder)?;
        let mut npm = shell::program("npm");
        npm.arg("install").arg("--prefix").arg(&folder);
        npm.args(["--no-save", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]);
        shell::must(npm.args(packages))
    })?;
    Ok(folder.join("node_modules").join(".bin"))
}

/// Wants a program of the system; as root it is installed where `apt-get` is.
pub(crate) fn need(program: &str, asks: &str, debian: &[&str]) -> Result<()> {
    let is_there = || shell::succeeds(shell::program(program).arg(asks));
    if is_there() {
        return Ok(());
    }
    let is_root = shell::must_quietly(shell::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root && shell::succeeds(shell::program("apt-get").arg("--version")) {
        shell::say(&format!("{program} is not here: installing it with apt-get"));
        let apt_get = || {
            let mut command = shell::program("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        shell::must(apt_get().args(["update", "-qq"]))?;
        let install = ["install", "-y", "-qq", "--no-install-recommends"];
        shell::must(apt_get().args(install).args(debian))?;
    }
    if !is_there() {
        bail!("{program} is not here: install it, e.g. with `apt-get install {}`", debian.join(" "));
    }
    Ok(())
}

fn folder(name: &str) -> PathBuf {
    shell::root().join("target").join("tools").join(name)
}

/// Makes what is in the folder, once for each list of packages.
fn once(folder: &Path, packages: &[&str], make: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.join("packages.txt");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    shell::say(&format!("fetching {}", packages.join(", ")));
    make()?;
    Ok(std::fs::write(stamp, wanted)?)
}
