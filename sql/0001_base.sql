-- The base: roles, schema tmf, and the functions that every table of every
-- data set uses. For psql; running it again is harmless. See sql/README.
\set ON_ERROR_STOP on

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;

DO $check$
BEGIN
    -- two runs at once would trip over each other's CREATE OR REPLACE
    PERFORM pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtext('mod_tmf ddl'));
    IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
        RAISE EXCEPTION 'database % has the encoding %, mod_tmf needs UTF8',
            pg_catalog.current_database(), pg_catalog.getdatabaseencoding()
        USING HINT = 'CREATE DATABASE ... ENCODING ''UTF8''' ||
            ' TEMPLATE template0';
    END IF;
    IF pg_catalog.current_setting('server_version_num')::integer < 150000
    THEN
        RAISE EXCEPTION 'mod_tmf needs PostgreSQL 15 or newer';
    END IF;
END
$check$;

-- Roles are made by a superuser's run; the owner's own run finds them there.
-- How they prove who they are is the operator's pg_hba.conf.
DO $roles$
DECLARE
    wanted text;
    is_super boolean := (SELECT rolsuper FROM pg_catalog.pg_roles
                         WHERE rolname = current_user);
BEGIN
    FOREACH wanted IN ARRAY
        ARRAY['tmf_owner', 'tmf_app', 'tmf_billing', 'tmf_readonly']
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles
                              WHERE rolname = wanted);
        IF NOT is_super THEN
            RAISE EXCEPTION 'role % is missing', wanted
            USING HINT = 'Run sql/0001_base.sql once as a superuser.';
        END IF;
        EXECUTE pg_catalog.format(
            'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE'
            ' NOREPLICATION NOBYPASSRLS', wanted);
    END LOOP;
    IF is_super THEN
        -- so that the owner can look through the others' eyes (SET ROLE);
        -- it gains no right that it would not have anyway
        GRANT tmf_app, tmf_billing, tmf_readonly TO tmf_owner;
        EXECUTE pg_catalog.format('GRANT CREATE ON DATABASE %I TO tmf_owner',
                                  pg_catalog.current_database());
    END IF;
END
$roles$;

-- Settings of the roles, where the operator has not chosen his own. They
-- hold from the next login. The search path keeps "public", because other
-- modules of the server may share the connections of tmf_app.
DO $settings$
DECLARE
    wanted record;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles
            WHERE rolname = current_user) THEN
        RETURN;
    END IF;
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('tmf_app', 'statement_timeout', '5s'),
            ('tmf_app', 'lock_timeout', '1s'),
            ('tmf_app', 'idle_in_transaction_session_timeout', '10s'),
            -- compiling a query takes longer than most of ours
            ('tmf_app', 'jit', 'off'),
            ('tmf_app', 'search_path', 'pg_catalog, public'),
            ('tmf_app', 'log_error_verbosity', 'terse'),
            ('tmf_app', 'log_parameter_max_length', '0'),
            ('tmf_app', 'log_parameter_max_length_on_error', '0'),
            ('tmf_billing', 'log_error_verbosity', 'terse'),
            ('tmf_billing', 'log_parameter_max_length', '0'),
            ('tmf_billing', 'log_parameter_max_length_on_error', '0'),
            ('tmf_billing', 'log_min_error_statement', 'panic')
        ) AS setting(role, name, value)
        WHERE NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_roles AS r,
                 pg_catalog.unnest(r.rolconfig) AS present
            WHERE r.rolname = setting.role
              AND pg_catalog.starts_with(present, setting.name || '='))
    LOOP
        -- a list must not be quoted as one name
        EXECUTE pg_catalog.format(
            CASE wanted.name WHEN 'search_path'
                THEN 'ALTER ROLE %I SET %I = %s'
                ELSE 'ALTER ROLE %I SET %I = %L' END,
            wanted.role, wanted.name, wanted.value);
    END LOOP;
END
$settings$;

SET LOCAL ROLE tmf_owner;

CREATE SCHEMA IF NOT EXISTS tmf;
COMMENT ON SCHEMA tmf IS
    'mod_tmf: functions of all data sets, and what has been installed';

CREATE TABLE IF NOT EXISTS tmf.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    applied timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE tmf.migration IS 'Migrations applied to this database';
COMMENT ON COLUMN tmf.migration.number IS 'Number in the name of the file';
COMMENT ON COLUMN tmf.migration.name IS 'What the migration brought';
COMMENT ON COLUMN tmf.migration.applied IS 'When it was first applied';

CREATE TABLE IF NOT EXISTS tmf.data_set (
    name text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    version text NOT NULL,
    made timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE tmf.data_set IS
    'Data sets: schemas with one table for each resource of an API';
COMMENT ON COLUMN tmf.data_set.name IS 'Name of the schema';
COMMENT ON COLUMN tmf.data_set.title IS 'Title of the API';
COMMENT ON COLUMN tmf.data_set.version IS
    'Version of the API whose DDL was applied last';
COMMENT ON COLUMN tmf.data_set.made IS 'When the data set was made';

-- What servers sign with. It is made here, once, so that all servers of the
-- database have the same: a cursor that one has given out, others take.
CREATE TABLE IF NOT EXISTS tmf.secret (
    name text COLLATE "C" PRIMARY KEY,
    key bytea NOT NULL CHECK (pg_catalog.length(key) >= 16)
);
COMMENT ON TABLE tmf.secret IS 'Keys of the servers of this database';
COMMENT ON COLUMN tmf.secret.name IS 'What the key is for';
COMMENT ON COLUMN tmf.secret.key IS 'Random bytes';

-- PostgreSQL's strong random numbers come as UUIDs, of 122 bits each.
INSERT INTO tmf.secret (name, key)
VALUES ('cursor', pg_catalog.substr(pg_catalog.sha256(
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
    || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), 1, 16))
ON CONFLICT (name) DO NOTHING;

-- The random part, the variant bits included, comes from a version 4 UUID;
-- 48 bits of Unix time in milliseconds go before it (RFC 9562, 5.7).
CREATE OR REPLACE FUNCTION tmf.new_id() RETURNS text
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN (
    pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.floor(EXTRACT(
        epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7'
    || pg_catalog.replace(pg_catalog.substr(
        pg_catalog.gen_random_uuid()::text, 16), '-', '')
)::uuid::text;
COMMENT ON FUNCTION tmf.new_id() IS
    'A new identifier: UUID version 7 (RFC 9562), in time order';

CREATE OR REPLACE FUNCTION tmf.merge_patch(target jsonb, patch jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $merge_patch$
DECLARE
    result jsonb := target;
BEGIN
    IF pg_catalog.jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN patch;
    END IF;
    IF pg_catalog.jsonb_typeof(target) IS DISTINCT FROM 'object' THEN
        result := '{}';
    END IF;
    -- nothing to remove, nothing to descend into: the usual patch
    IF NOT patch @? 'strict $.* ? (@ == null || @.type() == "object")' THEN
        RETURN result || patch;
    END IF;
    -- in one go: to append member by member would take quadratic time
    RETURN coalesce((
        SELECT pg_catalog.jsonb_object_agg(m.key, m.value)
        FROM (SELECT t.key, t.value
              FROM pg_catalog.jsonb_each(result) AS t
              WHERE NOT patch ? t.key
              UNION ALL
              SELECT p.key,
                     CASE pg_catalog.jsonb_typeof(p.value)
                     WHEN 'object'
                     THEN tmf.merge_patch(result -> p.key, p.value)
                     ELSE p.value END
              FROM pg_catalog.jsonb_each(patch) AS p
              WHERE pg_catalog.jsonb_typeof(p.value) <> 'null') AS m),
        '{}');
END
$merge_patch$;
COMMENT ON FUNCTION tmf.merge_patch(jsonb, jsonb) IS
    'The target with a JSON Merge Patch (RFC 7396) applied';

CREATE OR REPLACE FUNCTION tmf.patch_faults(
    doc jsonb, patch jsonb, fixed text[], required text[], one_of jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $patch_faults$
DECLARE
    faults jsonb;
    result jsonb;
    name text;
    choice jsonb;
BEGIN
    IF pg_catalog.jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN '[{"pointer": "", "rule": "type",
                  "message": "must be an object"}]';
    END IF;
    result := pg_catalog.jsonb_strip_nulls(tmf.merge_patch(doc, patch));
    -- by value: many clients write 12.30 back as 12.3
    FOREACH name IN ARRAY coalesce(fixed, '{}') LOOP
        IF patch ? name
           AND result -> name IS DISTINCT FROM
               pg_catalog.jsonb_strip_nulls(doc) -> name THEN
            faults := coalesce(faults, '[]') || pg_catalog.jsonb_build_object(
                'pointer', '/' || pg_catalog.replace(
                    pg_catalog.replace(name, '~', '~0'), '/', '~1'),
                'rule', 'readOnly', 'message', 'cannot be changed');
        END IF;
    END LOOP;
    FOREACH name IN ARRAY coalesce(required, '{}') LOOP
        IF NOT result ? name THEN
            faults := coalesce(faults, '[]') || pg_catalog.jsonb_build_object(
                'pointer', '/' || pg_catalog.replace(
                    pg_catalog.replace(name, '~', '~0'), '/', '~1'),
                'rule', 'required', 'message', 'is required');
        END IF;
    END LOOP;
    FOR i IN 0 .. coalesce(pg_catalog.jsonb_array_length(one_of), 0) - 1 LOOP
        choice := one_of -> i;
        IF NOT EXISTS (
            SELECT
            FROM pg_catalog.jsonb_array_elements_text(choice) AS e(attribute)
            WHERE result ? e.attribute)
        THEN
            faults := coalesce(faults, '[]') || pg_catalog.jsonb_build_object(
                'pointer', '', 'rule', 'oneOf', 'message',
                'needs at least one of ' || (
                    SELECT pg_catalog.string_agg(e.attribute, ', ')
                    FROM pg_catalog.jsonb_array_elements_text(choice)
                        AS e(attribute)));
        END IF;
    END LOOP;
    RETURN faults;
END
$patch_faults$;
COMMENT ON FUNCTION tmf.patch_faults(jsonb, jsonb, text[], text[], jsonb) IS
    'Why a merge patch may not be applied: an array of violations, or NULL';

CREATE OR REPLACE FUNCTION tmf.pick(value jsonb, tree jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $pick$
DECLARE
    result jsonb := '{}';
    name text;
    branch jsonb;
    part jsonb;
BEGIN
    IF tree = '{}' THEN
        RETURN value;
    END IF;
    CASE pg_catalog.jsonb_typeof(value)
    WHEN 'object' THEN
        FOR name, branch IN
            SELECT b.k, b.v FROM pg_catalog.jsonb_each(tree) AS b(k, v)
        LOOP
            part := value -> name;
            IF part IS NOT NULL AND branch <> '{}' THEN
                part := tmf.pick(part, branch);
            END IF;
            IF part IS NOT NULL THEN
                result := result
                    || pg_catalog.jsonb_build_object(name, part);
            END IF;
        END LOOP;
        RETURN result;
    WHEN 'array' THEN
        RETURN coalesce((
            SELECT pg_catalog.jsonb_agg(picked.element)
            FROM (SELECT tmf.pick(e.element, tree)
                  FROM pg_catalog.jsonb_array_elements(value)
                      AS e(element)) AS picked(element)
            WHERE picked.element IS NOT NULL), '[]');
    ELSE
        RETURN NULL;
    END CASE;
END
$pick$;
COMMENT ON FUNCTION tmf.pick(jsonb, jsonb) IS
    'The attributes of a value that a tree of names selects';

-- Only texts that the cast below can't refuse reach it, and the zone is
-- always an explicit number: the result hangs on no setting of the session.
CREATE OR REPLACE FUNCTION tmf.instant(t text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $instant$
DECLARE
    exact text := t;
    year integer;
BEGIN
    IF pg_catalog.length(t) > 64 OR t COLLATE "C" !~ (
        '^[0-9]{4}-(?:'
        '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|'
        '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|'
        '02-(?:0[1-9]|[12][0-9]))'
        '(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]'
        '(?::(?:[0-5][0-9]|60)(?:[.][0-9]+)?)?'
        '(?:[Zz]|[+-](?:0[0-9]|1[0-5]):?[0-5][0-9])?)?$')
       OR pg_catalog.starts_with(t, '0000') THEN
        RETURN NULL;
    END IF;
    IF pg_catalog.substr(t, 6, 5) = '02-29' THEN
        year := pg_catalog.left(t, 4);
        IF year % 4 <> 0 OR (year % 100 = 0 AND year % 400 <> 0) THEN
            RETURN NULL;
        END IF;
    END IF;
    -- Z is a name too, which timezone_abbreviations may redefine
    IF pg_catalog.length(t) = 10 THEN
        exact := t || ' 00:00+00';
    ELSIF pg_catalog.right(t, 1) IN ('Z', 'z') THEN
        exact := pg_catalog.left(t, -1) || '+00';
    ELSIF pg_catalog.substr(t, 11) !~ '[+-]' THEN
        exact := t || '+00';
    END IF;
    -- a leap second is the second after :59, whatever its fraction
    IF pg_catalog.substr(t, 17, 3) = ':60' THEN
        RETURN pg_catalog.overlay(exact, ':59', 17)::timestamptz
            + interval '1 second';
    END IF;
    RETURN exact::timestamptz;
END
$instant$;
COMMENT ON FUNCTION tmf.instant(text) IS
    'The instant of an ISO 8601 date or date-time, UTC if it names no zone;'
    ' NULL for any other text';

-- The rule is the trigger's argument, a JSON object: type (value of @type),
-- defaults (attributes and values), now (attributes that default to the
-- time of the insert), touched (attributes that follow every change).
CREATE OR REPLACE FUNCTION tmf.keep() RETURNS trigger
LANGUAGE plpgsql
AS $keep$
DECLARE
    rule jsonb := TG_ARGV[0];
    touched jsonb := coalesce(rule -> 'touched', '[]');
    stamped jsonb := touched;
    base jsonb := pg_catalog.jsonb_build_object('@type', rule -> 'type');
    moment timestamptz := pg_catalog.clock_timestamp();
    moment_text text;
    name text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.id := coalesce(NEW.id, NEW.doc ->> 'id', tmf.new_id());
        IF NEW.id IN ('.', '..') THEN
            RAISE EXCEPTION 'no URL has the id %', NEW.id
            USING ERRCODE = 'check_violation';
        END IF;
        NEW.version := 1;
        NEW.created := moment;
        NEW.updated := moment;
    ELSE
        IF NEW.id IS DISTINCT FROM OLD.id THEN
            RAISE EXCEPTION 'the id of a row of %.% cannot be changed',
                TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
        END IF;
        NEW.seq := OLD.seq;
        NEW.version := OLD.version;
        NEW.created := OLD.created;
        NEW.updated := OLD.updated;
    END IF;
    IF pg_catalog.jsonb_typeof(NEW.doc) IS DISTINCT FROM 'object' THEN
        RETURN NEW;             -- the table's own constraints refuse it
    END IF;
    NEW.doc := pg_catalog.jsonb_strip_nulls(NEW.doc - '{id,href}'::text[]);
    IF rule ?| '{now,touched}' THEN
        moment_text := pg_catalog.to_char(moment AT TIME ZONE 'UTC',
                                          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
    END IF;

    IF TG_OP = 'INSERT' THEN
        stamped := coalesce(rule -> 'now', '[]') || touched;
        base := coalesce(rule -> 'defaults', '{}') || base;
        FOR i IN 0 .. pg_catalog.jsonb_array_length(stamped) - 1 LOOP
            base := base || pg_catalog.jsonb_build_object(
                stamped ->> i, moment_text);
        END LOOP;
        NEW.doc := base || NEW.doc;
        RETURN NEW;
    END IF;

    -- a touched attribute left out by the writer is not thereby changed
    FOR i IN 0 .. pg_catalog.jsonb_array_length(touched) - 1 LOOP
        name := touched ->> i;
        IF OLD.doc ? name THEN
            base := base || pg_catalog.jsonb_build_object(
                name, OLD.doc -> name);
        END IF;
    END LOOP;
    NEW.doc := base || NEW.doc;
    -- the text decides: 12.30 and 12.3 are equal as jsonb
    IF NEW.doc = OLD.doc AND NEW.doc::text = OLD.body THEN
        RETURN NEW;
    END IF;
    NEW.version := OLD.version + 1;
    NEW.updated := moment;
    FOR i IN 0 .. pg_catalog.jsonb_array_length(touched) - 1 LOOP
        name := touched ->> i;
        IF (NEW.doc -> name)::text IS NOT DISTINCT FROM
           (OLD.doc -> name)::text THEN
            NEW.doc := NEW.doc || pg_catalog.jsonb_build_object(
                name, moment_text);
        END IF;
    END LOOP;
    RETURN NEW;
END
$keep$;
COMMENT ON FUNCTION tmf.keep() IS
    'Row trigger of every resource table: holds for every writer what must'
    ' hold of id, doc, version, created and updated';

CREATE OR REPLACE FUNCTION tmf.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql
AS $refuse_truncate$
BEGIN
    IF NOT pg_catalog.pg_has_role(
        (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID),
        'MEMBER')
    THEN
        RAISE EXCEPTION 'only the owner may truncate %.%',
            TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$refuse_truncate$;
COMMENT ON FUNCTION tmf.refuse_truncate() IS
    'Statement trigger of every resource table: TRUNCATE is the owner''s';

-- Triggers and index expressions run as the writer: he must be able to
-- execute what they call.
REVOKE ALL ON SCHEMA tmf FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT USAGE ON SCHEMA tmf TO tmf_app, tmf_billing, tmf_readonly;
REVOKE ALL ON tmf.migration, tmf.data_set
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON tmf.migration, tmf.data_set
    TO tmf_app, tmf_billing, tmf_readonly;
REVOKE ALL ON tmf.secret FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT ON tmf.secret TO tmf_app;
REVOKE ALL ON FUNCTION
    tmf.new_id(), tmf.merge_patch(jsonb, jsonb),
    tmf.patch_faults(jsonb, jsonb, text[], text[], jsonb),
    tmf.pick(jsonb, jsonb), tmf.instant(text),
    tmf.keep(), tmf.refuse_truncate()
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT EXECUTE ON FUNCTION
    tmf.new_id(), tmf.merge_patch(jsonb, jsonb),
    tmf.patch_faults(jsonb, jsonb, text[], text[], jsonb),
    tmf.pick(jsonb, jsonb), tmf.instant(text)
    TO tmf_app, tmf_billing, tmf_readonly;

INSERT INTO tmf.migration (number, name) VALUES (1, 'base')
    ON CONFLICT (number) DO NOTHING;

COMMIT;
