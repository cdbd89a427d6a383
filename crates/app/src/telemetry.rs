//! Logs and metrics of the process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, Settings};

/// How often what was measured is summed up. Without it every single time would be kept until somebody asks.
const SUM_UP: Duration = Duration::from_secs(1);

/// Starts logging, to standard error.
pub(crate) fn start_logging(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("ERP_LOG is not a log filter")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Pretty => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Starts collecting metrics; the answer renders them as Prometheus reads them.
pub(crate) fn start_metrics() -> anyhow::Result<Arc<dyn Fn() -> String + Send + Sync>> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics")?;
    let summed = handle.clone();
    // It holds nothing that has to be given back: it ends with the process.
    std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
        loop {
            std::thread::park_timeout(SUM_UP);
            summed.run_upkeep();
        }
    })?;
    Ok(Arc::new(move || {
        handle.run_upkeep();
        handle.render()
    }))
}
