-- 1 for a response of at most `limit` tokens, then falling with the excess: put your own judgement in its place.
local reward = { options = { limit = 16 }, parts = { "over" } }

function reward.make(options)
  local limit = options.limit or 16
  return function(s) -- a pure function of the sample: it runs on several threads
    if s.tokens == 0 then error("the sample does not say how many tokens the response has") end
    local over = math.max(0, s.tokens - limit)
    return limit / (limit + over), { over = over }
  end
end

return reward
