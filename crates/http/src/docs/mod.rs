//! The documentation that the server brings along: the reference, the guide and a page for each error code. Everything
//! is in the program; no page asks for anything from elsewhere, and each says so in its Content-Security-Policy.

mod assets;
mod markdown;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::server::{refusing_others, route_not_found};

/// The page of each code, in Markdown.
const ERRORS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));
/// The list of them.
const ERROR_INDEX: &str = include_str!("../../../../docs/errors/README.md");
const GUIDE: &str = include_str!("../../../../docs/API.md");
const INDEX: &str = "# GagliaHQ ERP\n\n\
    - [Guide](/docs/guide): conventions, routes, and what each of them means\n\
    - [Reference](/docs/api): every operation, from the OpenAPI document\n\
    - [Error codes](/docs/errors): what each refusal means and what to do\n\
    - [OpenAPI document](/openapi.json)\n";

/// Pages of text: nothing but the style sheet is loaded.
const TEXT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";
/// The reference: its reader is a script of ours that writes styles into the page and reads `/openapi.json`.
const READER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                             img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                             form-action 'none'; frame-ancestors 'none'";

/// The routes of the documentation.
pub(crate) fn attach(config: &mut web::ServiceConfig) {
    for (path, route) in [
        ("/docs", web::get().to(index)),
        ("/docs/api", web::get().to(reference)),
        ("/docs/guide", web::get().to(guide)),
        ("/docs/errors", web::get().to(errors)),
        ("/docs/errors/{code}", web::get().to(error)),
        ("/docs/assets/{name}", web::get().to(assets::one)),
    ] {
        config.service(refusing_others(web::resource(path).route(route), "GET".to_owned()));
    }
}

async fn index() -> HttpResponse {
    text("Documentation", INDEX)
}

async fn guide() -> HttpResponse {
    text("Guide", GUIDE)
}

async fn errors() -> HttpResponse {
    text("Error codes", ERROR_INDEX)
}

async fn error(http: HttpRequest) -> HttpResponse {
    let code = http.match_info().get("code").unwrap_or_default();
    match ERRORS.iter().find(|(name, _)| *name == code) {
        Some((name, page)) => text(name, page),
        None => route_not_found(http).await,
    }
}

async fn reference() -> HttpResponse {
    let body = format!(
        "<div id=\"reference\"></div>\n\
         <noscript><p>The reference needs JavaScript. The <a href=\"/docs/guide\">guide</a> does not, and \
         <a href=\"/openapi.json\">/openapi.json</a> says the same for programs.</p></noscript>\n\
         <script src=\"/docs/assets/{}\"></script>\n<script src=\"/docs/assets/{}\"></script>\n",
        assets::READER,
        assets::START
    );
    html(READER_POLICY, "Reference", "", &body)
}

/// A page of Markdown.
fn text(title: &str, page: &str) -> HttpResponse {
    let body = format!(
        "<nav aria-label=\"Documentation\"><a href=\"/docs\">Documentation</a> <a href=\"/docs/guide\">Guide</a> \
         <a href=\"/docs/api\">Reference</a> <a href=\"/docs/errors\">Error codes</a></nav>\n\
         <main>\n{}</main>\n",
        markdown::to_html(page)
    );
    let style = format!("<link rel=\"stylesheet\" href=\"/docs/assets/{}\">\n", assets::STYLE);
    html(TEXT_POLICY, title, &style, &body)
}

fn html(policy: &'static str, title: &str, head: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · GagliaHQ ERP</title>\n<link rel=\"icon\" href=\"/docs/assets/{}\">\n\
         {head}</head>\n<body>\n{body}</body>\n</html>\n",
        assets::ICON,
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(page)
}

#[cfg(test)]
mod tests {
    use kernel::Code;

    use super::*;

    #[test]
    fn every_code_has_a_page_and_no_page_has_none() {
        let pages: Vec<&str> = ERRORS.iter().map(|(name, _)| *name).collect();
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(pages, codes);
        for code in codes {
            assert!(ERROR_INDEX.contains(&format!("[{code}]({code}.md)")), "{code} is not in the index");
        }
    }
}
