-- The tables of a data set, for psql; running it again is harmless.
-- Made by tmfctl ddl: change the definition or its overlay, not this.
\set ON_ERROR_STOP on

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL search_path = pg_catalog;
SET LOCAL ROLE tmf_owner;
DO $lock$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('mod_tmf ddl'));
END $lock$;

CREATE SCHEMA IF NOT EXISTS "tmf676";
COMMENT ON SCHEMA "tmf676" IS
    'TMF676 Payment Management 4.0.0';
REVOKE ALL ON SCHEMA "tmf676"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT USAGE ON SCHEMA "tmf676" TO tmf_app, tmf_readonly;

CREATE TABLE IF NOT EXISTS "tmf676"."payment" (
    id text COLLATE "C" PRIMARY KEY
        CHECK (char_length(id) BETWEEN 1 AND 255),
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    version bigint NOT NULL DEFAULT 1,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated timestamptz NOT NULL DEFAULT clock_timestamp(),
    doc jsonb COMPRESSION lz4 NOT NULL
        CHECK (jsonb_typeof(doc) = 'object'),
    body text COMPRESSION lz4
        GENERATED ALWAYS AS (doc::text) STORED
) WITH (toast_tuple_target = 4080);
COMMENT ON TABLE "tmf676"."payment" IS
    'A payment that a customer made or tried to make.';
COMMENT ON COLUMN "tmf676"."payment".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf676"."payment".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf676"."payment".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf676"."payment".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf676"."payment".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf676"."payment".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf676"."payment".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf676"."payment"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"defaults":{"status":"done"},"now":["statusDate","paymentDate"],"type":"Payment"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf676"."payment"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
CREATE OR REPLACE TRIGGER tmf_event
    AFTER INSERT OR UPDATE OR DELETE ON "tmf676"."payment"
    FOR EACH ROW WHEN (pg_sequence_last_value(
        'tmf.subscribed_seq') IS NOT NULL)
    EXECUTE FUNCTION tmf.record_event(
        '{"events":["create","attribute","state","delete"],"resource":"payment","state":"status","type":"Payment"}');
CREATE INDEX IF NOT EXISTS "payment_account_id_73446a84"
    ON "tmf676"."payment" ((left(doc #>> '{account,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "payment_payer_id_963cae4a"
    ON "tmf676"."payment" ((left(doc #>> '{payer,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "payment_status_df08bb44"
    ON "tmf676"."payment" ((left(doc ->> 'status', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "payment_correlator_id_279a33a4"
    ON "tmf676"."payment" ((left(doc ->> 'correlatorId', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "payment_payment_date_2c5602e6"
    ON "tmf676"."payment" ((tmf.instant(doc ->> 'paymentDate')), seq);
REVOKE ALL ON TABLE "tmf676"."payment"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf676"."payment"
    TO tmf_app, tmf_readonly;
GRANT INSERT (id, doc) ON TABLE "tmf676"."payment"
    TO tmf_app;

CREATE TABLE IF NOT EXISTS "tmf676"."refund" (
    id text COLLATE "C" PRIMARY KEY
        CHECK (char_length(id) BETWEEN 1 AND 255),
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    version bigint NOT NULL DEFAULT 1,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated timestamptz NOT NULL DEFAULT clock_timestamp(),
    doc jsonb COMPRESSION lz4 NOT NULL
        CHECK (jsonb_typeof(doc) = 'object'),
    body text COMPRESSION lz4
        GENERATED ALWAYS AS (doc::text) STORED
) WITH (toast_tuple_target = 4080);
COMMENT ON TABLE "tmf676"."refund" IS
    'Money given back to a customer, usually of an earlier payment.';
COMMENT ON COLUMN "tmf676"."refund".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf676"."refund".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf676"."refund".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf676"."refund".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf676"."refund".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf676"."refund".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf676"."refund".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf676"."refund"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"defaults":{"status":"done"},"now":["statusDate","refundDate"],"type":"Refund"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf676"."refund"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
CREATE OR REPLACE TRIGGER tmf_event
    AFTER INSERT OR UPDATE OR DELETE ON "tmf676"."refund"
    FOR EACH ROW WHEN (pg_sequence_last_value(
        'tmf.subscribed_seq') IS NOT NULL)
    EXECUTE FUNCTION tmf.record_event(
        '{"events":["create","attribute","state","delete"],"resource":"refund","state":"status","type":"Refund"}');
CREATE INDEX IF NOT EXISTS "refund_account_id_89daecf6"
    ON "tmf676"."refund" ((left(doc #>> '{account,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "refund_payment_id_ff9878a7"
    ON "tmf676"."refund" ((left(doc #>> '{payment,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "refund_status_863e78de"
    ON "tmf676"."refund" ((left(doc ->> 'status', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "refund_correlator_id_f51d6d6e"
    ON "tmf676"."refund" ((left(doc ->> 'correlatorId', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "refund_refund_date_31024f0e"
    ON "tmf676"."refund" ((tmf.instant(doc ->> 'refundDate')), seq);
REVOKE ALL ON TABLE "tmf676"."refund"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf676"."refund"
    TO tmf_app, tmf_readonly;
GRANT INSERT (id, doc) ON TABLE "tmf676"."refund"
    TO tmf_app;

INSERT INTO tmf.data_set (name, title, version)
    VALUES ('tmf676', 'TMF676 Payment Management', '4.0.0')
    ON CONFLICT (name) DO UPDATE
    SET title = EXCLUDED.title, version = EXCLUDED.version;

COMMIT;
