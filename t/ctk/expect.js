/*
 * Holds what newman reports of a run against expected.json: the same
 * requests in the same order, each status, and every assertion name as often
 * as a correct server gives it, no other name besides.
 *
 * expected.json was taken from the vendors' reports, not from runs.js. Per
 * request: the names asserted once, those asserted for each resource
 * answered, and how many are answered: a number, "all" of the plain list, or
 * those of the plain list that have the given values. {payment.href#1} is
 * the href of the first payment created; of resources that can't be created
 * it is the last one listed, of rates the last billed one.
 */
'use strict';

const expected = require('./expected.json');

const LAST = {
    customerBill: {},
    appliedCustomerBillingRate: { isBilled: true },
};

function answer(execution) {
    try {
        return JSON.parse(execution.response.stream.toString('utf8'));
    } catch (err) {
        return undefined;
    }
}

function sentBody(execution) {
    return JSON.parse(execution.request.body.raw);
}

function kindOf(target) {
    return target.split(/[/?]/)[0];
}

function first(node, path) {
    return path.split('.').reduce((value, name) => {
        const one = Array.isArray(value) ? value[0] : value;

        return one === null || one === undefined ? undefined : one[name];
    }, node);
}

function matching(rows, wanted) {
    return rows.filter((row) => Object.entries(wanted).every(
        ([path, value]) => first(row, path) === value));
}

/** The resources of the plain lists, by kind. */
function listed(requests, executions) {
    const lists = {};

    requests.forEach((request, i) => {
        if (request.method === 'GET' && request.rows === 'all'
            && !request.target.includes('?')) {
            const rows = executions[i] && answer(executions[i]);

            lists[request.target] = Array.isArray(rows) ? rows : [];
        }
    });
    return lists;
}

/** The resources that names and targets mention: kind to [first, second]. */
function mentioned(requests, executions, lists) {
    const known = {};

    requests.forEach((request, i) => {
        if (request.method === 'POST' && executions[i]) {
            const resource = { ...answer(executions[i]),
                ...sentBody(executions[i]) };

            (known[request.target] ||= []).push(resource);
        }
    });
    Object.keys(lists).forEach((kind) => {
        known[kind] ||= matching(lists[kind], LAST[kind]).slice(-1);
    });
    return known;
}

function fill(text, known) {
    return text.replace(/\{(\w+)\.([^#}]+)#(\d)\}/g,
        (whole, kind, path, number) => {
            const value = first((known[kind] || [])[number - 1], path);

            return typeof value === 'string' ? value : JSON.stringify(value);
        });
}

function rowCount(request, lists) {
    const rows = lists[kindOf(request.target)] || [];

    if (typeof request.rows === 'number') {
        return request.rows;
    }
    return request.rows === 'all'
        ? rows.length : matching(rows, request.rows).length;
}

/** Name to how often, as the difference of what is wanted and what came. */
function difference(request, execution, known, n) {
    const missing = new Map();
    const add = (name, count) => missing.set(name,
        (missing.get(name) || 0) + count);

    request.once.forEach((name) => add(fill(name, known), 1));
    request.each.forEach((name) => add(fill(name, known), n));
    (execution.assertions || []).forEach((one) => add(one.assertion, -1));
    return [...missing].filter(([, count]) => count !== 0);
}

function namesFault(request, execution, known, lists) {
    const differences = difference(request, execution, known,
        rowCount(request, lists));

    return differences.map(([name, count]) => (count > 0
        ? `${count} missing: "${name}"`
        : `${-count} too many: "${name}"`)).join('; ') || null;
}

function targetFault(request, execution, known, base) {
    const wanted = request.method + ' ' + base + fill(request.target, known);
    const got = execution.request.method + ' '
        + decodeURI(execution.request.url.toString());

    return got === wanted ? null : `sent ${got}, not ${wanted}`;
}

function statusFault(request, execution) {
    const got = execution.response ? execution.response.code : 'none';

    return got === request.status
        ? null : `status ${got}, not ${request.status}`;
}

function freshFaults(name, rows, executions) {
    const want = expected[name];
    const count = executions.reduce(
        (sum, one) => sum + (one.assertions || []).length, 0);
    const faults = Object.entries(want.rows)
        .filter(([kind, n]) => rows[kind] !== n)
        .map(([kind, n]) => `${kind}: ${rows[kind]} rows, not ${n}`);

    if (count !== want.assertions) {
        faults.push(`${count} assertions, not ${want.assertions}`);
    }
    return faults.join('; ') || null;
}

/**
 * Check a run.
 * @param fresh the data set was made just now: the table's counts hold.
 * @return { checks: [{ request, name, fault }], rows: { kind: n } }; a fault
 *         of null is a check that passed.
 */
function evaluate(name, executions, base, fresh) {
    const of = expected[name].requests;
    const requests = typeof of === 'string' ? expected[of].requests : of;
    const lists = listed(requests, executions);
    const known = mentioned(requests, executions, lists);
    const rows = Object.fromEntries(Object.entries(lists).map(
        ([kind, list]) => [kind, list.length]));
    const checks = requests.flatMap((request, i) => {
        const title = `${i + 1} ${request.method} ${request.target}`;
        const execution = executions[i] || { request: { url: '' } };

        return [
            ['request', targetFault(request, execution, known, base)],
            ['status', statusFault(request, execution)],
            ['names', namesFault(request, execution, known, lists)],
        ].map(([what, fault]) => ({ request: title, name: what, fault }));
    });

    if (executions.length !== requests.length) {
        checks.push({ request: 'run', name: 'requests',
            fault: `${executions.length}, not ${requests.length}` });
    }
    if (fresh) {
        checks.push({ request: 'run', name: 'counts on fresh data',
            fault: freshFaults(name, rows, executions) });
    }
    return { checks, rows };
}

module.exports = { evaluate };
