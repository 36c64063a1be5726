-- For wrk: requests of every kind, valid and not, on the rows m-1 to
-- m-MEMORY_ROWS; prints how many were answered.

local rows = tonumber(os.getenv("MEMORY_ROWS"))
local path = "/tmf-api/customerManagement/v4/customer"
local json = { ["Content-Type"] = "application/json" }

math.randomseed(tonumber(os.getenv("MEMORY_SEED")))

local function one()
    return path .. "/m-" .. math.random(rows)
end

local function body(text)
    return string.format('{"name":"%s-%d","engagedParty":{"id":"P1"},' ..
        '"characteristic":[{"name":"n","value":%d.50}]}', text,
        math.random(1e9), math.random(1e9))
end

local kinds = {
    { 40, function() return wrk.format("GET", one()) end },
    { 15, function() return wrk.format("GET", path .. "?limit=10") end },
    { 5, function()
        return wrk.format("GET", path .. "?fields=name&limit=5&offset=" ..
            math.random(1000))
    end },
    { 4, function()
        return wrk.format("GET", path .. "?name=m-" .. math.random(rows))
    end },
    { 10, function() return wrk.format("POST", path, json, body("p")) end },
    { 10, function()
        return wrk.format("PATCH", one(), json,
            '{"status":"s' .. math.random(1e6) .. '"}')
    end },
    { 2, function()
        return wrk.format("PATCH", one(),
            { ["Content-Type"] = "application/json-patch+json" },
            '[{"op":"test","path":"/status","value":"none"}]')
    end },
    { 2, function() return wrk.format("DELETE", one()) end },
    { 2, function() return wrk.format("GET", path .. "/none") end },
    { 2, function() return wrk.format("POST", path, json, '{"name":') end },
    { 2, function() return wrk.format("POST", path, json, '{"name":1}') end },
    { 2, function() return wrk.format("GET", path .. "?limit=-1") end },
    { 2, function() return wrk.format("PUT", path) end },
    { 2, function() return wrk.format("GET", "/plain.txt") end },
}

request = function()
    local turn = math.random(100)
    for _, kind in ipairs(kinds) do
        turn = turn - kind[1]
        if turn <= 0 then
            return kind[2]()
        end
    end
end

done = function(summary)
    local errors = summary.errors

    print(string.format("answered %d connect %d read %d write %d timeout %d",
        summary.requests, errors.connect, errors.read, errors.write,
        errors.timeout))
end
