//! The load over HTTP: many connections, each sending a reservation as soon as the last one was answered. A client of
//! its own, so that it takes little of the machine that it measures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use uuid::Uuid;

use super::load::Skus;
use super::sample::share;

/// What was done, and how long the answers took, in microseconds and in order.
pub(super) struct Done {
    pub(super) count: u64,
    pub(super) micros: u64,
    pub(super) latencies: Vec<u64>,
}

impl Done {
    /// The latency that so many of a hundred answers stayed under.
    pub(super) fn percentile(&self, percent: usize) -> u64 {
        let at = self.latencies.len().saturating_mul(percent) / 100;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Reserves over so many connections until the time is over.
pub(super) fn reserve(address: &str, of: Skus, clients: u64, millis: u64) -> Result<Done> {
    let address = address.trim_start_matches("http://");
    let (begun, time) = (Instant::now(), Duration::from_millis(millis));
    let run = Uuid::now_v7().simple().to_string();
    let one = |client: u64| -> Result<Vec<u64>> {
        let mut connection = Connection::open(address)?;
        let mut latencies = Vec::new();
        let mut number = client.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        while begun.elapsed() < time {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = format!("{run}-{client}-{}", latencies.len());
            let asked = Instant::now();
            connection.reserve(address, &key, two(of, number >> 20))?;
            latencies.push(micros_since(asked));
        }
        Ok(latencies)
    };
    let one = &one;
    let mut latencies = std::thread::scope(|scope| -> Result<Vec<u64>> {
        let clients: Vec<_> = (0..clients).map(|client| scope.spawn(move || one(client))).collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().ok().context("a client panicked")??);
        }
        Ok(all)
    })?;
    let micros = micros_since(begun);
    latencies.sort_unstable();
    Ok(Done { count: u64::try_from(latencies.len())?, micros, latencies })
}

/// Reads every page of the availability, once.
pub(super) fn read_pages(address: &str, pages: u64) -> Result<u64> {
    let address = address.trim_start_matches("http://");
    let mut connection = Connection::open(address)?;
    let (mut cursor, mut rows) = (String::new(), 0);
    for _ in 0..pages {
        let path = format!("/api/v1/inventory/availability?limit=500{cursor}");
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let (status, body) = connection.call(head.as_bytes())?;
        ensure!(status == 200, "GET {path} answers {status}");
        let body: serde_json::Value = serde_json::from_slice(&body)?;
        let data = body.get("data").and_then(serde_json::Value::as_array).context("a page without data")?;
        rows += u64::try_from(data.len())?;
        match body.get("next_cursor").and_then(serde_json::Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(rows)
}

fn two(of: Skus, number: u64) -> [u64; 2] {
    let first = if of.hot { 0 } else { number % of.skus.max(1) };
    let step = 1 + share(number, of.skus) % of.skus.saturating_sub(1).max(1);
    [1 + first, 1 + (first + step) % of.skus.max(1)]
}

fn micros_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self(BufReader::new(stream)))
    }

    fn reserve(&mut self, address: &str, key: &str, [first, second]: [u64; 2]) -> Result<()> {
        let body = format!(
            r#"{{"order_ref":"{key}","lines":[{{"sku":"S{first:07}","quantity":1}},{{"sku":"S{second:07}","quantity":1}}]}}"#
        );
        let request = format!(
            "POST /api/v1/inventory/reservations HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Request-Id: {key}\r\nIdempotency-Key: {key}\r\nActor-Id: bench\r\nActor-Type: service\r\n\
             Source-System: commerce\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, said) = self.call(request.as_bytes())?;
        if status != 201 {
            bail!("a reservation is answered {status}: {}", String::from_utf8_lossy(&said));
        }
        Ok(())
    }

    /// Status and body of the answer.
    fn call(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.0.get_mut().write_all(request)?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("no status in {line:?}"))?;
        let mut length = 0;
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_of_two_skus_within_the_range() {
        for number in 0..1000 {
            let [first, second] = two(Skus { skus: 10, hot: false }, number * 7919);
            assert!(first != second && (1..=10).contains(&first) && (1..=10).contains(&second));
            assert_eq!(two(Skus { skus: 10, hot: true }, number)[0], 1);
        }
    }
}
