-- Events: who wants them, the outbox that the writers' own transactions
-- fill, and what is delivered to whom. For psql; running it again is
-- harmless. See sql/README.
\set ON_ERROR_STOP on

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;

DO $check$
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtext('mod_tmf ddl'));
END
$check$;

SET LOCAL ROLE tmf_owner;

-- ------------------------------------------------------------- sequences
-- The order of events within one resource is the order of their numbers: the
-- number is drawn while the writer holds the row. So these have no cache.

CREATE SEQUENCE IF NOT EXISTS tmf.event_seq;
COMMENT ON SEQUENCE tmf.event_seq IS
    'Numbers of events, and of the places from which subscriptions begin';

-- A lane that comes back after it was empty must not have old numbers again.
CREATE SEQUENCE IF NOT EXISTS tmf.fence_seq;
COMMENT ON SEQUENCE tmf.fence_seq IS 'Numbers of leases, none given twice';

CREATE UNLOGGED SEQUENCE IF NOT EXISTS tmf.wake_seq;
COMMENT ON SEQUENCE tmf.wake_seq IS
    'Milliseconds of Unix time when senders were last notified';

-- Event triggers look at this first: a sequence is read in a fraction of the
-- time of a table, and what it says doesn't depend on snapshots.
CREATE SEQUENCE IF NOT EXISTS tmf.subscribed_seq;
COMMENT ON SEQUENCE tmf.subscribed_seq IS
    'Has a value as long as there may be subscriptions';

-- ---------------------------------------------------------------- tables

CREATE TABLE IF NOT EXISTS tmf.subscription (
    id text COLLATE "C" PRIMARY KEY DEFAULT tmf.new_id(),
    data_set text COLLATE "C" NOT NULL,
    mount text NOT NULL,
    base text NOT NULL,
    callback text NOT NULL,
    query text,
    seq bigint NOT NULL DEFAULT pg_catalog.nextval('tmf.event_seq'),
    state text NOT NULL DEFAULT 'active'
        CHECK (state IN ('active', 'disabled')),
    why text,
    created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX IF NOT EXISTS subscription_active
    ON tmf.subscription (data_set, seq) WHERE state = 'active';
COMMENT ON TABLE tmf.subscription IS 'Who wants events, made by POST /hub';
COMMENT ON COLUMN tmf.subscription.id IS 'Identifier below /hub';
COMMENT ON COLUMN tmf.subscription.data_set IS 'Whose events it gets';
COMMENT ON COLUMN tmf.subscription.mount IS
    'Path of the API where it was made';
COMMENT ON COLUMN tmf.subscription.base IS
    'Public base of that API then: hrefs in its events begin so';
COMMENT ON COLUMN tmf.subscription.callback IS 'Where events are sent';
COMMENT ON COLUMN tmf.subscription.query IS
    'Which events, and which of their attributes; null: all';
COMMENT ON COLUMN tmf.subscription.seq IS
    'It gets events with greater numbers';
COMMENT ON COLUMN tmf.subscription.state IS 'active or disabled';
COMMENT ON COLUMN tmf.subscription.why IS 'Why it is disabled';
COMMENT ON COLUMN tmf.subscription.created IS 'When it was made';

CREATE OR REPLACE FUNCTION tmf.note_subscription() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $note_subscription$
BEGIN
    PERFORM nextval('tmf.subscribed_seq');
    RETURN NULL;
END
$note_subscription$;
COMMENT ON FUNCTION tmf.note_subscription() IS
    'Statement trigger of subscriptions: from now on events are recorded';
CREATE OR REPLACE TRIGGER tmf_note
    BEFORE INSERT ON tmf.subscription
    FOR EACH STATEMENT EXECUTE FUNCTION tmf.note_subscription();

CREATE TABLE IF NOT EXISTS tmf.subscription_secret (
    subscription text COLLATE "C" NOT NULL
        REFERENCES tmf.subscription ON DELETE CASCADE,
    place smallint NOT NULL CHECK (place IN (1, 2)),
    secret text NOT NULL CHECK (secret ~
            '^whsec_([A-Za-z0-9+/]{4})*'
            '([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
        AND pg_catalog.length(pg_catalog.decode(
            pg_catalog.substr(secret, 7), 'base64')) BETWEEN 24 AND 64),
    made timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (subscription, place)
);
COMMENT ON TABLE tmf.subscription_secret IS
    'What events are signed with; two while one takes the other''s place';
COMMENT ON COLUMN tmf.subscription_secret.subscription IS
    'Whose events it signs';
COMMENT ON COLUMN tmf.subscription_secret.place IS '1 or 2';
COMMENT ON COLUMN tmf.subscription_secret.secret IS
    'whsec_ and 24 to 64 bytes in base64 (Standard Webhooks)';
COMMENT ON COLUMN tmf.subscription_secret.made IS 'When it was attached';

-- No CHECK constraints from here on: PostgreSQL would read them anew for each
-- statement, and nobody but our own functions writes what they would check.
CREATE TABLE IF NOT EXISTS tmf.outbox (
    seq bigint PRIMARY KEY DEFAULT pg_catalog.nextval('tmf.event_seq'),
    event_id text NOT NULL DEFAULT tmf.new_id(),
    occurred timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    data_set text COLLATE "C" NOT NULL,
    resource text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    event_type text NOT NULL,
    kind text NOT NULL,
    field_path text,
    correlation text,
    doc jsonb COMPRESSION lz4 NOT NULL,
    relayed boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS outbox_waiting
    ON tmf.outbox (data_set, seq) WHERE NOT relayed;
COMMENT ON TABLE tmf.outbox IS
    'Events, written by the transaction that made them happen';
COMMENT ON COLUMN tmf.outbox.seq IS 'Number; the order within a resource';
COMMENT ON COLUMN tmf.outbox.event_id IS 'eventId';
COMMENT ON COLUMN tmf.outbox.occurred IS 'eventTime';
COMMENT ON COLUMN tmf.outbox.data_set IS 'Schema of the resource''s table';
COMMENT ON COLUMN tmf.outbox.resource IS 'Path segment of the resource';
COMMENT ON COLUMN tmf.outbox.resource_id IS 'id of the resource';
COMMENT ON COLUMN tmf.outbox.event_type IS 'eventType';
COMMENT ON COLUMN tmf.outbox.kind IS 'create, attribute, state or delete';
COMMENT ON COLUMN tmf.outbox.field_path IS
    'What changed: dotted paths, separated by commas';
COMMENT ON COLUMN tmf.outbox.correlation IS
    'correlationId, from the request';
COMMENT ON COLUMN tmf.outbox.doc IS
    'The document as it was then; the last one of what was deleted';
COMMENT ON COLUMN tmf.outbox.relayed IS
    'Its deliveries have been made';

-- No foreign keys either: a subscription with a million deliveries
-- goes at once, and purge() sweeps up behind it.
CREATE TABLE IF NOT EXISTS tmf.delivery (
    subscription text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    event_id text NOT NULL,
    event_type text NOT NULL,
    lane text COLLATE "C" NOT NULL,
    body text COMPRESSION lz4 NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    status integer,
    failure text,
    made timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    delivered timestamptz,
    PRIMARY KEY (subscription, seq)
);
CREATE INDEX IF NOT EXISTS delivery_pending
    ON tmf.delivery (subscription, lane, seq) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS delivery_delivered
    ON tmf.delivery (delivered) WHERE delivered IS NOT NULL;
COMMENT ON TABLE tmf.delivery IS 'One event for one subscription';
COMMENT ON COLUMN tmf.delivery.subscription IS 'Whom it goes to';
COMMENT ON COLUMN tmf.delivery.seq IS 'Number of the event';
COMMENT ON COLUMN tmf.delivery.event_id IS 'eventId';
COMMENT ON COLUMN tmf.delivery.event_type IS 'eventType';
COMMENT ON COLUMN tmf.delivery.lane IS
    'Resource and id: within a lane events keep their order';
COMMENT ON COLUMN tmf.delivery.body IS
    'The bytes to be sent, the same at every attempt';
COMMENT ON COLUMN tmf.delivery.state IS 'pending, delivered or skipped';
COMMENT ON COLUMN tmf.delivery.attempts IS 'How often it was sent';
COMMENT ON COLUMN tmf.delivery.status IS
    'HTTP status of the last attempt; null: no answer';
COMMENT ON COLUMN tmf.delivery.failure IS 'What the last attempt lacked';
COMMENT ON COLUMN tmf.delivery.made IS 'When it was made';
COMMENT ON COLUMN tmf.delivery.delivered IS
    'When it was delivered or skipped';

CREATE TABLE IF NOT EXISTS tmf.lane (
    subscription text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    due timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    fence bigint NOT NULL DEFAULT 0,
    sent bigint,
    attempts integer NOT NULL DEFAULT 0,
    parked boolean NOT NULL DEFAULT false,
    status integer,
    failure text,
    PRIMARY KEY (subscription, lane)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 2000,
        autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 10000);
CREATE INDEX IF NOT EXISTS lane_due
    ON tmf.lane (subscription, due) WHERE NOT parked;
COMMENT ON TABLE tmf.lane IS
    'The deliveries of one resource to one subscription, as long as there'
    ' are pending ones: one at a time, in order';
COMMENT ON COLUMN tmf.lane.subscription IS 'Whom they go to';
COMMENT ON COLUMN tmf.lane.lane IS 'Resource and id';
COMMENT ON COLUMN tmf.lane.due IS
    'When it may be taken: the next attempt, or the end of the lease';
COMMENT ON COLUMN tmf.lane.fence IS
    'Number of the lease: who has an older one has lost it';
COMMENT ON COLUMN tmf.lane.sent IS
    'Number of the event that the lease is for; null: no lease';
COMMENT ON COLUMN tmf.lane.attempts IS
    'Attempts of the first pending delivery that failed';
COMMENT ON COLUMN tmf.lane.parked IS 'It waits for an operator';
COMMENT ON COLUMN tmf.lane.status IS
    'HTTP status of the last attempt; null: no answer';
COMMENT ON COLUMN tmf.lane.failure IS 'What the last attempt lacked';

-- --------------------------------------------------------------- writers

-- By text, as versions are: 12.30 and 12.3 are equal as jsonb.
CREATE OR REPLACE FUNCTION tmf.changed_paths(
    before jsonb, later jsonb, prefix text DEFAULT '')
RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $changed_paths$
DECLARE
    name text;
    old jsonb;
    new jsonb;
BEGIN
    FOR name IN SELECT pg_catalog.jsonb_object_keys(before || later) LOOP
        old := before -> name;
        new := later -> name;
        CONTINUE WHEN old::text IS NOT DISTINCT FROM new::text;
        IF pg_catalog.jsonb_typeof(old) = 'object'
           AND pg_catalog.jsonb_typeof(new) = 'object' THEN
            RETURN QUERY SELECT tmf.changed_paths(old, new,
                                                  prefix || name || '.');
        ELSE
            RETURN NEXT prefix || name;
        END IF;
    END LOOP;
END
$changed_paths$;
COMMENT ON FUNCTION tmf.changed_paths(jsonb, jsonb, text) IS
    'Dotted paths of what differs between two objects; arrays are compared'
    ' as a whole';

-- Its trigger has WHEN (pg_sequence_last_value('tmf.subscribed_seq') IS NOT
-- NULL): without subscriptions a writer pays next to nothing.
-- The rule is the trigger's argument, a JSON object: resource (path
-- segment), type (what the events' names begin with), state (the state
-- attribute), touched (attributes that follow every change), events (kinds
-- that are declared). It runs while the writer holds the row, so the numbers
-- of the events of one resource are in the order of its changes.
CREATE OR REPLACE FUNCTION tmf.record_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $record_event$
DECLARE
    rule jsonb;
    declared jsonb;
    state text;
    quiet text[];
    path text;
    kinds text[] := '{}';
    one text;
    subject text;
    snapshot jsonb;
    now_ms bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.version = OLD.version THEN
        RETURN NULL;
    END IF;
    -- an older snapshot may not show a subscription that is there
    IF NOT EXISTS (SELECT FROM tmf.subscription AS s
                   WHERE s.data_set = TG_TABLE_SCHEMA AND s.state = 'active')
       AND current_setting('transaction_isolation') = 'read committed' THEN
        RETURN NULL;
    END IF;
    rule := TG_ARGV[0];
    declared := rule -> 'events';
    IF TG_OP = 'DELETE' THEN
        kinds := '{delete}';
        subject := OLD.id;
        snapshot := OLD.doc;
    ELSE
        kinds := '{create}';
        subject := NEW.id;
        snapshot := NEW.doc;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        kinds := '{}';
        state := rule ->> 'state';
        IF declared ? 'state' AND (OLD.doc -> state)::text
           IS DISTINCT FROM (NEW.doc -> state)::text THEN
            kinds := '{state}';
            quiet := ARRAY[state];
        END IF;
        IF declared ? 'attribute' THEN
            quiet := coalesce(quiet, '{}') || ARRAY(
                SELECT jsonb_array_elements_text(rule -> 'touched'));
            path := (SELECT string_agg(c, ',') FROM tmf.changed_paths(
                OLD.doc - quiet, NEW.doc - quiet) AS c);
            IF path IS NULL AND kinds = '{}' THEN
                -- a writer who changed nothing else meant to change these
                path := (SELECT string_agg(c, ',')
                         FROM tmf.changed_paths(OLD.doc, NEW.doc) AS c);
            END IF;
            IF path IS NOT NULL THEN
                kinds := '{attribute}' || kinds;
            END IF;
        END IF;
    ELSIF NOT declared ? kinds[1] THEN
        RETURN NULL;
    END IF;
    FOREACH one IN ARRAY kinds LOOP
        INSERT INTO tmf.outbox (data_set, resource, resource_id, event_type,
                                kind, field_path, correlation, doc)
        VALUES (TG_TABLE_SCHEMA, rule ->> 'resource', subject,
                (rule ->> 'type') || CASE one
                    WHEN 'create' THEN 'CreateEvent'
                    WHEN 'attribute' THEN 'AttributeValueChangeEvent'
                    WHEN 'state' THEN 'StateChangeEvent'
                    ELSE 'DeleteEvent' END,
                one, CASE one WHEN 'attribute' THEN path END,
                nullif(current_setting('tmf.correlation', true), ''),
                snapshot);
    END LOOP;
    -- A transaction that has notified can't be prepared: who wants to (XA) sets
    -- this off, and senders find his events when they look next.
    IF NOT FOUND OR lower(current_setting('tmf.notify', true))
                    IN ('off', 'false', 'no', '0') THEN
        RETURN NULL;
    END IF;
    -- Commits that notify wait for each other, so only one in a while does;
    -- who was left out is found by the sender that another one has woken.
    now_ms := EXTRACT(epoch FROM clock_timestamp()) * 1000;
    IF now_ms - coalesce(pg_sequence_last_value('tmf.wake_seq'), 0)
       NOT BETWEEN 0 AND 20 THEN
        PERFORM setval('tmf.wake_seq', now_ms);
        PERFORM pg_notify('tmf_event', '');
    END IF;
    RETURN NULL;
END
$record_event$;
COMMENT ON FUNCTION tmf.record_event() IS
    'Row trigger of resource tables with events: writes them to the outbox';

-- ------------------------------------------------------------- the relay
-- It makes deliveries of the outbox's rows and their lanes, in the order of
-- subscription and lane, with
--   INSERT INTO tmf.lane (subscription, lane) ...
--   ON CONFLICT (subscription, lane) DO UPDATE SET due = lane.due
-- which waits for whoever is about to remove the lane.

-- What RFC 3986 calls unreserved stays, as in the server's own hrefs.
CREATE OR REPLACE FUNCTION tmf.path_segment(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $path_segment$
BEGIN
    IF name COLLATE "C" !~ '[^A-Za-z0-9._~-]' THEN
        RETURN name;
    END IF;
    RETURN (
        SELECT pg_catalog.string_agg(
            CASE WHEN pg_catalog.chr(b.byte) COLLATE "C"
                      ~ '[A-Za-z0-9._~-]' AND b.byte < 128
            THEN pg_catalog.chr(b.byte)
            ELSE '%' || pg_catalog.upper(pg_catalog.lpad(
                pg_catalog.to_hex(b.byte), 2, '0')) END, '' ORDER BY b.place)
        FROM (SELECT g.place, pg_catalog.get_byte(
                  pg_catalog.convert_to(name, 'UTF8'), g.place) AS byte
              FROM pg_catalog.generate_series(0,
                  pg_catalog.octet_length(name) - 1) AS g(place)) AS b);
END
$path_segment$;
COMMENT ON FUNCTION tmf.path_segment(text) IS
    'A text percent-encoded as one segment of a path';

CREATE OR REPLACE FUNCTION tmf.envelope(
    o tmf.outbox, base text, domain text)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $envelope$
DECLARE
    href text := base || '/' || o.resource || '/'
        || tmf.path_segment(o.resource_id);
    at text := to_char(o.occurred AT TIME ZONE 'UTC',
                       'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
    result jsonb;
BEGIN
    result := jsonb_build_object(
        'eventId', o.event_id, 'eventTime', at, 'eventType', o.event_type,
        'correlationId', o.correlation, 'domain', domain,
        'title', o.event_type,
        'description', o.resource || ' ' || o.resource_id || CASE o.kind
            WHEN 'create' THEN ' was created'
            WHEN 'attribute' THEN ' was changed'
            WHEN 'state' THEN ' has another state'
            ELSE ' was deleted' END,
        'priority', '1', 'timeOcurred', at, 'fieldPath', o.field_path);
    IF o.kind <> 'attribute' THEN
        result := result || jsonb_build_object('id', o.resource_id,
                                               'href', href);
    END IF;
    RETURN jsonb_strip_nulls(result) || jsonb_build_object(
        'event', jsonb_build_object(
            o.resource, o.doc || jsonb_build_object(
                'id', o.resource_id, 'href', href)));
END
$envelope$;
COMMENT ON FUNCTION tmf.envelope(tmf.outbox, text, text) IS
    'An event as it is sent, of an API with that public base and name';

CREATE OR REPLACE FUNCTION tmf.writers_of(of_data_set text)
RETURNS TABLE (virtualtransaction text, pid integer)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $writers_of$
    SELECT l.virtualtransaction, l.pid
    FROM pg_locks AS l
    JOIN pg_class AS c ON c.oid = l.relation
    WHERE l.locktype = 'relation' AND l.granted
      AND l.mode = 'RowExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_database AS d
                        WHERE d.datname = current_database())
      AND c.relnamespace = to_regnamespace(quote_ident(of_data_set))
      AND l.pid IS DISTINCT FROM pg_backend_pid()
$writers_of$;
COMMENT ON FUNCTION tmf.writers_of(text) IS
    'The transactions that are now writing to a data set; those without a'
    ' process are prepared';

-- A subscription is sure of what is written after it was committed. Writers
-- that were at work by then may have looked too early: whoever made it waits
-- for them before he says that it is there. What has been prepared has no
-- process; it keeps its locks, and so is waited for as well, also if it was
-- prepared meanwhile. One at a time looks, since a look stops everybody who
-- locks something; what it locks for that goes with the subtransaction,
-- however that ends, and not with the wait.
CREATE OR REPLACE FUNCTION tmf.await_writers(
    of_data_set text, longest interval DEFAULT '1 second')
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $await_writers$
DECLARE
    give_up timestamptz := clock_timestamp() + longest;
    pause double precision := 0.005;
    writers text[];
BEGIN
    WHILE writers IS NULL
          OR EXISTS (SELECT FROM pg_locks AS l
                     WHERE l.locktype = 'virtualxid' AND l.granted
                       AND l.virtualtransaction = ANY (writers))
          OR EXISTS (SELECT FROM tmf.writers_of(of_data_set) AS w
                     WHERE w.pid IS NULL) LOOP
        IF writers IS NULL THEN
            BEGIN
                IF pg_try_advisory_xact_lock(
                    hashtext('tmf.await_writers')) THEN
                    writers := ARRAY(SELECT DISTINCT w.virtualtransaction
                                     FROM tmf.writers_of(of_data_set) AS w);
                END IF;
                RAISE EXCEPTION USING ERRCODE = 'triggered_action_exception';
            EXCEPTION WHEN triggered_action_exception THEN
                CONTINUE WHEN writers IS NOT NULL;
            END;
        END IF;
        IF clock_timestamp() >= give_up THEN
            RETURN false;
        END IF;
        PERFORM pg_sleep(pause);
        pause := least(2 * pause, 0.05);
    END LOOP;
    RETURN true;
END
$await_writers$;
COMMENT ON FUNCTION tmf.await_writers(text, interval) IS
    'Wait for the end of all transactions that are now writing to a data'
    ' set; false: some are still not at their end';

-- ------------------------------------------------------------ the senders

-- In the order of delivery_pending and of no other index: for the order of
-- seq alone, PostgreSQL may go through all that was ever delivered.
CREATE OR REPLACE FUNCTION tmf.first_pending(whose text, which text)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $first_pending$
DECLARE
    found_lane text;
    found_seq bigint;
BEGIN
    SELECT d.lane, d.seq INTO found_lane, found_seq
    FROM tmf.delivery AS d
    WHERE d.subscription = whose AND d.lane >= which AND d.state = 'pending'
    ORDER BY d.lane, d.seq
    LIMIT 1;
    RETURN CASE WHEN found_lane = which THEN found_seq END;
END
$first_pending$;
COMMENT ON FUNCTION tmf.first_pending(text, text) IS
    'Number of the first pending delivery of a lane, or NULL';

-- One statement locks the lanes, another sees what was committed before
-- they were locked. With one snapshot for both, a delivery that another
-- sender has just completed would be sent again.
DROP FUNCTION IF EXISTS tmf.claim(interval, integer, text[], integer[],
                                  integer, text[]);
CREATE OR REPLACE FUNCTION tmf.claim(
    lease interval, most integer, held text[], held_counts integer[],
    per_subscription integer, data_sets text[], mounts text[] DEFAULT NULL)
RETURNS TABLE (
    subscription text, lane text, fence bigint, seq bigint, event_id text,
    event_type text, body text, callback text, mount text, data_set text,
    attempts integer, secrets text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $claim$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    whose text[];
    which text[];
    n bigint;
BEGIN
    WITH wanting AS MATERIALIZED (
        SELECT s.id, per_subscription - coalesce(h.n, 0) AS room
        FROM tmf.subscription AS s
        LEFT JOIN unnest(held, held_counts) AS h(id, n) ON h.id = s.id
        WHERE s.state = 'active' AND s.data_set = ANY (data_sets)
          AND (mounts IS NULL OR EXISTS (
              SELECT FROM unnest(data_sets, mounts) AS g(data_set, mount)
              WHERE g.data_set = s.data_set AND g.mount = s.mount))
        ORDER BY random()
    ), due AS MATERIALIZED (
        SELECT l.subscription, l.lane
        FROM wanting AS w
        CROSS JOIN LATERAL (
            SELECT k.subscription, k.lane
            FROM tmf.lane AS k
            WHERE k.subscription = w.id AND NOT k.parked AND k.due <= moment
            ORDER BY k.due
            LIMIT greatest(w.room, 0)
            FOR UPDATE SKIP LOCKED) AS l
        LIMIT most
    )
    SELECT array_agg(d.subscription), array_agg(d.lane)
    INTO whose, which
    FROM due AS d;
    IF whose IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        WITH marked AS (
            UPDATE tmf.lane AS t
            SET due = clock_timestamp() + lease,
                fence = nextval('tmf.fence_seq'),
                sent = d.seq
            FROM (SELECT g.subscription, g.lane,
                         tmf.first_pending(g.subscription, g.lane) AS seq
                  FROM unnest(whose, which) AS g(subscription, lane)
                  OFFSET 0) AS d
            WHERE t.subscription = d.subscription AND t.lane = d.lane
              AND d.seq IS NOT NULL
            RETURNING t.subscription, t.lane, t.fence, t.sent, t.attempts
        )
        SELECT m.subscription, m.lane, m.fence, m.sent, d.event_id,
               d.event_type, d.body, s.callback, s.mount, s.data_set,
               m.attempts, ARRAY(
                   SELECT c.secret
                   FROM tmf.subscription_secret AS c
                   WHERE c.subscription = m.subscription
                   ORDER BY c.made DESC)
        FROM marked AS m
        JOIN tmf.delivery AS d
            ON d.subscription = m.subscription AND d.seq = m.sent
        JOIN tmf.subscription AS s ON s.id = m.subscription;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n < cardinality(whose) THEN
        -- nothing pending: no lane
        DELETE FROM tmf.lane AS t
        USING unnest(whose, which) AS g(subscription, lane)
        WHERE t.subscription = g.subscription AND t.lane = g.lane
          AND tmf.first_pending(t.subscription, t.lane) IS NULL;
    END IF;
END
$claim$;
COMMENT ON FUNCTION tmf.claim(interval, integer, text[], integer[], integer,
                              text[], text[]) IS
    'Take lanes that are due, for as long as the lease: their first pending'
    ' deliveries, at most so many, and for each subscription at most so many'
    ' with those that the caller holds already; of each data set those of'
    ' subscriptions that were made at the mount in the same place, or at any'
    ' if there are none';

-- Lanes after an attempt that changes nothing any more about their first
-- deliveries: on to the next, or away.
CREATE OR REPLACE FUNCTION tmf.advance(whose text[], which text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $advance$
BEGIN
    DELETE FROM tmf.lane AS l
    USING unnest(whose, which) AS g(subscription, lane)
    WHERE l.subscription = g.subscription AND l.lane = g.lane
      AND tmf.first_pending(g.subscription, g.lane) IS NULL;
    UPDATE tmf.lane AS l
    SET due = clock_timestamp(), sent = NULL, attempts = 0, parked = false,
        status = NULL, failure = NULL
    FROM unnest(whose, which) AS g(subscription, lane)
    WHERE l.subscription = g.subscription AND l.lane = g.lane;
END
$advance$;
COMMENT ON FUNCTION tmf.advance(text[], text[]) IS
    'Let lanes that the caller has locked go on to their next deliveries';

-- Lanes are locked first, in the order of subscription and lane; what each
-- statement after that sees is then all that the relay and others have done
-- to them. Each step is one statement for all of them: so many are settled a
-- second that a loop would be felt.
CREATE OR REPLACE FUNCTION tmf.settle(
    subscriptions text[], lanes text[], fences bigint[], outcomes text[],
    delays bigint[], statuses integer[], failures text[])
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $settle$
DECLARE
    whose text[];       -- the lanes that are still the caller's
    which text[];
    sent bigint[];
    results text[];
    waits bigint[];
    codes integer[];
    reasons text[];
    over_whose text[];  -- those whose first delivery is no more pending
    over_which text[];
BEGIN
    SELECT array_agg(h.subscription), array_agg(h.lane), array_agg(h.sent),
           array_agg(h.outcome), array_agg(h.delay), array_agg(h.status),
           array_agg(h.failure)
    INTO whose, which, sent, results, waits, codes, reasons
    FROM (SELECT l.subscription, l.lane, l.sent, g.outcome, g.delay,
                 g.status, g.failure
          FROM unnest(subscriptions, lanes, fences, outcomes, delays,
                      statuses, failures)
              AS g(subscription, lane, fence, outcome, delay, status,
                   failure)
          JOIN tmf.lane AS l
              ON l.subscription = g.subscription AND l.lane = g.lane
              AND l.fence = g.fence AND l.sent IS NOT NULL
          ORDER BY l.subscription, l.lane
          FOR UPDATE OF l) AS h;
    IF whose IS NULL THEN
        RETURN 0;
    END IF;
    IF NOT results <@ '{delivered,retry,parked,disabled,released}' THEN
        RAISE EXCEPTION 'no outcome: %', array_to_string(results, ', ')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Not "state = 'pending'", for which the index of what is pending would
    -- be taken: all of a subscription's entries, where the key has just one.
    WITH changed AS (
        UPDATE tmf.delivery AS d
        SET state = CASE g.outcome WHEN 'delivered' THEN 'delivered'
                    ELSE d.state END,
            attempts = d.attempts
                + CASE g.outcome WHEN 'released' THEN 0 ELSE 1 END,
            status = g.status,
            failure = g.failure,
            delivered = CASE g.outcome WHEN 'delivered'
                        THEN clock_timestamp() END
        FROM unnest(whose, sent, results, codes, reasons)
            AS g(subscription, seq, outcome, status, failure)
        WHERE d.subscription = g.subscription AND d.seq = g.seq
          AND coalesce(d.state, '') = 'pending'
        RETURNING d.subscription, d.seq
    )
    SELECT array_agg(g.subscription), array_agg(g.lane)
    INTO over_whose, over_which
    FROM unnest(whose, which, sent, results)
        AS g(subscription, lane, seq, outcome)
    LEFT JOIN changed AS c
        ON c.subscription = g.subscription AND c.seq = g.seq
    WHERE g.outcome = 'delivered' OR c.seq IS NULL;
    UPDATE tmf.lane AS l
    SET due = clock_timestamp() + CASE g.outcome WHEN 'retry'
            THEN g.delay * interval '1 millisecond' ELSE interval '0' END,
        sent = NULL,
        attempts = l.attempts
            + CASE g.outcome WHEN 'released' THEN 0 ELSE 1 END,
        parked = g.outcome = 'parked',
        status = g.status,
        failure = g.failure
    FROM unnest(whose, which, results, waits, codes, reasons)
        AS g(subscription, lane, outcome, delay, status, failure)
    WHERE l.subscription = g.subscription AND l.lane = g.lane
      AND NOT EXISTS (SELECT FROM unnest(over_whose, over_which)
                          AS o(subscription, lane)
                      WHERE o.subscription = g.subscription
                        AND o.lane = g.lane);
    UPDATE tmf.subscription AS s
    SET state = 'disabled', why = g.failure
    FROM unnest(whose, results, reasons)
        AS g(subscription, outcome, failure)
    WHERE s.id = g.subscription AND g.outcome = 'disabled'
      AND s.state = 'active';
    IF over_whose IS NOT NULL THEN
        PERFORM tmf.advance(over_whose, over_which);
    END IF;
    RETURN cardinality(whose);
END
$settle$;
COMMENT ON FUNCTION tmf.settle(text[], text[], bigint[], text[], bigint[],
                               integer[], text[]) IS
    'How attempts went: delivered, retry (after so many milliseconds),'
    ' parked, disabled, released (not sent); the number of leases that were'
    ' still the caller''s, others are left alone';

-- ---------------------------------------------------------- the operators

CREATE OR REPLACE VIEW tmf.event_status AS
SELECT s.id AS subscription, s.data_set, s.callback, s.state, s.why,
       (SELECT pg_catalog.count(*) FROM tmf.outbox AS o
        WHERE o.data_set = s.data_set AND NOT o.relayed AND o.seq > s.seq)
           AS waiting,
       d.pending, l.lanes, l.failing, l.parked,
       pg_catalog.clock_timestamp() - LEAST(d.oldest, (
           SELECT o.occurred FROM tmf.outbox AS o
           WHERE o.data_set = s.data_set AND NOT o.relayed AND o.seq > s.seq
           ORDER BY o.seq LIMIT 1)) AS lag,
       d.delivered, d.skipped
FROM tmf.subscription AS s
CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*) FILTER (WHERE e.state = 'pending') AS pending,
           pg_catalog.count(*) FILTER (WHERE e.state = 'delivered')
               AS delivered,
           pg_catalog.count(*) FILTER (WHERE e.state = 'skipped') AS skipped,
           pg_catalog.min(e.made) FILTER (WHERE e.state = 'pending')
               AS oldest
    FROM tmf.delivery AS e
    WHERE e.subscription = s.id) AS d
CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*) AS lanes,
           pg_catalog.count(*) FILTER (WHERE k.attempts > 0) AS failing,
           pg_catalog.count(*) FILTER (WHERE k.parked) AS parked
    FROM tmf.lane AS k
    WHERE k.subscription = s.id) AS l;
COMMENT ON VIEW tmf.event_status IS 'How subscriptions are doing';
COMMENT ON COLUMN tmf.event_status.subscription IS 'Its id';
COMMENT ON COLUMN tmf.event_status.data_set IS 'Whose events it gets';
COMMENT ON COLUMN tmf.event_status.callback IS 'Where they are sent';
COMMENT ON COLUMN tmf.event_status.state IS 'active or disabled';
COMMENT ON COLUMN tmf.event_status.why IS 'Why it is disabled';
COMMENT ON COLUMN tmf.event_status.waiting IS
    'Events of the data set that no delivery has been made of yet';
COMMENT ON COLUMN tmf.event_status.pending IS 'Deliveries to be made';
COMMENT ON COLUMN tmf.event_status.lanes IS
    'Resources that have pending deliveries';
COMMENT ON COLUMN tmf.event_status.failing IS
    'of these: whose last attempt has failed';
COMMENT ON COLUMN tmf.event_status.parked IS
    'of these: who wait for an operator';
COMMENT ON COLUMN tmf.event_status.lag IS
    'Age of the oldest event not delivered; null: there is none';
COMMENT ON COLUMN tmf.event_status.delivered IS
    'Deliveries made and not yet purged';
COMMENT ON COLUMN tmf.event_status.skipped IS
    'Deliveries that an operator has skipped';

CREATE OR REPLACE VIEW tmf.event_parked AS
SELECT l.subscription, s.callback, l.lane, d.seq, d.event_id, d.event_type,
       d.attempts, l.status, l.failure, d.made, d.behind
FROM tmf.lane AS l
JOIN tmf.subscription AS s ON s.id = l.subscription
CROSS JOIN LATERAL (
    SELECT e.seq, e.event_id, e.event_type, e.attempts, e.made,
           (SELECT pg_catalog.count(*) - 1 FROM tmf.delivery AS b
            WHERE b.subscription = l.subscription AND b.lane = l.lane
              AND b.state = 'pending') AS behind
    FROM tmf.delivery AS e
    WHERE e.subscription = l.subscription
      AND e.seq = tmf.first_pending(l.subscription, l.lane)) AS d
WHERE l.parked;
COMMENT ON VIEW tmf.event_parked IS
    'Lanes that wait for an operator: resume(), or skip() of their first'
    ' delivery';
COMMENT ON COLUMN tmf.event_parked.subscription IS 'Whom it goes to';
COMMENT ON COLUMN tmf.event_parked.callback IS 'Where';
COMMENT ON COLUMN tmf.event_parked.lane IS 'Resource and id';
COMMENT ON COLUMN tmf.event_parked.seq IS
    'Number of the event that holds the lane';
COMMENT ON COLUMN tmf.event_parked.event_id IS 'Its eventId';
COMMENT ON COLUMN tmf.event_parked.event_type IS 'Its eventType';
COMMENT ON COLUMN tmf.event_parked.attempts IS 'How often it was sent';
COMMENT ON COLUMN tmf.event_parked.status IS
    'HTTP status of the last attempt; null: no answer';
COMMENT ON COLUMN tmf.event_parked.failure IS 'What that attempt lacked';
COMMENT ON COLUMN tmf.event_parked.made IS 'When the delivery was made';
COMMENT ON COLUMN tmf.event_parked.behind IS
    'Deliveries that wait behind it';

CREATE OR REPLACE FUNCTION tmf.resume(
    of_subscription text, of_lane text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $resume$
DECLARE
    n integer;
BEGIN
    WITH held AS MATERIALIZED (
        SELECT l.subscription, l.lane
        FROM tmf.lane AS l
        WHERE l.subscription = of_subscription
          AND (of_lane IS NULL OR l.lane = of_lane)
          AND (l.parked OR l.attempts > 0)
        ORDER BY l.subscription, l.lane
        FOR UPDATE
    )
    UPDATE tmf.lane AS l
    SET parked = false, attempts = 0,
        due = CASE WHEN l.sent IS NULL THEN pg_catalog.clock_timestamp()
              ELSE l.due END
    FROM held AS h
    WHERE l.subscription = h.subscription AND l.lane = h.lane;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
        PERFORM pg_catalog.pg_notify('tmf_event', '');
    END IF;
    RETURN n;
END
$resume$;
COMMENT ON FUNCTION tmf.resume(text, text) IS
    'Try again at once what is parked or waits for its next attempt: one'
    ' lane of a subscription, or all of them; the number of lanes';

CREATE OR REPLACE FUNCTION tmf.skip(of_subscription text, of_seq bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $skip$
DECLARE
    which text;
    in_flight boolean;
BEGIN
    SELECT l.lane, l.sent IS NOT NULL INTO which, in_flight
    FROM tmf.delivery AS d
    JOIN tmf.lane AS l
        ON l.subscription = d.subscription AND l.lane = d.lane
    WHERE d.subscription = of_subscription AND d.seq = of_seq
    FOR UPDATE OF l;
    UPDATE tmf.delivery AS d
    SET state = 'skipped', delivered = pg_catalog.clock_timestamp()
    WHERE d.subscription = of_subscription AND d.seq = of_seq
      AND d.state = 'pending';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- what has just been sent must have its answer before the next one
    IF which IS NOT NULL AND NOT in_flight
       AND coalesce(tmf.first_pending(of_subscription, which) > of_seq,
                    true) THEN
        PERFORM tmf.advance(ARRAY[of_subscription], ARRAY[which]);
        PERFORM pg_catalog.pg_notify('tmf_event', '');
    END IF;
    RETURN true;
END
$skip$;
COMMENT ON FUNCTION tmf.skip(text, bigint) IS
    'Never deliver a pending event; false: it is not pending';

CREATE OR REPLACE FUNCTION tmf.replay(
    of_subscription text, from_seq bigint, to_seq bigint DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $replay$
DECLARE
    n integer;
BEGIN
    WITH again AS (
        UPDATE tmf.delivery AS d
        SET state = 'pending', delivered = NULL, status = NULL,
            failure = NULL
        WHERE d.subscription = of_subscription AND d.state <> 'pending'
          AND d.seq BETWEEN from_seq AND coalesce(to_seq, from_seq)
        RETURNING d.lane
    ), lanes AS (
        INSERT INTO tmf.lane (subscription, lane)
        SELECT DISTINCT of_subscription, a.lane
        FROM again AS a
        ORDER BY a.lane
        ON CONFLICT (subscription, lane) DO UPDATE SET due = lane.due
    )
    SELECT pg_catalog.count(*) INTO n FROM again;
    IF n > 0 THEN
        PERFORM pg_catalog.pg_notify('tmf_event', '');
    END IF;
    RETURN n;
END
$replay$;
COMMENT ON FUNCTION tmf.replay(text, bigint, bigint) IS
    'Deliver one event, or a range, again to a subscription: the same'
    ' eventId, the same bytes; how many';

CREATE OR REPLACE FUNCTION tmf.disable(
    of_subscription text, because text DEFAULT 'by an operator')
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $disable$
BEGIN
    UPDATE tmf.subscription AS s
    SET state = 'disabled', why = because
    WHERE s.id = of_subscription AND s.state = 'active';
    RETURN FOUND;
END
$disable$;
COMMENT ON FUNCTION tmf.disable(text, text) IS
    'Send a subscription nothing more: what is pending stays, events from'
    ' now on are not kept for it; false: it is not active';

CREATE OR REPLACE FUNCTION tmf.enable(of_subscription text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $enable$
BEGIN
    UPDATE tmf.subscription AS s
    SET state = 'active', why = NULL
    WHERE s.id = of_subscription AND s.state = 'disabled';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_catalog.pg_notify('tmf_event', '');
    RETURN true;
END
$enable$;
COMMENT ON FUNCTION tmf.enable(text) IS
    'Send to a disabled subscription again; false: it is not disabled';

CREATE OR REPLACE FUNCTION tmf.attach_secret(
    of_subscription text, of_secret text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $attach_secret$
DECLARE
    free smallint;
    -- 32 bytes: PostgreSQL's strong random numbers come as UUIDs
    given text := coalesce(of_secret, 'whsec_' || pg_catalog.encode(
        pg_catalog.sha256(
            pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
            || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
            || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())),
        'base64'));
BEGIN
    -- the table's own complaint would quote the secret
    IF given !~ '^whsec_([A-Za-z0-9+/]{4})*'
                '([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
       OR pg_catalog.length(
        pg_catalog.decode(pg_catalog.substr(given, 7), 'base64'))
        NOT BETWEEN 24 AND 64 THEN
        RAISE EXCEPTION 'a secret is whsec_ and 24 to 64 bytes in base64'
        USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM tmf.subscription AS s WHERE s.id = of_subscription
        FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no subscription %', of_subscription
        USING ERRCODE = 'no_data_found';
    END IF;
    SELECT p INTO free
    FROM pg_catalog.generate_series(1, 2) AS p
    WHERE NOT EXISTS (SELECT FROM tmf.subscription_secret AS c
                      WHERE c.subscription = of_subscription
                        AND c.place = p)
    ORDER BY p
    LIMIT 1;
    IF free IS NULL THEN
        RAISE EXCEPTION 'subscription % has two secrets', of_subscription
        USING ERRCODE = 'check_violation',
              HINT = 'tmf.detach_secret() takes the older one away.';
    END IF;
    INSERT INTO tmf.subscription_secret (subscription, place, secret)
    VALUES (of_subscription, free, given);
    RETURN given;
END
$attach_secret$;
COMMENT ON FUNCTION tmf.attach_secret(text, text) IS
    'Sign a subscription''s events with a secret, beside the one it may'
    ' have; without one given, a new one is made. The secret';

CREATE OR REPLACE FUNCTION tmf.detach_secret(of_subscription text)
RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $detach_secret$
BEGIN
    DELETE FROM tmf.subscription_secret AS c
    WHERE c.subscription = of_subscription
      AND c.place = (SELECT o.place FROM tmf.subscription_secret AS o
                     WHERE o.subscription = of_subscription
                     ORDER BY o.made, o.place
                     LIMIT 1);
    RETURN (SELECT pg_catalog.count(*) FROM tmf.subscription_secret AS c
            WHERE c.subscription = of_subscription);
END
$detach_secret$;
COMMENT ON FUNCTION tmf.detach_secret(text) IS
    'Take the older, or the only, secret of a subscription away; the number'
    ' of those that are left';

-- Bodies are frozen in deliveries, so the outbox doesn't wait for them. Each
-- step looks at no more rows than it may remove, whatever the tables hold, and
-- locks none that it leaves: the relay wants them. What it has chosen is
-- materialized: a join that chose again and again would find more. One at a
-- time purges: a second one would look for the same. A delivery of an event
-- that isn't out of the outbox yet stays: it tells the relay that its
-- subscription had it.
CREATE OR REPLACE FUNCTION tmf.purge(keep interval, most integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $purge$
DECLARE
    before timestamptz := clock_timestamp() - keep;
    gone text;
    part integer;
    total integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('tmf.purge', 0)) THEN
        RETURN 0;
    END IF;
    WITH old AS MATERIALIZED (
        SELECT e.subscription, e.seq
        FROM tmf.delivery AS e
        WHERE e.delivered < before
          AND (SELECT u.relayed FROM tmf.outbox AS u WHERE u.seq = e.seq)
              IS NOT FALSE
        ORDER BY e.delivered
        LIMIT most
        FOR UPDATE SKIP LOCKED)
    DELETE FROM tmf.delivery AS d
    USING old
    WHERE d.subscription = old.subscription AND d.seq = old.seq
      AND d.state <> 'pending';
    GET DIAGNOSTICS part = ROW_COUNT;
    total := total + part;
    WITH old AS MATERIALIZED (
        SELECT p.seq
        FROM (SELECT q.seq, q.occurred
              FROM tmf.outbox AS q
              WHERE q.relayed OR NOT EXISTS (
                  SELECT FROM tmf.subscription AS s
                  WHERE s.data_set = q.data_set)
              ORDER BY q.seq
              LIMIT most) AS p
        WHERE p.occurred < before)
    DELETE FROM tmf.outbox AS o
    USING old
    WHERE o.seq = old.seq;
    GET DIAGNOSTICS part = ROW_COUNT;
    total := total + part;
    -- what deleted subscriptions have left
    FOR gone IN
        WITH RECURSIVE known(id) AS (
            SELECT min(d.subscription) FROM tmf.delivery AS d
            UNION ALL
            SELECT (SELECT min(d.subscription) FROM tmf.delivery AS d
                    WHERE d.subscription > k.id)
            FROM known AS k
            WHERE k.id IS NOT NULL)
        SELECT k.id
        FROM known AS k
        WHERE k.id IS NOT NULL
          AND NOT EXISTS (SELECT FROM tmf.subscription AS s
                          WHERE s.id = k.id)
    LOOP
        EXIT WHEN total >= most;
        WITH old AS MATERIALIZED (
            SELECT k.subscription, k.lane
            FROM tmf.lane AS k
            WHERE k.subscription = gone
            ORDER BY k.lane
            LIMIT most
            FOR UPDATE SKIP LOCKED)
        DELETE FROM tmf.lane AS l
        USING old
        WHERE l.subscription = old.subscription AND l.lane = old.lane;
        WITH old AS MATERIALIZED (
            SELECT e.subscription, e.seq
            FROM tmf.delivery AS e
            WHERE e.subscription = gone
            ORDER BY e.seq
            LIMIT most
            FOR UPDATE SKIP LOCKED)
        DELETE FROM tmf.delivery AS d
        USING old
        WHERE d.subscription = old.subscription AND d.seq = old.seq;
        GET DIAGNOSTICS part = ROW_COUNT;
        total := total + part;
    END LOOP;
    -- the lock holds back a subscription that is just being made
    IF pg_sequence_last_value('tmf.subscribed_seq') IS NOT NULL
       AND NOT EXISTS (SELECT FROM tmf.subscription AS s) THEN
        LOCK TABLE tmf.subscription IN SHARE ROW EXCLUSIVE MODE;
        IF NOT EXISTS (SELECT FROM tmf.subscription AS s) THEN
            PERFORM setval('tmf.subscribed_seq', 1, false);
        END IF;
    END IF;
    RETURN total;
END
$purge$;
COMMENT ON FUNCTION tmf.purge(interval, integer) IS
    'Remove what was delivered or relayed longer ago than that, and what'
    ' deleted subscriptions have left, in bounded steps of at most so many'
    ' rows; the number of rows: call it again while there are many';

-- ---------------------------------------------------------------- rights

REVOKE ALL ON TABLE tmf.subscription, tmf.subscription_secret, tmf.outbox,
    tmf.delivery, tmf.lane, tmf.event_status, tmf.event_parked
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
REVOKE ALL ON SEQUENCE tmf.event_seq, tmf.fence_seq, tmf.wake_seq,
    tmf.subscribed_seq
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
-- whoever writes to a resource's table, with whatever right
GRANT SELECT ON SEQUENCE tmf.subscribed_seq TO PUBLIC;
GRANT SELECT ON TABLE tmf.subscription, tmf.outbox, tmf.delivery, tmf.lane,
    tmf.event_status, tmf.event_parked
    TO tmf_app, tmf_readonly;
GRANT INSERT (id, data_set, mount, base, callback, query), DELETE
    ON TABLE tmf.subscription TO tmf_app;
GRANT USAGE ON SEQUENCE tmf.event_seq TO tmf_app;
GRANT UPDATE (relayed) ON TABLE tmf.outbox TO tmf_app;
GRANT INSERT (subscription, seq, event_id, event_type, lane, body)
    ON TABLE tmf.delivery TO tmf_app;
GRANT INSERT (subscription, lane), UPDATE (due)
    ON TABLE tmf.lane TO tmf_app;

REVOKE ALL ON FUNCTION
    tmf.note_subscription(),
    tmf.changed_paths(jsonb, jsonb, text), tmf.record_event(),
    tmf.path_segment(text), tmf.envelope(tmf.outbox, text, text),
    tmf.writers_of(text), tmf.await_writers(text, interval),
    tmf.claim(interval, integer, text[], integer[], integer, text[],
              text[]),
    tmf.first_pending(text, text), tmf.advance(text[], text[]),
    tmf.settle(text[], text[], bigint[], text[], bigint[], integer[],
               text[]),
    tmf.resume(text, text), tmf.skip(text, bigint),
    tmf.replay(text, bigint, bigint), tmf.disable(text, text),
    tmf.enable(text), tmf.attach_secret(text, text),
    tmf.detach_secret(text), tmf.purge(interval, integer)
    FROM PUBLIC, tmf_app, tmf_billing, tmf_readonly;
GRANT EXECUTE ON FUNCTION tmf.first_pending(text, text)
    TO tmf_app, tmf_readonly;
GRANT EXECUTE ON FUNCTION
    tmf.path_segment(text), tmf.envelope(tmf.outbox, text, text),
    tmf.await_writers(text, interval),
    tmf.claim(interval, integer, text[], integer[], integer, text[],
              text[]),
    tmf.settle(text[], text[], bigint[], text[], bigint[], integer[],
               text[]),
    tmf.disable(text, text), tmf.purge(interval, integer)
    TO tmf_app;

INSERT INTO tmf.migration (number, name) VALUES (2, 'events')
    ON CONFLICT (number) DO NOTHING;

COMMIT;
