/*
 * The test script of every collection: runs in Postman's sandbox after each
 * request. What a request is checked for comes from its pre-request script
 * as the variable "check" (the fields are described in runs.js).
 *
 * A request whose check is silent has no assertion names in the reports;
 * it is checked all the same, and a fault ends the script with an error.
 */
const check = JSON.parse(pm.variables.get('check'));
const test = check.silent ? (name, claim) => claim() : pm.test;

Object.entries(check.filter || {}).forEach(([path, value]) => {
    if (typeof value === 'string') {
        check.filter[path] = pm.variables.replaceIn(value);
    }
});

/** Every value that a dotted path reaches, element by element in arrays. */
function values(node, path) {
    return path.split('.').reduce((nodes, name) => nodes
        .flat()
        .filter((value) => value !== null && typeof value === 'object')
        .map((value) => value[name]), [node]);
}

function show(value) {
    return typeof value === 'string' ? value : JSON.stringify(value);
}

function expectSame(found, wanted, path) {
    pm.expect(found, `${path}: ${show(found)} instead of ${show(wanted)}`)
        .to.eql(wanted);
}

function remembered(key) {
    return JSON.parse(pm.collectionVariables.get(key) || '{}');
}

function remember(key, resource) {
    pm.collectionVariables.set(key, JSON.stringify(resource || {}));
    pm.collectionVariables.set(key + '.id', (resource || {}).id);
    pm.collectionVariables.set(key + '.href', (resource || {}).href);
}

/** The resources of the answer; one undefined where there should be some. */
function answeredRows() {
    let body;

    try {
        body = pm.response.json();
    } catch (err) {
        return [undefined];
    }
    if (check.rows === 'one') {
        return [Array.isArray(body) ? undefined : body];
    }
    return Array.isArray(body) && body.length > 0 ? body : [undefined];
}

/** With fields=, an attribute neither selected nor always there is a fault. */
function expectSelection(row) {
    const allowed = ['id', 'href', '@type', '@baseType', '@schemaLocation',
        check.fields];

    Object.keys(row).forEach((name) => {
        pm.expect(allowed, 'attribute not selected').to.include(name);
    });
}

function expectMandatory(row) {
    const sent = check.sent || {};

    pm.expect(row).to.be.an('object');
    check.mandatory.forEach((name) => {
        pm.expect(row).to.have.property(name);
        if (name in sent) {
            expectSame(row[name], sent[name], name);
        }
    });
    if (check.fields) {
        expectSelection(row);
    }
    if (check.instance) {
        expectSame(row.id, remembered(check.instance).id, 'id');
    }
}

function expectPresent(row, path) {
    const found = values(row, path);

    pm.expect(found, path).to.not.be.empty;
    pm.expect(found, path).to.not.include(undefined);
    return found;
}

function expectHref(row) {
    pm.expect(row.href).to.be.a('string');
    expectSame(decodeURIComponent(row.href.split('/').pop()), row.id,
        'end of href');
    if (check.sent) {
        expectSame(pm.response.headers.get('Location'), row.href,
            'Location');
    }
}

/** Not null; what was sent or patched; what the filter asks for. */
function expectHeld(row, path) {
    const found = expectPresent(row, path);

    pm.expect(found, path).to.not.include(null);
    [check.sent, check.patched, check.filter].forEach((wanted) => {
        const value = wanted ? values(wanted, path) : [undefined];

        if (value.length > 0 && value[0] !== undefined) {
            expectSame(found, value, path);
        }
    });
    if (path === 'id') {
        pm.expect(row.id).to.be.a('string').that.is.not.empty;
    } else if (path === 'href') {
        expectHref(row);
    }
}

function checkRow(row) {
    test('Instance has all mandatory attributes', () => expectMandatory(row));
    check.has.forEach((path) => {
        test(`Response has ${path} attribute`,
            () => expectPresent(row, path));
    });
    check.held.forEach((path) => {
        test(`Body includes value held on ${path}`,
            () => expectHeld(row, path));
    });
}

/** The answer has the resource, and its attributes are the known ones. */
function checkIs(rows, known, attributes) {
    const row = rows.find((one) => one && one.id === known.id);

    attributes.forEach((path) => {
        const wanted = values(known, path);

        test(`${path} is ${show(wanted[0])}`, () => {
            pm.expect(wanted[0], 'known before').to.exist;
            pm.expect(row, 'the resource in the answer').to.exist;
            expectSame(values(row, path), wanted, path);
        });
    });
}

/** A second resource may be answered only if it matches the filter too. */
function checkOther(rows, other) {
    const known = remembered(other.key);
    const row = rows.find((one) => one && one.id === known.id);

    if (!row) {
        return;
    }
    test(`${other.label} not expected on this test`, () => {
        Object.entries(check.filter).forEach(([path, value]) => {
            expectSame(values(known, path), [value], path);
            expectSame(values(row, path), [value], path);
        });
    });
}

function checkPatched(row) {
    Object.entries(check.patched || {}).forEach(([path, value]) => {
        test(`${path} is ${show(value)}`,
            () => expectSame(values(row, path), [value], path));
    });
}

/** A created resource is known by what was sent, with its id and href. */
function keep(rows) {
    const where = Object.entries(check.where || {});
    const match = rows.filter((row) => row && where.every(
        ([path, value]) => values(row, path)[0] === value));
    const last = match[match.length - 1];

    remember(check.remember, last && { ...last, ...check.sent });
}

function checkRows() {
    const rows = answeredRows();

    if (check.remember) {
        keep(rows);
    }
    rows.forEach(checkRow);
    checkPatched(rows[0]);
    check.is.forEach(
        (one) => checkIs(rows, remembered(one.key), one.attributes));
    check.others.forEach((other) => checkOther(rows, other));
    if (check.schema) {
        test('Response valid against schema',
            () => pm.response.to.have.jsonSchema(check.schema));
    }
}

test(`Status code is ${check.status}`,
    () => pm.response.to.have.status(check.status));
if (check.rows !== 'none') {
    checkRows();
}
