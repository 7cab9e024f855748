--! hostile_gsub_literal_bomb.lua:2: string.gsub: the result is over the script's memory limit
return (("x"):rep(40):gsub("x", ("y"):rep(1000000)))
