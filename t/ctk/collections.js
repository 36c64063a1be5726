/* Makes Postman collections (format 2.1) of the runs. */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const runs = require('./runs');

const FORMAT = 'https://schema.getpostman.com/json/collection/v2.1.0/'
    + 'collection.json';
const HEADERS = [
    { key: 'Accept', value: 'application/json' },
    { key: 'Content-Type', value: 'application/json' },
];

function script(listen, text) {
    return {
        listen,
        script: { type: 'text/javascript', exec: text.split('\n') },
    };
}

function item(request, index) {
    const check = JSON.stringify(request.check);

    return {
        name: `${index + 1} ${request.method} ${request.target}`,
        event: [script('prerequest',
            `pm.variables.set('check', ${JSON.stringify(check)});`)],
        request: {
            method: request.method,
            header: HEADERS,
            url: `{{base}}${request.target}`,
            ...(request.body && {
                body: {
                    mode: 'raw',
                    raw: JSON.stringify(request.body, null, 4),
                },
            }),
        },
    };
}

/** The collection of a run, to be sent to a base URL. */
function build(name, base) {
    const run = runs[name];
    const assertions = fs.readFileSync(
        path.join(__dirname, 'assertions.js'), 'utf8');

    return {
        info: { name: `${name}: ${run.title}`, schema: FORMAT },
        event: [script('test', assertions)],
        variable: [{ key: 'base', value: base }],
        item: run.requests.map(item),
    };
}

/** Write all of them as files that Postman imports. */
function exportTo(folder, origin) {
    fs.mkdirSync(folder, { recursive: true });
    return Object.keys(runs).map((name) => {
        const file = path.join(folder, name + '.postman_collection.json');
        const collection = build(name, origin + runs[name].base);

        fs.writeFileSync(file, JSON.stringify(collection, null, 2) + '\n');
        return file;
    });
}

module.exports = { build, exportTo };
