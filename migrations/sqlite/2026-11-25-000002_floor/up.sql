-- Barcode scans, as scanners told them, and what came of each. Rows are never changed. expected, reading and found are
-- JSON that the domain's own types check.

CREATE TABLE barcode_scans (
    id BLOB PRIMARY KEY NOT NULL,
    seq BIGINT NOT NULL UNIQUE,
    device_id TEXT NOT NULL,
    client_scan_id TEXT,
    raw TEXT NOT NULL,
    symbology TEXT,
    scanned_at BIGINT NOT NULL,
    module TEXT,
    record_id BLOB REFERENCES records (id),
    expected TEXT,
    apply SMALLINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    detail TEXT,
    reading TEXT,
    found TEXT NOT NULL,
    sku TEXT,
    line_no BIGINT,
    counted BIGINT CHECK (counted >= 0),
    taken_by TEXT NOT NULL,
    taken_by_type TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    request_seq BIGINT NOT NULL,
    CHECK ((state = 'rejected') = (reason IS NOT NULL)),
    CHECK ((module IS NULL) = (record_id IS NULL))
);
CREATE UNIQUE INDEX barcode_scans_client ON barcode_scans (device_id, client_scan_id) WHERE client_scan_id IS NOT NULL;
CREATE INDEX barcode_scans_device ON barcode_scans (device_id, seq);
CREATE INDEX barcode_scans_state ON barcode_scans (state, seq);
CREATE INDEX barcode_scans_record ON barcode_scans (record_id, seq) WHERE record_id IS NOT NULL;
CREATE INDEX barcode_scans_sku ON barcode_scans (sku, seq) WHERE sku IS NOT NULL;

CREATE TRIGGER barcode_scans_no_update BEFORE UPDATE ON barcode_scans BEGIN
    SELECT RAISE(ABORT, 'barcode_scans is append-only: scan again instead');
END;
CREATE TRIGGER barcode_scans_no_delete BEFORE DELETE ON barcode_scans BEGIN
    SELECT RAISE(ABORT, 'barcode_scans is append-only: scan again instead');
END;

-- What of a line is in the hands of the floor and is to come back to a shelf, to be released then.
ALTER TABLE reservation_lines ADD COLUMN to_unpick BIGINT NOT NULL DEFAULT 0 CHECK (to_unpick >= 0);

-- How much more than ordered is taken of a product, in millionths of a percent; null: as its vendor says.
ALTER TABLE products ADD COLUMN over_receipt_percent BIGINT CHECK (over_receipt_percent >= 0);
-- How much fits on a location, in millionths of a cubic metre; null: nobody has measured it.
ALTER TABLE locations ADD COLUMN capacity_m3 BIGINT CHECK (capacity_m3 >= 0);
-- The warehouse that goods on the way come to, by its code; null: the record's own.
ALTER TABLE record_lines ADD COLUMN owed_to TEXT;

-- What of a lot came in and went out is looked for.
CREATE INDEX transfers_lot ON transfers (product_id, lot, movement_seq) WHERE lot <> '';
