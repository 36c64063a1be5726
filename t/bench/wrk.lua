-- For wrk: makes the requests of BENCH_KIND and prints one line of figures
-- for t/bench/measure.
--
--   fixed   GET the URL itself
--   id      GET the URL and a random id from BENCH_FIRST to BENCH_LAST
--   name    GET the URL and the name of the row with such an id
--   post    POST the file BENCH_BODY to the URL

local kind = os.getenv("BENCH_KIND")
local first = tonumber(os.getenv("BENCH_FIRST"))
local last = tonumber(os.getenv("BENCH_LAST"))

math.randomseed(tonumber(os.getenv("BENCH_SEED")))

-- the names of rows.sql
local function name(id)
    return string.format("Customer%%20%07d", (id - first + 1) * 7919 % 1e7)
end

if kind == "id" then
    request = function()
        return wrk.format(nil, wrk.path .. math.random(first, last))
    end
elseif kind == "name" then
    request = function()
        return wrk.format(nil, wrk.path .. name(math.random(first, last)))
    end
elseif kind == "post" then
    local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))

    wrk.method = "POST"
    wrk.body = file:read("*a")
    wrk.headers["Content-Type"] = "application/json"
    file:close()
end

done = function(summary, latency)
    local errors = summary.errors

    print(string.format("bench %d %d %.0f %d %d %d",
        summary.requests, summary.duration, summary.bytes,
        errors.connect + errors.read + errors.write + errors.timeout,
        errors.status, latency:percentile(99)))
end
