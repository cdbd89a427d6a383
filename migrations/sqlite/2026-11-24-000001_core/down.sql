-- Goes back only while the ledger is empty: no step may lose a movement.
CREATE TEMP TABLE ledger_must_be_empty (movements BIGINT CHECK (movements = 0));
INSERT INTO ledger_must_be_empty SELECT count(*) FROM movements;
DROP TABLE ledger_must_be_empty;
DROP TABLE events;
DROP TABLE allocations;
DROP TABLE reservation_lines;
DROP TABLE reservations;
DROP TABLE transfers;
DROP TABLE movements;
DROP TABLE balances;
DROP TABLE lots;
DROP TABLE products;
DROP TABLE locations;
DROP TABLE warehouses;
DROP TABLE idempotency;
DROP TABLE requests;
DROP TABLE meta;
DROP TABLE head;
