//! Collects the pages of `docs/errors` into the program: one for each code, by its name.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors").canonicalize()?;
    let mut files = std::fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    files.sort();
    let mut pages = String::from("&[\n");
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if name != "README" {
            writeln!(pages, "({name:?}, include_str!({:?})),", file.display().to_string())?;
        }
    }
    pages.push(']');
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("error_pages.rs"), pages)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(())
}
