//! Posting a step of a record.

use kernel::Version;
use operations::{Disposition, Module, PostRecord, RecordState, Step};
use proptest::prelude::*;

use super::{Act, Known, Make, Record, Seen, operate};
use crate::catalogue::{PLACES, PRODUCTS, UNIT};
use crate::forms::{code, quantity};
use crate::reference::{Line, Outcome, Part, PostAsked, Reference, path, rule, steps};

/// A record, and which step of it.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    record: Record,
    raw: Raw,
    asked: PostAsked,
}

/// How a step is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    which: usize,
    /// 0: any step; 1: none is named; 2: parts where there are none, or none where there are some.
    odd: u8,
    accepts: bool,
    approves: bool,
    parts: Vec<(u32, u8, u8, u8)>,
}

impl Post {
    pub(crate) fn of(record: Record, raw: Raw) -> Self {
        Self { record, raw, asked: PostAsked::default() }
    }

    pub(crate) fn raw() -> impl Strategy<Value = Raw> {
        let parts = prop::collection::vec((1_u32..3, 0_u8..8, 0_u8..6, 0_u8..6), 1..3);
        (0_usize..1000, 0_u8..25, prop::bool::weighted(0.7), prop::bool::weighted(0.1), parts)
            .prop_map(|(which, odd, accepts, approves, parts)| Raw { which, odd, accepts, approves, parts })
    }

    /// A step that makes sense now.
    fn step(seen: &Seen, raw: &Raw, walks: bool) -> Option<Step> {
        let all = steps(seen.module);
        let fits: Vec<Step> = all
            .iter()
            .filter(|rule| (rule.from == seen.state || walks) && (rule.repeats || !seen.stands(rule.step)))
            .map(|rule| rule.step)
            .filter(|step| {
                let is_direct = seen.sheet.payload.is_direct == (*step == Step::Post);
                let is_on_way = seen.stands(Step::Dispatch) != (*step == Step::Dispatch);
                let came = seen.stands(Step::Receive) != (*step == Step::Receive);
                match seen.module {
                    Module::Transfers => is_direct && (*step == Step::Post || is_on_way),
                    Module::Returns => came,
                    _ => *step == Step::Post || !walks,
                }
            })
            .collect();
        let fits =
            if fits.is_empty() || raw.odd == 0 { all.iter().map(|rule| rule.step).collect() } else { fits };
        fits.get(raw.which.checked_rem(fits.len())?).copied().filter(|_| raw.odd != 1)
    }

    fn left(step: Step, line: &Line) -> i64 {
        match step {
            Step::Inspect => line.uninspected(),
            Step::Unpick => line.handled() - line.unpicked,
            Step::Dispose => line.waits,
            _ => line.on_way,
        }
    }

    /// A part of a line: half of what is left, all, too much; or nothing.
    fn part(seen: &Seen, step: Step, (line_no, much, to, what): (u32, u8, u8, u8)) -> Part {
        let line_no = if much < 7 {
            (line_no - 1) % u32::try_from(seen.sheet.lines.len()).unwrap() + 1
        } else {
            line_no
        };
        let line = seen.sheet.lines.get(usize::try_from(line_no).unwrap() - 1);
        let product = line.map_or(0, |line| line.product);
        let left = line.map_or(UNIT, |line| Self::left(step, line));
        let half = left / 2 / PRODUCTS[product].step * PRODUCTS[product].step;
        let some = half.max(PRODUCTS[product].step.min(left));
        let (quantity, rejected) = match much {
            0..=2 => (some, 0),
            3 => (left - some, some),
            4 => (0, left),
            5 => (left, 0),
            6 => (left + UNIT, 0),
            _ => (UNIT / 4, 0),
        };
        let is_inspection = step == Step::Inspect;
        let disposition = Disposition::ALL.get(usize::from(what)).copied();
        let restocks = step == Step::Dispose && what == 0;
        let goes = matches!(step, Step::Receive | Step::Found | Step::Unpick) || restocks;
        let to = Some([0, 1, 2, 4, 3, 0][usize::from(to)]).filter(|_| goes && to < 5);
        Part {
            line_no,
            quantity: if is_inspection { quantity } else { quantity + rejected },
            rejected: if is_inspection { rejected } else { 0 },
            to: to.filter(|to| PLACES[*to].warehouse == seen.warehouse || much < 3),
            disposition: disposition.filter(|_| step == Step::Dispose),
        }
    }
}

impl Act for Post {
    fn strategy() -> BoxedStrategy<Self> {
        (Record::strategy(), Self::raw()).prop_map(|(record, raw)| Self::of(record, raw)).boxed()
    }

    fn aim(&mut self, known: &Known) -> bool {
        // Mostly one that stands where something is posted.
        let is_ready = |seen: &Seen| steps(seen.module).iter().any(|rule| rule.from == seen.state);
        let posts = |seen: &Seen| path(seen.module).contains(&RecordState::Posted) && !seen.is_over();
        let raw = &self.raw;
        let is_there =
            if raw.odd < 4 { self.record.aim(known, posts) } else { self.record.aim(known, is_ready) };
        if is_there {
            let seen = &known.records[self.record.which];
            let step = Self::step(seen, raw, self.record.walks);
            let in_parts = rule(seen.module, step).is_some_and(|rule| rule.in_parts) != (raw.odd == 2);
            let names = in_parts && !(raw.accepts && step != Some(Step::Dispose));
            let parts = raw.parts.iter().filter(|_| names);
            let parts = parts.map(|part| Self::part(seen, step.unwrap_or(Step::Post), *part)).collect();
            let accepts = raw.accepts && !names;
            let may_exceed = raw.approves;
            self.asked = PostAsked { step, parts, accepts, may_exceed, version: self.record.version };
        }
        is_there
    }

    fn about(&self) -> String {
        let step = self.asked.step.map_or("nothing", Step::as_str);
        format!("{} {step}", self.record.about())
    }

    fn expect(&self, world: &mut Reference) -> Outcome {
        world.post(self.record.which, &self.asked, self.record.who)
    }

    fn job(&self, known: &Known) -> Make {
        let seen = &known.records[self.record.which];
        let part = |part: &Part| operations::Part {
            line_no: part.line_no,
            quantity: quantity(part.quantity),
            rejected: quantity(part.rejected),
            to: part.to.map(code),
            disposition: part.disposition,
        };
        let command = PostRecord {
            module: seen.module,
            id: seen.id,
            step: self.asked.step,
            parts: self.asked.parts.iter().map(part).collect(),
            accept_planned: self.asked.accepts,
            effective_at: None,
            reason: self.asked.may_exceed.then(|| "the model says so".parse().unwrap()),
            is_approver: self.asked.may_exceed,
            cut: Vec::new(),
            require_trusted: false,
            expected_version: self.asked.version.map(Version),
        };
        operate(command, self.record.who)
    }
}
