'use strict';
// Changes customers through the API of several servers: creates, patches,
// deletes. What becomes of a request is of no matter here: the database
// tells what was committed.
//
// node writer.js COUNT CONCURRENCY PAUSE_MS BASE...

const http = require('http');

const [count, concurrency, pause] = process.argv.slice(2, 5).map(Number);
const bases = process.argv.slice(5);
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
const path = '/tmf-api/customerManagement/v4/customer';
const ids = [];
let n = 0;
let answered = 0;

function send(method, url, body) {
    return new Promise((resolve) => {
        const request = http.request(url, { method, agent, timeout: 5000,
            headers: body ? { 'Content-Type': method === 'PATCH'
                ? 'application/merge-patch+json' : 'application/json' } : {}
        }, (response) => {
            const parts = [];

            response.on('data', (part) => parts.push(part));
            response.on('error', () => resolve(null));
            response.on('end', () => {
                answered += response.statusCode < 300 ? 1 : 0;
                resolve(response.statusCode === 201
                    ? JSON.parse(Buffer.concat(parts)).id : null);
            });
        });

        request.on('timeout', () => request.destroy());
        request.on('error', () => resolve(null));
        request.end(body && JSON.stringify(body));
    });
}

async function one() {
    const mark = `a${++n}`;
    const base = bases[n % bases.length] + path;

    if (ids.length < 20 || n % 5 === 0) {
        const id = await send('POST', base, { name: 'n',
            engagedParty: { id: 'p' }, status: 'new', statusReason: mark });

        if (id) {
            ids.push(id);
        }
    } else if (n % 37 === 0) {
        await send('DELETE', `${base}/${ids.shift()}`);
    } else {
        const id = ids[Math.floor(Math.random() * ids.length)];
        const patch = { statusReason: mark };

        if (n % 3 === 0) {
            patch.status = mark;
        }
        await send('PATCH', `${base}/${id}`, patch);
    }
}

async function work() {
    while (n < count) {
        await one();
        await new Promise((resolve) => {
            setTimeout(resolve, pause * (0.5 + Math.random()));
        });
    }
}

Promise.all(Array.from({ length: concurrency }, work)).then(() => {
    console.log(`api: ${n} requests, ${answered} successes`);
    process.exitCode = answered > 0 ? 0 : 1;
    agent.destroy();
});
