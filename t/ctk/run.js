#!/usr/bin/env node
/*
 * Replays certification runs against a server, with newman:
 *
 *   node run.js --run NAME --url BASE
 *   node run.js --run all --origin ORIGIN
 *   node run.js --export DIR [--origin ORIGIN]
 *
 * Exit status: 0 if everything passed, 1 if not, 2 for wrong usage.
 */
'use strict';

const fs = require('node:fs');
const { parseArgs } = require('node:util');
const runs = require('./runs');
const collections = require('./collections');
const { evaluate } = require('./expect');

const ORIGIN = 'http://127.0.0.1:8629';
const REQUEST_TIMEOUT_MS = 30000;

const USAGE = `usage: node run.js --run NAME --url BASE [options]
       node run.js --run all [--origin ORIGIN] [options]
       node run.js --export DIR [--origin ORIGIN]
runs: ${Object.keys(runs).join(' ')}
options: --fresh         the data set is new: demand the named counts
         --insecure      accept any TLS certificate
         --report FILE   write the results as JSON
ORIGIN is ${ORIGIN} by default; a run without --url is sent to the
vendor's own base path there.`;

class UsageError extends Error {}

function readOptions() {
    const text = { type: 'string' };
    const flag = { type: 'boolean', default: false };
    let values;

    try {
        ({ values } = parseArgs({ options: {
            run: text,
            url: text,
            origin: { type: 'string', default: ORIGIN },
            report: text,
            export: text,
            insecure: flag,
            fresh: flag,
            help: flag,
        } }));
    } catch (err) {
        throw new UsageError(err.message);
    }
    return values;
}

/** The runs asked for: [{ name, base }]. */
function chosenRuns(options) {
    const origin = options.origin.replace(/\/+$/, '');

    if (options.run === 'all' && !options.url) {
        return Object.keys(runs).map(
            (name) => ({ name, base: origin + runs[name].base }));
    }
    if (!Object.keys(runs).includes(options.run)) {
        throw new UsageError(options.run === 'all'
            ? '--run all takes --origin, not --url'
            : `no run "${options.run || ''}"`);
    }
    const base = options.url || origin + runs[options.run].base;

    if (!/^https?:\/\//.test(base)) {
        throw new UsageError('a base URL starts with http:// or https://');
    }
    return [{ name: options.run, base: base.replace(/\/*$/, '/') }];
}

function loadNewman() {
    try {
        return require('newman');
    } catch (err) {
        throw new Error(`newman is not installed (${err.code}): `
            + 'run "npm ci" in this folder first');
    }
}

function replay(newman, { name, base }, insecure) {
    return new Promise((resolve, reject) => {
        newman.run({
            collection: collections.build(name, base),
            insecure,
            reporters: [],
            timeoutRequest: REQUEST_TIMEOUT_MS,
        }, (err, summary) => (err ? reject(err) : resolve(summary)));
    });
}

function title(failure) {
    return failure.source ? failure.source.name : 'run';
}

/** Assertions, requests and scripts that newman itself found failed. */
function newmanFailures(summary) {
    return summary.run.failures.map((failure) => ({
        request: title(failure),
        name: failure.error.test || failure.error.name,
        fault: failure.error.message,
    }));
}

/** What there is to say if no request of a run was answered. */
function unreachable(run, { executions }) {
    const err = (executions[0] || {}).requestError;

    return {
        run: run.name,
        base: run.base,
        requests: 0,
        assertions: 0,
        assertionsFailed: 0,
        rows: {},
        passed: 0,
        failures: [{ request: 'run', name: 'no answer from the server',
            fault: err ? err.message : 'unknown' }],
    };
}

function resultOf(run, summary, fresh) {
    const { executions } = summary.run;

    if (!executions.some((one) => one.response)) {
        return unreachable(run, summary.run);
    }
    const { checks, rows } = evaluate(run.name, executions, run.base, fresh);
    const failures = newmanFailures(summary);
    const assertions = summary.run.stats.assertions;

    if (assertions.total === 0) {
        failures.push({ request: 'run', name: 'assertions',
            fault: 'none was made' });
    }
    failures.push(...checks.filter((check) => check.fault));
    return {
        run: run.name,
        base: run.base,
        requests: executions.filter((one) => one.response).length,
        assertions: assertions.total,
        assertionsFailed: assertions.failed,
        rows,
        passed: assertions.total - assertions.failed
            + checks.filter((check) => !check.fault).length,
        failures,
    };
}

function print(result) {
    const rows = Object.entries(result.rows)
        .map(([kind, n]) => `${kind} ${n}`).join(', ') || 'not listed';

    result.failures.forEach((one) => console.log(
        `  FAILED ${one.request}: ${one.name}: ${one.fault}`));
    console.log(`${result.run}: ${result.requests} requests, `
        + `${result.assertions} assertions, ${result.failures.length} failed, `
        + `rows: ${rows}`);
}

async function replayAll(chosen, options) {
    const newman = loadNewman();
    const results = [];

    for (const run of chosen) {
        const summary = await replay(newman, run, options.insecure);
        const result = resultOf(run, summary, options.fresh);

        print(result);
        results.push(result);
    }
    return results;
}

function finish(results, report) {
    const passed = results.reduce((sum, one) => sum + one.passed, 0);
    const failed = results.reduce((sum, one) => sum + one.failures.length, 0);

    if (report) {
        fs.writeFileSync(report, JSON.stringify(results, null, 4) + '\n');
    }
    console.log(`newman: ${passed} passed, ${failed} failed`);
    return failed === 0 && passed > 0 ? 0 : 1;
}

async function main() {
    const options = readOptions();

    if (options.help) {
        console.log(USAGE);
        return 0;
    }
    if (options.export) {
        const origin = options.origin.replace(/\/+$/, '');

        collections.exportTo(options.export, origin)
            .forEach((file) => console.log(file));
        return 0;
    }
    const chosen = chosenRuns(options);

    console.log('This WRITES to the server: it creates resources and '
        + 'changes some, at');
    chosen.forEach(({ base }) => console.log(`  ${base}`));
    return finish(await replayAll(chosen, options), options.report);
}

main().then((status) => {
    process.exitCode = status;
}, (err) => {
    console.error(err instanceof UsageError
        ? `${err.message}\n${USAGE}` : err.message);
    process.exitCode = err instanceof UsageError ? 2 : 1;
});
