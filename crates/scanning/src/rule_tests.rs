//! Tests of the rules: for each name of the table, what it takes and what it does not.

use super::*;

const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("csum", &["12345678901231", "24012345678905"], &["12345678901234", "1", "", "A"]),
    (
        "csumalpha",
        &["1987654Ad4X4bL5ttr2310c2K"],
        &["1987654Ad4X4bL5ttr2310c2L", "1987654Ad4X4bL5ttr2310d2K", "2"],
    ),
    ("gcppos1", &["9521", "9521ABC"], &["952", "95A1", ""]),
    ("gcppos2", &["09521"], &["0952", "0952A"]),
    (
        "yymmd0",
        &["260100", "261231", "240229", "000229"],
        &["260001", "261301", "260230", "250229", "260000"],
    ),
    ("yymmdd", &["260101"], &["260100", "26010A"]),
    ("yyyymmdd", &["19500101", "20000229"], &["19500001", "19000229"]),
    ("hhmi", &["0000", "2359"], &["2400", "0060"]),
    ("hh", &["23"], &["24"]),
    ("mi", &["59"], &["60"]),
    ("ss", &["00"], &["99"]),
    ("iso3166", &["528"], &["999", "000"]),
    ("iso3166999", &["999"], &["998"]),
    ("iso3166alpha2", &["NL"], &["XX", "nl"]),
    ("iso4217", &["978"], &["000"]),
    ("nonzero", &["0001"], &["0000"]),
    ("zero", &["0"], &["1"]),
    ("nozeroprefix", &["0", "10"], &["01", "00"]),
    ("winding", &["0", "1", "9"], &["2"]),
    ("pieceoftotal", &["0101", "0299"], &["0001", "0100", "0201"]),
    ("pcenc", &["A", "A%20B", "%C3%A9"], &["A%", "A%2", "A%2G", "A%00"]),
    ("yesno", &["0", "1"], &["2"]),
    ("latitude", &["1800000000"], &["1800000001"]),
    ("longitude", &["3600000000"], &["3600000001"]),
    ("hyphen", &["-"], &["+"]),
    ("importeridx", &["a", "_"], &["."]),
    ("packagetype", &["CT", "201"], &["ct"]),
    ("mediatype", &["01", "10", "80"], &["00", "11", "79"]),
    ("iso5218", &["0", "9"], &["3"]),
    ("posinseqslash", &["1/3", "3/3"], &["4/3", "0/3", "1-3", "+/3"]),
    (
        "iban",
        &["DE89370400440532013000", "GB82WEST12345698765432"],
        &["DE88370400440532013000", "DE89", "XX89370400440532013000", "DE89 3704"],
    ),
    ("couponcode", &["0123"], &["01A"]),
    ("couponposoffer", &["1"], &["-"]),
    ("hasnondigit", &["12A"], &["123"]),
];

#[test]
fn each_rule_takes_and_refuses() {
    for (name, good, bad) in TABLE {
        let rule = Rule::named(name).unwrap();
        for part in *good {
            assert_eq!(rule.check(part), Ok(()), "{name} {part}");
        }
        for part in *bad {
            assert!(rule.check(part).is_err(), "{name} {part}");
        }
    }
}

#[test]
fn each_name_is_in_the_table_of_this_test() {
    for (name, _) in NAMES {
        assert!(TABLE.iter().any(|(tested, ..)| tested == name), "{name}");
    }
    assert_eq!(Rule::named("unheard"), None);
}

#[test]
fn says_which_check_characters_would_fit() {
    let fault = Rule::CheckDigit.check("12345678901234");
    assert_eq!(fault, Err(Fault::Check { expected: "1".into() }));
    let fault = Rule::CheckPair.check("1987654Ad4X4bL5ttr2310c22");
    assert_eq!(fault, Err(Fault::Check { expected: "2K".into() }));
}
