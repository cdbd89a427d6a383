//! What a reservation and an availability read cost while the stock grows: the same load on two databases of one
//! cluster, in turns.

use anyhow::Result;

use super::load::{Done, Load, Skus};
use super::report::{Bound, Table, Target, times};
use super::sample::{Ratio, median, micros, share};
use super::seed::Size;
use super::{Programs, Settings, WAITERS, seed};
use crate::pg::{Cluster, Durability};
use crate::shell::say;

const RESERVATION: Target = Target {
    name: "cost of a reservation as stock grows",
    must: Bound::AtMost(130),
    aim: Some(Bound::AtMost(110)),
    show: times,
};
const READ: Target = Target { name: "cost of an availability read as stock grows", ..RESERVATION };

/// Nanoseconds of each, in one round.
struct Round {
    reservation: [u64; 2],
    read: [u64; 2],
    /// As many skus as the small stock has, of the large one.
    same_skus: u64,
}

/// Fills both databases, measures, and judges.
pub(super) fn run(
    cluster: &Cluster,
    programs: &Programs,
    settings: &Settings,
    large_url: &str,
    table: &mut Table,
) -> Result<()> {
    let (small, large) = (settings.small(), settings.large());
    let small_url = cluster.create_database("small")?;
    seed::postgres(&programs.erp, &small_url, small)?;
    say(&format!(
        "\ngrowth: {} balances and {} transfers to {} and {}",
        small.balances, small.transfers, large.balances, large.transfers
    ));
    let mut loads = [Load::start(&programs.load, &small_url)?, Load::start(&programs.load, large_url)?];
    let [in_small, in_large] = &mut loads;
    // After a checkpoint the first change of every page writes all of it: that is paid before anything is measured.
    in_small.reserve(all(small), WAITERS, share(settings.warm_millis, 4))?;
    in_large.reserve(all(large), WAITERS, settings.warm_millis)?;
    let mut rounds = Vec::new();
    for number in 1..=settings.rounds {
        let millis = settings.millis;
        let round = Round {
            reservation: [
                each(in_small.reserve(all(small), WAITERS, millis)?),
                each(in_large.reserve(all(large), WAITERS, millis)?),
            ],
            same_skus: each(in_large.reserve(all(small), WAITERS, millis)?),
            read: [
                each(in_small.read(small.balances, share(millis, 2))?),
                each(in_large.read(large.balances, share(millis, 2))?),
            ],
        };
        let [[few, many], [few_read, many_read]] =
            [round.reservation, round.read].map(|pair| pair.map(micros));
        say(&format!(
            "round {number}: a reservation {few}, then {many} (among as many skus as before: {}); a read {few_read}, then {many_read}",
            micros(round.same_skus)
        ));
        rounds.push(round);
    }
    let grown = |[few, many]: [u64; 2]| Ratio::of(many, few).0;
    table.judge(&RESERVATION, median(rounds.iter().map(|round| grown(round.reservation))));
    table.judge(&READ, median(rounds.iter().map(|round| grown(round.read))));
    let [few, _] =
        [0, 1].map(|at| median(rounds.iter().filter_map(|round| round.reservation.get(at).copied())));
    let same = median(rounds.iter().map(|round| round.same_skus));
    if let Some((few, same)) = few.zip(same) {
        say(&format!(
            "beside the targets: a reservation among {} skus of the large stock: {} ×",
            small.balances,
            Ratio::of(same, few)
        ));
    }
    Ok(())
}

const fn all(size: Size) -> Skus {
    Skus { skus: size.balances, hot: false }
}

fn each(done: Done) -> u64 {
    share(done.micros.saturating_mul(1000), done.count)
}

/// A cluster with the large database in it, and its address.
pub(super) fn large(programs: &Programs, settings: &Settings) -> Result<(Cluster, String)> {
    let cluster = Cluster::start(Durability::Durable)?;
    let url = cluster.create_database("large")?;
    let size = settings.large();
    say(&format!("\nfilling a database with {} balances and {} transfers", size.balances, size.transfers));
    seed::postgres(&programs.erp, &url, size)?;
    Ok((cluster, url))
}
