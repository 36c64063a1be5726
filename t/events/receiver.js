'use strict';
// A receiver of events that fails by a plan. What it does is a function of
// the seed, the subscription, the event and the number of the attempt, so
// that a run can be repeated. It writes a line for each request:
//   microseconds, name, eventId, eventType, id, mark, what it did, digest
//
// node receiver.js LOG SEED [PEM]: prints its port; PEM has a key and a
// certificate for https. A URL's path is /PLAN/NAME:
//   good     always 204
//   faulty   30 % of the attempts fail, at most 8 for one event
//   quick    as faulty, without those that leave the sender waiting
//   kept     as good, and the whole request goes to LOG.kept
//   hang     never answers        gone     410
//   slow     204 after 9 s
//   poison   500, until a POST to /cure
//   canary   204; nobody should come here

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');

const [log, seed, pem] = process.argv.slice(2);
const lines = fs.createWriteStream(log, { flags: 'a' });
const kept = fs.createWriteStream(`${log}.kept`, { flags: 'a' });
const attempts = new Map();
const RATE = 0.3;
const MOST = 8;
let cured = false;

function dice(...words) {
    return crypto.createHash('md5').update(words.join(' ')).digest()
        .readUInt32LE(0) / 2 ** 32;
}

function now() {
    return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

// ---------------------------------------------------------------- failures

function finish(response, status, headers) {
    response.writeHead(status, { 'Content-Length': 0, ...headers });
    response.end();
}

// A header that doesn't end, a byte at a time.
function drip(response) {
    const { socket } = response;
    const timer = setInterval(() => socket.write('x'), 50);

    socket.on('close', () => clearInterval(timer));
    socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
}

function flood(response) {
    const block = Buffer.alloc(65536, 'x');
    const pump = () => {
        while (!response.destroyed && response.write(block)) {
            // as much as the socket takes
        }
    };

    response.writeHead(500, { 'Content-Length': 128e6 });
    response.on('drain', pump);
    pump();
}

const failures = {
    refused: (response) => finish(response, 500),
    reset: (response) => response.socket.resetAndDestroy(),
    closed: (response) => response.socket.destroy(),
    hang: () => {},
    drip,
    flood,
    moved: (response) => finish(response, 307, { Location: '/canary/moved' }),
    busy: (response) => finish(response, 429),
    later: (response) => finish(response, 503, { 'Retry-After': '1' })
};

// ------------------------------------------------------------------- plans

const slow = ['hang', 'drip', 'later'];

function faulty(response, name, id, isQuick) {
    const key = `${name} ${id}`;
    const n = (attempts.get(key) || 0) + 1;
    const names = Object.keys(failures);

    attempts.set(key, n);
    if (n <= MOST && dice(seed, key, n) < RATE) {
        // those that take long are rarer: one in three of their turns
        let which = names[Math.floor(dice(seed, key, n, 'how')
                                     * names.length)];
        if (slow.includes(which)
            && (isQuick || dice(seed, key, n, 'long') > 1 / 3)) {
            which = 'refused';
        }
        failures[which](response);
        return which;
    }
    finish(response, 204);
    return 'taken';
}

const plans = {
    good: (response) => {
        finish(response, 204);
        return 'taken';
    },
    faulty,
    quick: (response, name, id) => faulty(response, name, id, true),
    hang: () => 'hang',
    slow: (response) => {
        setTimeout(finish, 9000, response, 204);
        return 'taken';
    },
    gone: (response) => {
        finish(response, 410);
        return 'gone';
    },
    poison: (response) => {
        finish(response, cured ? 204 : 500);
        return cured ? 'taken' : 'refused';
    },
    canary: (response) => {
        finish(response, 204);
        return 'canary';
    }
};
plans.kept = plans.good;

function read(body) {
    try {
        return JSON.parse(body);
    } catch {
        return {};
    }
}

function take(request, response, body) {
    const at = now();
    const [, plan, name] = request.url.split(/[/?]/);
    const event = read(body);
    const resource = Object.values(event.event || {})[0] || {};
    const does = plans[plan] || plans.canary;
    const done = request.socket.destroyed || request.socket.readableEnded
        ? 'late' : does(response, name, event.eventId);

    lines.write([at, name, event.eventId, event.eventType, resource.id,
        resource.statusReason, done,
        crypto.createHash('md5').update(body).digest('base64')].join('\t')
        + '\n');
    if (plan === 'kept') {
        kept.write(`${JSON.stringify({ name, body: body.toString(),
            headers: request.headers })}\n`);
    }
}

function listen(request, response) {
    const parts = [];

    request.on('data', (part) => parts.push(part));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
        if (request.url === '/cure') {
            cured = true;
            finish(response, 204);
        } else {
            // who has hung up meanwhile is noticed first
            setImmediate(take, request, response, Buffer.concat(parts));
        }
    });
}

const both = pem && fs.readFileSync(pem);
const server = pem ? https.createServer({ key: both, cert: both }, listen)
    : http.createServer(listen);

server.keepAliveTimeout = 60000;
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => {
    console.log(server.address().port);
});
process.on('SIGTERM', () => lines.end(() => kept.end(() => process.exit(0))));
