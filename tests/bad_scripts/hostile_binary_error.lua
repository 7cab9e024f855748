--! hostile_binary_error.lua:2: ??[31mred next line
error("\xff\27[31mred\nnext line")
