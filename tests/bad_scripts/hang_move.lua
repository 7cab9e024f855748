--! hang_move.lua:2: table.move: 9223372036854775806 elements are too many
table.move({}, 1, math.maxinteger - 1, 2)
