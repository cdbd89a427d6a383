-- The core: one ordered history, master data, balances, the ledger, reservations, stored answers, events.
-- Quantities are integers of 10^-6 of the stock unit, money of 10^-4. Closed sets are text without CHECK lists;
-- CHECK is for signs and sums. Nothing in movements, transfers, requests and events is ever changed.

CREATE TABLE head (
    one SMALLINT PRIMARY KEY NOT NULL CHECK (one = 1),
    next_id BIGINT NOT NULL,
    next_request BIGINT NOT NULL,
    next_movement BIGINT NOT NULL,
    next_event BIGINT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head VALUES (1, 1, 1, 1, 1, 'epoch');

CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE requests (
    seq BIGINT PRIMARY KEY NOT NULL,
    request_id TEXT NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    action TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX requests_id ON requests (request_id);

CREATE TABLE idempotency (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    request_seq BIGINT NOT NULL,
    status SMALLINT NOT NULL,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (source, key)
);
CREATE INDEX idempotency_age ON idempotency (recorded_at);

-- Who was answered again with a stored answer; pruned with it.
CREATE TABLE replays (
    request_seq BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX replays_request ON replays (request_seq);
CREATE INDEX replays_id ON replays (request_id);

CREATE TABLE warehouses (
    id BIGINT PRIMARY KEY NOT NULL,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    is_default SMALLINT NOT NULL,
    default_location_id BIGINT,
    active SMALLINT NOT NULL,
    version BIGINT NOT NULL,
    request_seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX warehouses_default ON warehouses (is_default) WHERE is_default = 1;

CREATE TABLE locations (
    id BIGINT PRIMARY KEY NOT NULL,
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    pick_priority BIGINT NOT NULL,
    active SMALLINT NOT NULL,
    version BIGINT NOT NULL,
    request_seq BIGINT NOT NULL
);

CREATE TABLE products (
    id BIGINT PRIMARY KEY NOT NULL,
    sku TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    stockable SMALLINT NOT NULL,
    active SMALLINT NOT NULL,
    tracking TEXT NOT NULL,
    needs_inspection SMALLINT NOT NULL,
    quantity_step BIGINT NOT NULL CHECK (quantity_step >= 0),
    weight_kg BIGINT CHECK (weight_kg >= 0),
    volume_m3 BIGINT CHECK (volume_m3 >= 0),
    standard_cost BIGINT CHECK (standard_cost >= 0),
    currency TEXT,
    version BIGINT NOT NULL,
    request_seq BIGINT NOT NULL
);

CREATE TABLE product_barcodes (
    barcode TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    product_id BIGINT NOT NULL REFERENCES products (id),
    position BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0)
);
CREATE INDEX product_barcodes_product ON product_barcodes (product_id);

CREATE TABLE product_components (
    product_id BIGINT NOT NULL REFERENCES products (id),
    component_id BIGINT NOT NULL REFERENCES products (id),
    position BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (product_id, component_id)
);
CREATE INDEX product_components_component ON product_components (component_id);

-- putaway_bins is a list of location codes, the best place first; codes never change.
CREATE TABLE product_settings (
    product_id BIGINT NOT NULL REFERENCES products (id),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    position BIGINT NOT NULL,
    reorder_point BIGINT CHECK (reorder_point >= 0),
    safety_stock BIGINT CHECK (safety_stock >= 0),
    target BIGINT CHECK (target >= 0),
    minimum_order BIGINT CHECK (minimum_order > 0),
    order_multiple BIGINT CHECK (order_multiple > 0),
    lead_time_days BIGINT CHECK (lead_time_days >= 0),
    vendor TEXT,
    putaway_bins JSONB NOT NULL,
    PRIMARY KEY (product_id, warehouse_id)
);

CREATE TABLE lots (
    product_id BIGINT NOT NULL REFERENCES products (id),
    lot TEXT COLLATE "C" NOT NULL,
    expires_on TIMESTAMPTZ,
    recalled SMALLINT NOT NULL,
    version BIGINT NOT NULL,
    request_seq BIGINT NOT NULL,
    PRIMARY KEY (product_id, lot)
);
CREATE INDEX lots_blocked ON lots (expires_on) WHERE recalled = 1 OR expires_on IS NOT NULL;

CREATE TABLE balances (
    id BIGINT PRIMARY KEY NOT NULL,
    product_id BIGINT NOT NULL REFERENCES products (id),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    location_id BIGINT NOT NULL REFERENCES locations (id),
    lot TEXT COLLATE "C" NOT NULL,
    available BIGINT NOT NULL CHECK (available >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    held_putaway BIGINT NOT NULL CHECK (held_putaway >= 0),
    held_qc BIGINT NOT NULL CHECK (held_qc >= 0),
    held_damaged BIGINT NOT NULL CHECK (held_damaged >= 0),
    held_returned BIGINT NOT NULL CHECK (held_returned >= 0),
    held_expired BIGINT NOT NULL CHECK (held_expired >= 0),
    held_missing BIGINT NOT NULL CHECK (held_missing >= 0),
    held_in_transit BIGINT NOT NULL CHECK (held_in_transit >= 0),
    held_recall BIGINT NOT NULL CHECK (held_recall >= 0),
    version BIGINT NOT NULL CHECK (version > 0),
    history BYTEA NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX balances_location ON balances (location_id);
CREATE UNIQUE INDEX balances_key ON balances (product_id, warehouse_id, location_id, lot);

CREATE TABLE movements (
    seq BIGINT PRIMARY KEY NOT NULL,
    id UUID NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    request_seq BIGINT NOT NULL,
    record_id UUID,
    reverses BIGINT UNIQUE,
    reason TEXT,
    effective_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX movements_record ON movements (record_id) WHERE record_id IS NOT NULL;

-- A bucket from 20 on is an outside party: it has no balance.
CREATE TABLE transfers (
    movement_seq BIGINT NOT NULL,
    line BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    lot TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    from_balance BIGINT,
    from_bucket SMALLINT NOT NULL,
    from_version BIGINT,
    to_balance BIGINT,
    to_bucket SMALLINT NOT NULL,
    to_version BIGINT,
    record_line BIGINT,
    cohort_id UUID,
    unit_cost BIGINT CHECK (unit_cost >= 0),
    currency TEXT,
    PRIMARY KEY (movement_seq, line),
    CHECK ((from_balance IS NULL) = (from_bucket >= 20)),
    CHECK ((from_balance IS NULL) = (from_version IS NULL)),
    CHECK ((to_balance IS NULL) = (to_bucket >= 20)),
    CHECK ((to_balance IS NULL) = (to_version IS NULL)),
    CHECK (from_bucket < 20 OR to_bucket < 20)
);
CREATE UNIQUE INDEX transfers_from ON transfers (from_balance, from_version) WHERE from_balance IS NOT NULL;
CREATE UNIQUE INDEX transfers_to ON transfers (to_balance, to_version) WHERE to_balance IS NOT NULL;
CREATE INDEX transfers_product ON transfers (product_id, movement_seq);

CREATE TABLE reservations (
    id UUID PRIMARY KEY NOT NULL,
    seq BIGINT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    order_ref TEXT NOT NULL,
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    state TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    allow_partial SMALLINT NOT NULL,
    backorder SMALLINT NOT NULL,
    expires_at TIMESTAMPTZ,
    ship_to TEXT,
    ship_by TIMESTAMPTZ,
    metadata TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    request_seq BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX reservations_active ON reservations (source, order_ref) WHERE state = 'active';
CREATE INDEX reservations_due ON reservations (expires_at) WHERE state = 'active';
CREATE INDEX reservations_order ON reservations (order_ref);

CREATE TABLE reservation_lines (
    reservation_id UUID NOT NULL REFERENCES reservations (id),
    line_no BIGINT NOT NULL,
    line_ref TEXT,
    product_id BIGINT NOT NULL REFERENCES products (id),
    location TEXT,
    lot TEXT,
    requested BIGINT NOT NULL CHECK (requested > 0),
    short BIGINT NOT NULL CHECK (short >= 0),
    released BIGINT NOT NULL CHECK (released >= 0),
    consumed BIGINT NOT NULL CHECK (consumed >= 0),
    kit_sku TEXT,
    kit_line_ref TEXT,
    kit_quantity BIGINT CHECK (kit_quantity > 0),
    PRIMARY KEY (reservation_id, line_no),
    CHECK (short + released + consumed <= requested)
) WITH (fillfactor = 70);
CREATE INDEX reservation_lines_short ON reservation_lines (product_id) WHERE short > 0;
CREATE INDEX reservation_lines_product ON reservation_lines (product_id, reservation_id);

-- position is the order in which the line took from its balances.
CREATE TABLE allocations (
    reservation_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    balance_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    PRIMARY KEY (reservation_id, line_no, balance_id),
    CHECK (remaining <= quantity)
) WITH (fillfactor = 70);
CREATE INDEX allocations_open ON allocations (balance_id) WHERE remaining > 0;

CREATE TABLE events (
    seq BIGINT PRIMARY KEY NOT NULL,
    id UUID NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    subject_seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    audience TEXT NOT NULL,
    data JSONB NOT NULL,
    request_seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX events_subject ON events (subject, subject_seq, kind);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: post a reversal instead', TG_TABLE_NAME;
END $$;
CREATE TRIGGER movements_no_update BEFORE UPDATE ON movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER movements_no_delete BEFORE DELETE ON movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER movements_no_truncate BEFORE TRUNCATE ON movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER requests_no_update BEFORE UPDATE ON requests FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER requests_no_delete BEFORE DELETE ON requests FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER requests_no_truncate BEFORE TRUNCATE ON requests FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_update BEFORE UPDATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_delete BEFORE DELETE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
