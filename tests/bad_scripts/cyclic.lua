--! cyclic.lua:4: a table here is nested more than 16 deep, or holds itself
local crescent = import "crescent"
local run = crescent.run { name = "x" }
local t = {}; t.t = t; run:sft(t)
return run