-- What was committed, written by triggers of the test's own: the truth that
-- the receivers' logs are compared with.
\set ON_ERROR_STOP on
DROP SCHEMA IF EXISTS audit CASCADE;
CREATE SCHEMA audit;
CREATE SEQUENCE audit.mark;
CREATE TABLE audit.change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    id text NOT NULL,
    events text NOT NULL
);

CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
AS $record$
DECLARE
    mark text;
    events text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        events := 'CustomerCreateEvent=' || (NEW.doc ->> 'statusReason');
    ELSIF TG_OP = 'DELETE' THEN
        events := 'CustomerDeleteEvent=' || (OLD.doc ->> 'statusReason');
    ELSIF NEW.version > OLD.version THEN
        mark := NEW.doc ->> 'statusReason';
        events := concat_ws(' ',
            CASE WHEN (NEW.doc - 'status')::text <> (OLD.doc - 'status')::text
            THEN 'CustomerAttributeValueChangeEvent=' || mark END,
            CASE WHEN (NEW.doc -> 'status')::text IS DISTINCT FROM
                      (OLD.doc -> 'status')::text
            THEN 'CustomerStateChangeEvent=' || mark END);
    END IF;
    IF events <> '' THEN
        INSERT INTO audit.change (id, events)
        VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, events);
    END IF;
    RETURN NULL;
END
$record$;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tmf629.customer
    FOR EACH ROW EXECUTE FUNCTION audit.record();

-- One change by plain SQL, by chance: create, change, change of state, both,
-- delete; one in ten is rolled back.
CREATE PROCEDURE audit.change_one(which text, dice integer)
LANGUAGE plpgsql
AS $change_one$
DECLARE
    made jsonb := jsonb_build_object('statusReason',
                                     'm' || nextval('audit.mark'));
BEGIN
    IF dice % 10 = 0 THEN
        made := made || '{"statusReason": "rolled back"}';
    END IF;
    IF dice % 7 = 1 THEN
        made := made || jsonb_build_object('status', 'state ' || dice % 5);
    END IF;
    IF dice % 23 = 1 THEN
        DELETE FROM tmf629.customer AS c WHERE c.id = which;
    ELSE
        INSERT INTO tmf629.customer AS c (id, doc)
        VALUES (which, '{"name": "n", "engagedParty": {"id": "p"}}' || made)
        ON CONFLICT ON CONSTRAINT customer_pkey
        DO UPDATE SET doc = c.doc || made;
    END IF;
    IF dice % 10 = 0 THEN
        ROLLBACK;
    END IF;
END
$change_one$;
