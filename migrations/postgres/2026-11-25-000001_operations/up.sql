-- Operations: work items, and the records of all modules. What a module says of a record is JSON that its own types
-- check; what is looked for has columns. Rows of history are never changed.

CREATE TABLE work_items (
    id UUID PRIMARY KEY NOT NULL,
    seq BIGINT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    priority TEXT NOT NULL,
    assignee TEXT,
    due_at TIMESTAMPTZ,
    module TEXT,
    record_id UUID,
    follows SMALLINT NOT NULL,
    blocked_reason TEXT,
    version BIGINT NOT NULL CHECK (version > 0),
    created_by TEXT NOT NULL,
    created_by_type TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    request_seq BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX work_items_state ON work_items (state, seq);
CREATE INDEX work_items_record ON work_items (record_id) WHERE record_id IS NOT NULL;

-- key is the name that only one record of its module may have that is not cancelled: the code of a vendor.
CREATE TABLE records (
    id UUID PRIMARY KEY NOT NULL,
    seq BIGINT NOT NULL UNIQUE,
    module TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    key TEXT COLLATE "C",
    state TEXT NOT NULL,
    blocked_from TEXT,
    reason TEXT,
    version BIGINT NOT NULL CHECK (version > 0),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    payload TEXT NOT NULL,
    lines TEXT NOT NULL,
    postings TEXT NOT NULL,
    work_item_id UUID NOT NULL REFERENCES work_items (id),
    source_id UUID REFERENCES records (id),
    created_by TEXT NOT NULL,
    created_by_type TEXT NOT NULL,
    approved_by TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    request_seq BIGINT NOT NULL,
    CHECK ((state = 'blocked') = (blocked_from IS NOT NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX records_number ON records (module, number);
CREATE UNIQUE INDEX records_key ON records (module, key) WHERE key IS NOT NULL AND state <> 'cancelled';
CREATE INDEX records_state ON records (module, state, seq);
CREATE INDEX records_source ON records (source_id) WHERE source_id IS NOT NULL;

-- What of a record's lines is looked for, as the lines say it now. owed is what is still to come by it.
CREATE TABLE record_lines (
    record_id UUID NOT NULL REFERENCES records (id),
    line_no BIGINT NOT NULL,
    sku TEXT COLLATE "C" NOT NULL,
    reservation_id UUID,
    owed BIGINT NOT NULL CHECK (owed >= 0),
    PRIMARY KEY (record_id, line_no)
) WITH (fillfactor = 70);
CREATE INDEX record_lines_sku ON record_lines (sku);
CREATE INDEX record_lines_reservation ON record_lines (reservation_id) WHERE reservation_id IS NOT NULL;

-- The last number of each module.
CREATE TABLE record_numbers (
    module TEXT PRIMARY KEY NOT NULL,
    number BIGINT NOT NULL
);

-- Who did what to a record or a work item: subject_id is the one or the other.
CREATE TABLE history (
    subject_id UUID NOT NULL,
    version BIGINT NOT NULL,
    request_seq BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (subject_id, version)
);

CREATE TRIGGER history_no_update BEFORE UPDATE ON history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER history_no_delete BEFORE DELETE ON history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What of an allocation is in the hands of the floor: on a pick that has begun, picked, or packed.
ALTER TABLE allocations ADD COLUMN bound BIGINT NOT NULL DEFAULT 0 CHECK (bound >= 0 AND bound <= remaining);
