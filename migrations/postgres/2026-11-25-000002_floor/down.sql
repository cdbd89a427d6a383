-- Goes back only while nothing was scanned and nothing is to come back to a shelf: no step may lose that.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM barcode_scans) OR EXISTS (SELECT 1 FROM reservation_lines WHERE to_unpick > 0) THEN
        RAISE EXCEPTION 'barcodes were scanned, or goods are to be unpicked: this step does not go back';
    END IF;
END $$;
DROP INDEX transfers_lot;
ALTER TABLE record_lines DROP COLUMN owed_to;
ALTER TABLE locations DROP COLUMN capacity_m3;
ALTER TABLE products DROP COLUMN over_receipt_percent;
ALTER TABLE reservation_lines DROP COLUMN to_unpick;
DROP TABLE barcode_scans;
