//! What a module is: a declaration, its payload and lines, and its own rules. Everything else all modules share.

use std::fmt::Debug;

use inventory::{LocationCode, Lot, MovementKind, NewTransfer, Sku, WarehouseCode};
use kernel::{Day, Quantity, RecordId, ReservationId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::machine::Path;
use crate::words::words;
use crate::{Fault, Floor, Head, OperationsRefusal, RecordState, WorkKind};

words!(
    /// A step that posts stock.
    Step {
        /// The only one of most modules.
        Post = "post",
        /// What waits for inspection was looked at; in parts.
        Inspect = "inspect",
        /// Picked goods go back to a shelf, and are not promised any more; in parts.
        Unpick = "unpick",
        /// Goods leave for another place.
        Dispatch = "dispatch",
        /// Goods arrive.
        Receive = "receive",
        /// What did not arrive was found after all.
        Found = "found",
        /// What did not arrive went back to where it came from.
        ReturnToSource = "return_to_source",
        /// What did not arrive is lost.
        WriteOff = "write_off",
        /// What came back goes where it belongs; in parts.
        Dispose = "dispose",
    }
);

/// When a step may be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRule {
    /// The step.
    pub step: Step,
    /// The state that the record must stand in.
    pub from: RecordState,
    /// Whether it is posted in parts that the caller names; otherwise as the lines' actual quantities say.
    pub in_parts: bool,
    /// Whether it is posted as often as anything is left for it; otherwise once.
    pub repeats: bool,
    /// Whether it is posted of a record that is closed, too.
    pub when_closed: bool,
}

impl StepRule {
    /// A step that is posted once, as the actual quantities say.
    pub const fn once(step: Step, from: RecordState) -> Self {
        Self { step, from, in_parts: false, repeats: false, when_closed: false }
    }

    /// A step that is posted in parts, as often as anything is left for it.
    pub const fn in_parts(step: Step, from: RecordState) -> Self {
        Self { step, from, in_parts: true, repeats: true, when_closed: false }
    }
}

/// A part of a step that is posted in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The line.
    pub line_no: u32,
    /// How much is good, or is to be moved.
    pub quantity: Quantity,
    /// How much is not good.
    pub rejected: Quantity,
    /// Where to; none where the record or the warehouse says it.
    pub to: Option<LocationCode>,
    /// What becomes of it, where that is to be said.
    pub disposition: Option<Disposition>,
}

words!(
    /// What becomes of goods that came back, or cannot be sold.
    Disposition {
        /// Back to the shelf.
        Restock = "restock",
        /// Set aside for inspection.
        Quarantine = "quarantine",
        /// Set aside as damaged.
        Damaged = "damaged",
        /// Thrown away.
        Scrap = "scrap",
        /// Back to the vendor.
        Vendor = "vendor",
    }
);

/// A step that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'p> {
    /// The step.
    pub step: Step,
    /// Its parts, where it is posted in parts; none: all that is left, where the caller accepts what was planned.
    pub parts: &'p [Part],
    /// Whether an approver lets it go beyond a limit, and says why.
    pub may_exceed: bool,
    /// The reservations that an approver lets go short.
    pub cut: &'p [ReservationId],
}

/// What a step moved.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'t> {
    /// The step.
    pub step: Step,
    /// The transfers of its movement.
    pub transfers: &'t [NewTransfer],
    /// Whether that was undone just now.
    pub undone: bool,
    /// The reservations that an approver lets go short.
    pub cut: &'t [ReservationId],
}

impl Moved<'_> {
    /// How much of a line moved by transfers like these.
    pub fn of_line(&self, line_no: u32, like: impl Fn(&NewTransfer) -> bool) -> Quantity {
        let of_line = |transfer: &&NewTransfer| transfer.record_line == Some(line_no) && like(transfer);
        let moved = self.transfers.iter().filter(of_line);
        moved.fold(Quantity::ZERO, |sum, transfer| sum.saturating_add(transfer.quantity.get()))
    }

    /// A sum of a line after this: more, or less where it was undone.
    pub fn added(&self, to: Quantity, line_no: u32, like: impl Fn(&NewTransfer) -> bool) -> Quantity {
        let moved = self.of_line(line_no, like);
        if self.undone { to.saturating_sub(moved) } else { to.saturating_add(moved) }
    }
}

/// What everybody may know of a module without knowing its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// What a record is called, for people.
    pub title: &'static str,
    /// What the numbers of its records begin with.
    pub prefix: &'static str,
    /// How its records go.
    pub path: Path,
    /// The steps that post stock, in the order in which they come.
    pub steps: &'static [StepRule],
    /// Whose work its records are.
    pub work: WorkKind,
    /// Whether approving a record is all the work there is.
    pub approval_completes: bool,
    /// Whether its records have lines.
    pub has_lines: bool,
    /// Whether expired and recalled goods are its business, too: they are looked for, moved away or taken back.
    pub takes_blocked: bool,
}

/// A line of a record.
pub trait SheetLine: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The fields that tell what was really done: they may change until the record is posted.
    const ACTUALS: &'static [&'static str] = &[];
    /// Those of them that a first step posted: while it stands, they stay as they were.
    const SETTLED: &'static [&'static str] = &[];
    /// The fields that nobody sets: steps that were posted wrote them.
    const COMPUTED: &'static [&'static str] = &[];

    /// What it is about.
    fn sku(&self) -> Option<&Sku>;

    /// How much was planned.
    fn planned(&self) -> Quantity;

    /// How much it really was, as far as somebody said so.
    fn actual(&self) -> Option<Quantity> {
        None
    }

    /// Says how much it really was.
    fn set_actual(&mut self, _actual: Quantity) {}

    /// Counts up by what was scanned.
    fn count_up(&mut self, by: Quantity) {
        self.set_actual(self.actual().unwrap_or_default().saturating_add(by));
    }

    /// Takes the lot that was scanned, where [`SheetLine::ACTUALS`] names it.
    fn take_lot(&mut self, _lot: Lot, _expires_on: Option<Day>) {}

    /// One more line for the same, of which nothing was planned: for a lot that no line has yet, where lots come as they
    /// come.
    fn another(&self) -> Option<Self> {
        None
    }

    /// Notes that somebody said these fields anew.
    fn touched(&mut self, _fields: &serde_json::Map<String, serde_json::Value>) {}

    /// The lot that it is about, if it is about one.
    fn lot(&self) -> Option<&Lot> {
        None
    }

    /// The locations that it names.
    fn locations(&self) -> Vec<&LocationCode> {
        Vec::new()
    }

    /// Where the goods go, where it says so.
    fn goes_to(&self) -> Option<&LocationCode> {
        None
    }

    /// The last good day of its lot, where it says so.
    fn expires_on(&self) -> Option<Day> {
        None
    }

    /// The reservation that it is for.
    fn reservation(&self) -> Option<ReservationId> {
        None
    }

    /// The line of that reservation.
    fn reservation_line(&self) -> Option<u32> {
        None
    }

    /// The line that it was made from, of the record that its record was made from.
    fn source_line(&self) -> Option<u32> {
        None
    }

    /// What is still to come by it, into the warehouse that [`Kind::goal`] says.
    fn owed(&self) -> Quantity {
        Quantity::ZERO
    }
}

/// The line of a module without lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "wire", derive(schemars::JsonSchema))]
pub struct NoLine {}

impl SheetLine for NoLine {
    fn sku(&self) -> Option<&Sku> {
        None
    }

    fn planned(&self) -> Quantity {
        Quantity::ZERO
    }
}

/// What a record says: the module's own payload, and its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet<K: Kind> {
    /// Of the whole.
    pub payload: K::Payload,
    /// Line by line; a line's number is its place, from 1.
    pub lines: Vec<K::Line>,
}

/// What a step would move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What for.
    pub kind: MovementKind,
    /// What moves, in order.
    pub transfers: Vec<NewTransfer>,
    /// Whether the record is `posted` then.
    pub completes: bool,
}

/// A module.
pub trait Kind: Debug + Clone + PartialEq + Sized + 'static {
    /// What everybody may know of it.
    const DECLARATION: Declaration;
    /// The fields of the payload that nobody sets.
    const COMPUTED: &'static [&'static str] = &[];
    /// The fields of the payload that tell what was really done.
    const PAYLOAD_ACTUALS: &'static [&'static str] = &[];
    /// What a record says of the whole.
    type Payload: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What a record says line by line.
    type Line: SheetLine;

    /// Checks a sheet that was made or changed against what else is known, and fills in what it leaves open.
    ///
    /// # Errors
    /// [`OperationsRefusal::Invalid`], naming every field that is wrong, or what is not there.
    fn check(sheet: &mut Sheet<Self>, head: &Head, floor: &Floor<'_, '_>) -> Result<(), OperationsRefusal>;

    /// The record that this one belongs to, where the payload says so.
    fn source(_payload: &Self::Payload) -> Option<RecordId> {
        None
    }

    /// The warehouse that goods which are still to come go to, where it is not the record's own.
    fn goal(_payload: &Self::Payload) -> Option<WarehouseCode> {
        None
    }

    /// The name that only one record of the module may have that is not cancelled.
    fn key(_payload: &Self::Payload) -> Option<String> {
        None
    }

    /// The locations that it names for the whole.
    fn places(_payload: &Self::Payload) -> Vec<&LocationCode> {
        Vec::new()
    }

    /// The step that is meant where several could be and none is named.
    fn usual_step(_sheet: &Sheet<Self>) -> Option<Step> {
        None
    }

    /// The fields of lines that are not shown as the record stands.
    fn hidden(_sheet: &Sheet<Self>, _head: &Head) -> &'static [&'static str] {
        &[]
    }

    /// Whether the content lets the record go where its path does.
    fn allows(_sheet: &Sheet<Self>, _head: &Head, _to: RecordState) -> bool {
        true
    }

    /// What a transition demands beside the path, and what it changes elsewhere.
    ///
    /// # Errors
    /// A refusal, and the record stays where it is.
    fn enter(
        _sheet: &mut Sheet<Self>,
        _head: &Head,
        _to: RecordState,
        _reason: Option<&inventory::Reason>,
        _floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        Ok(())
    }

    /// What a step moves: exactly the places that the contract names.
    ///
    /// # Errors
    /// What keeps it from being posted.
    fn plan(
        _sheet: &Sheet<Self>,
        _head: &Head,
        asked: Asked<'_>,
        _floor: &Floor<'_, '_>,
    ) -> Result<Plan, OperationsRefusal> {
        Err(OperationsRefusal::UnknownStep { step: Some(asked.step), steps: Self::DECLARATION.steps })
    }

    /// What a step that was posted or undone changes beside the stock: in the sheet and elsewhere.
    ///
    /// # Errors
    /// A refusal, and nothing is posted.
    fn settle(
        _sheet: &mut Sheet<Self>,
        _head: &Head,
        _moved: Moved<'_>,
        _floor: &mut Floor<'_, '_>,
    ) -> Result<(), OperationsRefusal> {
        Ok(())
    }
}

/// Lines of a record by number.
pub(crate) fn numbered<L>(lines: &[L]) -> impl Iterator<Item = (u32, &L)> {
    (1_u32..).zip(lines)
}

impl Part {
    /// So much of a line, to where it belongs.
    pub(crate) const fn of((line_no, quantity): (u32, Quantity)) -> Self {
        Self { line_no, quantity, rejected: Quantity::ZERO, to: None, disposition: None }
    }
}

/// The parts that are asked for; where none are, all that is left of each line.
pub(crate) fn parts_of_all<L>(lines: &[L], parts: &[Part], left: impl Fn(&L) -> Quantity) -> Vec<Part> {
    if !parts.is_empty() {
        return parts.to_vec();
    }
    let rest = numbered(lines).map(|(line_no, line)| (line_no, left(line)));
    rest.filter(|(_, left)| !left.is_zero()).map(Part::of).collect()
}

/// What of a line is written down only where it is so.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(crate) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The place of a line by its number, from 1.
pub(crate) fn place_of_line(line_no: u32) -> Option<usize> {
    usize::try_from(line_no.checked_sub(1)?).ok()
}

/// Adds a fault of a line.
pub(crate) fn fault(line_no: u32, field: &str, why: impl Into<String>) -> Fault {
    let at = line_no.saturating_sub(1);
    let pointer = if field.is_empty() { format!("/lines/{at}") } else { format!("/lines/{at}/{field}") };
    Fault { pointer, why: why.into() }
}

/// The schemas of a module's payload and lines, each with the fields that nobody sets.
#[cfg(feature = "wire")]
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct ModuleSchemas {
    pub payload: (schemars::Schema, &'static [&'static str]),
    pub line: (schemars::Schema, &'static [&'static str]),
}

macro_rules! modules {
    ($($(#[$doc:meta])* $name:ident = $slug:literal,)*) => {
        words!(
            /// A module of operations.
            Module { $($(#[$doc])* $name = $slug,)* }
        );

        /// The content of a record, whichever module it is of.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "the names are those of the modules")]
        pub enum Body { $($name(Sheet<crate::modules::$name>),)* }

        impl Body {
            /// The module.
            pub const fn module(&self) -> Module {
                match self { $(Self::$name(_) => Module::$name,)* }
            }

            /// The content, as all modules have it.
            pub(crate) fn content(&self) -> &dyn crate::content::Content {
                match self { $(Self::$name(sheet) => sheet,)* }
            }

            pub(crate) fn content_mut(&mut self) -> &mut dyn crate::content::Content {
                match self { $(Self::$name(sheet) => sheet,)* }
            }

            /// Reads content that somebody sent, or that is stored.
            ///
            /// # Errors
            /// Every fault of it, where it is.
            pub fn read(module: Module, source: crate::content::Source) -> Result<Self, Vec<Fault>> {
                match module { $(Module::$name => Ok(Self::$name(crate::content::read(source)?)),)* }
            }
        }

        impl Module {
            /// What everybody may know of it.
            pub const fn declaration(self) -> &'static Declaration {
                match self { $(Self::$name => &<crate::modules::$name as Kind>::DECLARATION,)* }
            }
        }

        /// The schemas of all modules.
        #[cfg(feature = "wire")]
        pub fn module_schemas(schemas: &mut schemars::SchemaGenerator) -> Vec<ModuleSchemas> {
            vec![$({
                type Line = <crate::modules::$name as Kind>::Line;
                let payload = schemas.subschema_for::<<crate::modules::$name as Kind>::Payload>();
                let line = schemas.subschema_for::<Line>();
                ModuleSchemas {
                    payload: (payload, <crate::modules::$name as Kind>::COMPUTED),
                    line: (line, <Line as SheetLine>::COMPUTED),
                }
            },)*]
        }
    };
}

modules!(
    /// Orders to vendors.
    PurchaseOrders = "purchase-orders",
    /// Goods at the dock.
    ReceivingSessions = "receiving-sessions",
    /// Goods on their way to their shelves.
    PutawayTasks = "putaway-tasks",
    /// Promised goods, taken from their shelves.
    PickTasks = "pick-tasks",
    /// Picked goods, put into packages.
    PackSessions = "pack-sessions",
    /// Packages that leave.
    ShipConfirmations = "ship-confirmations",
    /// Goods that go from one place to another.
    Transfers = "transfers",
    /// Books that follow what somebody found.
    Adjustments = "adjustments",
    /// Goods that came back.
    Returns = "returns",
    /// What stands on the shelves, counted.
    CycleCounts = "cycle-counts",
    /// Components that become kits, and kits that become components.
    KitAssemblies = "kit-assemblies",
    /// Whom goods are bought from.
    Vendors = "vendors",
);
