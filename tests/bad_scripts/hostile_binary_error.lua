--! x
error("\xff\27[31mred\nnext line")
