'use strict';
// Compares what a receiver has got with what was committed.
//
// node check.js AUDIT LOG NAME...: AUDIT has a line for each change that was
// committed, in the order of the changes of each resource: microseconds, id,
// marks of the events it must give (type=mark, separated by blanks). For
// each NAME the log must have, resource by resource, just these events in
// just this order, looking at the first delivery of each. Prints a line of
// figures a name; 1 if something is wrong.

const fs = require('fs');

const [auditFile, logFile, ...names] = process.argv.slice(2);
const SHOWN = 5;
let failed = 0;

function rows(file) {
    return fs.readFileSync(file, 'utf8').split('\n')
        .filter((line) => line).map((line) => line.split('\t'));
}

function percentile(sorted, part) {
    return sorted.length
        ? sorted[Math.min(sorted.length - 1,
            Math.floor(sorted.length * part))] : NaN;
}

// id -> [{ text, at }]
function readAudit() {
    const expected = new Map();

    for (const [at, id, events] of rows(auditFile)) {
        const list = expected.get(id) || [];

        list.push(...events.split(' ').filter((text) => text)
            .map((text) => ({ text, at: Number(at) })));
        expected.set(id, list);
    }
    return expected;
}

// eventId -> { at, id, text, digest, n, n_extra, taken }
function readLog(name) {
    const events = new Map();

    for (const [at, who, eventId, type, id, mark, did, digest]
        of rows(logFile)) {
        if (who !== name) {
            continue;
        }
        const text = `${type}=${mark}`;
        const event = events.get(eventId)
            || { first: Number(at), id, text, digest, n: 0, extra: 0 };

        event.n++;
        event.extra += event.taken ? 1 : 0;
        event.same = event.digest === digest && event.text === text;
        if (did === 'taken' && !event.taken) {
            event.taken = Number(at);
        }
        if (!event.same) {
            event.broken = true;
        }
        events.set(eventId, event);
    }
    return events;
}

function group(events) {
    const groups = new Map();

    for (const event of [...events.values()].sort((a, b) =>
        a.first - b.first)) {
        const list = groups.get(event.id) || [];

        list.push(event);
        groups.set(event.id, list);
    }
    return groups;
}

function complain(name, figures, what, id, one) {
    figures[what] = (figures[what] || 0) + 1;
    failed++;
    if (figures[what] <= SHOWN) {
        console.log(`${name}: ${what}: ${id}: ${one}`);
    }
}

// A resource's events against those it must have.
function compare(name, figures, id, got, wanted) {
    const texts = got.map((event) => event.text);
    const missing = wanted.filter(({ text }) => !texts.includes(text));
    const known = new Set(wanted.map(({ text }) => text));
    const right = got.filter(({ text }) => known.has(text));

    missing.forEach(({ text }) => complain(name, figures, 'missing', id,
        text));
    got.filter(({ text }) => !known.has(text)).forEach(({ text }) =>
        complain(name, figures, 'phantom', id, text));
    right.forEach((event, i) => {
        if (!event.taken) {
            complain(name, figures, 'missing', id, event.text);
        }
        if (event.broken) {
            complain(name, figures, 'other bytes', id, event.text);
        }
        if (missing.length === 0 && event.text !== wanted[i].text) {
            complain(name, figures, 'order', id,
                `${event.text} for ${wanted[i].text}`);
        }
    });
    // one of a resource in flight: the next is sent when this one was taken
    for (let i = 1; i < right.length; i++) {
        if (right[i].first < right[i - 1].taken) {
            complain(name, figures, 'overtaken', id, right[i].text);
        }
    }
}

function check(name, expected) {
    const figures = {};
    const events = readLog(name);
    const groups = group(events);
    const times = [];
    let n = 0;
    let tries = 0;
    let extra = 0;

    for (const id of new Set([...expected.keys(), ...groups.keys()])) {
        const wanted = expected.get(id) || [];
        const got = groups.get(id) || [];

        n += wanted.length;
        compare(name, figures, id, got, wanted);
        for (const event of got) {
            const was = wanted.find(({ text }) => text === event.text);

            tries += event.n;
            extra += event.extra;
            if (was && event.taken) {
                times.push((event.taken - was.at) / 1000);
            }
        }
    }
    times.sort((a, b) => a - b);
    console.log(`${name}: ${n} committed, ${events.size} received, `
        + `${tries} attempts, missing ${figures.missing || 0}, phantom `
        + `${figures.phantom || 0}, order ${figures.order || 0}, overtaken `
        + `${figures.overtaken || 0}, extra ${extra} (${(100 * extra
        / Math.max(1, n)).toFixed(2)} %), commit to delivery p50 `
        + `${percentile(times, 0.5).toFixed(1)} ms, p99 `
        + `${percentile(times, 0.99).toFixed(1)} ms`);
    return n;
}

const expected = readAudit();
const total = names.reduce((sum, name) => sum + check(name, expected), 0);

if (total === 0) {
    console.log('nothing was committed');
    failed++;
}
process.exitCode = failed ? 1 : 0;
