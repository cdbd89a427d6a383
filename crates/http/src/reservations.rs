//! Reservations over HTTP.

use ::reservations::{
    ConsumeReservation, CreateReservation, Expiry, LineRef, LineSelection, LineWanted, NewLine, OrderRef,
    ReleaseReservation, ReservationFilter, ReservationState, ReservationView, ShipmentProof,
};
use actix_web::{HttpRequest, HttpResponse, web};
use commands::{Consume, Create, Draft, Fill, Preview, PreviewHash, Release, Render, Task};
use inventory::{LocationCode, Lot, Reason, Sku, WarehouseCode};
use kernel::{Code, PositiveQuantity, Refusal, Reply, Request, RequestId, ReservationId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

use crate::body::{self, expected_version, invalid_field};
use crate::problem::{problem, refuse, respond};
use crate::query::{Query, make_cursor};
use crate::server::Shared;
use crate::{submit, write_headers};

/// A year: a reservation that should last longer has no end.
const LONGEST_SECONDS: u32 = 31_536_000;

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct CreateBody {
    order_ref: OrderRef,
    warehouse: Option<WarehouseCode>,
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    lines: Vec<LineBody>,
    #[serde(default)]
    allow_partial: bool,
    #[serde(default)]
    backorder: bool,
    #[validate(range(min = 1, max = LONGEST_SECONDS, message = "must be 1 to 31536000"))]
    ttl_seconds: Option<u32>,
    expires_at: Option<Timestamp>,
    ship_to: Option<Map<String, Value>>,
    ship_by: Option<Timestamp>,
    metadata: Option<Map<String, Value>>,
    preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct LineBody {
    sku: Sku,
    quantity: PositiveQuantity,
    line_ref: Option<LineRef>,
    location: Option<LocationCode>,
    lot: Option<Lot>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ReleaseBody {
    reason: Reason,
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    lines: Option<Vec<SelectionBody>>,
    expected_version: Option<i64>,
    preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ConsumeBody {
    shipment_proof: Option<ProofBody>,
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2000 lines"))]
    lines: Option<Vec<SelectionBody>>,
    expected_version: Option<i64>,
    preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ProofBody {
    carrier: Option<::reservations::ProofText>,
    tracking_number: Option<::reservations::ProofText>,
    shipped_at: Option<Timestamp>,
    ship_confirmation_id: Option<kernel::RecordId>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct FillBody {
    expected_version: Option<i64>,
    preview_hash: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct SelectionBody {
    line_no: Option<u32>,
    line_ref: Option<LineRef>,
    quantity: Option<PositiveQuantity>,
}

fn selections(lines: Option<Vec<SelectionBody>>) -> Result<Option<Vec<LineSelection>>, Refusal> {
    let one = |(at, line): (usize, SelectionBody)| {
        let wanted = match (line.line_no, line.line_ref) {
            (Some(number), None) => LineWanted::Number(number),
            (None, Some(reference)) => LineWanted::Reference(reference),
            (Some(_), Some(_)) | (None, None) => {
                return Err(invalid_field(
                    &format!("/lines/{at}"),
                    "needs line_no or line_ref, and not both",
                ));
            }
        };
        Ok(LineSelection { line: wanted, quantity: line.quantity })
    };
    lines.map(|lines| lines.into_iter().enumerate().map(one).collect()).transpose()
}

fn preview_hash(text: Option<String>) -> Result<Option<PreviewHash>, Refusal> {
    let read = |text: String| {
        text.parse().map_err(|error: kernel::Invalid| invalid_field("/preview_hash", &error.0))
    };
    text.map(read).transpose()
}

/// Shows the reservation that a command left behind.
struct ShowReservation {
    request_id: RequestId,
    made: bool,
}

impl Render<ReservationId> for ShowReservation {
    fn done(&self, id: &ReservationId, draft: &Draft<'_>) -> Reply {
        let Some(reservation) = draft.reservations.get(*id) else { return self.broken() };
        let view = ReservationView::in_draft(reservation, &draft.stock);
        let mut headers = vec![("ETag".to_owned(), etag(&view))];
        if self.made {
            headers.push(("Location".to_owned(), format!("/api/v1/inventory/reservations/{id}")));
        }
        submit::json(if self.made { 201 } else { 200 }, headers, &view)
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        problem(refusal, &self.request_id)
    }

    fn previewed(&self, would: Reply, preview: &Preview) -> Reply {
        submit::previewed(&would, preview)
    }

    fn broken(&self) -> Reply {
        problem(&submit::internal_error(), &self.request_id)
    }
}

fn etag(view: &ReservationView) -> String {
    format!("\"{}\"", view.version)
}

fn task<W>(request: Request, work: W, made: bool, seen: Option<PreviewHash>) -> Task<W, ShowReservation> {
    let render = ShowReservation { request_id: request.request_id.clone(), made };
    Task { request, work, render, preview_hash: seen }
}

/// The id in the path.
fn id_of(http: &HttpRequest) -> Result<ReservationId, Refusal> {
    let text = http.match_info().get("id").unwrap_or_default();
    let not_found = || Refusal::new(Code::ReservationNotFound, format!("There is no reservation {text}."));
    uuid::Uuid::try_parse(text).map(ReservationId).map_err(|_| not_found())
}

fn parse_create(
    http: &HttpRequest,
    bytes: &[u8],
    shared: &Shared,
) -> Result<Task<Create, ShowReservation>, Refusal> {
    let request = write_headers::read(http, bytes, &shared.config)?;
    let body: CreateBody = body::read(http, bytes)?;
    let expiry = match (body.ttl_seconds, body.expires_at) {
        (Some(_), Some(_)) => return Err(invalid_field("/expires_at", "goes without ttl_seconds")),
        (Some(seconds), None) => Some(Expiry::AfterSeconds(seconds)),
        (None, Some(at)) => Some(Expiry::At(at)),
        (None, None) => None,
    };
    let line = |line: LineBody| NewLine {
        sku: line.sku,
        quantity: line.quantity,
        line_ref: line.line_ref,
        location: line.location,
        lot: line.lot,
    };
    let command = CreateReservation {
        source: request.source.clone(),
        order_ref: body.order_ref,
        warehouse: body.warehouse,
        lines: body.lines.into_iter().map(line).collect(),
        allow_partial: body.allow_partial,
        backorder: body.backorder,
        expiry,
        ship_to: body.ship_to,
        ship_by: body.ship_by,
        metadata: body.metadata,
    };
    Ok(task(request, Create(command), true, preview_hash(body.preview_hash)?))
}

fn parse_release(
    http: &HttpRequest,
    bytes: &[u8],
    shared: &Shared,
) -> Result<Task<Release, ShowReservation>, Refusal> {
    let request = write_headers::read(http, bytes, &shared.config)?;
    let body: ReleaseBody = body::read(http, bytes)?;
    let command = ReleaseReservation {
        id: id_of(http)?,
        reason: body.reason,
        lines: selections(body.lines)?,
        expected_version: expected_version(http, body.expected_version)?,
    };
    Ok(task(request, Release(command), false, preview_hash(body.preview_hash)?))
}

fn parse_consume(
    http: &HttpRequest,
    bytes: &[u8],
    shared: &Shared,
) -> Result<Task<Consume, ShowReservation>, Refusal> {
    let request = write_headers::read(http, bytes, &shared.config)?;
    let body: ConsumeBody = body::read(http, bytes)?;
    let command = ConsumeReservation {
        id: id_of(http)?,
        proof: proof(body.shipment_proof)?,
        lines: selections(body.lines)?,
        expected_version: expected_version(http, body.expected_version)?,
    };
    Ok(task(request, Consume(command), false, preview_hash(body.preview_hash)?))
}

/// A carrier's proof. Ship confirmations do not exist yet, so none can be found.
fn proof(body: Option<ProofBody>) -> Result<ShipmentProof, Refusal> {
    let detail = "Say what shows that the goods have left: carrier, tracking_number and shipped_at.";
    let required = || Refusal::new(Code::ShipmentProofRequired, detail);
    let body = body.ok_or_else(required)?;
    if let Some(id) = body.ship_confirmation_id {
        return Err(Refusal::new(
            Code::ShipConfirmationNotFound,
            format!("There is no ship confirmation {id}."),
        ));
    }
    match (body.carrier, body.tracking_number, body.shipped_at) {
        (Some(carrier), Some(tracking_number), Some(shipped_at)) => {
            Ok(ShipmentProof { carrier, tracking_number, shipped_at })
        }
        _ => Err(required()),
    }
}

fn parse_fill(
    http: &HttpRequest,
    bytes: &[u8],
    shared: &Shared,
) -> Result<Task<Fill, ShowReservation>, Refusal> {
    let request = write_headers::read(http, bytes, &shared.config)?;
    let body: FillBody = body::read(http, bytes)?;
    let expected_version = expected_version(http, body.expected_version)?;
    let command = Fill { id: id_of(http)?, expected_version };
    Ok(task(request, command, false, preview_hash(body.preview_hash)?))
}

macro_rules! write_handlers {
    ($($(#[$doc:meta])* $name:ident = $parse:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(http: HttpRequest, bytes: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
            match $parse(&http, &bytes, &shared) {
                Ok(task) => submit::write(&http, shared.backend.clone(), task).await,
                Err(refusal) => refuse(&refusal, &write_headers::request_id(&http)),
            }
        }
    )*};
}

write_handlers! {
    /// Reserves stock for an order.
    create = parse_create;
    /// Gives reserved stock back.
    release = parse_release;
    /// Ships reserved stock.
    consume = parse_consume;
    /// Tries again for what is short.
    fill = parse_fill;
}

/// Reads one reservation.
pub(crate) async fn get(http: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let request_id = write_headers::request_id(&http);
    match show(&http, &shared, &request_id).await {
        Ok(reply) => respond(reply, &request_id),
        Err(refusal) => refuse(&refusal, &request_id),
    }
}

async fn show(http: &HttpRequest, shared: &Shared, request_id: &RequestId) -> Result<Reply, Refusal> {
    Query::read(http, "", &[]).finish()?;
    let id = id_of(http)?;
    let found = submit::read(shared.backend.clone(), request_id, move |views| views.reservation(id)).await?;
    let not_found = || Refusal::new(Code::ReservationNotFound, format!("There is no reservation {id}."));
    let view = found.ok_or_else(not_found)?;
    let seen = http.headers().get("If-None-Match").and_then(|value| value.to_str().ok());
    let headers = vec![("ETag".to_owned(), etag(&view))];
    if seen == Some(etag(&view).as_str()) {
        return Ok(Reply { status: 304, headers, body: Vec::new(), replayed: false });
    }
    Ok(submit::json(200, headers, &view))
}

/// Lists reservations.
pub(crate) async fn list(http: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let request_id = write_headers::request_id(&http);
    match show_list(&http, &shared, &request_id).await {
        Ok(reply) => respond(reply, &request_id),
        Err(refusal) => refuse(&refusal, &request_id),
    }
}

async fn show_list(http: &HttpRequest, shared: &Shared, request_id: &RequestId) -> Result<Reply, Refusal> {
    const LIST: &str = "reservations";
    let mut query = Query::read(http, LIST, &["order_ref", "state", "sku", "limit", "cursor"]);
    let filter = ReservationFilter {
        order_ref: query.take("order_ref"),
        state: query.take::<ReservationState>("state"),
        sku: query.take("sku"),
    };
    let page = query.page()?;
    query.finish()?;
    let read = move |views: &mut dyn commands::Views| views.reservations(&filter, &page);
    let (data, next) = submit::read(shared.backend.clone(), request_id, read).await?;
    let next_cursor = next.map(|place| make_cursor(LIST, &place));
    Ok(submit::json(200, Vec::new(), &serde_json::json!({ "data": data, "next_cursor": next_cursor })))
}
