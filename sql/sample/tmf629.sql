-- Sample customers. Their accounts, parties and payment methods are the ones
-- that the samples of payments and bills name. Loading it again changes nothing.

SET client_encoding = 'UTF8';

INSERT INTO tmf629.customer (id, doc) VALUES
('C-1001', $json${
  "name": "Amélie Brønsted",
  "status": "active",
  "engagedParty": {
    "id": "IND-1001",
    "name": "Amélie Brønsted",
    "role": "customer",
    "@referredType": "Individual"
  },
  "account": [
    {
      "id": "BA-1001",
      "name": "Brønsted, home",
      "description": "Receives the bills",
      "@referredType": "BillingAccount"
    }
  ],
  "characteristic": [
    { "name": "segment", "valueType": "string", "value": "residential" },
    { "name": "language", "valueType": "string", "value": "da" },
    { "name": "paperlessBill", "valueType": "boolean", "value": true }
  ],
  "contactMedium": [
    {
      "mediumType": "email",
      "preferred": true,
      "characteristic": {
        "contactType": "home",
        "emailAddress": "amelie.bronsted@example.net"
      }
    },
    {
      "mediumType": "phone",
      "preferred": false,
      "characteristic": {
        "contactType": "home",
        "phoneNumber": "+49 171 3920042"
      }
    },
    {
      "mediumType": "postalAddress",
      "preferred": false,
      "characteristic": {
        "contactType": "home",
        "street1": "Kastanienweg 12",
        "postCode": "24103",
        "city": "Kiel",
        "stateOrProvince": "Schleswig-Holstein",
        "country": "DE"
      }
    }
  ],
  "creditProfile": [
    {
      "creditProfileDate": "2021-03-15T09:00:00Z",
      "creditRiskRating": 1,
      "creditScore": 712,
      "validFor": { "startDateTime": "2021-03-15T00:00:00Z" }
    }
  ],
  "paymentMethod": [
    {
      "id": "PM-1001",
      "name": "Credit card ending in 4417",
      "@referredType": "BankCard"
    }
  ],
  "validFor": { "startDateTime": "2021-03-15T00:00:00Z" }
}$json$),
('C-1002', $json${
  "name": "王小梅",
  "status": "active",
  "engagedParty": {
    "id": "IND-1002",
    "name": "王小梅",
    "role": "customer",
    "@referredType": "Individual"
  },
  "account": [
    {
      "id": "BA-1002",
      "name": "王小梅",
      "description": "Receives the bills",
      "@referredType": "BillingAccount"
    }
  ],
  "characteristic": [
    { "name": "segment", "valueType": "string", "value": "residential" },
    { "name": "language", "valueType": "string", "value": "zh" },
    { "name": "paperlessBill", "valueType": "boolean", "value": false }
  ],
  "contactMedium": [
    {
      "mediumType": "email",
      "preferred": true,
      "characteristic": {
        "contactType": "home",
        "emailAddress": "xiaomei.wang@example.net"
      }
    },
    {
      "mediumType": "phone",
      "preferred": false,
      "characteristic": {
        "contactType": "home",
        "phoneNumber": "+49 40 66969187"
      }
    },
    {
      "mediumType": "postalAddress",
      "preferred": false,
      "characteristic": {
        "contactType": "home",
        "street1": "Hafenstraße 3",
        "street2": "Aufgang B",
        "postCode": "20359",
        "city": "Hamburg",
        "country": "DE"
      }
    }
  ],
  "creditProfile": [
    {
      "creditProfileDate": "2023-08-01T09:00:00Z",
      "creditRiskRating": 2,
      "creditScore": 655,
      "validFor": { "startDateTime": "2023-08-01T00:00:00Z" }
    }
  ],
  "paymentMethod": [
    {
      "id": "PM-1002",
      "name": "Bank transfer",
      "@referredType": "BankAccountTransfer"
    }
  ],
  "validFor": { "startDateTime": "2023-08-01T00:00:00Z" }
}$json$),
('C-2001', $json${
  "name": "Bäckerei Grünwald GmbH",
  "status": "active",
  "engagedParty": {
    "id": "ORG-2001",
    "name": "Bäckerei Grünwald GmbH",
    "role": "customer",
    "@referredType": "Organization"
  },
  "account": [
    {
      "id": "BA-2001",
      "name": "Bäckerei Grünwald, head office",
      "description": "Receives the bills",
      "@referredType": "BillingAccount"
    },
    {
      "id": "FA-2001",
      "name": "Bäckerei Grünwald",
      "description": "Holds the balance",
      "@referredType": "FinancialAccount"
    }
  ],
  "agreement": [
    {
      "id": "AG-2001",
      "name": "Business framework 2024",
      "@referredType": "Agreement"
    }
  ],
  "characteristic": [
    { "name": "segment", "valueType": "string", "value": "business" },
    { "name": "employees", "valueType": "number", "value": 38 },
    { "name": "paperlessBill", "valueType": "boolean", "value": true }
  ],
  "contactMedium": [
    {
      "mediumType": "email",
      "preferred": true,
      "characteristic": {
        "contactType": "billing",
        "emailAddress": "buchhaltung@gruenwald.example"
      }
    },
    {
      "mediumType": "phone",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "phoneNumber": "+49 176 04069030"
      }
    },
    {
      "mediumType": "postalAddress",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "street1": "Marktplatz 1",
        "postCode": "23552",
        "city": "Lübeck",
        "stateOrProvince": "Schleswig-Holstein",
        "country": "DE"
      }
    }
  ],
  "creditProfile": [
    {
      "creditProfileDate": "2019-11-04T09:00:00Z",
      "creditRiskRating": 1,
      "creditScore": 780,
      "validFor": { "startDateTime": "2019-11-04T00:00:00Z" }
    }
  ],
  "paymentMethod": [
    {
      "id": "PM-2001",
      "name": "Direct debit",
      "@referredType": "DirectDebit"
    }
  ],
  "relatedParty": [
    {
      "id": "IND-2101",
      "name": "Jürgen Grünwald",
      "role": "managingDirector",
      "@referredType": "Individual"
    }
  ],
  "validFor": { "startDateTime": "2019-11-04T00:00:00Z" }
}$json$),
('C-2002', $json${
  "name": "Łódź Logistyka Sp. z o.o.",
  "status": "active",
  "engagedParty": {
    "id": "ORG-2002",
    "name": "Łódź Logistyka Sp. z o.o.",
    "role": "customer",
    "@referredType": "Organization"
  },
  "account": [
    {
      "id": "BA-2002",
      "name": "Łódź Logistyka, fleet",
      "description": "Receives the bills",
      "@referredType": "BillingAccount"
    },
    {
      "id": "FA-2002",
      "name": "Łódź Logistyka",
      "description": "Holds the balance",
      "@referredType": "FinancialAccount"
    }
  ],
  "agreement": [
    {
      "id": "AG-2002",
      "name": "Fleet SIM contract",
      "@referredType": "Agreement"
    }
  ],
  "characteristic": [
    { "name": "segment", "valueType": "string", "value": "business" },
    { "name": "employees", "valueType": "number", "value": 410 },
    { "name": "paperlessBill", "valueType": "boolean", "value": true }
  ],
  "contactMedium": [
    {
      "mediumType": "email",
      "preferred": true,
      "characteristic": {
        "contactType": "billing",
        "emailAddress": "faktury@lodzlogistyka.example"
      }
    },
    {
      "mediumType": "phone",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "phoneNumber": "+48 42 5550166"
      }
    },
    {
      "mediumType": "postalAddress",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "street1": "ul. Piotrkowska 204",
        "postCode": "90-369",
        "city": "Łódź",
        "country": "PL"
      }
    }
  ],
  "creditProfile": [
    {
      "creditProfileDate": "2022-05-30T09:00:00Z",
      "creditRiskRating": 3,
      "creditScore": 590,
      "validFor": { "startDateTime": "2022-05-30T00:00:00Z" }
    }
  ],
  "paymentMethod": [
    {
      "id": "PM-2002",
      "name": "Bank transfer",
      "@referredType": "BankAccountTransfer"
    }
  ],
  "relatedParty": [
    {
      "id": "IND-2102",
      "name": "Żaneta Wójcik",
      "role": "accountant",
      "@referredType": "Individual"
    }
  ],
  "validFor": { "startDateTime": "2022-05-30T00:00:00Z" }
}$json$),
('C-2003', $json${
  "name": "Kavárna U Dvou Koček s.r.o.",
  "status": "suspended",
  "statusReason": "closed for rebuilding until spring",
  "engagedParty": {
    "id": "ORG-2003",
    "name": "Kavárna U Dvou Koček s.r.o.",
    "role": "customer",
    "@referredType": "Organization"
  },
  "account": [
    {
      "id": "BA-2003",
      "name": "Kavárna U Dvou Koček",
      "description": "Receives the bills",
      "@referredType": "BillingAccount"
    },
    {
      "id": "FA-2003",
      "name": "Kavárna U Dvou Koček",
      "description": "Holds the balance",
      "@referredType": "FinancialAccount"
    }
  ],
  "characteristic": [
    { "name": "segment", "valueType": "string", "value": "business" },
    { "name": "employees", "valueType": "number", "value": 6 },
    { "name": "paperlessBill", "valueType": "boolean", "value": true }
  ],
  "contactMedium": [
    {
      "mediumType": "email",
      "preferred": true,
      "characteristic": {
        "contactType": "billing",
        "emailAddress": "info@dvekocky.example"
      }
    },
    {
      "mediumType": "phone",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "phoneNumber": "+420 2 5550 0143"
      }
    },
    {
      "mediumType": "postalAddress",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "street1": "Dlouhá 17",
        "postCode": "110 00",
        "city": "Praha",
        "country": "CZ"
      }
    }
  ],
  "creditProfile": [
    {
      "creditProfileDate": "2024-01-22T09:00:00Z",
      "creditRiskRating": 2,
      "creditScore": 668,
      "validFor": { "startDateTime": "2024-01-22T00:00:00Z" }
    }
  ],
  "paymentMethod": [
    {
      "id": "PM-2003",
      "name": "Bank transfer",
      "@referredType": "BankAccountTransfer"
    }
  ],
  "relatedParty": [
    {
      "id": "IND-2103",
      "name": "Tomáš Dvořák",
      "role": "owner",
      "@referredType": "Individual"
    }
  ],
  "validFor": { "startDateTime": "2024-01-22T00:00:00Z" }
}$json$),
('C-2004', $json${
  "name": "Harbour View Clinics Ltd",
  "status": "active",
  "engagedParty": {
    "id": "ORG-2004",
    "name": "Harbour View Clinics Ltd",
    "role": "customer",
    "@referredType": "Organization"
  },
  "account": [
    {
      "id": "BA-2004",
      "name": "Harbour View Clinics",
      "description": "Receives the bills",
      "@referredType": "BillingAccount"
    },
    {
      "id": "FA-2004",
      "name": "Harbour View Clinics",
      "description": "Holds the balance",
      "@referredType": "FinancialAccount"
    }
  ],
  "agreement": [
    {
      "id": "AG-2004",
      "name": "Clinic network contract",
      "@referredType": "Agreement"
    }
  ],
  "characteristic": [
    { "name": "segment", "valueType": "string", "value": "business" },
    { "name": "employees", "valueType": "number", "value": 95 },
    { "name": "paperlessBill", "valueType": "boolean", "value": false }
  ],
  "contactMedium": [
    {
      "mediumType": "email",
      "preferred": true,
      "characteristic": {
        "contactType": "billing",
        "emailAddress": "accounts@harbourview.example"
      }
    },
    {
      "mediumType": "phone",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "phoneNumber": "+353 20 915 0121"
      }
    },
    {
      "mediumType": "postalAddress",
      "preferred": false,
      "characteristic": {
        "contactType": "billing",
        "street1": "5 Quay Street",
        "postCode": "T12 X4R7",
        "city": "Cork",
        "country": "IE"
      }
    }
  ],
  "creditProfile": [
    {
      "creditProfileDate": "2020-09-14T09:00:00Z",
      "creditRiskRating": 1,
      "creditScore": 801,
      "validFor": { "startDateTime": "2020-09-14T00:00:00Z" }
    }
  ],
  "paymentMethod": [
    {
      "id": "PM-2004",
      "name": "Bank transfer",
      "@referredType": "BankAccountTransfer"
    }
  ],
  "relatedParty": [
    {
      "id": "IND-2104",
      "name": "Siobhán O'Leary",
      "role": "financeManager",
      "@referredType": "Individual"
    }
  ],
  "validFor": { "startDateTime": "2020-09-14T00:00:00Z" }
}$json$)
ON CONFLICT (id) DO NOTHING;
