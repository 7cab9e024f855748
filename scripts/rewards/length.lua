-- DAPO's soft overlong punishment (2503.14476, eq. 13), as the plugin "length" computes it:
--   local length = import "rewards/length"
--   run:reward {
--     "length", weight = 0.5, parts = length.parts, score = length.make { max_tokens = 28, cache_tokens = 8 }
--   }
-- Where cache_tokens is 0, max_tokens are free and more cost 1.
local length = { parts = { "over" }, options = { max_tokens = 0, cache_tokens = 0 } }

function length.make(options)
  local longest, cache = options.max_tokens, options.cache_tokens or 0
  if not longest or longest < 1 or cache < 0 or cache > longest then
    error("length: max_tokens must be at least 1, cache_tokens from 0 to max_tokens")
  end
  return function(s)
    if s.tokens == 0 then error("the sample does not say how many tokens the response has") end
    local free = longest - cache
    if s.tokens <= free then return 0, { over = 0 } end
    return s.tokens > longest and -1 or (free - s.tokens) / cache, { over = 1 }
  end
end

return length
