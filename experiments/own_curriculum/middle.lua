-- A sampler that prefers prompts of middle difficulty. A prompt with pass rate p is taken with probability
-- .1 + 3.6 p (1 - p): 1 at one half, .1 where all or none of its responses pass, 1 for a prompt not seen yet.
return function(run)
  run.state.pass_rate = { text = {}, caption = {}, image = {} } -- by prompt, averaged over its visits; in each checkpoint

  local function draw(ctx, n)
    local known, prompts = run.state.pass_rate[ctx.view], {}
    while #prompts < n do
      local prompt = ctx.eligible[math.random(#ctx.eligible)]
      local p = known[prompt] or 0.5
      if math.random() < 0.1 + 3.6 * p * (1 - p) then prompts[#prompts + 1] = prompt end
    end
    return prompts
  end

  local function observe(groups)
    for _, group in ipairs(groups) do
      local known = run.state.pass_rate[group.view]
      local before = known[group.prompt] or group.pass_rate
      known[group.prompt] = (before + group.pass_rate) / 2
    end
  end

  return { draw = draw, observe = observe }
end
