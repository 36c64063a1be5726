/*
 * The runs: each a list of requests with what is checked of the answer.
 *
 * A request is { method, target, body, check }. A check has
 *   status     the status code
 *   rows       'one' (a resource), 'list' or 'none' (the body doesn't matter)
 *   mandatory  attributes that each resource must have
 *   has, held  dotted paths of "Response has ..." and "Body includes ..."
 *   is         [{ key, attributes }]: "... is ..." of a remembered resource
 *   others     [{ key, label }]: who may be answered only if he matches
 *   filter     { path: value } that the query asks for
 *   fields     the attribute that the query selects
 *   sent       the body of a POST;  patched  the body of a PATCH
 *   instance   key of the resource that must be answered
 *   remember   key under which the last resource answered (that has the
 *              values of where) is remembered
 *   schema     JSON schema of the whole answer
 *   silent     no assertion names: a fault is a script error
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const schemas = require('./schemas.json');

const UNKNOWN = {
    payment: '45d7aa75-8458-4b33-b659-c3c1d6278c4c',
    customer: 'f0425514-22ec-4937-a579-563c575142f5',
    customerBill: '814738f6-4059-4a95-8d34-e859dce29b7c',
    customerBillOnDemand: '0e34c2dd-fd61-4ca3-a42b-c3a64f3c398b',
    appliedCustomerBillingRate: '2fe07e00-e489-4bc5-96f7-08a980a63452',
};

function body(name) {
    const file = path.join(__dirname, 'bodies', name + '.json');

    return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** A request; the kind of resource gives what is checked by default. */
function request(method, target, kind, check, sent) {
    return {
        method,
        target,
        body: sent,
        check: {
            status: 200,
            rows: 'list',
            mandatory: kind.mandatory,
            has: kind.has,
            held: kind.held,
            is: [],
            others: [],
            ...check,
        },
    };
}

function create(kind, key, sent, more) {
    return request('POST', kind.name, kind,
        { status: 201, rows: 'one', remember: key, sent, ...more }, sent);
}

function list(kind, more) {
    return request('GET', kind.name, kind, more);
}

function getOne(kind, key) {
    return request('GET', `${kind.name}/{{${key}.id}}`, kind,
        { rows: 'one', instance: key, is: [is(kind, key)] });
}

function getUnknown(kind) {
    return request('GET', `${kind.name}/${UNKNOWN[kind.name]}`, kind,
        { status: 404, rows: 'none' });
}

function filtered(kind, attribute, value, more) {
    return request('GET', `${kind.name}?${attribute}=${value}`, kind,
        { filter: { [attribute]: value }, ...more });
}

/** A list of one attribute; paths are those still checked. */
function selected(kind, fields, paths, more) {
    return request('GET', `${kind.name}?fields=${fields}`, kind,
        { fields, mandatory: paths, has: paths, held: paths, ...more });
}

function is(kind, key) {
    return { key, attributes: kind.is };
}

function paymentRequests(sent) {
    const asserted = ['href', 'id', 'account.id', 'totalAmount.unit',
        'totalAmount.value'];
    const kind = {
        name: 'payment',
        mandatory: ['href', 'id', 'account', 'paymentMethod', 'totalAmount'],
        has: [...asserted, 'account', 'paymentMethod'],
        held: asserted,
        is: asserted,
    };
    const known = { is: [is(kind, 'payment1')] };
    const names = ['href', 'id'];
    const known2 = { is: [{ key: 'payment1', attributes: names }] };

    return [
        create(kind, 'payment1', sent),
        list(kind, known),
        getOne(kind, 'payment1'),
        selected(kind, 'href', names, known2),
        selected(kind, 'id', names, known2),
        filtered(kind, 'id', '{{payment1.id}}', known),
        getUnknown(kind),
    ];
}

/** Bills are written by billing: the last one listed is taken. */
function billRequests() {
    const asserted = ['href', 'id', 'billDocument.id'];
    const kind = {
        name: 'customerBill',
        mandatory: ['href', 'id', 'billDocument'],
        has: [...asserted, 'billDocument'],
        held: asserted,
        is: asserted,
    };
    const patched = { state: 'onHold' };
    const links = { mandatory: ['href', 'id'], has: ['href'], held: [] };

    return [
        list(kind, {
            remember: 'customerBill1',
            schema: listSchema('customerBill'),
        }),
        selected(kind, 'href', [], links),
        selected(kind, 'id', [], links),
        filtered(kind, 'id', '{{customerBill1.id}}',
            { is: [is(kind, 'customerBill1')] }),
        request('PATCH', 'customerBill/{{customerBill1.id}}', kind, {
            rows: 'one',
            instance: 'customerBill1',
            has: ['href', 'id', 'billDocument', 'state'],
            held: ['state'],
            patched,
        }, patched),
        getUnknown(kind),
    ];
}

function onDemandRequests() {
    const names = ['href', 'id'];
    const kind = {
        name: 'customerBillOnDemand',
        mandatory: names,
        has: names,
        held: names,
        is: names,
    };
    const key = 'customerBillOnDemand1';
    const known = [is(kind, key)];

    return [
        create(kind, key, body('bill-on-demand'), {
            mandatory: [...names, 'billingAccount', 'relatedParty'],
            schema: oneSchema('customerBillOnDemand'),
        }),
        list(kind, {
            is: known,
            schema: listSchema('customerBillOnDemand'),
        }),
        getOne(kind, key),
        selected(kind, 'href', names),
        selected(kind, 'id', names),
        filtered(kind, 'id', `{{${key}.id}}`, { is: known }),
        getUnknown(kind),
    ];
}

/** Rates are written by billing: the last billed one listed is taken. */
function rateRequests() {
    const names = ['id', 'href'];
    const asserted = [...names, 'isBilled'];
    const kind = {
        name: 'appliedCustomerBillingRate',
        mandatory: asserted,
        has: asserted,
        held: asserted,
        is: asserted,
    };
    const key = 'appliedCustomerBillingRate1';
    const known = { is: [is(kind, key)] };

    return [
        list(kind, { remember: key, where: { isBilled: true } }),
        selected(kind, 'id', names),
        filtered(kind, 'id', `{{${key}.id}}`, known),
        selected(kind, 'isBilled', asserted),
        filtered(kind, 'isBilled', true, known),
        selected(kind, 'href', names),
        getUnknown(kind),
    ];
}

function listSchema(name) {
    return {
        type: 'array',
        minItems: 1,
        items: schemas[name],
        definitions: schemas.definitions,
    };
}

function oneSchema(name) {
    return { ...schemas[name], definitions: schemas.definitions };
}

function customerKind() {
    return {
        name: 'customer',
        mandatory: ['@type', 'href', 'id', 'name', 'engagedParty'],
        has: ['@type', 'href', 'id', 'name'],
        held: ['href', 'id', 'name'],
        is: ['@baseType', '@schemaLocation', 'href', 'id', 'name', 'status',
            'statusReason', 'validFor', 'engagedParty', 'relatedParty',
            'account', 'paymentMethod', 'contactMedium', 'characteristic',
            'creditProfile'],
    };
}

/** Two customers of one name: a filter by name answers both. */
function customerRequests() {
    const kind = customerKind();
    const sent = [body('customer1'), body('customer2')];
    const first = {
        is: [is(kind, 'customer1')],
        others: [{ key: 'customer2', label: 'IDCU02' }],
    };
    const second = {
        is: [is(kind, 'customer2')],
        others: [{ key: 'customer1', label: 'IDCU01' }],
    };
    const both = { is: [...first.is, ...second.is] };
    const silent = { silent: true };

    return [
        create(kind, 'customer1', sent[0]),
        create(kind, 'customer2', sent[1]),
        list(kind, both),
        getOne(kind, 'customer1'),
        getOne(kind, 'customer2'),
        selected(kind, 'href', ['href', 'id'], silent),
        filtered(kind, 'href', '{{customer1.href}}', first),
        filtered(kind, 'href', '{{customer2.href}}', second),
        selected(kind, 'id', ['href', 'id'], silent),
        filtered(kind, 'id', '{{customer1.id}}', first),
        filtered(kind, 'id', '{{customer2.id}}', second),
        selected(kind, 'name', ['href', 'id', 'name'], silent),
        filtered(kind, 'name', sent[0].name, first),
        filtered(kind, 'name', sent[1].name, second),
        getUnknown(kind),
    ];
}

/** The later kit's change of a name: all else must stay as it was sent. */
function patchRequests() {
    const kind = customerKind();
    const sent = body('customer1');
    const patched = { name: 'Sun Football Club' };
    const rest = kind.is.filter((name) => name !== 'name');
    const changed = {
        rows: 'one',
        instance: 'customer1',
        has: [...kind.has, 'engagedParty'],
        held: [...kind.held, 'engagedParty.id'],
        is: [{ key: 'customer1', attributes: rest }],
        patched,
    };

    return [
        create(kind, 'customer1', sent),
        request('PATCH', 'customer/{{customer1.id}}', kind, changed, patched),
        request('GET', 'customer/{{customer1.id}}', kind, changed),
    ];
}

function billRunRequests() {
    return [...billRequests(), ...onDemandRequests(), ...rateRequests()];
}

module.exports = {
    'inspur-payment': {
        title: 'TMF676 Payment as Inspur IBS',
        base: '/payment/v4/payment/v4/',
        requests: paymentRequests(body('payment-inspur')),
    },
    'aria-payment': {
        title: 'TMF676 Payment as Aria Crescendo',
        base: '/bpa/Primary/PostDataToFlow/TMForum/PaymentManagement/',
        requests: paymentRequests(body('payment-aria')),
    },
    'inspur-customerbill': {
        title: 'TMF678 Customer Bill as Inspur IBS',
        base: '/tmf-api/customerBillManagement/v4'
            + '/tmf-api/customerBillManagement/v4/',
        requests: billRunRequests(),
    },
    'zsmart-customerbill': {
        title: 'TMF678 Customer Bill as ZSmart',
        base: '/portal-web/customerBillManagement/v4/',
        requests: billRunRequests(),
    },
    'inspur-customer': {
        title: 'TMF629 Customer as Inspur CRM',
        base: '/tmf-openapi/customer/rest/service/',
        requests: customerRequests(),
    },
    'patch-customer': {
        title: 'TMF629 Customer, patched as in the later kit',
        base: '/ctk/customerManagement/v4/',
        requests: patchRequests(),
    },
};
