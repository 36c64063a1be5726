'use strict';

// The node reference of the bench: the same rows, answered the same way, by
// fastify and pg, with one worker for each core.
//
//   server.js PORT SOCKET_FOLDER DATABASE_PORT DATA_SET POST_DATA_SET BASE
//
// /customer        as one writes it in node: pg parses the document, fastify
//                  makes JSON of it
// /text/customer   the quickest way: the text of the row is passed on

const cluster = require('node:cluster');
const os = require('node:os');
const fastify = require('fastify');
const { Pool } = require('pg');

const [port, host, databasePort, dataSet, postDataSet, base] =
    process.argv.slice(2);
const CONNECTIONS = 16;

const statements = {
    get: `SELECT id, doc FROM ${dataSet}.customer WHERE id = $1`,
    getText: `SELECT id, body FROM ${dataSet}.customer WHERE id = $1`,
    list: `SELECT id, doc FROM ${dataSet}.customer ORDER BY seq
           LIMIT $1 OFFSET $2`,
    listText: `SELECT id, body FROM ${dataSet}.customer ORDER BY seq
               LIMIT $1 OFFSET $2`,
    post: `INSERT INTO ${postDataSet}.customer (doc) VALUES ($1::jsonb)
           RETURNING id, doc`,
};

// What may be asked for and sent. Fastify compiles it, as is its way.
const text = { type: 'string' };
const list = { type: 'array', items: { type: 'object' } };
const page = {
    querystring: {
        type: 'object',
        properties: {
            limit: { type: 'integer', minimum: 0, default: 100 },
            offset: { type: 'integer', minimum: 0, default: 0 },
        },
    },
};
const customer = {
    body: {
        type: 'object',
        required: ['name', 'engagedParty'],
        properties: {
            name: text, status: text, statusReason: text,
            validFor: {
                type: 'object',
                properties: { startDateTime: text, endDateTime: text },
            },
            engagedParty: {
                type: 'object',
                required: ['id'],
                properties: { id: text, name: text, href: text },
            },
            account: list, contactMedium: list, creditProfile: list,
            characteristic: list,
        },
    },
};

const href = (id) => `${base}/customer/${id}`;
const resource = (row) => ({ id: row.id, href: href(row.id), ...row.doc });
const resourceText = (row) => `{"id":${JSON.stringify(row.id)},"href":` +
    `${JSON.stringify(href(row.id))},${row.body.slice(1)}`;

function routes(server, pool) {
    const run = (name, values) =>
        pool.query({ name, text: statements[name], values });
    const absent = (reply) => reply.code(404).send({
        code: 'notFound', reason: 'There is no such resource', status: '404',
    });

    server.get('/customer/:id', async (request, reply) => {
        const { rows } = await run('get', [request.params.id]);
        return rows.length ? resource(rows[0]) : absent(reply);
    });
    server.get('/text/customer/:id', async (request, reply) => {
        const { rows } = await run('getText', [request.params.id]);
        if (!rows.length) return absent(reply);
        return reply.type('application/json').send(resourceText(rows[0]));
    });
    server.get('/customer', { schema: page }, async (request) => {
        const { limit, offset } = request.query;
        const { rows } = await run('list', [limit, offset]);
        return rows.map(resource);
    });
    server.get('/text/customer', { schema: page }, async (request, reply) => {
        const { limit, offset } = request.query;
        const { rows } = await run('listText', [limit, offset]);
        return reply.type('application/json')
            .send(`[${rows.map(resourceText).join(',')}]`);
    });
    server.post('/customer', { schema: customer }, async (request, reply) => {
        const { id, href: _, ...doc } = request.body;
        const { rows } = await run('post', [JSON.stringify(doc)]);
        return reply.code(201).header('Location', href(rows[0].id))
            .send(resource(rows[0]));
    });
}

async function work() {
    const pool = new Pool({
        host, port: Number(databasePort), database: 'tmf', user: 'tmf_app',
        max: CONNECTIONS, idleTimeoutMillis: 0,
    });
    const server = fastify({ logger: false, keepAliveTimeout: 30000 });

    routes(server, pool);
    await server.listen({ port: Number(port), host: '127.0.0.1' });
}

function supervise() {
    const workers = os.availableParallelism();
    let ready = 0;

    for (let i = 0; i < workers; i++) cluster.fork();
    cluster.on('listening', () => {
        ready++;
        if (ready === workers) console.log(`ready: ${workers} workers`);
    });
    // none is started anew: the bench must know of it
    cluster.on('exit', () => process.exit(1));
    process.on('SIGTERM', () => {
        cluster.removeAllListeners('exit');
        for (const worker of Object.values(cluster.workers)) {
            worker.process.kill('SIGKILL');
        }
        process.exit(0);
    });
}

if (cluster.isPrimary) supervise();
else work().catch((error) => {
    console.error(error);
    process.exit(1);
});
