-- Goes back only while nothing was scanned: no step may lose a scan.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM barcode_scans) THEN
        RAISE EXCEPTION 'barcodes were scanned: this step does not go back';
    END IF;
END $$;
DROP INDEX transfers_lot;
ALTER TABLE record_lines DROP COLUMN owed_to;
ALTER TABLE locations DROP COLUMN capacity_m3;
ALTER TABLE products DROP COLUMN over_receipt_percent;
ALTER TABLE reservation_lines DROP COLUMN to_unpick;
DROP TABLE barcode_scans;
