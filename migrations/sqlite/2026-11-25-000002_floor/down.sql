-- Goes back only while nothing was scanned and nothing is to come back to a shelf: no step may lose that.
CREATE TEMP TABLE scans_must_be_none (scans BIGINT CHECK (scans = 0));
INSERT INTO scans_must_be_none SELECT count(*) FROM barcode_scans;
INSERT INTO scans_must_be_none SELECT count(*) FROM reservation_lines WHERE to_unpick > 0;
DROP TABLE scans_must_be_none;
DROP INDEX transfers_lot;
ALTER TABLE record_lines DROP COLUMN owed_to;
ALTER TABLE locations DROP COLUMN capacity_m3;
ALTER TABLE products DROP COLUMN over_receipt_percent;
ALTER TABLE reservation_lines DROP COLUMN to_unpick;
DROP TABLE barcode_scans;
