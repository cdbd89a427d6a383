\set a {first}
\set b 1 + (:a - 1 + random(1, {skus} - 1)) % {skus}
\set low least(:a, :b)
\set high greatest(:a, :b)
\set key random(1000000000000000000, 9223372036854775806)
BEGIN;
SELECT fingerprint, status, headers, body FROM idempotency WHERE source = 'commerce' AND key = 'bench-0000000000000' || :key::text;
UPDATE balances b SET available = b.available - 1000000, reserved = b.reserved + 1000000, version = b.version + 1, history = sha256(b.history) FROM products p WHERE p.sku = 'S' || lpad(:low, 7, '0') AND b.product_id = p.id AND b.available >= 1000000 RETURNING b.id AS b1, b.product_id AS p1, b.version AS v1, b.warehouse_id AS w \gset
UPDATE balances b SET available = b.available - 1000000, reserved = b.reserved + 1000000, version = b.version + 1, history = sha256(b.history) FROM products p WHERE p.sku = 'S' || lpad(:high, 7, '0') AND b.product_id = p.id AND b.available >= 1000000 RETURNING b.id AS b2, b.product_id AS p2, b.version AS v2 \gset
INSERT INTO requests VALUES (nextval('bench_request'), 'bench-0000000000000' || :key::text, 'commerce', 'bench-0000000000000' || :key::text, 'bench', 'service', 'POST /api/v1/inventory/reservations', now()) RETURNING seq AS request \gset
INSERT INTO reservations VALUES (bench_uuid(), nextval('bench_id'), 'commerce', 'bench-0000000000000' || :key::text, :w::bigint, 'active', 1, 0, 0, NULL, NULL, NULL, NULL, now(), now(), :request::bigint) RETURNING id AS reservation \gset
INSERT INTO reservation_lines VALUES (:reservation::uuid, 1, NULL, :p1::bigint, NULL, NULL, 1000000, 0, 0, 0), (:reservation::uuid, 2, NULL, :p2::bigint, NULL, NULL, 1000000, 0, 0, 0);
INSERT INTO allocations VALUES (:reservation::uuid, 1, :b1::bigint, 1, 1000000, 1000000), (:reservation::uuid, 2, :b2::bigint, 1, 1000000, 1000000);
INSERT INTO movements VALUES (nextval('bench_movement'), bench_uuid(), 'reserve', :request::bigint, :reservation::uuid, NULL, NULL, now(), now()) RETURNING seq AS movement \gset
INSERT INTO transfers VALUES (:movement::bigint, 0, :p1::bigint, '', 1000000, :b1::bigint, 0, :v1::bigint, :b1::bigint, 1, :v1::bigint, 1, NULL, NULL, NULL), (:movement::bigint, 1, :p2::bigint, '', 1000000, :b2::bigint, 0, :v2::bigint, :b2::bigint, 1, :v2::bigint, 2, NULL, NULL, NULL);
INSERT INTO events VALUES (nextval('bench_event'), bench_uuid(), 'reservations/' || :reservation::text, 1, 'reservation.created', 'commerce', {reservation_event}, :request::bigint), (nextval('bench_event'), bench_uuid(), 'balances/' || :b1::text, :v1::bigint, 'stock.balance_changed', 'commerce', {balance_event}, :request::bigint), (nextval('bench_event'), bench_uuid(), 'balances/' || :b2::text, :v2::bigint, 'stock.balance_changed', 'commerce', {balance_event}, :request::bigint);
INSERT INTO idempotency VALUES ('commerce', 'bench-0000000000000' || :key::text, '\x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', :request::bigint, 201, {headers}, {body}, now());
COMMIT;
