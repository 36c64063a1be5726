-- Sample payments and a refund. What a payment that is done paid is applied to
-- bills or refunded, to the cent. Loading it again changes nothing.

SET client_encoding = 'UTF8';

INSERT INTO tmf676.payment (id, doc) VALUES
('P-9001', $json${
  "name": "Payment of Amélie Brønsted",
  "description": "Bill 2026-100871",
  "authorizationCode": "A71C09",
  "correlatorId": "BANK-9001",
  "status": "done",
  "statusDate": "2026-10-14T08:12:37Z",
  "paymentDate": "2026-10-14T08:12:37Z",
  "account": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "amount": { "unit": "EUR", "value": 48.80 },
  "taxAmount": { "unit": "EUR", "value": 9.76 },
  "totalAmount": { "unit": "EUR", "value": 58.56 },
  "channel": { "id": "CH-WEB", "name": "Self care" },
  "payer": {
    "id": "C-1001",
    "name": "Amélie Brønsted",
    "role": "customer",
    "@referredType": "Customer"
  },
  "paymentItem": [
    {
      "id": "1",
      "amount": { "unit": "EUR", "value": 48.80 },
      "taxAmount": { "unit": "EUR", "value": 9.76 },
      "totalAmount": { "unit": "EUR", "value": 58.56 },
      "item": {
        "id": "B-7001",
        "name": "Bill 2026-100871",
        "@referredType": "CustomerBill"
      }
    }
  ],
  "paymentMethod": {
    "id": "PM-1001",
    "name": "Credit card ending in 4417",
    "@referredType": "BankCard"
  },
  "pointOfInteraction": {
    "id": "POI-WEB-1",
    "modeOfEntry": "credentialOnFile",
    "retrievalReferenceNumber": "628708123741",
    "transactionDate": "2026-10-14T08:12:37Z",
    "resource": {
      "id": "RES-GW-2",
      "name": "Card gateway 2",
      "@referredType": "Resource"
    }
  },
  "relatedParty": [
    {
      "id": "C-1001",
      "name": "Amélie Brønsted",
      "role": "payer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('P-9002', $json${
  "name": "Payment of Kavárna U Dvou Koček s.r.o.",
  "description": "Bill 2026-100873, 24.00 too much",
  "correlatorId": "BANK-9002",
  "status": "done",
  "statusDate": "2026-10-19T14:02:10Z",
  "paymentDate": "2026-10-19T14:02:10Z",
  "account": {
    "id": "BA-2003",
    "name": "Kavárna U Dvou Koček",
    "@referredType": "BillingAccount"
  },
  "amount": { "unit": "EUR", "value": 139.70 },
  "taxAmount": { "unit": "EUR", "value": 27.94 },
  "totalAmount": { "unit": "EUR", "value": 167.64 },
  "channel": { "id": "CH-BANK", "name": "Bank" },
  "payer": {
    "id": "C-2003",
    "name": "Kavárna U Dvou Koček s.r.o.",
    "role": "customer",
    "@referredType": "Customer"
  },
  "paymentItem": [
    {
      "id": "1",
      "amount": { "unit": "EUR", "value": 119.70 },
      "taxAmount": { "unit": "EUR", "value": 23.94 },
      "totalAmount": { "unit": "EUR", "value": 143.64 },
      "item": {
        "id": "B-7003",
        "name": "Bill 2026-100873",
        "@referredType": "CustomerBill"
      }
    },
    {
      "id": "2",
      "amount": { "unit": "EUR", "value": 20.00 },
      "taxAmount": { "unit": "EUR", "value": 4.00 },
      "totalAmount": { "unit": "EUR", "value": 24.00 },
      "item": {
        "id": "BA-2003",
        "name": "Kavárna U Dvou Koček",
        "@referredType": "BillingAccount"
      }
    }
  ],
  "paymentMethod": {
    "id": "PM-2003",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-2003",
      "name": "Kavárna U Dvou Koček s.r.o.",
      "role": "payer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('P-9003', $json${
  "name": "Payment of Harbour View Clinics Ltd",
  "description": "Bill 2026-100874",
  "correlatorId": "BANK-9003",
  "status": "done",
  "statusDate": "2026-10-22T07:44:58Z",
  "paymentDate": "2026-10-22T07:44:58Z",
  "account": {
    "id": "BA-2004",
    "name": "Harbour View Clinics",
    "@referredType": "BillingAccount"
  },
  "amount": { "unit": "EUR", "value": 841.50 },
  "taxAmount": { "unit": "EUR", "value": 168.30 },
  "totalAmount": { "unit": "EUR", "value": 1009.80 },
  "channel": { "id": "CH-BANK", "name": "Bank" },
  "payer": {
    "id": "C-2004",
    "name": "Harbour View Clinics Ltd",
    "role": "customer",
    "@referredType": "Customer"
  },
  "paymentItem": [
    {
      "id": "1",
      "amount": { "unit": "EUR", "value": 841.50 },
      "taxAmount": { "unit": "EUR", "value": 168.30 },
      "totalAmount": { "unit": "EUR", "value": 1009.80 },
      "item": {
        "id": "B-7004",
        "name": "Bill 2026-100874",
        "@referredType": "CustomerBill"
      }
    }
  ],
  "paymentMethod": {
    "id": "PM-2004",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-2004",
      "name": "Harbour View Clinics Ltd",
      "role": "payer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('P-9004', $json${
  "name": "Payment of 王小梅",
  "description": "Bill 2026-100872 and part of 2026-110312",
  "correlatorId": "BANK-9004",
  "status": "done",
  "statusDate": "2026-11-09T10:30:04Z",
  "paymentDate": "2026-11-09T10:30:04Z",
  "account": {
    "id": "BA-1002",
    "name": "王小梅",
    "@referredType": "BillingAccount"
  },
  "amount": { "unit": "EUR", "value": 43.30 },
  "taxAmount": { "unit": "EUR", "value": 8.66 },
  "totalAmount": { "unit": "EUR", "value": 51.96 },
  "channel": { "id": "CH-BANK", "name": "Bank" },
  "payer": {
    "id": "C-1002",
    "name": "王小梅",
    "role": "customer",
    "@referredType": "Customer"
  },
  "paymentItem": [
    {
      "id": "1",
      "amount": { "unit": "EUR", "value": 30.80 },
      "taxAmount": { "unit": "EUR", "value": 6.16 },
      "totalAmount": { "unit": "EUR", "value": 36.96 },
      "item": {
        "id": "B-7002",
        "name": "Bill 2026-100872",
        "@referredType": "CustomerBill"
      }
    },
    {
      "id": "2",
      "amount": { "unit": "EUR", "value": 12.50 },
      "taxAmount": { "unit": "EUR", "value": 2.50 },
      "totalAmount": { "unit": "EUR", "value": 15.00 },
      "item": {
        "id": "B-7006",
        "name": "Bill 2026-110312",
        "@referredType": "CustomerBill"
      }
    }
  ],
  "paymentMethod": {
    "id": "PM-1002",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "relatedParty": [
    {
      "id": "C-1002",
      "name": "王小梅",
      "role": "payer",
      "@referredType": "Customer"
    }
  ]
}$json$),
('P-9005', $json${
  "name": "Payment of Amélie Brønsted",
  "description": "Bill 2026-110311, card refused",
  "correlatorId": "BANK-9005",
  "status": "failed",
  "statusDate": "2026-11-18T19:26:51Z",
  "paymentDate": "2026-11-18T19:26:51Z",
  "account": {
    "id": "BA-1001",
    "name": "Brønsted, home",
    "@referredType": "BillingAccount"
  },
  "amount": { "unit": "EUR", "value": 44.85 },
  "taxAmount": { "unit": "EUR", "value": 8.97 },
  "totalAmount": { "unit": "EUR", "value": 53.82 },
  "channel": { "id": "CH-WEB", "name": "Self care" },
  "payer": {
    "id": "C-1001",
    "name": "Amélie Brønsted",
    "role": "customer",
    "@referredType": "Customer"
  },
  "paymentItem": [
    {
      "id": "1",
      "amount": { "unit": "EUR", "value": 44.85 },
      "taxAmount": { "unit": "EUR", "value": 8.97 },
      "totalAmount": { "unit": "EUR", "value": 53.82 },
      "item": {
        "id": "B-7005",
        "name": "Bill 2026-110311",
        "@referredType": "CustomerBill"
      }
    }
  ],
  "paymentMethod": {
    "id": "PM-1001",
    "name": "Credit card ending in 4417",
    "@referredType": "BankCard"
  },
  "pointOfInteraction": {
    "id": "POI-WEB-1",
    "modeOfEntry": "credentialOnFile",
    "retrievalReferenceNumber": "632219265102",
    "transactionDate": "2026-11-18T19:26:51Z",
    "resource": {
      "id": "RES-GW-2",
      "name": "Card gateway 2",
      "@referredType": "Resource"
    }
  },
  "relatedParty": [
    {
      "id": "C-1001",
      "name": "Amélie Brønsted",
      "role": "payer",
      "@referredType": "Customer"
    }
  ]
}$json$)
ON CONFLICT (id) DO NOTHING;

INSERT INTO tmf676.refund (id, doc) VALUES
('RF-8001', $json${
  "name": "Refund of an overpayment",
  "description": "Paid too much on bill 2026-100873",
  "correlatorId": "BANK-8001",
  "status": "done",
  "statusDate": "2026-10-28T12:00:00Z",
  "refundDate": "2026-10-28T12:00:00Z",
  "account": {
    "id": "BA-2003",
    "name": "Kavárna U Dvou Koček",
    "@referredType": "BillingAccount"
  },
  "amount": { "unit": "EUR", "value": 20.00 },
  "taxAmount": { "unit": "EUR", "value": 4.00 },
  "totalAmount": { "unit": "EUR", "value": 24.00 },
  "channel": { "id": "CH-BANK", "name": "Bank" },
  "payment": { "id": "P-9002", "@referredType": "Payment" },
  "paymentMethod": {
    "id": "PM-2003",
    "name": "Bank transfer",
    "@referredType": "BankAccountTransfer"
  },
  "requestor": {
    "id": "IND-2103",
    "name": "Tomáš Dvořák",
    "role": "owner",
    "@referredType": "Individual"
  }
}$json$)
ON CONFLICT (id) DO NOTHING;
