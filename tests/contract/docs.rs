//! The pages that the server brings along: whole, for people, and asking nobody else for anything.

use crate::harness::{Answer, Client, Db, World, description, error_pages};

on_both!(
    every_page_is_whole,
    every_described_code_has_a_page,
    the_reader_comes_packed_or_not,
    what_is_no_page
);

fn page(client: &Client, path: &str) -> Answer {
    let answer = client.get(path).send();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_eq!(answer.header("Content-Type"), Some("text/html; charset=utf-8"), "{path}");
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
    let policy = answer.header("Content-Security-Policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
    for loose in ["http:", "https:", "*", "unsafe-eval"] {
        assert!(!policy.contains(loose), "{path}: {policy}");
    }
    answer
}

/// What a page loads, or leads to.
fn links(text: &str) -> Vec<&str> {
    let after = |attribute: &str| {
        text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>()
    };
    [after("href=\""), after("src=\"")].concat()
}

fn every_page_is_whole(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let pages = error_pages(&world.servers[0].base).iter().map(String::as_str);
    for path in ["/docs", "/docs/api", "/docs/guide", "/docs/errors"].into_iter().chain(pages) {
        let answer = page(&client, path);
        let text = answer.text();
        assert!(
            text.starts_with("<!doctype html>\n<html lang=\"en\">") && text.contains("<title>"),
            "{text}"
        );
        assert!(path == "/docs/api" || text.matches("<h1").count() == 1, "{path}: one heading of the page");
        for link in links(&text) {
            if let Some(anchor) = link.strip_prefix('#') {
                assert!(text.contains(&format!(" id=\"{anchor}\"")), "{path}: {link} is nowhere");
                continue;
            }
            let target = link.split('#').next().unwrap();
            assert!(target.starts_with('/') && !target.starts_with("//"), "{path} leads outside: {link}");
            assert_eq!(client.get(target).send().status, 200, "{path} leads to {link}");
        }
    }
}

fn every_described_code_has_a_page(db: Db) {
    let world = World::standard(db);
    let base = &world.servers[0].base;
    let text = description(base).to_string();
    let lists = text.split("\"code\":{\"enum\":[").skip(1).filter_map(|rest| rest.split(']').next());
    let codes: std::collections::BTreeSet<_> =
        lists.flat_map(|list| list.split(',').map(|code| code.trim_matches('"'))).collect();
    assert!(codes.len() > 30, "{codes:?}");
    for code in codes {
        assert!(error_pages(base).contains(&format!("/docs/errors/{code}")), "{code}");
        let text = page(&world.client(), &format!("/docs/errors/{code}")).text();
        assert!(text.contains(&format!(">{code}</h1>")) && text.contains("What to do"), "{text}");
    }
}

fn the_reader_comes_packed_or_not(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    let text = page(&client, "/docs/api").text();
    let reader = links(&text).into_iter().find(|link| link.contains("scalar")).unwrap().to_owned();
    let packed = client.get(&reader).with("Accept-Encoding", "br, gzip;q=0.8").send();
    assert_eq!((packed.status, packed.header("Content-Encoding")), (200, Some("gzip")));
    assert_eq!(packed.bytes[..2], [0x1f, 0x8b]);
    for refusing in ["identity", "gzip;q=0"] {
        let plain = client.get(&reader).with("Accept-Encoding", refusing).send();
        assert_eq!((plain.status, plain.header("Content-Encoding")), (200, None));
        assert!(plain.bytes.len() > 2 * packed.bytes.len() && plain.text().contains("createApiReference"));
    }
    assert!(packed.header("Cache-Control").unwrap().contains("immutable"));
}

fn what_is_no_page(db: Db) {
    let world = World::standard(db);
    let client = world.client();
    for path in
        ["/docs/errors/nothing", "/docs/errors/README", "/docs/assets/..%2FCargo.toml", "/docs/nothing"]
    {
        client.get(path).send().refused(404, "route_not_found");
    }
    client.post("/docs/errors", &serde_json::json!({})).send().refused(405, "method_not_allowed");
}
