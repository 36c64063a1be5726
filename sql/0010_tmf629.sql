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

CREATE SCHEMA IF NOT EXISTS "tmf629";
COMMENT ON SCHEMA "tmf629" IS
    'TMF629 Customer Management 4.0.0';
REVOKE ALL ON SCHEMA "tmf629"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT USAGE ON SCHEMA "tmf629" TO tmf_app, tmf_readonly;

CREATE TABLE IF NOT EXISTS "tmf629"."customer" (
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
COMMENT ON TABLE "tmf629"."customer" IS
    'A person or organization that buys products of the enterprise.';
COMMENT ON COLUMN "tmf629"."customer".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf629"."customer".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf629"."customer".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf629"."customer".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf629"."customer".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf629"."customer".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf629"."customer".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf629"."customer"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"type":"Customer"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf629"."customer"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
CREATE OR REPLACE TRIGGER tmf_event
    AFTER INSERT OR UPDATE OR DELETE ON "tmf629"."customer"
    FOR EACH ROW WHEN (pg_sequence_last_value(
        'tmf.subscribed_seq') IS NOT NULL)
    EXECUTE FUNCTION tmf.record_event(
        '{"events":["create","attribute","state","delete"],"resource":"customer","state":"status","type":"Customer"}');
CREATE INDEX IF NOT EXISTS "customer_name_e2fedc69"
    ON "tmf629"."customer" ((left(doc ->> 'name', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_status_804405bc"
    ON "tmf629"."customer" ((left(doc ->> 'status', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_engaged_party_id_242e63a2"
    ON "tmf629"."customer" ((left(doc #>> '{engagedParty,id}', 512) COLLATE "C"), seq);
REVOKE ALL ON TABLE "tmf629"."customer"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf629"."customer"
    TO tmf_app, tmf_readonly;
GRANT INSERT (id, doc) ON TABLE "tmf629"."customer"
    TO tmf_app;
GRANT UPDATE (doc) ON TABLE "tmf629"."customer"
    TO tmf_app;
GRANT DELETE ON TABLE "tmf629"."customer"
    TO tmf_app;

INSERT INTO tmf.data_set (name, title, version)
    VALUES ('tmf629', 'TMF629 Customer Management', '4.0.0')
    ON CONFLICT (name) DO UPDATE
    SET title = EXCLUDED.title, version = EXCLUDED.version;

COMMIT;
