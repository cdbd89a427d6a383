//! Reading JSON bodies: syntax is 400, shape and values are 422 with the place, and every unknown field is named.

use kernel::{Code, Refusal};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use validator::Validate;

use crate::problem::{invalid, wrong};

/// Reads a body of this shape, within the bounds that it has.
pub(crate) fn read<T: DeserializeOwned + Validate>(media: Option<&str>, body: &[u8]) -> Result<T, Refusal> {
    let read: T = read_object(media, body)?;
    read.validate().map_err(|errors| {
        let each = errors.field_errors();
        let list = each.iter().map(|(field, errors)| {
            let detail = errors.first().and_then(|error| error.message.clone());
            let detail = detail.unwrap_or("is out of bounds".into());
            wrong("pointer", &format!("/{field}"), "invalid_value", detail)
        });
        invalid(list.collect())
    })?;
    Ok(read)
}

/// Reads a body that is an object and whose types hold all its bounds. A list is none, even where it has all the values.
pub(crate) fn read_object<T: DeserializeOwned>(media: Option<&str>, body: &[u8]) -> Result<T, Refusal> {
    if is_list(body) {
        return Err(invalid(vec![wrong("pointer", "", "invalid_value", "must be an object")]));
    }
    read_unbounded(media, body)
}

fn is_list(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'[')
}

/// Reads a body of this media type.
fn read_unbounded<T: DeserializeOwned>(media: Option<&str>, body: &[u8]) -> Result<T, Refusal> {
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(Code::UnsupportedMediaType, "Send the body as application/json."));
    }
    parse(body)
}

/// The entries of a body that is a list, each read and refused alone; none where the body is no list.
pub(crate) fn entries<T: DeserializeOwned>(
    media: Option<&str>,
    body: &[u8],
) -> Result<Option<Vec<Result<T, Refusal>>>, Refusal> {
    if !is_list(body) {
        return Ok(None);
    }
    let entries: Vec<serde_json::Value> = read_unbounded(media, body)?;
    Ok(Some(entries.iter().map(|entry| parse(entry.to_string().as_bytes())).collect()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let paths = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let read: Result<T, _> = serde_ignored::deserialize(paths, |path| {
        let pointer = format!("/{}", path.to_string().replace('.', "/"));
        unknown.push(wrong("pointer", &pointer, "unknown_field", "is not a field of this request"));
    });
    let ended = read.and_then(|read| json.end().map(|()| read));
    let read = ended.map_err(|error| match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => {
            Refusal::new(Code::MalformedJson, format!("The body is not JSON: {error}."))
        }
        Category::Data => {
            let pointer = pointer(&track.path());
            invalid(vec![wrong("pointer", &pointer, "invalid_value", without_position(&error))])
        }
    })?;
    if !unknown.is_empty() {
        return Err(invalid(unknown));
    }
    Ok(read)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{key}"),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.find(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json; charset=utf-8");

    #[derive(Debug, serde::Deserialize, Validate)]
    struct Body {
        #[validate(length(min = 1, max = 2, message = "must have 1 to 2 entries"))]
        lines: Vec<Line>,
    }

    #[derive(Debug, serde::Deserialize, serde::Serialize)]
    struct Line {
        quantity: kernel::PositiveQuantity,
    }

    fn refusal(body: &str) -> (Code, String) {
        let refusal = read::<Body>(JSON, body.as_bytes()).unwrap_err();
        let errors = refusal.facts.get("errors").map(ToString::to_string).unwrap_or_default();
        (refusal.code, errors)
    }

    #[test]
    fn names_the_place_and_tells_syntax_from_values() {
        assert!(read::<Body>(JSON, br#"{"lines":[{"quantity":1.5},{"quantity":"2"}]}"#).is_ok());
        for (body, code, says) in [
            ("{", Code::MalformedJson, ""),
            ("", Code::MalformedJson, ""),
            (r#"{"lines":[]} x"#, Code::MalformedJson, ""),
            (r#"{"lines":[]}"#, Code::InvalidBody, "1 to 2 entries"),
            (r#" [[{"quantity":1}]]"#, Code::InvalidBody, "must be an object"),
            (r#"{}"#, Code::InvalidBody, "missing field"),
            (r#"{"lines":[{"quantity":1},{"quantity":0}]}"#, Code::InvalidBody, "/lines/1/quantity"),
            (r#"{"lines":[{"quantity":1e400}]}"#, Code::InvalidBody, "below 1000000000"),
            (r#"{"lines":[{"quantity":"NaN"}]}"#, Code::InvalidBody, "decimal number"),
            (r#"{"lines":[{"quantity":1,"a":1}],"b":2}"#, Code::InvalidBody, "/lines/0/a"),
        ] {
            let (found, errors) = refusal(body);
            assert_eq!(found, code, "{body}");
            assert!(errors.contains(says), "{body}: {errors}");
        }
        let (_, both) = refusal(r#"{"lines":[{"quantity":1,"a":1}],"b":2}"#);
        assert!(both.contains("\"/b\""), "every unknown field is named: {both}");
    }
}
