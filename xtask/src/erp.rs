//! The program under work: building it and running `erp migrate`. Knows it as a binary and by its settings only.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use cargo_metadata::MetadataCommand;

use crate::shell;

/// Builds `erp` in the dev profile and says where it is. The whole workspace is selected so that features are those
/// of the tests and nothing is compiled twice.
pub(crate) fn build() -> Result<PathBuf> {
    shell::must(shell::cargo().args(["build", "--quiet", "--workspace", "--bin", "erp"]))?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let path = metadata.target_directory.join("debug").join(format!("erp{}", std::env::consts::EXE_SUFFIX));
    if !path.is_file() {
        bail!("cargo built no {path}: is there a build.target in some cargo configuration?");
    }
    Ok(path.into_std_path_buf())
}

/// Brings the database at `url` to the newest schema.
pub(crate) fn migrate(erp: &Path, url: &str) -> Result<()> {
    let mut command = shell::program(erp);
    without_settings(&mut command);
    shell::must_quietly(command.arg("migrate").env("ERP_DATABASE_URL", url)).map(drop)
}

/// Takes the developer's own ERP_ settings away: what runs here must not depend on them.
pub(crate) fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ERP_") {
            command.env_remove(name);
        }
    }
}
