//! What has to be there before the first day, beside products and opening stock: places, and a vendor. Knows nothing of
//! the file.

use serde_json::json;
use ureq::http::Method;

use super::answers::text;
use super::client::{Client, Write};

/// Whom everything is bought from.
pub(super) const VENDOR: &str = "REPLAY-VENDOR";

const PLACES: [(&str, &str); 4] = [
    ("REPLAY-DOCK", "receiving"),
    ("REPLAY-STAGE", "staging"),
    ("REPLAY-PACK", "packing"),
    ("REPLAY-BACK", "returns"),
];

/// Opens the places and approves the vendor; where they are there already, they stay. Says whether all is there.
pub(super) fn open(client: &Client) -> bool {
    let places = PLACES.iter().all(|(code, kind)| {
        let write =
            Write::post(format!("/locations/{code}"), format!("place-{code}"), json!({ "kind": kind }));
        client.must(&write.with(Method::PUT), &[200, 201]).is_some()
    });
    places && vendor(client).is_some()
}

fn vendor(client: &Client) -> Option<()> {
    let payload = json!({ "code": VENDOR, "name": "the vendor of the replay" });
    let write = Write::post("/operations/vendors", "vendor", json!({ "payload": payload }));
    let made = client.must(&write, &[201, 409])?;
    let id = text(&made, "id");
    // A refusal names the one that is there.
    if id.is_empty() {
        return Some(());
    }
    let path = format!("/operations/vendors/{id}/transition");
    client.must(&Write::post(path, "vendor-approved", json!({ "to": "approved" })), &[200]).map(|_| ())
}
