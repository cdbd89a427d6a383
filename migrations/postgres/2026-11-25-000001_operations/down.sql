-- Goes back only while no record or work item was made: no step may lose one.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM history) THEN
        RAISE EXCEPTION 'records or work items were made: this step does not go back';
    END IF;
END $$;
ALTER TABLE allocations DROP COLUMN bound;
DROP TABLE history;
DROP TABLE record_numbers;
DROP TABLE record_lines;
DROP TABLE records;
DROP TABLE work_items;
