-- Goes back only while no record or work item was made: no step may lose one.
CREATE TEMP TABLE history_must_be_empty (changes BIGINT CHECK (changes = 0));
INSERT INTO history_must_be_empty SELECT count(*) FROM history;
DROP TABLE history_must_be_empty;
ALTER TABLE allocations DROP COLUMN bound;
DROP TABLE history;
DROP TABLE record_numbers;
DROP TABLE record_lines;
DROP TABLE records;
DROP TABLE work_items;
