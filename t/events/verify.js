'use strict';
// Checks the signatures of what a receiver has kept with the libraries that
// receivers use. The secrets come on the standard input, "name secret": each
// must have signed all requests of that name.
//
// node verify.js FILE: prints how many were verified; 1 if one was not.

const fs = require('fs');
const standard = require('standardwebhooks');
const svix = require('svix');

const secrets = fs.readFileSync(0, 'utf8').trim().split('\n')
    .map((line) => line.split(' '));
const requests = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')
    .map((line) => JSON.parse(line));
let failed = 0;
let verified = 0;

function verify(name, Webhook, secret, request) {
    const headers = Object.fromEntries(Object.entries(request.headers)
        .filter(([key]) => key.startsWith('webhook-')));

    try {
        new Webhook(secret).verify(request.body, headers);
        verified++;
    } catch (error) {
        failed++;
        console.log(`${name}: ${request.name}: ${error.message}`);
    }
}

function refuses(Webhook, secret, request, change) {
    const headers = { ...request.headers };
    const other = { body: request.body, headers, secret };

    change(other);
    try {
        new Webhook(other.secret).verify(other.body, other.headers);
        failed++;
        console.log(`${request.name}: a forgery was verified`);
    } catch {
        verified++;
    }
}

for (const [name, secret] of secrets) {
    const own = requests.filter((request) => request.name === name);

    if (own.length === 0) {
        failed++;
        console.log(`${name}: there is nothing to verify`);
    }
    for (const request of own) {
        verify('standardwebhooks', standard.Webhook, secret, request);
        verify('svix', svix.Webhook, secret, request);
    }
    for (const { Webhook } of own.length ? [standard, svix] : []) {
        refuses(Webhook, secret, own[0], (it) => {
            it.body += ' ';
        });
        refuses(Webhook, secret, own[0], (it) => {
            it.headers['webhook-id'] += '0';
        });
        refuses(Webhook, secret, own[0], (it) => {
            it.secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
        });
    }
}
for (const request of requests) {
    if (!secrets.some(([name]) => name === request.name)
        && request.headers['webhook-signature']) {
        failed++;
        console.log(`${request.name}: signed without a secret`);
    }
}
console.log(`signatures: ${verified} as they should be, ${failed} not`);
process.exitCode = failed ? 1 : 0;
