//! `cargo xtask deps`: who may depend on whom. The rules are tables here, the graph comes from `cargo metadata`, and
//! the check between them is pure.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context, Result};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::shell;

/// The domain: pure.
const DOMAIN: &[&str] = &["kernel", "inventory", "reservations", "scanning", "operations", "commands"];

/// The stores, too, and for their tests the model.
const STORES: &[&str] =
    &["kernel", "inventory", "reservations", "scanning", "operations", "commands", "model"];

/// Packages that only tests may name.
const FOR_TESTS: &[&str] = &["model"];

/// The feature that only tests, and packages for tests, may turn on.
const TESTING: &str = "testing";

/// What each package may name of the workspace. A package that is not here is a finding.
const EDGES: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("inventory", &["kernel"]),
    ("reservations", &["inventory", "kernel"]),
    ("operations", &["reservations", "inventory", "kernel", "scanning"]),
    ("scanning", &["kernel"]),
    ("commands", DOMAIN),
    ("model", DOMAIN),
    ("persistence-sqlite", STORES),
    ("persistence-postgres", STORES),
    ("erp-http", DOMAIN),
    (
        "app",
        &[
            "kernel",
            "inventory",
            "reservations",
            "operations",
            "commands",
            "persistence-sqlite",
            "persistence-postgres",
            "erp-http",
        ],
    ),
    ("erp-tests", &[]),
    ("xtask", &[]),
];

/// What each pure package may name of the outside, tests aside.
const EXTERNAL: &[(&str, &[&str])] = &[
    ("kernel", &["schemars", "serde", "serde_json", "sha2", "time", "uuid"]),
    ("inventory", &["schemars", "serde", "serde_json", "sha2"]),
    ("reservations", &["schemars", "serde", "serde_json", "sha2"]),
    ("operations", &["schemars", "serde", "serde_json", "serde_path_to_error", "uuid"]),
    ("commands", &["schemars", "serde", "serde_json", "sha2"]),
    ("scanning", &["schemars", "serde"]),
];

/// What must not be reached from a pure package, however far away: by the beginning of the name.
const IMPURE: &[&str] = &["actix-", "async-", "diesel", "r2d2", "tokio"];

/// What the rules look at.
#[derive(Debug, Default)]
struct Graph {
    /// Workspace package to the workspace packages it names, tests and build scripts included.
    edges: BTreeMap<String, BTreeSet<String>>,
    /// Workspace package to the external packages it names for its normal build, optional ones included.
    external: BTreeMap<String, BTreeSet<String>>,
    /// Workspace package to everything in its normal build, with all features.
    reach: BTreeMap<String, BTreeSet<String>>,
    /// Workspace packages that turn on [`TESTING`] for their normal build.
    testing: BTreeSet<String>,
}

/// Checks the workspace.
pub(crate) fn run() -> Result<ExitCode> {
    let mut command = MetadataCommand::new();
    let metadata = command.current_dir(shell::root()).features(CargoOpt::AllFeatures).exec()?;
    Ok(shell::verdict("deps", &check(&graph(&metadata)?)))
}

fn graph(metadata: &Metadata) -> Result<Graph> {
    let members = metadata.workspace_packages();
    let names = members.iter().map(|package| package.name.to_string()).collect::<BTreeSet<_>>();
    let mut graph = Graph::default();
    for package in members {
        let name = package.name.to_string();
        let edges = graph.edges.entry(name.clone()).or_default();
        let external = graph.external.entry(name.clone()).or_default();
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Normal && dependency.features.iter().any(|on| on == TESTING)
            {
                graph.testing.insert(name.clone());
            }
            if names.contains(&dependency.name) && dependency.path.is_some() {
                edges.insert(dependency.name.clone());
            } else if dependency.kind == DependencyKind::Normal {
                external.insert(dependency.name.clone());
            }
        }
        graph.reach.insert(name, reach(metadata, &package.id)?);
    }
    Ok(graph)
}

fn reach(metadata: &Metadata, start: &PackageId) -> Result<BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata has no resolved graph")?;
    let nodes = resolve.nodes.iter().map(|node| (&node.id, node)).collect::<BTreeMap<_, _>>();
    let names =
        metadata.packages.iter().map(|package| (&package.id, &package.name)).collect::<BTreeMap<_, _>>();
    let (mut seen, mut waiting) = (BTreeSet::from([start]), vec![start]);
    while let Some(node) = waiting.pop().and_then(|id| nodes.get(id)) {
        for dependency in &node.deps {
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if normal && seen.insert(&dependency.pkg) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    Ok(seen
        .into_iter()
        .filter(|id| *id != start)
        .filter_map(|id| names.get(id))
        .map(ToString::to_string)
        .collect())
}

fn check(graph: &Graph) -> Vec<String> {
    let mut findings = Vec::new();
    for (package, named) in &graph.edges {
        let Some(allowed) = rule(EDGES, package) else {
            findings.push(format!("{package} has no line in the table of xtask/src/deps.rs"));
            continue;
        };
        let wrong = named.iter().filter(|name| !allowed.contains(&name.as_str()));
        findings.extend(wrong.map(|name| format!("{package} must not depend on {name}")));
    }
    for (package, named) in &graph.external {
        let Some(allowed) = rule(EXTERNAL, package) else { continue };
        let wrong = named.iter().filter(|name| !allowed.contains(&name.as_str()));
        findings.extend(wrong.map(|name| format!("{package} must not name the external crate {name}")));
    }
    for (package, reached) in &graph.reach {
        if DOMAIN.contains(&package.as_str()) {
            let wrong = reached.iter().filter(|name| IMPURE.iter().any(|start| name.starts_with(start)));
            findings.extend(wrong.map(|name| format!("{package} is pure and must not reach {name}")));
        }
        let wrong = reached.iter().filter(|name| FOR_TESTS.contains(&name.as_str()));
        findings.extend(wrong.map(|name| format!("{package} must not reach {name} outside its tests")));
    }
    let wrong = graph.testing.iter().filter(|name| !FOR_TESTS.contains(&name.as_str()));
    findings
        .extend(wrong.map(|name| format!("{name} must not turn on the feature {TESTING} outside its tests")));
    findings
}

fn rule(rules: &[(&str, &'static [&'static str])], package: &str) -> Option<&'static [&'static str]> {
    rules.iter().find(|(name, _)| *name == package).map(|(_, allowed)| *allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lists<'a> = &'a [(&'a str, &'a [&'a str])];

    fn map(lists: Lists<'_>) -> BTreeMap<String, BTreeSet<String>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        lists.iter().map(|(package, names)| ((*package).to_owned(), owned(names))).collect()
    }

    fn found(edges: Lists<'_>, external: Lists<'_>, reach: Lists<'_>) -> Vec<String> {
        check(&Graph { edges: map(edges), external: map(external), reach: map(reach), ..Graph::default() })
    }

    #[test]
    fn a_graph_within_the_rules_has_no_findings() {
        let edges: Lists<'_> =
            &[("kernel", &[]), ("inventory", &["kernel"]), ("app", &["erp-http", "persistence-sqlite"])];
        let external: Lists<'_> = &[("kernel", &["uuid", "time"]), ("app", &["actix-web"])];
        assert_eq!(
            found(edges, external, &[("kernel", &["uuid"]), ("erp-http", &["tokio"])]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_edge_to_the_right_is_found() {
        let edges: Lists<'_> =
            &[("inventory", &["kernel", "reservations"]), ("erp-http", &["persistence-sqlite"])];
        let wanted =
            ["erp-http must not depend on persistence-sqlite", "inventory must not depend on reservations"];
        assert_eq!(found(edges, &[], &[]), wanted);
    }

    #[test]
    fn the_tests_and_xtask_name_nothing_of_the_workspace() {
        assert_eq!(found(&[("erp-tests", &["kernel"]), ("xtask", &["app"])], &[], &[]).len(), 2);
    }

    #[test]
    fn a_new_package_needs_a_rule() {
        assert!(found(&[("purchasing", &[])], &[], &[])[0].contains("has no line"));
    }

    #[test]
    fn external_crates_are_listed_per_pure_package() {
        let external: Lists<'_> = &[("inventory", &["serde", "uuid"]), ("persistence-sqlite", &["diesel"])];
        assert_eq!(found(&[], external, &[]), ["inventory must not name the external crate uuid"]);
    }

    #[test]
    fn impure_crates_are_found_however_far_away() {
        let reach: Lists<'_> =
            &[("commands", &["diesel_derives", "serde", "tokio-util"]), ("app", &["tokio"])];
        assert_eq!(found(&[], &[], reach).len(), 2);
    }

    #[test]
    fn what_is_for_tests_is_in_no_program() {
        let edges: Lists<'_> = &[("persistence-sqlite", &["model"])];
        assert_eq!(found(edges, &[], &[("persistence-sqlite", &["diesel"])]), Vec::<String>::new());
        let reach: Lists<'_> = &[("persistence-sqlite", &["diesel", "model"]), ("app", &["model"])];
        assert_eq!(found(edges, &[], reach).len(), 2);
        let testing = ["model", "app"].map(str::to_owned).into();
        let found = check(&Graph { testing, ..Graph::default() });
        assert_eq!(found, ["app must not turn on the feature testing outside its tests"]);
    }

    #[test]
    fn every_pure_package_has_both_rules() {
        for package in DOMAIN {
            assert!(rule(EDGES, package).is_some() && rule(EXTERNAL, package).is_some(), "{package}");
        }
    }
}
