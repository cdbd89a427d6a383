//! Markdown of our own pages as HTML: headings that can be linked to, wide things that can be scrolled by keyboard,
//! links that lead to where the server has the page.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Renders a page. Raw HTML does not occur in our pages, and would be shown as text.
pub(super) fn to_html(page: &str) -> String {
    let events: Vec<_> = Parser::new_ext(page, Options::ENABLE_TABLES).collect();
    let shown = (0..events.len()).filter_map(|at| events.get(at..).and_then(shown));
    let mut text = String::with_capacity(page.len() * 2);
    html::push_html(&mut text, shown);
    let scrolled = "<div class=\"wide\" tabindex=\"0\"><table>";
    text.replace("<table>", scrolled).replace("</table>", "</table></div>")
}

/// The first of these events, as we show it.
fn shown<'a>(events: &[Event<'a>]) -> Option<Event<'a>> {
    let event = events.first()?;
    Some(if let Event::Start(Tag::Heading { level, .. }) = event {
        Event::Html(format!("<{level} id=\"{}\">", anchor(&heading_text(events))).into())
    } else if let Event::Start(Tag::Link { link_type, dest_url, title, id }) = event {
        let (link_type, title, id) = (*link_type, title.clone(), id.clone());
        Event::Start(Tag::Link { link_type, dest_url: served(dest_url), title, id })
    } else if let Event::Start(Tag::CodeBlock(_)) = event {
        Event::Html("<pre tabindex=\"0\"><code>".into())
    } else if let Event::End(TagEnd::CodeBlock) = event {
        Event::Html("</code></pre>\n".into())
    } else if let Event::Html(text) | Event::InlineHtml(text) = event {
        Event::Text(text.clone())
    } else {
        event.clone()
    })
}

fn heading_text(events: &[Event<'_>]) -> String {
    let inside = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    inside
        .filter_map(
            |event| if let Event::Text(text) | Event::Code(text) = event { Some(&**text) } else { None },
        )
        .collect()
}

/// As the repository's own reader makes anchors: lower case, hyphens for spaces, no punctuation.
fn anchor(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Where the server has what a page of the repository links to.
fn served<'a>(link: &str) -> CowStr<'a> {
    let (path, anchor) =
        link.split_once('#').map_or((link, String::new()), |(path, at)| (path, format!("#{at}")));
    let Some(page) = path.strip_suffix(".md") else { return link.to_owned().into() };
    let place = match page.trim_start_matches("../") {
        "API" => "/docs/guide".to_owned(),
        "errors/README" | "README" => "/docs/errors".to_owned(),
        name => format!("/docs/errors/{}", name.trim_start_matches("errors/")),
    };
    format!("{place}{anchor}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_what_is_served() {
        for (link, place) in [
            ("off_step.md", "/docs/errors/off_step"),
            ("errors/off_step.md", "/docs/errors/off_step"),
            ("errors/README.md", "/docs/errors"),
            ("../API.md#dry-run", "/docs/guide#dry-run"),
            ("#limits", "#limits"),
            ("/docs/api", "/docs/api"),
        ] {
            assert_eq!(&*served(link), place);
        }
    }

    #[test]
    fn a_page_is_rendered() {
        let html = to_html("# A `b` c?\n\n| x |\n|---|\n| <b> |\n\n```json\n{\"a\": 1}\n```\n");
        assert!(html.contains("<h1 id=\"a-b-c\">A <code>b</code> c?</h1>"), "{html}");
        assert!(html.contains("<div class=\"wide\" tabindex=\"0\"><table>"), "{html}");
        assert!(html.contains("&lt;b&gt;"), "{html}");
        assert!(html.contains("<pre tabindex=\"0\"><code>{\"a\": 1}\n</code></pre>"), "{html}");
    }
}
