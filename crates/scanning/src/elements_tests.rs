//! Tests of element strings: what is read and refused in each form, and that each form comes back as it was.

use super::*;
use crate::gtin::check_digit;
use proptest::prelude::*;

fn human(text: &str, fnc1: char) -> Result<String, &'static str> {
    Elements::from_message(text, fnc1).map(|elements| elements.to_string()).map_err(|refused| refused.code())
}

#[test]
fn separators_end_what_has_no_fixed_length() {
    for (text, read) in [
        ("010950110153000310ABC^17261231", Ok("(01)09501101530003(10)ABC(17)261231")),
        ("0109501101530003^10ABC^", Ok("(01)09501101530003(10)ABC")),
        ("10A(B", Ok("(10)A\\(B")),
        ("422528^21X", Ok("(422)528(21)X")),
        ("10ABC^10ABC", Ok("(10)ABC(10)ABC")),
        ("10ABC^10ABD", Err("repeated_ai")),
        ("42252821X", Err("bad_ai_value")),
        ("0109501101530004", Err("bad_check_digit")),
        ("010950110153000", Err("bad_ai_value")),
        ("10ABC^^21X", Err("unknown_ai")),
        ("10^21X", Err("bad_ai_value")),
        ("89ABC", Err("unknown_ai")),
        ("1", Err("unknown_ai")),
        ("10Ä", Err("not_ascii")),
        ("", Err("no_elements")),
    ] {
        assert_eq!(human(text, '^'), read.map(str::to_owned), "{text}");
    }
}

#[test]
fn brackets_are_read_as_people_write_them() {
    for (text, message) in [
        ("(01)09501101530003(10)ABC(17)261231", Ok("^010950110153000310ABC^17261231")),
        ("[01]09501101530003[10]A(C)", Ok("^010950110153000310A(C)")),
        ("(10)A\\(21)B", Ok("^10A(21)B")),
        ("(10)A(21)B", Ok("^10A^21B")),
        ("(10)A\\", Err("bad_ai_value")),
        ("(10)A(B)C", Err("bad_brackets")),
        ("(10)A(", Err("bad_brackets")),
        ("(10", Err("bad_brackets")),
        ("10ABC", Err("bad_brackets")),
        ("(10)", Err("bad_ai_value")),
        ("(89)X", Err("unknown_ai")),
    ] {
        let read = Elements::from_brackets(text, UnknownAis::Refuse);
        let read = read.map(|elements| elements.message('^')).map_err(|refused| refused.code());
        assert_eq!(read, message.map(str::to_owned), "{text}");
    }
    assert!(Elements::from_brackets("(89)X", UnknownAis::Keep).is_ok());
    assert!(Elements::from_brackets("(999)X", UnknownAis::Keep).is_err());
}

#[test]
fn without_marks_only_one_length_can_be_told() {
    for (text, read) in [
        ("011234567890123117261231", Ok(("(01)12345678901231(17)261231", false))),
        ("0112345678901231422528310300019510AB", Ok(("(01)12345678901231(422)528(3103)000195(10)AB", true))),
        ("011234567890123110AB17261231", Ok(("(01)12345678901231(10)AB17261231", true))),
        ("00123456789012345675", Ok(("(00)123456789012345675", false))),
        ("17261231", Err("unknown_ai")),
        ("0112345678901232", Err("bad_check_digit")),
        ("01123456789012311726123", Err("bad_ai_value")),
    ] {
        let found = Elements::from_unmarked(text);
        let found =
            found.map(|(elements, open)| (elements.to_string(), open)).map_err(|refused| refused.code());
        assert_eq!(found, read.map(|(text, open)| (text.to_owned(), open)), "{text}");
    }
}

/// Elements that are right, of many kinds, each identifier once.
fn elements() -> impl Strategy<Value = Elements> {
    let gtin = "[0-9]{13}".prop_map(|front| format!("{front}{}", check_digit(&front).unwrap()));
    let value = |ai: &'static str, pattern: &'static str| {
        pattern.prop_map(move |value| (ai.to_owned(), value)).boxed()
    };
    let set = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}";
    let kinds = vec![
        gtin.prop_map(|gtin| ("01".to_owned(), gtin)).boxed(),
        value("10", set),
        value("21", set),
        value("99", set),
        value("30", "[0-9]{1,8}"),
        value("3103", "[0-9]{6}"),
        value("17", "[0-9]{2}(0[1-9]|1[0-2])(0[0-9]|1[0-9]|2[0-8])"),
        value("422", "(528|276|004)"),
        value("8010", "[0-9]{4}[A-Z0-9#/-]{0,26}"),
    ];
    let count = kinds.len();
    (kinds, proptest::sample::subsequence((0..count).collect::<Vec<_>>(), 1..=count).prop_shuffle()).prop_map(
        |(pairs, order)| {
            let element = |(ai, value): &(String, String)| {
                Element::new(ai.parse().unwrap(), value.as_str(), UnknownAis::Refuse).unwrap()
            };
            Elements::new(order.into_iter().map(|place| element(&pairs[place])).collect()).unwrap()
        },
    )
}

proptest! {
    #[test]
    fn each_form_comes_back(elements in elements()) {
        for fnc1 in [FNC1, '^'] {
            let message = elements.message(fnc1);
            let read = Elements::from_message(message.strip_prefix(fnc1).unwrap(), fnc1);
            prop_assert_eq!(read.as_ref(), Ok(&elements));
        }
        let read = Elements::from_brackets(&elements.to_string(), UnknownAis::Refuse);
        prop_assert_eq!(read, Ok(elements));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[(01)]{0,9}[0-9A-Z^\u{1D}()\\\\]{0,40}|\\PC{0,40}") {
        let _ = Elements::from_message(&text, '^');
        let _ = Elements::from_unmarked(&text);
        let _ = Elements::from_brackets(&text, UnknownAis::Keep);
    }
}
