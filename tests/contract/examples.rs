//! The examples of the description: every operation has some, and each is as its schema says. They were recorded by
//! `cargo xtask examples`; that is what to run when this fails after a change of an answer.

use serde_json::Value;

use crate::harness::{Db, World, description, escape, examples, operations};

on_both!(every_operation_has_examples_that_hold);

/// Without an example, and why.
const WITHOUT: [&str; 2] = [
    // Pages of numbers that differ from moment to moment.
    "/metrics",
    // The document in itself.
    "/openapi.json",
];

fn every_operation_has_examples_that_hold(db: Db) {
    let world = World::standard(db);
    let base = &world.servers[0].base;
    let mut refusals = 0;
    for (method, path) in operations(base) {
        let operation = format!("/paths/{}/{}", escape(&path), method.to_lowercase());
        let described = description(base).pointer(&operation).unwrap();
        let mut places = vec![format!("{operation}/requestBody/content/application~1json")];
        let responses = described["responses"].as_object().unwrap();
        let contents = |response: &Value| -> Vec<String> {
            response["content"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect()
        };
        for (status, response) in responses {
            let of = |media: String| format!("{operation}/responses/{status}/content/{}", escape(&media));
            places.extend(contents(response).into_iter().map(of));
        }
        let mut answered = 0;
        for place in places {
            let (count, errors) = examples(base, &place);
            assert!(errors.is_empty(), "{method} {path}: an example is not as described: {errors:#?}");
            answered += if place.contains("/responses/2") { count } else { 0 };
            refusals += if place.contains("/responses/4") { count } else { 0 };
            let is_wanted = place.contains("/requestBody/") && described.get("requestBody").is_some();
            assert!(!is_wanted || count > 0, "{method} {path} has no example of a body");
        }
        assert!(
            answered > 0 || WITHOUT.contains(&path.as_str()),
            "{method} {path} has no example of an answer"
        );
    }
    assert!(refusals > 15, "the most important refusals have examples: {refusals}");
}
