-- Minus the share of a response's n-grams of words that it has had before (Yeo et al., 2502.03373), as the plugin
-- "repetition" computes it:
--   local repetition = import "rewards/repetition"
--   run:reward { "repetition", weight = 0.1, parts = repetition.parts, score = repetition.make { ngram = 3 } }
local repetition = { parts = { "repeated" }, options = { ngram = 3, max_penalty = 1.0 } }

function repetition.make(options)
  local n, max_penalty = options.ngram or 3, options.max_penalty or 1.0
  return function(s)
    local words = {}
    for word in s.response:gmatch("[^ \t-\r]+") do words[#words + 1] = word:lower() end
    local seen, distinct, all = {}, 0, #words - n + 1
    for i = 1, all do
      local gram = table.concat(words, " ", i, i + n - 1)
      if not seen[gram] then
        seen[gram] = true
        distinct = distinct + 1
      end
    end
    local share = all > 0 and 1 - distinct / all or 0
    return share == 0 and 0 or -max_penalty * share, { repeated = share }
  end
end

return repetition
