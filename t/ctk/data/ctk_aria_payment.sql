-- Seven payments that were there before the run of Aria Crescendo posted
-- the eighth.
INSERT INTO ctk_aria_payment.payment (id, doc)
SELECT seven.id, jsonb_build_object(
    'description', 'Invoice paid by card',
    'status', 'done',
    'statusDate', seven.paid,
    'paymentDate', seven.paid,
    'account', jsonb_build_object(
        'id', seven.account, 'name', 'Corporate account',
        '@referredType', 'BillingAccount'),
    'paymentMethod', jsonb_build_object(
        'id', 'card-' || seven.account, '@type', 'BankCard'),
    'totalAmount', jsonb_build_object('unit', 'usd', 'value', seven.amount))
FROM (VALUES
    ('1637270001.1001', '1803601', '2021-11-12T09:00:00.000Z', 25.00),
    ('1637270002.1002', '1803602', '2021-11-12T09:05:00.000Z', 99.90),
    ('1637270003.1003', '1803603', '2021-11-13T10:00:00.000Z', 11.60),
    ('1637270004.1004', '1803604', '2021-11-14T11:30:00.000Z', 7.25),
    ('1637270005.1005', '1803609', '2021-11-15T12:00:00.000Z', 11.60),
    ('1637270006.1006', '1803606', '2021-11-16T13:45:00.000Z', 140.00),
    ('1637270007.1007', '1803607', '2021-11-17T14:10:00.000Z', 3.10)
) AS seven (id, account, paid, amount)
ORDER BY seven.id
ON CONFLICT (id) DO NOTHING;
