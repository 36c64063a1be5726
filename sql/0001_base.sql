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
        EXECUTE pg_catalog.format(
            'GRANT CREATE, TEMPORARY ON DATABASE %I TO tmf_owner',
            pg_catalog.current_database());
        -- functions that lend rights look among temporary objects last;
        -- where nobody can make any, there is nothing to find
        EXECUTE pg_catalog.format(
            'REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC',
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
            ('tmf_app', 'statement_timeout', '4s'),
            ('tmf_app', 'client_connection_check_interval', '250ms'),
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

-- What writes with an Idempotency-Key were answered: as it was told then, for
-- the resource may have changed since. A row is inserted by the statement that
-- writes, so that both are there or neither. Each user has keys of his own.
CREATE TABLE IF NOT EXISTS tmf.idempotency (
    data_set text COLLATE "C" NOT NULL,
    client bytea NOT NULL DEFAULT pg_catalog.sha256('')
        CHECK (pg_catalog.length(client) = 32),
    key text COLLATE "C" NOT NULL
        CHECK (pg_catalog.length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (pg_catalog.length(fingerprint) = 32),
    made timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    base text NOT NULL,
    id text NOT NULL,
    body text COMPRESSION lz4 NOT NULL,
    seq bigint,
    version bigint,
    updated bigint,
    PRIMARY KEY (data_set, client, key)
);
-- Tables from before that have keys that were everybody's: they are nobody's.
ALTER TABLE tmf.idempotency
    ADD COLUMN IF NOT EXISTS client bytea NOT NULL
        DEFAULT pg_catalog.sha256('')
        CHECK (pg_catalog.length(client) = 32);
DO $idempotency$
BEGIN
    IF (SELECT pg_catalog.cardinality(conkey) FROM pg_catalog.pg_constraint
        WHERE conrelid = 'tmf.idempotency'::regclass AND contype = 'p') = 2
    THEN
        ALTER TABLE tmf.idempotency
            DROP CONSTRAINT idempotency_pkey,
            ADD PRIMARY KEY (data_set, client, key);
    END IF;
END
$idempotency$;
CREATE INDEX IF NOT EXISTS idempotency_made ON tmf.idempotency (made);
COMMENT ON TABLE tmf.idempotency IS
    'Answers to requests with an Idempotency-Key; see tmf.purge_idempotency';
COMMENT ON COLUMN tmf.idempotency.data_set IS 'Data set that was written to';
COMMENT ON COLUMN tmf.idempotency.client IS
    'SHA-256 of the user who had logged in, or of nothing';
COMMENT ON COLUMN tmf.idempotency.key IS 'The client''s key';
COMMENT ON COLUMN tmf.idempotency.fingerprint IS
    'SHA-256 of method, path, query, media type, user and body';
COMMENT ON COLUMN tmf.idempotency.made IS 'When it was answered';
COMMENT ON COLUMN tmf.idempotency.base IS 'Public base of hrefs in the answer';
COMMENT ON COLUMN tmf.idempotency.id IS 'Id of the resource';
COMMENT ON COLUMN tmf.idempotency.body IS 'Its other attributes, as answered';
COMMENT ON COLUMN tmf.idempotency.seq IS
    'Its creation sequence; null: it was deleted';
COMMENT ON COLUMN tmf.idempotency.version IS 'Its version';
COMMENT ON COLUMN tmf.idempotency.updated IS
    'When it had been changed last, ms since 1970';

-- Oldest first, and only so many at a time: whoever calls it waits for none
-- that another call is purging.
CREATE OR REPLACE FUNCTION tmf.purge_idempotency(keep interval, most integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $purge_idempotency$
DECLARE
    n integer;
BEGIN
    DELETE FROM tmf.idempotency AS i
    USING (SELECT data_set, client, key
           FROM tmf.idempotency
           WHERE made < clock_timestamp() - keep
           ORDER BY made
           LIMIT greatest(most, 0)
           FOR UPDATE SKIP LOCKED) AS old
    WHERE i.data_set = old.data_set AND i.client = old.client
      AND i.key = old.key;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$purge_idempotency$;
COMMENT ON FUNCTION tmf.purge_idempotency(interval, integer) IS
    'Forget answers older than an interval, so many at most;'
    ' returns how many there were';

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

-- What is between the slashes of a JSON Pointer (RFC 6901), unescaped.
CREATE OR REPLACE FUNCTION tmf.pointer_names(pointer text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE pointer
    WHEN '' THEN '{}'::text[]
    WHEN '/' THEN ARRAY['']
    ELSE (SELECT pg_catalog.array_agg(pg_catalog.replace(pg_catalog.replace(
              part.name, '~1', '/'), '~0', '~') ORDER BY part.n)
          FROM pg_catalog.unnest(pg_catalog.string_to_array(
              pg_catalog.substr(pointer, 2), '/'))
              WITH ORDINALITY AS part(name, n))
    END;
COMMENT ON FUNCTION tmf.pointer_names(text) IS
    'The names in a well-formed JSON Pointer (RFC 6901)';

CREATE OR REPLACE FUNCTION tmf.pointer_to(pointer text, name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pointer || '/' || pg_catalog.replace(
    pg_catalog.replace(name, '~', '~0'), '/', '~1');
COMMENT ON FUNCTION tmf.pointer_to(text, text) IS
    'The JSON Pointer of a member of what another pointer names';

CREATE OR REPLACE FUNCTION tmf.fault(
    pointer text, rule text, message text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.jsonb_build_object('pointer', pointer, 'rule', rule,
                                     'message', message);
COMMENT ON FUNCTION tmf.fault(text, text, text) IS 'A violation';

-- #> would take -1 and 01 for the index of an element, too.
CREATE OR REPLACE FUNCTION tmf.value_at(doc jsonb, names text[])
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $value_at$
DECLARE
    here jsonb := doc;
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        IF pg_catalog.jsonb_typeof(here) = 'array'
           AND name COLLATE "C" !~ '^(0|[1-9][0-9]{0,8})$' THEN
            RETURN NULL;
        END IF;
        here := here #> ARRAY[name];
    END LOOP;
    RETURN here;
END
$value_at$;
COMMENT ON FUNCTION tmf.value_at(jsonb, text[]) IS
    'The value that the names of a JSON Pointer lead to, or NULL';

CREATE OR REPLACE FUNCTION tmf.patch_at(
    doc jsonb, todo text, names text[], value jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $patch_at$
DECLARE
    n integer := pg_catalog.cardinality(names);
    parent jsonb;
    size integer;
BEGIN
    IF n = 0 THEN
        RETURN CASE todo WHEN 'remove' THEN 'null' ELSE value END;
    END IF;
    IF todo <> 'add' AND tmf.value_at(doc, names) IS NULL THEN
        RETURN NULL;
    END IF;
    IF todo = 'remove' THEN
        RETURN doc #- names;
    END IF;
    parent := tmf.value_at(doc, names[: n - 1]);
    IF todo = 'replace' OR pg_catalog.jsonb_typeof(parent) = 'object' THEN
        RETURN pg_catalog.jsonb_set(doc, names, value);
    ELSIF pg_catalog.jsonb_typeof(parent) IS DISTINCT FROM 'array' THEN
        RETURN NULL;
    END IF;
    size := pg_catalog.jsonb_array_length(parent);
    IF names[n] = '-' THEN
        names[n] := size::text;
    ELSIF names[n] COLLATE "C" !~ '^(0|[1-9][0-9]{0,8})$'
          OR names[n]::integer > size THEN
        RETURN NULL;
    END IF;
    RETURN pg_catalog.jsonb_insert(doc, names, value);
END
$patch_at$;
COMMENT ON FUNCTION tmf.patch_at(jsonb, text, text[], jsonb) IS
    'A document after one add, replace or remove at a place;'
    ' NULL if there is no such place';

CREATE OR REPLACE FUNCTION tmf.query_text(encoded text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce((
    SELECT pg_catalog.convert_from(pg_catalog.string_agg(
        CASE WHEN pg_catalog.starts_with(part.text[1], '%')
            THEN pg_catalog.decode(pg_catalog.substr(part.text[1], 2), 'hex')
            ELSE pg_catalog.convert_to(
                pg_catalog.replace(part.text[1], '+', ' '), 'UTF8')
        END, ''::bytea ORDER BY part.n), 'UTF8')
    FROM pg_catalog.regexp_matches(encoded, '%[0-9A-Fa-f]{2}|[^%]+', 'g')
        WITH ORDINALITY AS part(text, n)), '');
COMMENT ON FUNCTION tmf.query_text(text) IS
    'A value in a query without its well-formed percent-encoding';

CREATE OR REPLACE FUNCTION tmf.json_path(names text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '$' || coalesce((
    SELECT pg_catalog.string_agg('.' || pg_catalog.to_json(step.name)::text,
                                 '' ORDER BY step.n)
    FROM pg_catalog.unnest(names) WITH ORDINALITY AS step(name, n)), '');
COMMENT ON FUNCTION tmf.json_path(text[]) IS
    'The text of a jsonpath that goes by names, through arrays';

-- For each condition NAME.NAME=VALUE: path, where its left side leads from an
-- element; rest, where it leads from a value on the way of the pointer that
-- shares the first names with it, and taken, after how many names of the
-- pointer that is; variables of these jsonpaths.
CREATE OR REPLACE FUNCTION tmf.query_conditions(query text, names text[])
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $query_conditions$
DECLARE
    result jsonb := '[]';
    condition text;
    wanted text;
    steps text[];
    taken integer;
    shared integer;
BEGIN
    FOREACH condition IN ARRAY pg_catalog.string_to_array(query, '&') LOOP
        wanted := tmf.query_text(pg_catalog.substr(
            condition, pg_catalog.strpos(condition, '=') + 1));
        steps := ARRAY(
            SELECT tmf.query_text(step.name)
            FROM pg_catalog.unnest(pg_catalog.string_to_array(
                    pg_catalog.split_part(condition, '=', 1), '.'))
                WITH ORDINALITY AS step(name, n) ORDER BY step.n);
        taken := 0;
        shared := 0;
        WHILE taken < pg_catalog.cardinality(names) LOOP
            IF steps[shared + 1] = names[taken + 1] THEN
                shared := shared + 1;
            ELSE
                EXIT WHEN names[taken + 1] COLLATE "C" !~ '^[0-9]{1,9}$';
            END IF;
            taken := taken + 1;
        END LOOP;
        result := result || pg_catalog.jsonb_build_object(
            'path', tmf.json_path(steps),
            'rest', tmf.json_path(steps[shared + 1 :]), 'taken', taken,
            'variables', pg_catalog.jsonb_build_object('text', wanted,
                -- what could be a number in a body
                'scalar', CASE WHEN wanted COLLATE "C" ~ (
                    '^(?:true|false|-?(?:0|[1-9][0-9]{0,63})'
                    '(?:[.][0-9]{1,63})?)$')
                    THEN wanted::jsonb ELSE pg_catalog.to_jsonb(wanted)
                    END));
    END LOOP;
    RETURN result;
END
$query_conditions$;
COMMENT ON FUNCTION tmf.query_conditions(text, text[]) IS
    'The conditions of a JSON Patch Query, prepared for its pointer';

-- Each NULL if there is nothing for it to be compared with. With a number of
-- names passed, only those for which it is the one to start at.
CREATE OR REPLACE FUNCTION tmf.conditions_match(
    value jsonb, conditions jsonb, passed integer, before boolean[])
RETURNS boolean[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $conditions_match$
DECLARE
    result boolean[] := before;
    condition jsonb;
    path text;
BEGIN
    FOR i IN 1 .. pg_catalog.jsonb_array_length(conditions) LOOP
        condition := conditions -> (i - 1);
        CONTINUE WHEN (condition -> 'taken')::integer <> passed;
        path := condition ->> CASE WHEN passed IS NULL THEN 'path'
            ELSE 'rest' END;
        result[i] := NULL;
        IF pg_catalog.jsonb_path_exists(value, path::jsonpath) THEN
            result[i] := pg_catalog.jsonb_path_exists(
                value, (path || '[*] ? (@ == $text || @ == $scalar)'
                    )::jsonpath, condition -> 'variables');
        END IF;
    END LOOP;
    RETURN result;
END
$conditions_match$;
COMMENT ON FUNCTION
    tmf.conditions_match(jsonb, jsonb, integer, boolean[]) IS
    'Which conditions of a JSON Patch Query a value fulfils';

-- The path of a JSON Patch Query passes through arrays without an index, by
-- every element for which the conditions hold; with conditions it ends at
-- the elements of an array, not at the array, unless something is added.
-- The left side of a condition is tried from the innermost element on the
-- way; if nothing is there, from the top, where the arrays on the way are
-- passed by the same elements. In other arrays any element may match.
CREATE OR REPLACE FUNCTION tmf.query_places(
    doc jsonb, path text, adds boolean)
RETURNS TABLE (place text[])
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $query_places$
DECLARE
    mark integer := pg_catalog.strpos(path, '?');
    names text[] := tmf.pointer_names(
        CASE mark WHEN 0 THEN path ELSE pg_catalog.left(path, mark - 1) END);
    conditions jsonb := tmf.query_conditions(
        CASE mark WHEN 0 THEN '' ELSE pg_catalog.substr(path, mark + 1) END,
        names);
    n integer := pg_catalog.cardinality(names);
    -- an array is spread before the name that follows
    spread boolean[] := ARRAY(
        SELECT name COLLATE "C" !~ '^(?:-|0|[1-9][0-9]{0,8})$'
        FROM pg_catalog.unnest(names) AS name) || (mark > 0 AND NOT adds);
BEGIN
    RETURN QUERY
    WITH RECURSIVE way(place, indexes, value, passed, spreads, near, far) AS (
        SELECT '{}'::text[], '{}'::bigint[], doc, 0,
            spread[1] AND pg_catalog.jsonb_typeof(doc) = 'array',
            tmf.conditions_match(doc, conditions, NULL, '{}'),
            tmf.conditions_match(doc, conditions, 0, '{}')
        UNION ALL
        SELECT way.place || step.name, way.indexes || step.index, step.value,
            step.passed, spread[step.passed + 1]
                AND pg_catalog.jsonb_typeof(step.value) = 'array',
            CASE WHEN pg_catalog.jsonb_typeof(way.value) = 'array'
                THEN tmf.conditions_match(step.value, conditions, NULL, '{}')
                ELSE way.near END,
            tmf.conditions_match(step.value, conditions, step.passed,
                                 way.far)
        FROM way, LATERAL (
            SELECT (element.i - 1)::text, element.i, element.value,
                way.passed
            FROM pg_catalog.jsonb_array_elements(
                    CASE WHEN way.spreads THEN way.value ELSE '[]' END)
                WITH ORDINALITY AS element(value, i)
            UNION ALL
            SELECT names[way.passed + 1], 0, member.value, way.passed + 1
            FROM (SELECT tmf.value_at(
                      way.value, names[way.passed + 1 : way.passed + 1]))
                AS member(value)
            WHERE way.spreads IS NOT TRUE AND way.passed < n
              AND (member.value IS NOT NULL
                   OR adds AND way.passed + 1 = n
                      AND pg_catalog.jsonb_typeof(way.value)
                          IN ('object', 'array'))
        ) AS step(name, index, value, passed)
    )
    SELECT way.place
    FROM way
    WHERE way.passed = n AND way.spreads IS NOT TRUE
      AND NOT EXISTS (
        SELECT
        FROM pg_catalog.generate_series(
            1, pg_catalog.jsonb_array_length(conditions)) AS c(i)
        WHERE coalesce(way.near[c.i], way.far[c.i]) IS NOT TRUE)
    ORDER BY way.indexes DESC;      -- what is removed moves what follows
END
$query_places$;
COMMENT ON FUNCTION tmf.query_places(jsonb, text, boolean) IS
    'The places that the path of a JSON Patch Query stands for, last first';

CREATE OR REPLACE FUNCTION tmf.patch_places(
    doc jsonb, path text, query boolean, adds boolean)
RETURNS TABLE (place text[])
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $patch_places$
BEGIN
    IF query THEN
        RETURN QUERY SELECT q.place
                     FROM tmf.query_places(doc, path, adds) AS q(place);
    ELSE
        RETURN QUERY SELECT tmf.pointer_names(path);
    END IF;
END
$patch_places$;
COMMENT ON FUNCTION tmf.patch_places(jsonb, text, boolean, boolean) IS
    'The places of an operation of a patch, which need not be there';

CREATE OR REPLACE FUNCTION tmf.patch_fault(
    pointer text, rule text, message text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.jsonb_build_object('faults', pg_catalog.jsonb_build_array(
    tmf.fault(pointer, rule, message)));
COMMENT ON FUNCTION tmf.patch_fault(text, text, text) IS
    'What tmf.json_patch() gives if an operation fails';

CREATE OR REPLACE FUNCTION tmf.nests_deeper(value jsonb, levels integer)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) IN ('object', 'array')
    THEN levels < 1 OR pg_catalog.jsonb_path_exists(value, (
        'strict $.**{' || levels || ' to last}'
        ' ? (@.type() == "object" || @.type() == "array")')::jsonpath)
    ELSE false END;
COMMENT ON FUNCTION tmf.nests_deeper(jsonb, integer) IS
    'Whether objects and arrays in a value are nested deeper than that';

-- Every copy can double a document: the size is held against the bound at
-- each step. It is that of jsonb, about that of the text. A document that
-- was larger before may not grow. 64 is the bound for the nesting of bodies.
CREATE OR REPLACE FUNCTION tmf.json_patch(
    doc jsonb, ops jsonb, query boolean DEFAULT false,
    most integer DEFAULT 1048576)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $json_patch$
DECLARE
    result jsonb := doc;
    list jsonb := CASE WHEN query AND pg_catalog.jsonb_typeof(ops) = 'object'
        THEN pg_catalog.jsonb_build_array(ops) ELSE ops END;
    op jsonb;
    pointer text;               -- of the operation
    todo text;
    path text;
    value jsonb;
    place text[];
    found integer;
    places integer := 0;        -- in all
    room integer := greatest(most, pg_catalog.pg_column_size(doc || '{}'));
BEGIN
    FOR i IN 0 .. pg_catalog.jsonb_array_length(list) - 1 LOOP
        op := list -> i;
        pointer := CASE WHEN list = ops THEN '/' || i ELSE '' END;
        todo := op ->> 'op';
        path := op ->> 'path';
        value := op -> CASE WHEN todo IN ('move', 'copy') THEN 'from'
            ELSE 'value' END;
        IF (todo IN ('add', 'remove', 'replace', 'move', 'copy', 'test'))
               IS NOT TRUE
           OR (CASE WHEN query THEN pg_catalog.split_part(path, '?', 1)
               ELSE path END COLLATE "C"
               ~ '^(?:/(?:[^~]|~[01])*)?$') IS NOT TRUE
           OR (value IS NULL AND todo <> 'remove') THEN
            RETURN tmf.patch_fault(pointer, 'operation',
                                   'is not an operation of a patch');
        END IF;

        IF todo IN ('move', 'copy') THEN
            found := 0;
            FOR place IN
                SELECT q.place
                FROM tmf.patch_places(result, op ->> 'from', query, false)
                    AS q(place)
            LOOP
                found := found + 1;
                value := tmf.value_at(result, place);
            END LOOP;
            IF found <> 1 OR value IS NULL THEN
                RETURN tmf.patch_fault(
                    pointer || '/from', 'path', CASE WHEN found > 1
                        THEN 'stands for more than one place'
                        ELSE 'leads nowhere' END);
            END IF;
            IF todo = 'move' AND op -> 'from' = op -> 'path' THEN
                CONTINUE;
            ELSIF todo = 'move' AND pg_catalog.starts_with(
                    path, op ->> 'from' || '/') THEN
                RETURN tmf.patch_fault(pointer || '/path', 'path',
                                       'is inside of what is moved');
            ELSIF todo = 'move' THEN
                result := tmf.patch_at(result, 'remove', place, NULL);
            END IF;
            todo := 'add';
        END IF;

        found := 0;
        FOR place IN
            SELECT q.place
            FROM tmf.patch_places(result, path, query, todo = 'add')
                AS q(place)
        LOOP
            found := found + 1;
            places := places + 1;
            IF places > 1000 THEN
                RETURN tmf.patch_fault(pointer || '/path', 'path',
                                       'makes it more than 1000 places');
            END IF;
            IF todo = 'test' THEN
                CONTINUE WHEN tmf.value_at(result, place) = value;
                RETURN tmf.patch_fault(pointer, 'test', 'fails: there is '
                    'another value or none at ' || pg_catalog.left(path, 255));
            END IF;
            IF query AND todo = 'add'
               AND pg_catalog.jsonb_typeof(value) <> 'array'
               AND pg_catalog.jsonb_typeof(tmf.value_at(result, place))
                   = 'array' THEN
                place := place || '-'::text;
            END IF;
            result := tmf.patch_at(result, todo, place, value);
            IF result IS NULL THEN
                RETURN tmf.patch_fault(pointer || '/path', 'path',
                                       'leads nowhere');
            ELSIF pg_catalog.pg_column_size(result) > room THEN
                RETURN tmf.patch_fault(pointer, 'size',
                                       'makes the resource too large');
            ELSIF todo <> 'remove' AND tmf.nests_deeper(
                    value, 64 - pg_catalog.cardinality(place)) THEN
                RETURN tmf.patch_fault(pointer, 'depth',
                                       'nests deeper than 64 levels');
            END IF;
        END LOOP;
        IF found = 0 AND todo = 'test' THEN
            RETURN tmf.patch_fault(pointer, 'test', 'fails: there is nothing'
                ' at ' || pg_catalog.left(path, 255));
        ELSIF found = 0 THEN
            RETURN tmf.patch_fault(pointer || '/path', 'path',
                                   'leads nowhere');
        END IF;
    END LOOP;
    RETURN pg_catalog.jsonb_build_object('doc', result);
END
$json_patch$;
COMMENT ON FUNCTION tmf.json_patch(jsonb, jsonb, boolean, integer) IS
    'A document after a JSON Patch (RFC 6902), or JSON Patch Query (TMF630),'
    ' as {"doc": ...}; or why not, as {"faults": [violation]}';

-- Shapes are what spec/tmf_shape.h makes of a schema.
CREATE OR REPLACE FUNCTION tmf.shape_of(
    value jsonb, shapes jsonb, n integer)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN shapes -> coalesce(
    (shapes #> ARRAY[n::text, 'subtypes', value ->> '@type'])::integer, n);
COMMENT ON FUNCTION tmf.shape_of(jsonb, jsonb, integer) IS
    'The shape of a value: that of its @type, if this is declared';

CREATE OR REPLACE FUNCTION tmf.shape_fault(value jsonb, shape jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $shape_fault$
DECLARE
    kind text := pg_catalog.jsonb_typeof(value);
    wanted text := shape ->> 'type';
    scalar text := value #>> '{}';
BEGIN
    IF wanted = 'integer' AND kind = 'number' AND scalar::numeric % 1 = 0 THEN
        RETURN NULL;
    ELSIF wanted <> kind THEN
        RETURN 'type';
    ELSIF kind <> 'string' OR wanted IS NULL THEN
        RETURN NULL;
    ELSIF NOT shape -> 'enum' ? scalar THEN
        RETURN 'enum';
    END IF;
    RETURN CASE WHEN CASE shape ->> 'format'
        WHEN 'date-time' THEN tmf.instant(scalar) IS NULL
        WHEN 'date' THEN pg_catalog.length(scalar) <> 10
            OR tmf.instant(scalar) IS NULL
        WHEN 'byte' THEN scalar COLLATE "C" !~ '^[A-Za-z0-9+/]*={0,2}$'
        END THEN 'format' END;
END
$shape_fault$;
COMMENT ON FUNCTION tmf.shape_fault(jsonb, jsonb) IS
    'The rule of its shape that a value itself breaks, or NULL';

-- strict: an object has what is required and nothing that isn't declared.
-- From 100 violations on none is looked for: an array can have very many.
CREATE OR REPLACE FUNCTION tmf.shape_faults(
    value jsonb, shapes jsonb, n integer, pointer text, strict boolean)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $shape_faults$
DECLARE
    shape jsonb := tmf.shape_of(value, shapes, n);
    rule text := tmf.shape_fault(value, shape);
    faults jsonb := '[]';
    name text;
    part jsonb;
    i bigint;
BEGIN
    IF rule IS NOT NULL THEN
        RETURN pg_catalog.jsonb_build_array(tmf.fault(
            pointer, rule, CASE rule
                WHEN 'type' THEN 'must be of the type ' || (shape ->> 'type')
                WHEN 'enum' THEN 'must be one of the declared values'
                ELSE 'must be of the format ' || (shape ->> 'format') END));
    END IF;
    IF pg_catalog.jsonb_typeof(value) = 'array' AND shape ? 'items' THEN
        FOR part, i IN
            SELECT e.value, e.i
            FROM pg_catalog.jsonb_array_elements(value)
                WITH ORDINALITY AS e(value, i)
        LOOP
            EXIT WHEN pg_catalog.jsonb_array_length(faults) >= 100;
            faults := faults || tmf.shape_faults(
                part, shapes, (shape -> 'items')::integer,
                pointer || '/' || (i - 1), strict);
        END LOOP;
    ELSIF pg_catalog.jsonb_typeof(value) = 'object' THEN
        FOR name, part IN
            SELECT m.key, m.value FROM pg_catalog.jsonb_each(value) AS m
        LOOP
            EXIT WHEN pg_catalog.jsonb_array_length(faults) >= 100;
            faults := faults || tmf.member_faults(
                name, part, shapes, shape, pointer, strict);
        END LOOP;
        FOR name IN
            SELECT r.name
            FROM pg_catalog.jsonb_array_elements_text(shape -> 'required')
                AS r(name)
            WHERE strict AND NOT value ? r.name
        LOOP
            faults := faults || tmf.fault(tmf.pointer_to(pointer, name),
                                          'required', 'is required');
        END LOOP;
    END IF;
    RETURN faults;
END
$shape_faults$;
COMMENT ON FUNCTION tmf.shape_faults(jsonb, jsonb, integer, text, boolean) IS
    'What in a value is not as the definition says: an array of violations';

CREATE OR REPLACE FUNCTION tmf.member_faults(
    name text, value jsonb, shapes jsonb, shape jsonb, pointer text,
    strict boolean)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $member_faults$
BEGIN
    IF shape -> 'properties' ? name THEN
        RETURN tmf.shape_faults(
            value, shapes, (shape #> ARRAY['properties', name])::integer,
            tmf.pointer_to(pointer, name), strict);
    ELSIF strict AND shape ? 'properties'
          AND NOT pg_catalog.starts_with(name, '@') THEN
        RETURN pg_catalog.jsonb_build_array(tmf.fault(
            tmf.pointer_to(pointer, name), 'unknown', 'is not declared'));
    END IF;
    RETURN '[]';
END
$member_faults$;
COMMENT ON FUNCTION
    tmf.member_faults(text, jsonb, jsonb, jsonb, text, boolean) IS
    'tmf.shape_faults() of a member of an object';

-- The rule is what store/tmf_rule.h makes of a resource, each part optional:
-- fixed (attributes that keep their values), required, oneOf (groups), state
-- and transitions (of this attribute: new values by old ones), shapes and
-- strict (for what changes), most (bytes, as in tmf.json_patch()).
DROP FUNCTION IF EXISTS
    tmf.patch_faults(jsonb, jsonb, text[], text[], jsonb);
CREATE OR REPLACE FUNCTION tmf.patch_faults(
    doc jsonb, patched jsonb, rule jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $patch_faults$
DECLARE
    before jsonb := pg_catalog.jsonb_strip_nulls(doc);
    result jsonb := pg_catalog.jsonb_strip_nulls(patched);
    shapes jsonb := rule -> 'shapes';
    fixed jsonb := coalesce(rule -> 'fixed', '[]');
    required jsonb := coalesce(rule -> 'required', '[]');
    groups jsonb := coalesce(rule -> 'oneOf', '[]');
    state text := rule ->> 'state';
    faults jsonb := '[]';
    name text;
    part jsonb;
BEGIN
    IF pg_catalog.jsonb_typeof(result) IS DISTINCT FROM 'object' THEN
        RETURN pg_catalog.jsonb_build_array(
            tmf.fault('', 'type', 'must be an object'));
    END IF;
    IF rule ? 'most' AND pg_catalog.pg_column_size(result) > greatest(
            (rule -> 'most')::bigint, pg_catalog.pg_column_size(before)) THEN
        faults := faults || tmf.fault('', 'size',
                                      'makes the resource too large');
    END IF;
    -- by value: many clients write 12.30 back as 12.3
    FOR i IN 0 .. pg_catalog.jsonb_array_length(fixed) - 1 LOOP
        name := fixed ->> i;
        IF result -> name IS DISTINCT FROM before -> name THEN
            faults := faults || tmf.fault(tmf.pointer_to('', name),
                                          'readOnly', 'cannot be changed');
        END IF;
    END LOOP;
    FOR i IN 0 .. pg_catalog.jsonb_array_length(required) - 1 LOOP
        name := required ->> i;
        IF NOT result ? name THEN
            faults := faults || tmf.fault(tmf.pointer_to('', name),
                                          'required', 'is required');
        END IF;
    END LOOP;
    FOR i IN 0 .. pg_catalog.jsonb_array_length(groups) - 1 LOOP
        part := groups -> i;
        IF NOT result ?| ARRAY(
            SELECT pg_catalog.jsonb_array_elements_text(part))
        THEN
            faults := faults || tmf.fault('', 'oneOf',
                'needs at least one of ' || (
                    SELECT pg_catalog.string_agg(e.attribute, ', ')
                    FROM pg_catalog.jsonb_array_elements_text(part)
                        AS e(attribute)));
        END IF;
    END LOOP;
    IF rule ? 'transitions' AND before ? state
       AND result -> state IS DISTINCT FROM before -> state
       AND (rule #> ARRAY['transitions', before ->> state]
            ? (result ->> state)) IS NOT TRUE THEN
        faults := faults || tmf.fault(tmf.pointer_to('', state), 'transition',
            'cannot follow the present value');
    END IF;
    IF shapes IS NOT NULL THEN
        FOR name, part IN
            SELECT m.key, m.value
            FROM pg_catalog.jsonb_each(result) AS m
            WHERE m.value IS DISTINCT FROM before -> m.key
        LOOP
            EXIT WHEN pg_catalog.jsonb_array_length(faults) >= 100;
            faults := faults || tmf.member_faults(
                name, part, shapes, tmf.shape_of(result, shapes, 0), '',
                (rule -> 'strict')::boolean);
        END LOOP;
    END IF;
    RETURN nullif(faults, '[]');
END
$patch_faults$;
COMMENT ON FUNCTION tmf.patch_faults(jsonb, jsonb, jsonb) IS
    'Why a patched document may not be stored: an array of violations,'
    ' or NULL';

CREATE OR REPLACE FUNCTION tmf.with_fixed(
    patched jsonb, doc jsonb, names text[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN patched || coalesce((
    SELECT pg_catalog.jsonb_object_agg(m.key, m.value)
    FROM pg_catalog.jsonb_each(doc) AS m
    WHERE m.key = ANY (names)), '{}');
COMMENT ON FUNCTION tmf.with_fixed(jsonb, jsonb, text[]) IS
    'A patched document with some attributes as they were, digit by digit';

CREATE OR REPLACE FUNCTION tmf.json_patch_faults(
    doc jsonb, patched jsonb, rule jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $json_patch_faults$
BEGIN
    RETURN coalesce(patched -> 'faults',
                    tmf.patch_faults(doc, patched -> 'doc', rule));
END
$json_patch_faults$;
COMMENT ON FUNCTION tmf.json_patch_faults(jsonb, jsonb, jsonb) IS
    'The same of what tmf.json_patch() has given';

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
REVOKE ALL ON tmf.idempotency FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT SELECT,
    INSERT (data_set, client, key, fingerprint, base, id, body, seq, version,
            updated)
    ON tmf.idempotency TO tmf_app;
REVOKE ALL ON FUNCTION tmf.purge_idempotency(interval, integer)
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT EXECUTE ON FUNCTION tmf.purge_idempotency(interval, integer) TO tmf_app;
REVOKE ALL ON FUNCTION
    tmf.new_id(), tmf.merge_patch(jsonb, jsonb),
    tmf.pointer_names(text), tmf.pointer_to(text, text),
    tmf.fault(text, text, text), tmf.patch_fault(text, text, text),
    tmf.value_at(jsonb, text[]),
    tmf.patch_at(jsonb, text, text[], jsonb), tmf.query_text(text),
    tmf.json_path(text[]), tmf.query_conditions(text, text[]),
    tmf.conditions_match(jsonb, jsonb, integer, boolean[]),
    tmf.query_places(jsonb, text, boolean),
    tmf.patch_places(jsonb, text, boolean, boolean),
    tmf.nests_deeper(jsonb, integer),
    tmf.json_patch(jsonb, jsonb, boolean, integer),
    tmf.shape_of(jsonb, jsonb, integer), tmf.shape_fault(jsonb, jsonb),
    tmf.shape_faults(jsonb, jsonb, integer, text, boolean),
    tmf.member_faults(text, jsonb, jsonb, jsonb, text, boolean),
    tmf.patch_faults(jsonb, jsonb, jsonb),
    tmf.json_patch_faults(jsonb, jsonb, jsonb),
    tmf.with_fixed(jsonb, jsonb, text[]),
    tmf.pick(jsonb, jsonb), tmf.instant(text),
    tmf.keep(), tmf.refuse_truncate()
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT EXECUTE ON FUNCTION
    tmf.new_id(), tmf.merge_patch(jsonb, jsonb),
    tmf.pointer_names(text), tmf.pointer_to(text, text),
    tmf.fault(text, text, text), tmf.patch_fault(text, text, text),
    tmf.value_at(jsonb, text[]),
    tmf.patch_at(jsonb, text, text[], jsonb), tmf.query_text(text),
    tmf.json_path(text[]), tmf.query_conditions(text, text[]),
    tmf.conditions_match(jsonb, jsonb, integer, boolean[]),
    tmf.query_places(jsonb, text, boolean),
    tmf.patch_places(jsonb, text, boolean, boolean),
    tmf.nests_deeper(jsonb, integer),
    tmf.json_patch(jsonb, jsonb, boolean, integer),
    tmf.shape_of(jsonb, jsonb, integer), tmf.shape_fault(jsonb, jsonb),
    tmf.shape_faults(jsonb, jsonb, integer, text, boolean),
    tmf.member_faults(text, jsonb, jsonb, jsonb, text, boolean),
    tmf.patch_faults(jsonb, jsonb, jsonb),
    tmf.json_patch_faults(jsonb, jsonb, jsonb),
    tmf.with_fixed(jsonb, jsonb, text[]),
    tmf.pick(jsonb, jsonb), tmf.instant(text)
    TO tmf_app, tmf_billing, tmf_readonly;

INSERT INTO tmf.migration (number, name) VALUES (1, 'base')
    ON CONFLICT (number) DO NOTHING;

COMMIT;
