--! 2 mistakes:
--!   leave_metric.lua:10: phase "main": m:plateau names "val/image/acuracy", which validation does not measure; did you mean "val/image/accuracy"?
--!   leave_metric.lua:12: phase "main": m:metric names "val/text/accuracy", which validation does not measure; did you mean "val/image/accuracy"?
local crescent = import "crescent"
local run = crescent.run { name = "x" }
run:grpo {}
run:reward { "exact_math" }
run:phase { "main", view = "image", leave = function(m)
  -- m:plateau("a comment")
  if m:plateau("val/image/acuracy", 3) then return true end
  local other = { metric = function() end }
  return (m.metric "val/text/accuracy" or 0) > 0.5 or other:metric("free") or m:metric("val/" .. "put together")
end }
run:validate { every = 5, views = { "image" }, samples = 0 }
return run
