//! `erp`: see `erp --help`.

fn main() -> std::process::ExitCode {
    app::cli::main()
}
