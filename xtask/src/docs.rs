//! `cargo xtask docs`: a page per error code and no other, a `//!` at the top of every source file, no file that is
//! too long to read. Looks at text only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::shell;

const MAX_LINES: usize = 700;
const CODES: &str = "crates/kernel/src/code.rs";
const PAGES: &str = "docs/errors";

/// Checks the workspace.
pub(crate) fn run() -> Result<ExitCode> {
    let root = shell::root();
    let source = std::fs::read_to_string(root.join(CODES)).with_context(|| format!("cannot read {CODES}"))?;
    let mut findings = check_pages(&codes(&source), &pages(&root.join(PAGES))?);
    for folder in ["crates", "tests", "xtask"] {
        for file in rust_files(&root.join(folder))? {
            let text = std::fs::read_to_string(&file)?;
            let name = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
            findings.extend(check_source(&name, &text));
        }
    }
    Ok(shell::verdict("docs", &findings))
}

/// The codes in the lines of the macro's list: `Name = "snake_code",`.
fn codes(source: &str) -> BTreeSet<String> {
    let quoted = source.lines().filter_map(|line| {
        let (name, rest) = line.trim().split_once(" = \"")?;
        let code = rest.strip_suffix("\",")?;
        let is_name = name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric);
        is_name.then(|| code.to_owned())
    });
    quoted.collect()
}

fn pages(folder: &Path) -> Result<BTreeSet<String>> {
    let mut pages = BTreeSet::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {PAGES}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    // The list of the pages is not a code.
    pages.remove("README");
    Ok(pages)
}

fn check_pages(codes: &BTreeSet<String>, pages: &BTreeSet<String>) -> Vec<String> {
    if codes.is_empty() {
        return vec![format!("no error code found in {CODES}")];
    }
    let missing = codes.difference(pages).map(|code| format!("{PAGES}/{code}.md is missing"));
    let orphans = pages.difference(codes).map(|page| format!("{PAGES}/{page}.md is of no code in {CODES}"));
    missing.chain(orphans).collect()
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn check_source(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(format!("{name} does not begin with //! and what it is for"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        findings.push(format!("{name} has {lines} lines, more than {MAX_LINES}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn reads_codes_from_the_list_only() {
        let source = "($($name:ident = $text:literal,)*) => {\n    UnknownSku = \"unknown_sku\",\n    let x = \"y\";\n    OffStep = \"off_step\",\n";
        assert_eq!(codes(source), set(&["off_step", "unknown_sku"]));
    }

    #[test]
    fn names_missing_pages_and_orphans() {
        let findings = check_pages(&set(&["a", "b"]), &set(&["b", "c"]));
        assert_eq!(findings.len(), 2);
        assert!(findings[0].contains("a.md is missing") && findings[1].contains("c.md is of no code"));
        assert_eq!(check_pages(&set(&[]), &set(&[])).len(), 1);
    }

    #[test]
    fn wants_a_heading_and_a_readable_length() {
        assert!(check_source("x.rs", "//! Why.\n").is_empty());
        assert_eq!(check_source("x.rs", &"fn x() {}\n".repeat(MAX_LINES + 1)).len(), 2);
    }
}
