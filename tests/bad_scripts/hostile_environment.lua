--! hostile_environment.lua:2: table.insert: argument 1 is a read-only table
table.insert(_ENV, 1)
