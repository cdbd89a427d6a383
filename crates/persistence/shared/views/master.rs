//! Master data as it is shown.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use inventory::{
    LocationFilter, LocationView, Lot, LotView, MasterViews, Page, ProductFilter, ProductView, Sku,
    WarehouseCode, WarehouseFacts, WarehouseView,
};
use kernel::{Day, ProductId, Timestamp, Version};

use crate::Tx;
use crate::bulk::Column;
use crate::dialect::{classify, keys, lower};
use crate::rows::{Stored, db_time, opt_text, text};
use crate::statement::{Bind, statement};
use crate::store::{
    LOCATION, LOT, LocationRow, LocationSql, LotRow, LotSql, PRODUCT, ProductRow, ProductSql, load_details,
    location_of, lot_of, product_of,
};
use crate::views::cut;

/// A WHERE clause that grows, with its values.
struct Where {
    sql: String,
    binds: Vec<Bind>,
}

impl Where {
    fn new() -> Self {
        Self { sql: " WHERE 1 = 1".to_owned(), binds: Vec::new() }
    }

    fn and(&mut self, condition: &str, bind: Option<Bind>) {
        if let Some(bind) = bind {
            self.sql.push_str(&format!(" AND {condition}"));
            self.binds.push(bind);
        }
    }

    fn active(&mut self, column: &str, active: Option<bool>) {
        self.and(&format!("{column} = ?"), active.map(|active| Bind::Int(active.into())));
    }

    /// The order, and one row more than the page has.
    fn page(&mut self, column: &str, page: &Page) {
        self.and(&format!("{column} > ?"), page.after.clone().map(Bind::Text));
        self.sql.push_str(&format!(" ORDER BY {column} LIMIT ?"));
        self.binds.push(Bind::Int(i64::from(page.limit) + 1));
    }
}

/// A LIKE pattern that finds this text anywhere; `!` escapes. Only ASCII letters lose their case, as in [`lower`].
fn anywhere(search: &str) -> String {
    let escaped: String = search
        .to_ascii_lowercase()
        .chars()
        .flat_map(|c| if "%_!".contains(c) { vec!['!', c] } else { vec![c] })
        .collect();
    format!("%{escaped}%")
}

impl MasterViews for Tx<'_> {
    fn products(
        &mut self,
        filter: &ProductFilter,
        page: &Page,
    ) -> Stored<(Vec<ProductView>, Option<String>)> {
        let mut from = "products p".to_owned();
        let mut binds = Vec::new();
        if !filter.skus.is_empty() {
            let (table, keys) =
                keys(vec![Column::Text(filter.skus.iter().map(ToString::to_string).collect())]);
            from = format!("{table} JOIN products p ON p.sku = n.k1");
            binds.extend(keys);
        }
        let mut rest = Where::new();
        let by_barcode = "p.id IN (SELECT c.product_id FROM product_barcodes c WHERE c.barcode = ?)";
        rest.and(by_barcode, filter.barcode.as_ref().map(|code| Bind::Text(code.to_string())));
        if let Some(search) = &filter.search {
            let (sku, name) = (lower("p.sku"), lower("p.name"));
            let like = format!("({sku} LIKE ? ESCAPE '!' OR {name} LIKE ? ESCAPE '!')");
            let pattern = || Bind::Text(anywhere(search.as_str()));
            rest.and(&like, Some(pattern()));
            rest.binds.push(pattern());
        }
        let tracking = filter.tracking.map(|tracking| Bind::Text(tracking.as_str().to_owned()));
        rest.and("p.tracking = ?", tracking);
        rest.active("p.active", filter.active);
        rest.page("p.sku", page);
        binds.extend(rest.binds);
        let sql = format!("SELECT {PRODUCT} FROM {from}{}", rest.sql);
        let rows = statement::<ProductSql>(&sql, binds)
            .load::<ProductRow>(self.conn)
            .map_err(|error| classify(&error))?;
        let (rows, next) = cut(rows, page, |row| row.1.clone());
        let mut details = load_details(self, rows.iter().map(|row| row.0).collect())?;
        let show = |row: ProductRow| {
            let product = product_of(row)?;
            let details = details.remove(&ProductId(product.id.0)).unwrap_or_default();
            let facts = product.facts(&details);
            Ok(ProductView { sku: product.sku, facts, version: product.version })
        };
        Ok((rows.into_iter().map(show).collect::<Stored<_>>()?, next))
    }

    fn locations(
        &mut self,
        filter: &LocationFilter,
        page: &Page,
    ) -> Stored<(Vec<LocationView>, Option<String>)> {
        let mut rest = Where::new();
        rest.and("l.code = ?", filter.code.as_ref().map(|code| Bind::Text(code.to_string())));
        rest.and("w.code = ?", filter.warehouse.as_ref().map(|code| Bind::Text(code.to_string())));
        rest.and("l.kind = ?", filter.kind.map(|kind| Bind::Text(kind.as_str().to_owned())));
        rest.active("l.active", filter.active);
        rest.page("l.code", page);
        let sql = format!(
            "SELECT w.code, {LOCATION} FROM locations l JOIN warehouses w ON w.id = l.warehouse_id{}",
            rest.sql
        );
        let rows = statement::<(Text, LocationSql)>(&sql, rest.binds)
            .load::<(String, LocationRow)>(self.conn)
            .map_err(|error| classify(&error))?;
        let (rows, next) = cut(rows, page, |(_, row)| row.2.clone());
        let show = |(warehouse, row): (String, LocationRow)| {
            Ok(LocationView::of(&location_of(row)?, &text(&warehouse)?))
        };
        Ok((rows.into_iter().map(show).collect::<Stored<_>>()?, next))
    }

    fn warehouses(
        &mut self,
        code: Option<&WarehouseCode>,
        active: Option<bool>,
        page: &Page,
    ) -> Stored<(Vec<WarehouseView>, Option<String>)> {
        type Sql = (BigInt, Text, Text, SmallInt, Nullable<Text>, SmallInt, BigInt);
        type Row = (i64, String, String, i16, Option<String>, i16, i64);
        let mut rest = Where::new();
        rest.and("w.code = ?", code.map(|code| Bind::Text(code.to_string())));
        rest.active("w.active", active);
        rest.page("w.code", page);
        let sql = format!(
            "SELECT w.id, w.code, w.name, w.is_default, l.code, w.active, w.version FROM warehouses w \
             LEFT JOIN locations l ON l.id = w.default_location_id{}",
            rest.sql
        );
        let rows =
            statement::<Sql>(&sql, rest.binds).load::<Row>(self.conn).map_err(|error| classify(&error))?;
        let (rows, next) = cut(rows, page, |row| row.1.clone());
        let show = |row: Row| {
            let facts = WarehouseFacts {
                name: text(&row.2)?,
                is_default: row.3 != 0,
                default_location: opt_text(row.4.as_ref())?,
                active: row.5 != 0,
            };
            Ok(WarehouseView { code: text(&row.1)?, facts, version: Version(row.6) })
        };
        Ok((rows.into_iter().map(show).collect::<Stored<_>>()?, next))
    }

    fn lots(&mut self, sku: &Sku, lot: Option<&Lot>, page: &Page) -> Stored<(Vec<LotView>, Option<String>)> {
        let mut rest = Where::new();
        rest.and("p.sku = ?", Some(Bind::Text(sku.to_string())));
        rest.and("t.lot = ?", lot.map(|lot| Bind::Text(lot.to_string())));
        rest.page("t.lot", page);
        let sql = format!("SELECT {LOT} FROM lots t JOIN products p ON p.id = t.product_id{}", rest.sql);
        let rows = statement::<LotSql>(&sql, rest.binds)
            .load::<LotRow>(self.conn)
            .map_err(|error| classify(&error))?;
        let (rows, next) = cut(rows, page, |row| row.1.clone());
        let show = |row: LotRow| {
            let facts = lot_of(&row);
            Ok(LotView {
                sku: sku.clone(),
                lot: text(&row.1)?,
                expires_on: facts.expires_on,
                recalled: facts.recalled,
                version: facts.version,
            })
        };
        Ok((rows.into_iter().map(show).collect::<Stored<_>>()?, next))
    }

    fn lots_to_withdraw(&mut self, now: Timestamp, limit: u32) -> Stored<Vec<(Sku, Lot)>> {
        // The day a lot expires on is its last good one: it is over when the next one begins.
        let today = Day::of(now).begins();
        let sql = "SELECT p.sku, t.lot FROM lots t JOIN products p ON p.id = t.product_id \
                   WHERE (t.recalled = 1 OR t.expires_on < ?) AND EXISTS (SELECT 1 FROM balances b \
                   JOIN locations l ON l.id = b.location_id WHERE b.product_id = t.product_id AND b.lot = t.lot \
                   AND l.kind = 'storage' AND (b.available > 0 OR b.reserved > 0)) LIMIT ?";
        let binds = vec![Bind::Time(db_time(today)), Bind::Int(limit.into())];
        let rows = statement::<(Text, Text)>(sql, binds)
            .load::<(String, String)>(self.conn)
            .map_err(|error| classify(&error))?;
        rows.iter().map(|(sku, lot)| Ok((text(sku)?, text(lot)?))).collect()
    }
}
