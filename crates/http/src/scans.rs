//! Barcode scans over HTTP: one, or a list that is taken one by one.

use ::operations::{
    ClientScanId, DeviceId, Expected, Fault, Module, OperationsRefusal, RawCode, Reference, ScanFilter,
    ScanTaken, ScanView, ScansTaken, TakeScan, TakeScans,
};
use actix_web::http::Method;
use commands::Draft;
use kernel::{Code, RecordId, Refusal, Reply, ScanId, Timestamp};
use scanning::Symbology;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

use crate::call::{Call, Job, Listing, Reading, Rows};
use crate::operations::job;
use crate::principal::Role;
use crate::problem::{invalid_field, members, status_of};
use crate::render;
use crate::routes::{Handler, Param, Route, Status, Value as QueryValue, param, schema};

/// The most scans of one request.
const MOST_SCANS: usize = 500;

const FILTERS: &[Param] = &[
    param("state", QueryValue::OneOf(&["captured", "matched", "rejected"]), "what came of them"),
    param("device_id", QueryValue::Word, "by this scanner"),
    param("record_id", QueryValue::Id, "for this record"),
    param("sku", QueryValue::Code, "of this product"),
];
/// The columns of the CSV of scans.
const COLUMNS: &[&str] = &[
    "id",
    "state",
    "reason",
    "detail",
    "raw",
    "symbology",
    "scanned_at",
    "device_id",
    "client_scan_id",
    "record/module",
    "record/record_id",
    "apply",
    "found/sku",
    "found/lot",
    "found/quantity",
    "found/location",
    "found/record/module",
    "found/record/record_id",
    "found/number",
    "line_no",
    "counted",
    "taken_by",
    "recorded_at",
];

pub(crate) const ROUTES: &[Route] = &[
    Route {
        resource: "Barcode",
        method: Method::POST,
        path: "/api/v1/inventory/barcode-scans",
        status: Status::Implemented,
        purpose: "capture scanner events and mark them captured, matched, or rejected from expected scan context",
        role: Role::Integration,
        query: &[],
        refusals: &[Code::RecordNotFound, Code::RecordInvalid, Code::InvalidTransition, Code::ScanIdReused],
        handler: Handler::Write {
            run: scan,
            body: schema::<ScansBody>,
            answers: &[
                (200, "The scan that was taken before; of a list, what came of each scan", schema::<Answers>),
                (201, "The scan", schema::<ScanView>),
            ],
        },
    },
    Route {
        resource: "Barcode",
        method: Method::GET,
        path: "/api/v1/inventory/barcode-scans",
        status: Status::Companion,
        purpose: "list scans",
        role: Role::Viewer,
        query: FILTERS,
        refusals: &[],
        handler: Handler::List { run: scans, row: schema::<ScanView>, columns: COLUMNS },
    },
    Route {
        resource: "Barcode",
        method: Method::GET,
        path: "/api/v1/inventory/barcode-scans/{id}",
        status: Status::Companion,
        purpose: "read one scan",
        role: Role::Viewer,
        query: &[],
        refusals: &[Code::ScanNotFound],
        handler: Handler::Read { run: one_scan, answer: schema::<ScanView> },
    },
];

/// What the scan is for: a record, what is expected, or both.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct ContextBody {
    /// Goes with `record_id`.
    module: Option<Module>,
    /// The record whose lines the scan should fit.
    record_id: Option<RecordId>,
    expected: Option<Expected>,
}

/// A scan, as the scanner tells it.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
struct ScanBody {
    /// What was read, control characters included.
    raw: RawCode,
    /// The kind of barcode; absent: found out.
    symbology: Option<Symbology>,
    /// When, by the scanner's clock.
    scanned_at: Timestamp,
    device_id: DeviceId,
    /// The scanner's own name for this pull of the trigger; under one name a scan counts once.
    client_scan_id: Option<ClientScanId>,
    /// Absent: the scan is captured.
    context: Option<ContextBody>,
    /// Whether a scan that fits counts up the line that it fits.
    #[serde(default)]
    apply: bool,
}

/// A scan, or a list of scans of which each is accepted or refused alone.
struct ScansBody;

impl JsonSchema for ScansBody {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scans".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let scan = schemas.subschema_for::<ScanBody>();
        // An entry that is no scan is refused alone, so that the list as a whole may have any.
        schemars::json_schema!({ "anyOf": [
            scan,
            { "type": "array", "minItems": 1, "maxItems": MOST_SCANS, "items": { "anyOf": [scan, {}] } },
        ] })
    }
}

/// What came of one scan of a list: the scan, or why it was refused.
#[derive(Serialize, JsonSchema)]
struct AnswerBody {
    /// 201 taken, 200 taken before, or the status of the refusal.
    status: u16,
    scan: Option<ScanView>,
    /// The refusal, with `code`, `title`, `detail` and its facts.
    problem: Option<Map<String, Value>>,
}

/// What came of each scan, in their order.
#[derive(Serialize, JsonSchema)]
struct ListBody {
    data: Vec<AnswerBody>,
}

/// What is answered with 200.
struct Answers;

impl JsonSchema for Answers {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScanAnswers".into()
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let (list, scan) = (schemas.subschema_for::<ListBody>(), schemas.subschema_for::<ScanView>());
        schemars::json_schema!({ "anyOf": [scan, list] })
    }
}

/// Fields that do not hold together, each of them well formed.
fn apart(pointer: &str, why: &str) -> Refusal {
    let fault = Fault { pointer: pointer.to_owned(), why: why.to_owned() };
    OperationsRefusal::Invalid(vec![fault]).into()
}

fn told(scan: ScanBody) -> Result<TakeScan, Refusal> {
    let (mut record, mut expected) = (None, None);
    if let Some(context) = scan.context {
        record = match (context.module, context.record_id) {
            (Some(module), Some(record_id)) => Some(Reference { module, record_id }),
            (None, None) => None,
            (Some(_), None) => return Err(apart("/context/record_id", "is required with module")),
            (None, Some(_)) => return Err(apart("/context/module", "is required with record_id")),
        };
        expected = context.expected.filter(|expected| *expected != Expected::default());
        if record.is_none() && expected.is_none() {
            return Err(apart("/context", "names neither a record nor what is expected"));
        }
    }
    Ok(TakeScan {
        raw: scan.raw,
        symbology: scan.symbology,
        scanned_at: scan.scanned_at,
        device_id: scan.device_id,
        client_scan_id: scan.client_scan_id,
        record,
        expected,
        apply: scan.apply,
    })
}

/// Takes a scan, or a list.
fn scan(call: &mut Call) -> Result<Job, Refusal> {
    if let Some(entries) = call.entries::<ScanBody>()? {
        if entries.is_empty() || entries.len() > MOST_SCANS {
            return Err(invalid_field("", &format!("must have 1 to {MOST_SCANS} scans")));
        }
        let scans = entries.into_iter().map(|entry| entry.and_then(told)).collect();
        return job(call, TakeScans { scans }, None, all_taken);
    }
    let command = told(call.body::<ScanBody>()?)?;
    job(call, command, None, taken)
}

fn shown(taken: ScanTaken, draft: &Draft<'_>) -> Option<(u16, ScanView)> {
    let view = ScanView::from(draft.records.scan(taken.id)?);
    Some((if taken.is_new { 201 } else { 200 }, view))
}

fn taken(done: &ScanTaken, draft: &Draft<'_>) -> Option<Reply> {
    let (status, view) = shown(*done, draft)?;
    let location = ("Location".to_owned(), format!("/api/v1/inventory/barcode-scans/{}", done.id));
    let headers = if done.is_new { vec![location] } else { Vec::new() };
    Some(render::json(status, headers, &view))
}

fn all_taken(done: &ScansTaken, draft: &Draft<'_>) -> Option<Reply> {
    let one = |done: &Result<ScanTaken, Refusal>| match done {
        Ok(taken) => {
            let (status, scan) = shown(*taken, draft)?;
            Some(AnswerBody { status, scan: Some(scan), problem: None })
        }
        Err(refusal) => {
            let (status, _) = status_of(refusal.code);
            Some(AnswerBody { status, scan: None, problem: Some(members(refusal, None)) })
        }
    };
    let data = done.each.iter().map(one).collect::<Option<Vec<_>>>()?;
    Some(render::json(200, Vec::new(), &ListBody { data }))
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(Code::ScanNotFound, format!("There is no scan {id}."))
}

/// Reads one scan.
fn one_scan(call: &mut Call) -> Result<Reading, Refusal> {
    let text = call.path("id");
    let id = uuid::Uuid::try_parse(text).map(ScanId).map_err(|_| not_found(text))?;
    Ok(Box::new(move |views| {
        let view = views.scan(id)?.ok_or_else(|| not_found(&id.to_string()))?;
        Ok(render::json(200, Vec::new(), &view))
    }))
}

/// Lists scans.
fn scans(call: &mut Call) -> Result<Listing, Refusal> {
    let query = &mut call.query;
    let filter = ScanFilter {
        state: query.take("state"),
        device: query.take("device_id"),
        record: query.take::<uuid::Uuid>("record_id").map(RecordId),
        sku: query.take("sku"),
    };
    Ok(Box::new(move |views, page| {
        let (found, next) = views.scans(&filter, page)?;
        Ok(Rows::new(render::rows(found), next))
    }))
}
