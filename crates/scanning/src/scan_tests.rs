//! Tests of the whole question: raw text in, what it is out.

use super::*;
use proptest::prelude::*;

const CARET: Settings = Settings {
    caret_is_fnc1: true,
    short_link_names: false,
    short_link_gtins: false,
    unknown_ais: UnknownAis::Refuse,
};

/// What was read, in a line.
fn said(raw: &str, symbology: Option<Symbology>, settings: &Settings) -> String {
    let reading = match parse(raw, symbology, settings) {
        Ok(reading) => reading,
        Err(refused) => return format!("refused {}", refused.code()),
    };
    let content = match &reading.content {
        Content::Gtin(gtin) => format!("{} {} = {}", gtin.form, gtin.digits, gtin.gtin),
        Content::Elements(elements) => elements.to_string(),
        Content::Link(link) => format!("{} {}", link.stem(), link.elements()),
        Content::Own(own) => format!("own {own}"),
        Content::Plain(text) => format!("plain {text}"),
    };
    let composite = reading.composite.iter().map(|elements| format!(" + {elements}"));
    let notes = reading.notes.iter().map(|note| format!(" note {note:?}"));
    std::iter::once(content).chain(composite).chain(notes).collect()
}

#[test]
fn without_a_symbology_it_is_what_it_looks_like() {
    for (raw, wanted) in [
        ("4006381333931", "ean_13 4006381333931 = 04006381333931"),
        ("4006381333931\r\n", "ean_13 4006381333931 = 04006381333931"),
        ("036000291452", "upc_a 036000291452 = 00036000291452"),
        ("15400141288763", "itf_14 15400141288763 = 15400141288763"),
        ("73513537", "ean_8 73513537 = 00000073513537"),
        ("04252614", "upc_e 04252614 = 00042100005264"),
        ("4006381333930", "plain 4006381333930 note CheckDigitDoesNotFit { expected: \"1\" }"),
        ("400638133393", "plain 400638133393 note CheckDigitDoesNotFit { expected: \"0\" }"),
        ("123456", "plain 123456"),
        ("MUG-RED-S", "plain MUG-RED-S"),
        ("Käse 5%", "plain Käse 5%"),
        ("LOC:A-01-03", "own LOC:A-01-03"),
        ("REC:receipts/R-1", "own REC:receipts/R-1"),
        ("LOC:", "refused bad_own_code"),
        ("(01)09501101530003(10)AB", "(01)09501101530003(10)AB"),
        ("(01)09501101530004", "refused bad_check_digit"),
        ("[00]123456789012345675", "(00)123456789012345675"),
        ("(S) 12", "plain (S) 12"),
        ("0109501101530003\u{1D}10AB", "(01)09501101530003(10)AB"),
        ("\u{1D}010950110153000310AB\u{1D}17261231", "(01)09501101530003(10)AB(17)261231"),
        ("A\u{1D}B", "refused unknown_ai"),
        ("A\u{7}B", "refused control_character"),
        ("010950110153000317261231", "(01)09501101530003(17)261231"),
        ("010950110153000310AB17261231", "(01)09501101530003(10)AB17261231 note NoSeparators"),
        ("0109501101530004", "plain 0109501101530004"),
        ("^10AB", "plain ^10AB"),
        ("https://id.gs1.org/01/09520123456788/10/AB", "https://id.gs1.org (01)09520123456788(10)AB"),
        ("https://id.gs1.org/01/09520123456789", "refused bad_check_digit"),
        ("", "refused empty"),
        (" \r\n", "refused empty"),
        ("]XX1", "plain ]XX1"),
    ] {
        assert_eq!(said(raw, None, &Settings::default()), wanted, "{raw:?}");
    }
    let shop = said("https://shop.example/mug", None, &Settings::default());
    assert!(shop.starts_with("plain https://shop.example/mug note NotADigitalLink"), "{shop}");
    let both = said("02345673", None, &Settings::default());
    assert!(both.starts_with("ean_8 02345673 = 00000002345673"), "{both}");
}

#[test]
fn a_symbology_says_what_it_must_be() {
    for (symbology, raw, wanted) in [
        (Symbology::Ean13, "4006381333930", "refused bad_check_digit"),
        (Symbology::Ean13, "036000291452", "refused bad_length"),
        (Symbology::UpcE, "425261", "upc_e 425261 = 00042100005264"),
        (Symbology::Itf, "15400141288763", "itf_14 15400141288763 = 15400141288763"),
        (Symbology::Itf, "123456", "plain 123456"),
        (Symbology::Gs1_128, "010950110153000310AB", "(01)09501101530003(10)AB"),
        (Symbology::Gs1_128, "(10)AB", "(10)AB"),
        (Symbology::Gs1_128, "MUG", "refused unknown_ai"),
        (Symbology::Gs1_128, "10Ä", "refused not_ascii"),
        (Symbology::DataBar, "24012345678905", "itf_14 24012345678905 = 24012345678905"),
        (Symbology::DataBar, "0124012345678905", "(01)24012345678905"),
        (Symbology::Code39, "MUG", "plain MUG"),
        (Symbology::QrCode, "LOC:A", "own LOC:A"),
        // The identifier in front of the data knows better than the driver.
        (Symbology::QrCode, "]E04006381333931", "ean_13 4006381333931 = 04006381333931"),
    ] {
        assert_eq!(said(raw, Some(symbology), &Settings::default()), wanted, "{symbology} {raw:?}");
    }
}

#[test]
fn identifiers_say_it_too() {
    for (raw, wanted) in [
        ("]C1010950110153000310AB\u{1D}17261231", "(01)09501101530003(10)AB(17)261231"),
        ("]C1\u{1D}10AB", "(10)AB"),
        ("]C110AB^17261231", "refused bad_ai_value"),
        ("]d210AB", "(10)AB"),
        ("]Q1LOC:A", "own LOC:A"),
        ("]A0MUG", "plain MUG"),
        ("]I115400141288763", "itf_14 15400141288763 = 15400141288763"),
        ("]E04006381333931|]e021X", "ean_13 4006381333931 = 04006381333931 + (21)X"),
        ("]E04006381333931|]e00124012345678905", "refused repeated_ai"),
        ("]E3978020137962453250", "ean_13 9780201379624 = 09780201379624 note AddOn { digits: \"53250\" }"),
        ("]E39780201379624A", "refused not_digits"),
        ("]Q3", "refused empty"),
        ("]Q1", "refused empty"),
    ] {
        assert_eq!(said(raw, None, &Settings::default()), wanted, "{raw:?}");
    }
}

#[test]
fn a_caret_may_stand_for_fnc1() {
    for (raw, wanted) in [
        ("^010950110153000310AB^17261231", "(01)09501101530003(10)AB(17)261231"),
        ("010950110153000310AB^17261231", "(01)09501101530003(10)AB(17)261231"),
        ("]C110AB^17261231", "(10)AB(17)261231"),
        ("^AB", "refused unknown_ai"),
        ("A^B", "plain A^B"),
    ] {
        assert_eq!(said(raw, None, &CARET), wanted, "{raw:?}");
    }
}

#[test]
fn what_was_read_can_be_asked() {
    let read = |raw: &str| parse(raw, None, &Settings::default()).unwrap();
    let composite = read("]E04006381333931|]e010AB\u{1D}17261231");
    let elements = composite.elements().unwrap();
    assert_eq!(elements.to_string(), "(01)04006381333931(10)AB(17)261231");
    assert_eq!(elements.lot(), Some("AB"));
    assert_eq!(composite.symbology, Some(Symbology::Ean13));
    for raw in ["]E04006381333931", "https://a/01/04006381333931", "(01)04006381333931", "4006381333931"] {
        assert_eq!(read(raw).gtin().unwrap().as_str(), "04006381333931", "{raw}");
    }
    assert!(read("LOC:A").elements().is_none() && read("MUG").gtin().is_none());
}

#[test]
fn is_limited_in_length() {
    let longest = "A".repeat(MOST_BYTES);
    assert!(parse(&longest, None, &Settings::default()).is_ok());
    let refused = parse(&format!("{longest}A"), None, &Settings::default()).unwrap_err();
    assert_eq!(refused.code(), "too_long");
}

#[test]
fn is_written_as_json() {
    let json = |raw: &str| serde_json::to_string(&parse(raw, None, &Settings::default()).unwrap()).unwrap();
    assert_eq!(
        json("4006381333931"),
        r#"{"symbology":null,"content":{"kind":"gtin","value":{"form":"ean_13","digits":"4006381333931","gtin":"04006381333931"}},"notes":[]}"#
    );
    assert_eq!(
        json("]C110AB"),
        r#"{"symbology":"gs1_128","content":{"kind":"elements","value":[{"ai":"10","value":"AB"}]},"notes":[]}"#
    );
    assert_eq!(
        json("REC:receipts/R-1"),
        r#"{"symbology":null,"content":{"kind":"own","value":{"record":{"module":"receipts","number":"R-1"}}},"notes":[]}"#
    );
    assert!(
        json("4006381333930").ends_with(r#""notes":[{"code":"check_digit_does_not_fit","expected":"1"}]}"#)
    );
}

fn settings() -> impl Strategy<Value = Settings> {
    let unknown =
        prop_oneof![Just(UnknownAis::Refuse), Just(UnknownAis::Keep), Just(UnknownAis::KeepInLinks)];
    (any::<[bool; 3]>(), unknown).prop_map(|([caret, names, gtins], unknown_ais)| Settings {
        caret_is_fnc1: caret,
        short_link_names: names,
        short_link_gtins: gtins,
        unknown_ais,
    })
}

proptest! {
    #[test]
    fn any_scan_is_read_or_refused_in_words(
        raw in "\\PC{0,60}|(\\](C1|d2|Q[13]|E[034]|e0|I1))?[0-9()^\u{1D}A-Z%/|\\]]{0,60}|(LOC|REC):\\PC{0,9}|[0-9]{6,20}",
        symbology in proptest::option::of(proptest::sample::select(Symbology::all().collect::<Vec<_>>())),
        settings in settings(),
    ) {
        match parse(&raw, symbology, &settings) {
            Ok(reading) => prop_assert!(serde_json::to_string(&reading).is_ok()),
            Err(refused) => prop_assert!(refused.to_string().ends_with('.'), "{refused}"),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(raw in any::<String>(), settings in settings()) {
        let _ = parse(&raw, None, &settings);
    }
}
