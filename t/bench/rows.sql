-- Rows for the data set "data_set": "n" of them, with ids from 1000001 on.
-- All documents are of the same length (about 1 KB as text), and so are all
-- sequence numbers, which tags are made of: every answer is as long as the
-- next one, and the same at every run.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET statement_timeout = 0;

ALTER TABLE :"data_set".customer
    ALTER COLUMN seq SET START WITH 1000001 RESTART;

INSERT INTO :"data_set".customer (id, doc)
SELECT (1000000 + i)::text, jsonb_build_object(
    'name', 'Customer ' || word,
    'status', CASE i % 3
        WHEN 0 THEN 'Approved' WHEN 1 THEN 'Enlisted' ELSE 'Inactive' END,
    'statusReason', 'set by the yearly review of all accounts',
    'validFor', jsonb_build_object(
        'startDateTime', day || 'T00:00:00Z',
        'endDateTime', '2039-12-31T23:59:59Z'),
    'engagedParty', jsonb_build_object(
        'id', 'P' || word, 'name', 'Party ' || word,
        'href', '/party/v4/individual/P' || word,
        '@referredType', 'Individual'),
    'account', jsonb_build_array(jsonb_build_object(
        'id', 'A' || word, 'name', 'Household account',
        'href', '/accountManagement/v4/billingAccount/A' || word,
        '@referredType', 'BillingAccount')),
    'contactMedium', jsonb_build_array(
        jsonb_build_object(
            'mediumType', 'email', 'preferred', to_jsonb(true),
            'characteristic', jsonb_build_object(
                'emailAddress', 'c' || word || '@mail.example')),
        jsonb_build_object(
            'mediumType', 'postal', 'preferred', to_jsonb(false),
            'characteristic', jsonb_build_object(
                'street1', lpad((i % 900)::text, 3, '0') || ' Long Street',
                'postCode', '1' || right(word, 4), 'city', 'Springtown',
                'country', 'Utopia'))),
    'creditProfile', jsonb_build_array(jsonb_build_object(
        'creditProfileDate', day || 'T09:30:00Z',
        'creditRiskRating', 1 + i % 9, 'creditScore', 100 + i % 900)),
    'characteristic', jsonb_build_array(jsonb_build_object(
        'name', 'segment', 'valueType', 'string', 'value', 'residential')))
FROM (SELECT i, lpad((i::bigint * 7919 % 10000000)::text, 7, '0') AS word,
             to_char(date '2015-01-01' + i % 3000, 'YYYY-MM-DD') AS day
      FROM generate_series(1, :n) AS number(i)) AS value
ORDER BY i;

VACUUM (ANALYZE) :"data_set".customer;
