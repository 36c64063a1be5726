-- Sample bill cycles, bills, rates and a bill on demand. The rates of a bill
-- add up to its amounts; two rates wait for a bill. Loading it again changes
-- nothing.

SET client_encoding = 'UTF8';

INSERT INTO tmf678.bill_cycle_specification (id, doc) VALUES
('BCS-MONTH', $json${
  "name": "Monthly, in arrears",
  "description": "Bills of a calendar month, made early in the next one",
  "billingPeriod": "month",
  "frequency": "monthly",
  "billingDateShift": 35,
  "chargeDateOffset": 33,
  "creditDateOffset": 34,
  "mailingDateOffset": 37,
  "paymentDueDateOffset": 55,
  "validFor": { "startDateTime": "2019-01-01T00:00:00Z" }
}$json$),
('BCS-QUARTER', $json${
  "name": "Quarterly, in arrears",
  "description": "Bills of a calendar quarter, made early in the next one",
  "billingPeriod": "quarter",
  "frequency": "quarterly",
  "billingDateShift": 96,
  "chargeDateOffset": 94,
  "creditDateOffset": 95,
  "mailingDateOffset": 98,
  "paymentDueDateOffset": 121,
  "validFor": { "startDateTime": "2019-01-01T00:00:00Z" }
}$json$)
ON CONFLICT (id) DO NOTHING;

INSERT INTO tmf678.bill_cycle (id, doc) VALUES
('BC-2026-Q3', $json${
  "name": "Third quarter 2026",
  "description": "Bills of a calendar quarter, made early in the next one",
  "billingPeriod": "2026-Q3",
  "billingDate": "2026-10-05T00:00:00Z",
  "chargeDate": "2026-10-03T00:00:00Z",
  "creditDate": "2026-10-04T00:00:00Z",
  "mailingDate": "2026-10-07T00:00:00Z",
  "paymentDueDate": "2026-10-30T00:00:00Z",
  "BillCycleSpecification": {
    "id": "BCS-QUARTER",
    "name": "Quarterly, in arrears",
    "@referredType": "BillCycleSpecification"
  },
  "validFor": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  }
}$json$),
('BC-2026-09', $json${
  "name": "September 2026",
  "description": "Bills of a calendar month, made early in the next one",
  "billingPeriod": "2026-09",
  "billingDate": "2026-10-06T00:00:00Z",
  "chargeDate": "2026-10-04T00:00:00Z",
  "creditDate": "2026-10-05T00:00:00Z",
  "mailingDate": "2026-10-08T00:00:00Z",
  "paymentDueDate": "2026-10-26T00:00:00Z",
  "BillCycleSpecification": {
    "id": "BCS-MONTH",
    "name": "Monthly, in arrears",
    "@referredType": "BillCycleSpecification"
  },
  "validFor": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  }
}$json$),
('BC-2026-10', $json${
  "name": "October 2026",
  "description": "Bills of a calendar month, made early in the next one",
  "billingPeriod": "2026-10",
  "billingDate": "2026-11-05T00:00:00Z",
  "chargeDate": "2026-11-03T00:00:00Z",
  "creditDate": "2026-11-04T00:00:00Z",
  "mailingDate": "2026-11-07T00:00:00Z",
  "paymentDueDate": "2026-11-25T00:00:00Z",
  "BillCycleSpecification": {
    "id": "BCS-MONTH",
    "name": "Monthly, in arrears",
    "@referredType": "BillCycleSpecification"
  },
  "validFor": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  }
}$json$)
ON CONFLICT (id) DO NOTHING;

INSERT INTO tmf678.customer_bill (id, doc) VALUES
('B-7001', $json${
  "billNo": "2026-100871",
  "category": "normal",
  "runType": "onCycle",
  "state": "settled",
  "billDate": "2026-10-06T00:00:00Z",
  "nextBillDate": "2026-11-05T00:00:00Z",
  "paymentDueDate": "2026-10-26T00:00:00Z",
  "lastUpdate": "2026-10-14T08:12:40Z",
  "billingPeriod": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 48.80 },
  "taxIncludedAmount": { "unit": "EUR", "value": 58.56 },
  "amountDue": { "unit": "EUR", "value": 58.56 },
  "remainingAmount": { "unit": "EUR", "value": 0.00 },
  "appliedPayment": [
    {
      "appliedAmount": { "unit": "EUR", "value": 58.56 },
      "payment": { "id": "P-9001", "@referredType": "Payment" }
    }
  ],
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 9.76 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-100871",
      "name": "2026-100871.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-100871.pdf",
      "size": { "amount": 142, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-09",
    "name": "September 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "paymentMethod": {
    "id": "PM-1001",
    "name": "Credit card ending in 4417",
    "@referredType": "BankCard"
  },
  "relatedParty": [
    {
      "id": "C-1001",
      "name": "Amélie Brønsted",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7002', $json${
  "billNo": "2026-100872",
  "category": "normal",
  "runType": "onCycle",
  "state": "settled",
  "billDate": "2026-10-06T00:00:00Z",
  "nextBillDate": "2026-11-05T00:00:00Z",
  "paymentDueDate": "2026-10-26T00:00:00Z",
  "lastUpdate": "2026-11-09T10:30:05Z",
  "billingPeriod": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 30.80 },
  "taxIncludedAmount": { "unit": "EUR", "value": 36.96 },
  "amountDue": { "unit": "EUR", "value": 36.96 },
  "remainingAmount": { "unit": "EUR", "value": 0.00 },
  "appliedPayment": [
    {
      "appliedAmount": { "unit": "EUR", "value": 36.96 },
      "payment": { "id": "P-9004", "@referredType": "Payment" }
    }
  ],
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 6.16 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-100872",
      "name": "2026-100872.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-100872.pdf",
      "size": { "amount": 118, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-09",
    "name": "September 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "paymentMethod": {
    "id": "PM-1002",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-1002",
      "name": "王小梅",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7003', $json${
  "billNo": "2026-100873",
  "category": "normal",
  "runType": "onCycle",
  "state": "settled",
  "billDate": "2026-10-05T00:00:00Z",
  "nextBillDate": "2027-01-05T00:00:00Z",
  "paymentDueDate": "2026-10-30T00:00:00Z",
  "lastUpdate": "2026-10-19T14:02:11Z",
  "billingPeriod": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 119.70 },
  "taxIncludedAmount": { "unit": "EUR", "value": 143.64 },
  "amountDue": { "unit": "EUR", "value": 143.64 },
  "remainingAmount": { "unit": "EUR", "value": 0.00 },
  "appliedPayment": [
    {
      "appliedAmount": { "unit": "EUR", "value": 143.64 },
      "payment": { "id": "P-9002", "@referredType": "Payment" }
    }
  ],
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 23.94 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-100873",
      "name": "2026-100873.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-100873.pdf",
      "size": { "amount": 131, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-Q3",
    "name": "Third quarter 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-2003",
    "name": "Kavárna U Dvou Koček",
    "@referredType": "BillingAccount"
  },
  "financialAccount": {
    "id": "FA-2003",
    "name": "Kavárna U Dvou Koček",
    "accountBalance": [
      {
        "balanceType": "receivable",
        "amount": { "unit": "EUR", "value": 0.00 },
        "validFor": { "startDateTime": "2026-11-12T00:00:00Z" }
      }
    ],
    "@referredType": "FinancialAccount"
  },
  "paymentMethod": {
    "id": "PM-2003",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-2003",
      "name": "Kavárna U Dvou Koček s.r.o.",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7004', $json${
  "billNo": "2026-100874",
  "category": "normal",
  "runType": "onCycle",
  "state": "settled",
  "billDate": "2026-10-05T00:00:00Z",
  "nextBillDate": "2027-01-05T00:00:00Z",
  "paymentDueDate": "2026-10-30T00:00:00Z",
  "lastUpdate": "2026-10-22T07:45:00Z",
  "billingPeriod": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 841.50 },
  "taxIncludedAmount": { "unit": "EUR", "value": 1009.80 },
  "amountDue": { "unit": "EUR", "value": 1009.80 },
  "remainingAmount": { "unit": "EUR", "value": 0.00 },
  "appliedPayment": [
    {
      "appliedAmount": { "unit": "EUR", "value": 1009.80 },
      "payment": { "id": "P-9003", "@referredType": "Payment" }
    }
  ],
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 168.30 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-100874",
      "name": "2026-100874.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-100874.pdf",
      "size": { "amount": 220, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-Q3",
    "name": "Third quarter 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "financialAccount": {
    "id": "FA-2004",
    "name": "Harbour View Clinics",
    "accountBalance": [
      {
        "balanceType": "receivable",
        "amount": { "unit": "EUR", "value": 195.12 },
        "validFor": { "startDateTime": "2026-11-12T00:00:00Z" }
      }
    ],
    "@referredType": "FinancialAccount"
  },
  "paymentMethod": {
    "id": "PM-2004",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-2004",
      "name": "Harbour View Clinics Ltd",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7005', $json${
  "billNo": "2026-110311",
  "category": "normal",
  "runType": "onCycle",
  "state": "sent",
  "billDate": "2026-11-05T00:00:00Z",
  "nextBillDate": "2026-12-06T00:00:00Z",
  "paymentDueDate": "2026-11-25T00:00:00Z",
  "lastUpdate": "2026-11-07T06:00:00Z",
  "billingPeriod": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 44.85 },
  "taxIncludedAmount": { "unit": "EUR", "value": 53.82 },
  "amountDue": { "unit": "EUR", "value": 53.82 },
  "remainingAmount": { "unit": "EUR", "value": 53.82 },
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 8.97 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-110311",
      "name": "2026-110311.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-110311.pdf",
      "size": { "amount": 139, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-10",
    "name": "October 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "paymentMethod": {
    "id": "PM-1001",
    "name": "Credit card ending in 4417",
    "@referredType": "BankCard"
  },
  "relatedParty": [
    {
      "id": "C-1001",
      "name": "Amélie Brønsted",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7006', $json${
  "billNo": "2026-110312",
  "category": "normal",
  "runType": "onCycle",
  "state": "partiallyPaid",
  "billDate": "2026-11-05T00:00:00Z",
  "nextBillDate": "2026-12-06T00:00:00Z",
  "paymentDueDate": "2026-11-25T00:00:00Z",
  "lastUpdate": "2026-11-09T10:30:05Z",
  "billingPeriod": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 23.50 },
  "taxIncludedAmount": { "unit": "EUR", "value": 28.20 },
  "amountDue": { "unit": "EUR", "value": 28.20 },
  "remainingAmount": { "unit": "EUR", "value": 13.20 },
  "appliedPayment": [
    {
      "appliedAmount": { "unit": "EUR", "value": 15.00 },
      "payment": { "id": "P-9004", "@referredType": "Payment" }
    }
  ],
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 4.70 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-110312",
      "name": "2026-110312.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-110312.pdf",
      "size": { "amount": 121, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-10",
    "name": "October 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "paymentMethod": {
    "id": "PM-1002",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-1002",
      "name": "王小梅",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7007', $json${
  "billNo": "2026-110313",
  "category": "normal",
  "runType": "onCycle",
  "state": "validated",
  "billDate": "2026-11-05T00:00:00Z",
  "nextBillDate": "2026-12-06T00:00:00Z",
  "paymentDueDate": "2026-11-25T00:00:00Z",
  "lastUpdate": "2026-11-05T16:20:00Z",
  "billingPeriod": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 141.35 },
  "taxIncludedAmount": { "unit": "EUR", "value": 169.62 },
  "amountDue": { "unit": "EUR", "value": 169.62 },
  "remainingAmount": { "unit": "EUR", "value": 169.62 },
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 28.27 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-110313",
      "name": "2026-110313.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-110313.pdf",
      "size": { "amount": 187, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-10",
    "name": "October 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-2001",
    "name": "Bäckerei Grünwald, head office",
    "@referredType": "BillingAccount"
  },
  "financialAccount": {
    "id": "FA-2001",
    "name": "Bäckerei Grünwald",
    "accountBalance": [
      {
        "balanceType": "receivable",
        "amount": { "unit": "EUR", "value": 169.62 },
        "validFor": { "startDateTime": "2026-11-12T00:00:00Z" }
      }
    ],
    "@referredType": "FinancialAccount"
  },
  "paymentMethod": {
    "id": "PM-2001",
    "name": "Direct debit",
    "@referredType": "DirectDebit"
  },
  "relatedParty": [
    {
      "id": "C-2001",
      "name": "Bäckerei Grünwald GmbH",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7008', $json${
  "billNo": "2026-110314",
  "category": "normal",
  "runType": "onCycle",
  "state": "onHold",
  "billDate": "2026-11-05T00:00:00Z",
  "nextBillDate": "2026-12-06T00:00:00Z",
  "paymentDueDate": "2026-11-25T00:00:00Z",
  "lastUpdate": "2026-11-06T11:05:30Z",
  "billingPeriod": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 521.25 },
  "taxIncludedAmount": { "unit": "EUR", "value": 625.50 },
  "amountDue": { "unit": "EUR", "value": 625.50 },
  "remainingAmount": { "unit": "EUR", "value": 625.50 },
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 104.25 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-110314",
      "name": "2026-110314.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-110314.pdf",
      "size": { "amount": 264, "units": "kB" }
    }
  ],
  "billCycle": {
    "id": "BC-2026-10",
    "name": "October 2026",
    "@referredType": "BillCycle"
  },
  "billingAccount": {
    "id": "BA-2002",
    "name": "Łódź Logistyka, fleet",
    "@referredType": "BillingAccount"
  },
  "financialAccount": {
    "id": "FA-2002",
    "name": "Łódź Logistyka",
    "accountBalance": [
      {
        "balanceType": "receivable",
        "amount": { "unit": "EUR", "value": 625.50 },
        "validFor": { "startDateTime": "2026-11-12T00:00:00Z" }
      }
    ],
    "@referredType": "FinancialAccount"
  },
  "paymentMethod": {
    "id": "PM-2002",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-2002",
      "name": "Łódź Logistyka Sp. z o.o.",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('B-7009', $json${
  "billNo": "2026-110315",
  "category": "normal",
  "runType": "offCycle",
  "state": "new",
  "billDate": "2026-11-12T00:00:00Z",
  "paymentDueDate": "2026-12-02T00:00:00Z",
  "lastUpdate": "2026-11-12T09:15:22Z",
  "billingPeriod": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-11-11T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 162.60 },
  "taxIncludedAmount": { "unit": "EUR", "value": 195.12 },
  "amountDue": { "unit": "EUR", "value": 195.12 },
  "remainingAmount": { "unit": "EUR", "value": 195.12 },
  "taxItem": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 32.52 }
    }
  ],
  "billDocument": [
    {
      "id": "DOC-2026-110315",
      "name": "2026-110315.pdf",
      "attachmentType": "bill",
      "mimeType": "application/pdf",
      "url": "https://documents.example/bills/2026-110315.pdf",
      "size": { "amount": 96, "units": "kB" }
    }
  ],
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "financialAccount": {
    "id": "FA-2004",
    "name": "Harbour View Clinics",
    "accountBalance": [
      {
        "balanceType": "receivable",
        "amount": { "unit": "EUR", "value": 195.12 },
        "validFor": { "startDateTime": "2026-11-12T00:00:00Z" }
      }
    ],
    "@referredType": "FinancialAccount"
  },
  "paymentMethod": {
    "id": "PM-2004",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-2004",
      "name": "Harbour View Clinics Ltd",
      "role": "customer",
      "@referredType": "Customer"
    }
  ]
}$json$)
ON CONFLICT (id) DO NOTHING;

INSERT INTO tmf678.applied_customer_billing_rate (id, doc) VALUES
('ACR-3001', $json${
  "name": "Fibre 500",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-04T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 34.90 },
  "taxIncludedAmount": { "unit": "EUR", "value": 41.88 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 6.98 }
    }
  ],
  "bill": { "id": "B-7001", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5001",
    "name": "Fibre 500",
    "@referredType": "Product"
  }
}$json$),
('ACR-3002', $json${
  "name": "TV family",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-04T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 9.95 },
  "taxIncludedAmount": { "unit": "EUR", "value": 11.94 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 1.99 }
    }
  ],
  "bill": { "id": "B-7001", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5002",
    "name": "TV family",
    "@referredType": "Product"
  }
}$json$),
('ACR-3003', $json${
  "name": "Films",
  "description": "Two films rented",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-10-04T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 3.95 },
  "taxIncludedAmount": { "unit": "EUR", "value": 4.74 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 0.79 }
    }
  ],
  "bill": { "id": "B-7001", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5002",
    "name": "TV family",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "films", "valueType": "number", "value": 2 }]
}$json$),
('ACR-3004', $json${
  "name": "Mobile 20 GB",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-04T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 18.50 },
  "taxIncludedAmount": { "unit": "EUR", "value": 22.20 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 3.70 }
    }
  ],
  "bill": { "id": "B-7002", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5003",
    "name": "Mobile 20 GB",
    "@referredType": "Product"
  }
}$json$),
('ACR-3005', $json${
  "name": "Roaming",
  "description": "Data used abroad",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-10-04T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-09-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 12.30 },
  "taxIncludedAmount": { "unit": "EUR", "value": 14.76 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 2.46 }
    }
  ],
  "bill": { "id": "B-7002", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5003",
    "name": "Mobile 20 GB",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "volume", "valueType": "number", "value": 1.25 },
    { "name": "unit", "valueType": "string", "value": "GB" },
    { "name": "zone", "valueType": "string", "value": "World 2" }
  ]
}$json$),
('ACR-3006', $json${
  "name": "Shop internet 100",
  "description": "Fee of three months",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 104.70 },
  "taxIncludedAmount": { "unit": "EUR", "value": 125.64 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 20.94 }
    }
  ],
  "bill": { "id": "B-7003", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2003",
    "name": "Kavárna U Dvou Koček",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5007",
    "name": "Shop internet 100",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "months", "valueType": "number", "value": 3 }]
}$json$),
('ACR-3007', $json${
  "name": "Fixed IP address",
  "description": "Fee of three months",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 15.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 18.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 3.00 }
    }
  ],
  "bill": { "id": "B-7003", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2003",
    "name": "Kavárna U Dvou Koček",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5008",
    "name": "Fixed IP address",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "months", "valueType": "number", "value": 3 }]
}$json$),
('ACR-3008', $json${
  "name": "Leased line 1 Gbit/s",
  "description": "Fee of three months",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 750.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 900.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 150.00 }
    }
  ],
  "bill": { "id": "B-7004", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5009",
    "name": "Leased line 1 Gbit/s",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "months", "valueType": "number", "value": 3 }]
}$json$),
('ACR-3009', $json${
  "name": "Service level credit",
  "description": "Outage of 11 August",
  "type": "credit",
  "appliedBillingRateType": "credit",
  "date": "2026-10-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": -37.50 },
  "taxIncludedAmount": { "unit": "EUR", "value": -45.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": -7.50 }
    }
  ],
  "bill": { "id": "B-7004", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5009",
    "name": "Leased line 1 Gbit/s",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "outageMinutes", "valueType": "number", "value": 94 }
  ]
}$json$),
('ACR-3010', $json${
  "name": "Cloud exchange",
  "description": "Fee of three months, 43 seats",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-10-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-07-01T00:00:00Z",
    "endDateTime": "2026-09-30T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 129.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 154.80 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 25.80 }
    }
  ],
  "bill": { "id": "B-7004", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5010",
    "name": "Cloud exchange",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "seats", "valueType": "number", "value": 43 }]
}$json$),
('ACR-3011', $json${
  "name": "Fibre 500",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 34.90 },
  "taxIncludedAmount": { "unit": "EUR", "value": 41.88 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 6.98 }
    }
  ],
  "bill": { "id": "B-7005", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5001",
    "name": "Fibre 500",
    "@referredType": "Product"
  }
}$json$),
('ACR-3012', $json${
  "name": "TV family",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 9.95 },
  "taxIncludedAmount": { "unit": "EUR", "value": 11.94 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 1.99 }
    }
  ],
  "bill": { "id": "B-7005", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5002",
    "name": "TV family",
    "@referredType": "Product"
  }
}$json$),
('ACR-3013', $json${
  "name": "Mobile 20 GB",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 18.50 },
  "taxIncludedAmount": { "unit": "EUR", "value": 22.20 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 3.70 }
    }
  ],
  "bill": { "id": "B-7006", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5003",
    "name": "Mobile 20 GB",
    "@referredType": "Product"
  }
}$json$),
('ACR-3014', $json${
  "name": "Data top-up",
  "description": "Five gigabytes more",
  "type": "oneTime",
  "appliedBillingRateType": "oneTime",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 5.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 6.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 1.00 }
    }
  ],
  "bill": { "id": "B-7006", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5003",
    "name": "Mobile 20 GB",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "volume", "valueType": "number", "value": 5 },
    { "name": "unit", "valueType": "string", "value": "GB" }
  ]
}$json$),
('ACR-3015', $json${
  "name": "Office fibre 1000",
  "description": "Monthly fee",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 89.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 106.80 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 17.80 }
    }
  ],
  "bill": { "id": "B-7007", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2001",
    "name": "Bäckerei Grünwald, head office",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5004",
    "name": "Office fibre 1000",
    "@referredType": "Product"
  }
}$json$),
('ACR-3016', $json${
  "name": "Voice trunk",
  "description": "Three lines",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 45.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 54.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 9.00 }
    }
  ],
  "bill": { "id": "B-7007", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2001",
    "name": "Bäckerei Grünwald, head office",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5005",
    "name": "Voice trunk",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "lines", "valueType": "number", "value": 3 }]
}$json$),
('ACR-3017', $json${
  "name": "Calls",
  "description": "Calls to mobile networks",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 7.35 },
  "taxIncludedAmount": { "unit": "EUR", "value": 8.82 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 1.47 }
    }
  ],
  "bill": { "id": "B-7007", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2001",
    "name": "Bäckerei Grünwald, head office",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5005",
    "name": "Voice trunk",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "minutes", "valueType": "number", "value": 147 }
  ]
}$json$),
('ACR-3018', $json${
  "name": "Fleet SIM pool",
  "description": "Monthly fee, 240 SIMs",
  "type": "recurring",
  "appliedBillingRateType": "recurring",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 480.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 576.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 96.00 }
    }
  ],
  "bill": { "id": "B-7008", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2002",
    "name": "Łódź Logistyka, fleet",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5006",
    "name": "Fleet SIM pool",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "sims", "valueType": "number", "value": 240 }]
}$json$),
('ACR-3019', $json${
  "name": "Pool overuse",
  "description": "Data beyond the pool",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 61.25 },
  "taxIncludedAmount": { "unit": "EUR", "value": 73.50 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 12.25 }
    }
  ],
  "bill": { "id": "B-7008", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2002",
    "name": "Łódź Logistyka, fleet",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5006",
    "name": "Fleet SIM pool",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "volume", "valueType": "number", "value": 24.5 },
    { "name": "unit", "valueType": "string", "value": "GB" }
  ]
}$json$),
('ACR-3020', $json${
  "name": "Goodwill",
  "description": "Late delivery of SIMs",
  "type": "credit",
  "appliedBillingRateType": "credit",
  "date": "2026-11-03T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-10-31T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": -20.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": -24.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": -4.00 }
    }
  ],
  "bill": { "id": "B-7008", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2002",
    "name": "Łódź Logistyka, fleet",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5006",
    "name": "Fleet SIM pool",
    "@referredType": "Product"
  }
}$json$),
('ACR-3021', $json${
  "name": "Calls",
  "description": "Calls since the last bill",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-11-12T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-11-11T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 42.60 },
  "taxIncludedAmount": { "unit": "EUR", "value": 51.12 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 8.52 }
    }
  ],
  "bill": { "id": "B-7009", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5010",
    "name": "Cloud exchange",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "minutes", "valueType": "number", "value": 852 }
  ]
}$json$),
('ACR-3022', $json${
  "name": "Early end",
  "description": "Fee for ending a site before its term",
  "type": "oneTime",
  "appliedBillingRateType": "oneTime",
  "date": "2026-11-12T00:00:00Z",
  "isBilled": true,
  "periodCoverage": {
    "startDateTime": "2026-10-01T00:00:00Z",
    "endDateTime": "2026-11-11T23:59:59Z"
  },
  "taxExcludedAmount": { "unit": "EUR", "value": 120.00 },
  "taxIncludedAmount": { "unit": "EUR", "value": 144.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 24.00 }
    }
  ],
  "bill": { "id": "B-7009", "@referredType": "CustomerBill" },
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5009",
    "name": "Leased line 1 Gbit/s",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "site", "valueType": "string", "value": "Cobh" }
  ]
}$json$),
('ACR-3023', $json${
  "name": "Films",
  "description": "Film rented",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-11-14T20:41:09Z",
  "isBilled": false,
  "periodCoverage": { "startDateTime": "2026-11-01T00:00:00Z" },
  "taxExcludedAmount": { "unit": "EUR", "value": 2.50 },
  "taxIncludedAmount": { "unit": "EUR", "value": 3.00 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 0.50 }
    }
  ],
  "billingAccount": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5002",
    "name": "TV family",
    "@referredType": "Product"
  },
  "characteristic": [{ "name": "films", "valueType": "number", "value": 1 }]
}$json$),
('ACR-3024', $json${
  "name": "Calls",
  "description": "Calls to mobile networks",
  "type": "usage",
  "appliedBillingRateType": "usage",
  "date": "2026-11-16T23:59:59Z",
  "isBilled": false,
  "periodCoverage": { "startDateTime": "2026-11-01T00:00:00Z" },
  "taxExcludedAmount": { "unit": "EUR", "value": 3.15 },
  "taxIncludedAmount": { "unit": "EUR", "value": 3.78 },
  "appliedTax": [
    {
      "taxCategory": "VAT",
      "taxRate": 0.20,
      "taxAmount": { "unit": "EUR", "value": 0.63 }
    }
  ],
  "billingAccount": {
    "id": "BA-2001",
    "name": "Bäckerei Grünwald, head office",
    "@referredType": "BillingAccount"
  },
  "product": {
    "id": "PR-5005",
    "name": "Voice trunk",
    "@referredType": "Product"
  },
  "characteristic": [
    { "name": "minutes", "valueType": "number", "value": 63 }
  ]
}$json$)
ON CONFLICT (id) DO NOTHING;

INSERT INTO tmf678.customer_bill_on_demand (id, doc) VALUES
('OD-6001', $json${
  "name": "Final bill of the Cobh site",
  "description": "The site closed on 11 November; bill what is open",
  "state": "done",
  "lastUpdate": "2026-11-12T09:15:22Z",
  "billingAccount": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "customerBill": { "id": "B-7009", "@referredType": "CustomerBill" },
  "relatedParty": {
    "id": "C-2004",
    "name": "Harbour View Clinics Ltd",
    "role": "customer",
    "@referredType": "Customer"
  }
}$json$)
ON CONFLICT (id) DO NOTHING;
