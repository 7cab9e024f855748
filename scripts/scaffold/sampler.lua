-- Draws each prompt with a probability that falls with the share of its responses that passed: put your own rule in its
-- place.
return function(run)
  run.state.pass_rate = {} -- by prompt; in each checkpoint

  local function draw(ctx, n)
    local known, prompts = run.state.pass_rate, {}
    while #prompts < n do
      local prompt = ctx.eligible[math.random(#ctx.eligible)]
      if math.random() < 1 - 0.9 * (known[prompt] or 0) then prompts[#prompts + 1] = prompt end
    end
    return prompts
  end

  local function observe(groups)
    for _, group in ipairs(groups) do
      if group.judged > 0 then run.state.pass_rate[group.prompt] = group.pass_rate end
    end
  end

  return { draw = draw, observe = observe }
end
