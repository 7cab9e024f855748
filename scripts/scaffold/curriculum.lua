-- Leaves a phase when the pass rate is at its goal, or after a number of steps: put your own rule in its place. What it
-- must remember between steps belongs into run.state.
return function(options)
  return function(m)
    if m.pass_rate >= options.goal then return true, "the pass rate has reached its goal" end
    return m.phase_step >= options.steps, options.steps .. " steps are done"
  end
end
