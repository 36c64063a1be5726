'use strict';

// Fails unless two files hold the same JSON, whatever its spelling.
//
//   same.js FILE FILE [ATTRIBUTE ...]
//
// ATTRIBUTEs of the outermost objects may differ, but must be there.

const assert = require('node:assert');
const fs = require('node:fs');

const [one, other, ...loose] = process.argv.slice(2);

function read(file) {
    const value = JSON.parse(fs.readFileSync(file, 'utf8'));
    for (const name of loose) {
        assert(name in value, `${file} has no ${name}`);
        delete value[name];
    }
    return value;
}

assert.deepStrictEqual(read(one), read(other));
