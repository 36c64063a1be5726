-- One bill with eight rates, all billed, as in the ZSmart run. The rates
-- add up to the bill: 44.00 and 10 percent tax.
INSERT INTO ctk_zsmart_bill.customer_bill (id, doc) VALUES
('214229732', '{
    "billNo": "202006NS794934967",
    "category": "normal",
    "runType": "onCycle",
    "state": "new",
    "billDate": "2020-07-01T00:00:00.000Z",
    "paymentDueDate": "2020-07-20T00:00:00.000Z",
    "billingPeriod": {
        "startDateTime": "2020-06-01T00:00:00.000Z",
        "endDateTime": "2020-07-01T00:00:00.000Z"
    },
    "taxExcludedAmount": {"unit": "USD", "value": 44.00},
    "taxIncludedAmount": {"unit": "USD", "value": 48.40},
    "amountDue": {"unit": "USD", "value": 48.40},
    "remainingAmount": {"unit": "USD", "value": 48.40},
    "taxItem": [
        {"taxCategory": "sales tax", "taxRate": 10,
         "taxAmount": {"unit": "USD", "value": 4.40}}
    ],
    "billingAccount": {"id": "794934967", "name": "Household account"},
    "billDocument": [
        {"id": "811193082", "name": "June bill", "attachmentType": "bill",
         "mimeType": "application/pdf"}
    ]
}')
ON CONFLICT (id) DO NOTHING;

INSERT INTO ctk_zsmart_bill.applied_customer_billing_rate (id, doc)
SELECT rate.id, jsonb_build_object(
    'name', rate.name,
    'date', '2020-06-30T00:00:00.000Z',
    'isBilled', true,
    'type', rate.type,
    'bill', jsonb_build_object('id', '214229732'),
    'taxExcludedAmount',
    jsonb_build_object('unit', 'USD', 'value', rate.amount),
    'taxIncludedAmount',
    jsonb_build_object('unit', 'USD', 'value', round(rate.amount * 1.1, 2)),
    'appliedTax', jsonb_build_array(jsonb_build_object(
        'taxCategory', 'sales tax', 'taxRate', 10, 'taxAmount',
        jsonb_build_object('unit', 'USD', 'value',
                           round(rate.amount * 0.1, 2)))))
FROM (VALUES
    ('3779529997', 'Mobile plan M', 'appliedBillingCharge', 20.00),
    ('3779529998', 'Second card', 'appliedBillingCharge', 5.00),
    ('3779529999', 'Music option', 'appliedBillingCharge', 4.00),
    ('3779530000', 'Calls abroad', 'appliedBillingCharge', 7.50),
    ('3779530001', 'Data abroad', 'appliedBillingCharge', 6.00),
    ('3779530002', 'Text messages', 'appliedBillingCharge', 2.50),
    ('3779530003', 'Device rent', 'appliedBillingCharge', 3.00),
    ('3779530004', 'Loyalty credit', 'appliedBillingCredit', -4.00)
) AS rate (id, name, type, amount)
ORDER BY rate.id
ON CONFLICT (id) DO NOTHING;
