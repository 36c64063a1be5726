-- For wrk: asks for random ids where BENCH_FIRST and BENCH_LAST are set, for
-- the URL itself otherwise, and prints one line of figures for t/bench/run.

local first = tonumber(os.getenv("BENCH_FIRST"))
local last = tonumber(os.getenv("BENCH_LAST"))

if first then
    math.randomseed(tonumber(os.getenv("BENCH_SEED")))

    -- an id is a path segment after the URL's own path
    request = function()
        return wrk.format(nil, wrk.path .. math.random(first, last))
    end
end

done = function(summary, latency)
    local errors = summary.errors

    print(string.format("bench %d %d %.0f %d %d %d",
        summary.requests, summary.duration, summary.bytes,
        errors.connect + errors.read + errors.write + errors.timeout,
        errors.status, latency:percentile(99)))
end
