//! Tests of Digital Links: what is one, what is not, and that a link comes back as it was made.

use super::*;
use proptest::prelude::*;

const STRICT: Settings = Settings {
    caret_is_fnc1: false,
    short_link_names: false,
    short_link_gtins: false,
    unknown_ais: UnknownAis::Refuse,
};

#[test]
fn reads_keys_qualifiers_and_attributes() {
    for (text, stem, read) in [
        ("https://id.gs1.org/01/09520123456788", "https://id.gs1.org", "(01)09520123456788"),
        (
            "https://shop.example:8443/de/01/09520123456788/10/A%2FB/21/7?17=261231&x=1#top",
            "https://shop.example:8443/de",
            "(01)09520123456788(10)A/B(21)7(17)261231",
        ),
        (
            "http://[2001:db8::1]/01/x/00/952012345678912345",
            "http://[2001:db8::1]/01/x",
            "(00)952012345678912345",
        ),
        ("HTTPS://a/01/09520123456788/235/X?10=B", "HTTPS://a", "(01)09520123456788(235)X(10)B"),
    ] {
        let link = Link::read(text, &STRICT).unwrap();
        assert_eq!((link.stem(), link.elements().to_string().as_str()), (stem, read));
    }
}

#[test]
fn says_what_is_no_link_and_what_is_wrong_with_one() {
    for (text, code) in [
        ("https://shop.example/mugs/red", "not_a_digital_link"),
        ("https://shop.example/2026/01/15", "not_a_digital_link"),
        ("https:///01/09520123456788", "not_a_digital_link"),
        ("https://a:x/01/09520123456788", "not_a_digital_link"),
        ("https://u@a/01/09520123456788", "not_a_digital_link"),
        ("Https://a/01/09520123456788", "not_a_digital_link"),
        ("https://a/01/09520123456788 ", "not_a_digital_link"),
        ("https://a/gtin/09520123456788", "not_a_digital_link"),
        ("https://a/01/9520123456788", "not_a_digital_link"),
        ("https://a/01/09520123456789", "bad_check_digit"),
        ("https://a/01/09520123456788/21/7/10/A", "misplaced_ai"),
        ("https://a/01/09520123456788/89/7", "unknown_ai"),
        ("https://a/01/09520123456788?10=A", "misplaced_ai"),
        ("https://a/01/09520123456788?21=A", "misplaced_ai"),
        ("https://a/01/09520123456788?89=A", "unknown_ai"),
        ("https://a/01/09520123456788?99=A&99=A", "repeated_ai"),
        ("https://a/01/09520123456788/10/%C3%A9", "bad_ai_value"),
    ] {
        assert_eq!(Link::read(text, &STRICT).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn settings_allow_more() {
    let lax = Settings {
        short_link_names: true,
        short_link_gtins: true,
        unknown_ais: UnknownAis::KeepInLinks,
        ..STRICT
    };
    let link = Link::read("https://a/gtin/9520123456788/lot/A?89=X", &lax).unwrap();
    assert_eq!(link.elements().to_string(), "(01)09520123456788(10)A(89)X");
}

#[test]
fn makes_links() {
    let made = |text: &str, stem: &str| {
        let elements = Elements::from_brackets(text, UnknownAis::Refuse).unwrap();
        Link::new(&elements, stem, &STRICT).map(|link| link.to_string()).map_err(|refused| refused.code())
    };
    let link = made("(10)A/B(99)C D(01)09520123456788(17)261231".replace("C D", "C").as_str(), GS1_RESOLVER);
    assert_eq!(link.unwrap(), "https://id.gs1.org/01/09520123456788/10/A%2FB?17=261231&99=C");
    assert_eq!(made("(99)A", GS1_RESOLVER), Err("not_a_digital_link"));
    assert_eq!(made("(00)952012345678912345", "ftp://a"), Err("not_a_digital_link"));
    assert_eq!(made("(00)952012345678912345", "https://a/?x"), Err("not_a_digital_link"));
    assert_eq!(made("(00)952012345678912345(21)A", "https://a"), Err("misplaced_ai"));
}

proptest! {
    #[test]
    fn a_made_link_is_read_as_it_was_made(
        lot in proptest::option::of("[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}"),
        serial in proptest::option::of("[!-'A-Z0-9#]{1,20}"),
        note in proptest::option::of("[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,90}"),
        weight in proptest::option::of("[0-9]{6}"),
        prefix in "(/[a-z0-9]{1,5}){0,3}",
    ) {
        let values = [("01", Some("09520123456788".to_owned())), ("10", lot), ("21", serial), ("99", note), ("3103", weight)];
        let elements = values.into_iter().filter_map(|(ai, value)| {
            Element::new(ai.parse().unwrap(), value?, UnknownAis::Refuse).ok()
        });
        let elements = Elements::new(elements.collect()).unwrap();
        let link = Link::new(&elements, &format!("https://shop.example{prefix}"), &STRICT).unwrap();
        prop_assert_eq!(Link::read(&link.to_string(), &STRICT).unwrap(), link);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "https://[a-z.:\\[\\]]{0,6}(/(01|10|gtin|[0-9%]{0,14})){0,5}(\\?[0-9=&%+]{0,20})?") {
        let _ = Link::read(&text, &STRICT);
    }
}
