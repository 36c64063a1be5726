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

CREATE SCHEMA IF NOT EXISTS "tmf678";
COMMENT ON SCHEMA "tmf678" IS
    'TMF678 Customer Bill Management 4.0.0';
REVOKE ALL ON SCHEMA "tmf678"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT USAGE ON SCHEMA "tmf678" TO tmf_app, tmf_billing, tmf_readonly;

CREATE TABLE IF NOT EXISTS "tmf678"."customer_bill" (
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
COMMENT ON TABLE "tmf678"."customer_bill" IS
    'A bill for the products and services of a billing account.';
COMMENT ON COLUMN "tmf678"."customer_bill".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf678"."customer_bill".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf678"."customer_bill".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf678"."customer_bill".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf678"."customer_bill".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf678"."customer_bill".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf678"."customer_bill".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf678"."customer_bill"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"touched":["lastUpdate"],"type":"CustomerBill"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf678"."customer_bill"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
CREATE OR REPLACE TRIGGER tmf_event
    AFTER INSERT OR UPDATE OR DELETE ON "tmf678"."customer_bill"
    FOR EACH ROW WHEN (pg_sequence_last_value(
        'tmf.subscribed_seq') IS NOT NULL)
    EXECUTE FUNCTION tmf.record_event(
        '{"events":["create","state"],"resource":"customerBill","state":"state","touched":["lastUpdate"],"type":"CustomerBill"}');
CREATE INDEX IF NOT EXISTS "customer_bill_bill_no_ce0b812e"
    ON "tmf678"."customer_bill" ((left(doc ->> 'billNo', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_billing_account_id_a6f902b1"
    ON "tmf678"."customer_bill" ((left(doc #>> '{billingAccount,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_financial_account_id_4b5ced51"
    ON "tmf678"."customer_bill" ((left(doc #>> '{financialAccount,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_bill_cycle_id_53160ca4"
    ON "tmf678"."customer_bill" ((left(doc #>> '{billCycle,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_state_a986db65"
    ON "tmf678"."customer_bill" ((left(doc ->> 'state', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_bill_date_17b16327"
    ON "tmf678"."customer_bill" ((tmf.instant(doc ->> 'billDate')), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_payment_due_date_a9bc4e9c"
    ON "tmf678"."customer_bill" ((tmf.instant(doc ->> 'paymentDueDate')), seq);
REVOKE ALL ON TABLE "tmf678"."customer_bill"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf678"."customer_bill"
    TO tmf_app, tmf_readonly;
GRANT UPDATE (doc) ON TABLE "tmf678"."customer_bill"
    TO tmf_app;
GRANT SELECT, INSERT (id, doc), UPDATE (doc), DELETE ON TABLE "tmf678"."customer_bill"
    TO tmf_billing;

CREATE TABLE IF NOT EXISTS "tmf678"."customer_bill_on_demand" (
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
COMMENT ON TABLE "tmf678"."customer_bill_on_demand" IS
    'A request for a bill outside of the bill cycles, and its outcome.';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf678"."customer_bill_on_demand".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf678"."customer_bill_on_demand"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"defaults":{"state":"inProgress"},"touched":["lastUpdate"],"type":"CustomerBillOnDemand"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf678"."customer_bill_on_demand"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
CREATE OR REPLACE TRIGGER tmf_event
    AFTER INSERT OR UPDATE OR DELETE ON "tmf678"."customer_bill_on_demand"
    FOR EACH ROW WHEN (pg_sequence_last_value(
        'tmf.subscribed_seq') IS NOT NULL)
    EXECUTE FUNCTION tmf.record_event(
        '{"events":["create","state"],"resource":"customerBillOnDemand","state":"state","touched":["lastUpdate"],"type":"CustomerBillOnDemand"}');
CREATE INDEX IF NOT EXISTS "customer_bill_on_demand_billing_account_id_81d87f1f"
    ON "tmf678"."customer_bill_on_demand" ((left(doc #>> '{billingAccount,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_on_demand_related_party_id_4d2e0d54"
    ON "tmf678"."customer_bill_on_demand" ((left(doc #>> '{relatedParty,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_on_demand_customer_bill_id_70d2eb4c"
    ON "tmf678"."customer_bill_on_demand" ((left(doc #>> '{customerBill,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "customer_bill_on_demand_state_3e27dcdb"
    ON "tmf678"."customer_bill_on_demand" ((left(doc ->> 'state', 512) COLLATE "C"), seq);
REVOKE ALL ON TABLE "tmf678"."customer_bill_on_demand"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf678"."customer_bill_on_demand"
    TO tmf_app, tmf_readonly;
GRANT INSERT (id, doc) ON TABLE "tmf678"."customer_bill_on_demand"
    TO tmf_app;
GRANT SELECT, INSERT (id, doc), UPDATE (doc), DELETE ON TABLE "tmf678"."customer_bill_on_demand"
    TO tmf_billing;

CREATE TABLE IF NOT EXISTS "tmf678"."applied_customer_billing_rate" (
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
COMMENT ON TABLE "tmf678"."applied_customer_billing_rate" IS
    'A charge or credit for a product, on a bill or waiting for one.';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf678"."applied_customer_billing_rate".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf678"."applied_customer_billing_rate"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"type":"AppliedCustomerBillingRate"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf678"."applied_customer_billing_rate"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
DROP TRIGGER IF EXISTS tmf_event ON "tmf678"."applied_customer_billing_rate";
CREATE INDEX IF NOT EXISTS "applied_customer_billing_rate_is_billed_08f1f4aa"
    ON "tmf678"."applied_customer_billing_rate" ((doc -> 'isBilled'), seq);
CREATE INDEX IF NOT EXISTS "applied_customer_billing_rate_bill_id_0058c9d1"
    ON "tmf678"."applied_customer_billing_rate" ((left(doc #>> '{bill,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "applied_customer_billing_rate_billing_account_id_490077c2"
    ON "tmf678"."applied_customer_billing_rate" ((left(doc #>> '{billingAccount,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "applied_customer_billing_rate_product_id_4ac34dfb"
    ON "tmf678"."applied_customer_billing_rate" ((left(doc #>> '{product,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "applied_customer_billing_rate_date_3d55f8e1"
    ON "tmf678"."applied_customer_billing_rate" ((tmf.instant(doc ->> 'date')), seq);
REVOKE ALL ON TABLE "tmf678"."applied_customer_billing_rate"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf678"."applied_customer_billing_rate"
    TO tmf_app, tmf_readonly;
GRANT SELECT, INSERT (id, doc), UPDATE (doc), DELETE ON TABLE "tmf678"."applied_customer_billing_rate"
    TO tmf_billing;

CREATE TABLE IF NOT EXISTS "tmf678"."bill_cycle" (
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
COMMENT ON TABLE "tmf678"."bill_cycle" IS
    'One run of billing with the dates of its steps.';
COMMENT ON COLUMN "tmf678"."bill_cycle".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf678"."bill_cycle".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf678"."bill_cycle".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf678"."bill_cycle".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf678"."bill_cycle".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf678"."bill_cycle".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf678"."bill_cycle".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf678"."bill_cycle"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"type":"BillCycle"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf678"."bill_cycle"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
DROP TRIGGER IF EXISTS tmf_event ON "tmf678"."bill_cycle";
CREATE INDEX IF NOT EXISTS "bill_cycle_name_20d71f15"
    ON "tmf678"."bill_cycle" ((left(doc ->> 'name', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "bill_cycle_bill_cycle_specification_id_e1aa60bf"
    ON "tmf678"."bill_cycle" ((left(doc #>> '{BillCycleSpecification,id}', 512) COLLATE "C"), seq);
CREATE INDEX IF NOT EXISTS "bill_cycle_billing_date_d280cc2d"
    ON "tmf678"."bill_cycle" ((tmf.instant(doc ->> 'billingDate')), seq);
REVOKE ALL ON TABLE "tmf678"."bill_cycle"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf678"."bill_cycle"
    TO tmf_app, tmf_readonly;
GRANT SELECT, INSERT (id, doc), UPDATE (doc), DELETE ON TABLE "tmf678"."bill_cycle"
    TO tmf_billing;

CREATE TABLE IF NOT EXISTS "tmf678"."bill_cycle_specification" (
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
COMMENT ON TABLE "tmf678"."bill_cycle_specification" IS
    'The rules from which bill cycles are made.';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".id IS
    'Identifier: the writer''s, or a UUID version 7';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".seq IS
    'Order of creation';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".version IS
    '1 at first, one more with each change';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".created IS
    'When the row was inserted';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".updated IS
    'When the row was changed last';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".doc IS
    'The resource without id and href: what writers set';
COMMENT ON COLUMN "tmf678"."bill_cycle_specification".body IS
    'doc as text: what is served; follows doc by itself';
CREATE OR REPLACE TRIGGER tmf_keep
    BEFORE INSERT OR UPDATE ON "tmf678"."bill_cycle_specification"
    FOR EACH ROW EXECUTE FUNCTION tmf.keep(
        '{"type":"BillCycleSpecification"}');
CREATE OR REPLACE TRIGGER tmf_refuse_truncate
    BEFORE TRUNCATE ON "tmf678"."bill_cycle_specification"
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.refuse_truncate();
DROP TRIGGER IF EXISTS tmf_event ON "tmf678"."bill_cycle_specification";
CREATE INDEX IF NOT EXISTS "bill_cycle_specification_name_63b545d7"
    ON "tmf678"."bill_cycle_specification" ((left(doc ->> 'name', 512) COLLATE "C"), seq);
REVOKE ALL ON TABLE "tmf678"."bill_cycle_specification"
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON TABLE "tmf678"."bill_cycle_specification"
    TO tmf_app, tmf_readonly;
GRANT SELECT, INSERT (id, doc), UPDATE (doc), DELETE ON TABLE "tmf678"."bill_cycle_specification"
    TO tmf_billing;

INSERT INTO tmf.data_set (name, title, version)
    VALUES ('tmf678', 'TMF678 Customer Bill Management', '4.0.0')
    ON CONFLICT (name) DO UPDATE
    SET title = EXCLUDED.title, version = EXCLUDED.version;

COMMIT;
