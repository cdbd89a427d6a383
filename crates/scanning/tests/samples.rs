//! The comparison with vectors, on a handful of our own: every kind that it knows, and that it finds what disagrees.

#[path = "../examples/vectors/check.rs"]
mod check;

const SAMPLES: &str = include_str!("samples.jsonl");

#[test]
fn our_own_samples_agree() {
    let report = check::run(SAMPLES);
    assert_eq!(report.findings, Vec::<String>::new());
    assert_eq!(report.kinds.len(), 8);
    let cases = report.kinds.values().map(|count| count.cases).sum::<usize>();
    assert_eq!(cases, SAMPLES.lines().count());
    assert_eq!(report.companions.agree, report.companions.cases);
    assert!(report.to_string().contains("all: 12 of 12 agree"), "{report}");
}

#[test]
fn what_disagrees_is_found() {
    for (before, after, words) in [
        (
            r#""ok":false,"param":"","input":"(01)04006381333932""#,
            r#""ok":true,"param":"","input":"(01)04006381333932""#,
            "is refused: bad_check_digit",
        ),
        (r#""ok":true,"param":"EAN8""#, r#""ok":false,"param":"EAN8""#, "is taken and should be refused"),
        (r#""expect":"73513537""#, r#""expect":"73513538""#, "and should give \"73513538\""),
        (r#""kind":"URIescape""#, r#""kind":"URLescape""#, "no kind that is known here"),
        (r#""param":"EAN8""#, r#""param":"EAN13""#, "is another symbology"),
        (r#""full_ok":true"#, r#""full_ok":false"#, "companions: false is wanted"),
        (r#"{"kind":"URIescape""#, r#"{"kind""#, "line 11"),
    ] {
        let changed = SAMPLES.replacen(before, after, 1);
        assert_ne!(changed, SAMPLES, "{before}");
        let report = check::run(&changed);
        assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
        assert!(report.findings[0].contains(words), "{:?}", report.findings);
    }
}
