--! hang_pcall_goto.lua:3: the script used up its budget of 5000000 instructions in one call; is there a loop that never ends?
::again::
pcall(error, "caught")
goto again
