-- One bill and its one rate, as in the Inspur IBS run.
INSERT INTO ctk_inspur_bill.customer_bill (id, doc) VALUES
('1628665723', '{
    "billNo": "B-2021-08-0001",
    "category": "normal",
    "runType": "onCycle",
    "state": "validated",
    "billDate": "2021-08-01T00:00:00.000Z",
    "nextBillDate": "2021-09-01T00:00:00.000Z",
    "paymentDueDate": "2021-08-15T00:00:00.000Z",
    "billingPeriod": {
        "startDateTime": "2021-07-01T00:00:00.000Z",
        "endDateTime": "2021-08-01T00:00:00.000Z"
    },
    "taxExcludedAmount": {"unit": "EUR", "value": 20.00},
    "taxIncludedAmount": {"unit": "EUR", "value": 23.80},
    "amountDue": {"unit": "EUR", "value": 23.80},
    "remainingAmount": {"unit": "EUR", "value": 23.80},
    "taxItem": [
        {"taxCategory": "VAT", "taxRate": 19,
         "taxAmount": {"unit": "EUR", "value": 3.80}}
    ],
    "billingAccount": {"id": "15463151", "name": "Main account"},
    "relatedParty": [
        {"id": "cust-100", "name": "Ines Keeper", "role": "payer",
         "@referredType": "Customer"}
    ],
    "billDocument": [
        {"id": "attachment001", "name": "August bill",
         "attachmentType": "bill", "mimeType": "application/pdf",
         "size": {"amount": 84, "units": "kB"}}
    ]
}')
ON CONFLICT (id) DO NOTHING;

INSERT INTO ctk_inspur_bill.applied_customer_billing_rate (id, doc) VALUES
('1628665388', '{
    "name": "Monthly fee",
    "description": "Fee for July",
    "date": "2021-07-31T00:00:00.000Z",
    "isBilled": true,
    "type": "appliedBillingCharge",
    "bill": {"id": "1628665723"},
    "periodCoverage": {
        "startDateTime": "2021-07-01T00:00:00.000Z",
        "endDateTime": "2021-08-01T00:00:00.000Z"
    },
    "taxExcludedAmount": {"unit": "EUR", "value": 20.00},
    "taxIncludedAmount": {"unit": "EUR", "value": 23.80},
    "appliedTax": [
        {"taxCategory": "VAT", "taxRate": 19,
         "taxAmount": {"unit": "EUR", "value": 3.80}}
    ]
}')
ON CONFLICT (id) DO NOTHING;
