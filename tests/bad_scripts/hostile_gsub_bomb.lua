--! hostile_gsub_bomb.lua:2: string.gsub: the result is over the script's memory limit
return (("x"):rep(1000000):gsub(".*", ("%0"):rep(100000)))
