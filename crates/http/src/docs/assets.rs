//! The files that the pages load. `crates/http/assets/README.md` says where the foreign one comes from.

use std::io::Read as _;

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::{HttpRequest, HttpResponse};
use flate2::read::GzDecoder;

use crate::problem::{internal_error, refuse};
use crate::server::route_not_found;
use crate::write_headers;

/// The reader of the reference; a new version has a new name, so that it may be kept for ever.
pub(super) const READER: &str = "scalar-api-reference-1.72.1.js";
/// What starts it.
pub(super) const START: &str = "reference.js";
/// The style sheet of all pages.
pub(super) const STYLE: &str = "docs.css";
/// The icon in the tab.
pub(super) const ICON: &str = "icon.svg";

const READER_GZIP: &[u8] = include_bytes!("../../assets/scalar-api-reference-1.72.1.js.gz");
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Serves a file.
pub(super) async fn one(http: HttpRequest) -> HttpResponse {
    let (media, content) = match http.match_info().get("name").unwrap_or_default() {
        READER => return reader(&http),
        START => (JAVASCRIPT, include_str!("../../assets/reference.js")),
        STYLE => ("text/css; charset=utf-8", include_str!("../../assets/docs.css")),
        ICON => ("image/svg+xml", include_str!("../../assets/icon.svg")),
        _ => return route_not_found(http).await,
    };
    HttpResponse::Ok().content_type(media).insert_header((CACHE_CONTROL, "no-cache")).body(content)
}

/// Packed as it is stored; unpacked for whoever cannot.
fn reader(http: &HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type(JAVASCRIPT).insert_header((VARY, "Accept-Encoding"));
    response.insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    if takes_gzip(http) {
        return response.insert_header((CONTENT_ENCODING, "gzip")).body(READER_GZIP);
    }
    let mut unpacked = Vec::new();
    match GzDecoder::new(READER_GZIP).read_to_end(&mut unpacked) {
        Ok(_) => response.body(unpacked),
        Err(_) => refuse(&internal_error(), &write_headers::request_id(http)),
    }
}

fn takes_gzip(http: &HttpRequest) -> bool {
    let accepted =
        http.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut words = accepted.split(',').map(|word| word.split(';').map(str::trim).collect::<Vec<_>>());
    words.any(|word| {
        word.first() == Some(&"gzip")
            && !word.iter().any(|part| matches!(*part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}
