//! `erp doctor`: what is configured, what is there, and what is missing.

use kernel::StoreError;

use crate::cli::say;
use crate::database::{Database, Schema};
use crate::settings::{DatabaseUrl, Environment, Settings};

/// Says each check and how it went; an error if one failed.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut failed = 0_u32;
    let mut check = |name: &str, result: Result<String, String>| match result {
        Ok(found) => say(&format!("ok      {name}: {found}")),
        Err(why) => {
            failed += 1;
            say(&format!("FAILED  {name}: {why}"));
        }
    };
    let url = settings.database();
    check("settings", url.as_ref().map(|_| "readable".to_owned()).map_err(ToString::to_string));
    if let Ok(url) = &url {
        let missing = matches!(url, DatabaseUrl::Sqlite(path) if !path.exists());
        if missing {
            check("database", Err("the file is not there: `erp migrate` makes it".to_owned()));
        } else {
            database_checks(url, &mut check);
        }
    }
    let production = match settings.environment {
        Environment::Preview => Ok("preview: production is not asked for".to_owned()),
        Environment::Production => Err("authentication is missing in this version".to_owned()),
    };
    check("environment", production);
    anyhow::ensure!(failed == 0, "{failed} checks failed");
    Ok(())
}

fn database_checks(url: &DatabaseUrl, check: &mut dyn FnMut(&str, Result<String, String>)) {
    let database = Database::new(url, 1);
    let schema = match database.schema() {
        Ok(Schema::Current) => Ok("current".to_owned()),
        Ok(Schema::Behind(steps)) => Err(format!("{} missing: run `erp migrate`", steps.join(", "))),
        Ok(Schema::Ahead(steps)) => Err(format!("newer than this program: {}", steps.join(", "))),
        Err(error) => Err(error.to_string()),
    };
    let current = schema.is_ok();
    check("schema", schema);
    if !current {
        return;
    }
    let counts =
        database.read(|snapshot| Ok::<_, StoreError>((snapshot.head()?, snapshot.integrity_counts()?)));
    let counts = counts.map_err(|error| error.to_string());
    let ledger = counts.and_then(|(head, counts)| match counts.missing_triggers {
        0 => Ok(format!("{} movements, guarded against change", head.counters.movement.saturating_sub(1))),
        missing => Err(format!("{missing} triggers that guard it are missing")),
    });
    check("ledger", ledger);
}
