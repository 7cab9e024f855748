# What `crescent plugins new` writes builds, passes its tests and runs as it is, outside our tree, with cc and clang.
. "$(dirname "$0")/lib.sh"
export CRESCENT
for role in reward sampler curriculum; do
  for language in c cpp lua python; do
    [ $language != python ] || [ $role = reward ] || continue
    name=my_${role}_$language
    "$CRESCENT" plugins new "$role" "$name" --lang "$language" >made.txt
    grep -qx "Next: make -C $name test run" made.txt || { cat made.txt; fail "what to do next"; }
    make -C "$name" CFLAGS=-Werror CXXFLAGS=-Werror test run >log.txt 2>&1 || { cat log.txt; fail "the $role in $language to build, pass and run"; }
    ! grep -rq '@[A-Z]*@' "$name" --include='*.lua' --include='*.c' --include='*.cpp' --include='*.py' --include=Makefile || fail "no mark of the template in $name"
  done
done
if command -v clang++ >/dev/null; then
  for language in c cpp; do
    rm my_reward_$language/my_reward_$language.so
    make -C my_reward_$language CC=clang CXX=clang++ CFLAGS=-Werror CXXFLAGS=-Werror test >log.txt 2>&1 || { cat log.txt; fail "clang to build the reward in $language"; }
  done
else
  echo "skipped: no clang++ to build a plugin with"
fi

# Any name builds that is none of a file beside it, in a folder of any name, and with the program that wrote it.
for name in reward:c:score reward:c:int reward:c:options sampler:c:draw curriculum:c:decide reward:cpp:reward \
  sampler:cpp:sampler curriculum:cpp:decision reward:cpp:class; do
  IFS=: read -r role language name <<<"$name"
  "$CRESCENT" plugins new "$role" "$name" --lang "$language" --out "a $language/$name $role" >/dev/null
  make -C "a $language/$name $role" CFLAGS=-Werror CXXFLAGS=-Werror "$name.so" >log.txt 2>&1 || { cat log.txt; fail "a $role called $name to build in $language"; }
done
for name in class json; do
  "$CRESCENT" plugins new reward $name --lang python --out "a python/$name" >/dev/null
  make -C "a python/$name" test >log.txt 2>&1 || { cat log.txt; fail "a reward called $name in Python to pass"; }
done
# Also with a program whose path a shell would take apart.
odd="odd \$PATH's \"way\" \`x\` #1"
mkdir "$odd"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$CRESCENT" >"$odd/crescent"
chmod +x "$odd/crescent"
(unset CRESCENT && cd my_reward_python && sed -i "s|^WRITER := .*|WRITER := '/nowhere'|" Makefile && PATH=$PWD/../$odd:$PATH make test) >log.txt 2>&1 || { cat log.txt; fail "a program in a folder of any name"; }
for name in reward:end sampler:run curriculum:while; do
  "$CRESCENT" plugins new "${name%:*}" "${name#*:}" --lang lua --out "a lua/${name#*:}" >/dev/null
  make -C "a lua/${name#*:}" test run >log.txt 2>&1 || { cat log.txt; fail "a ${name%:*} called ${name#*:} in Lua to run"; }
done
mkdir elsewhere
printf '#!/bin/sh\nexit 7\n' >elsewhere/crescent
chmod +x elsewhere/crescent
(unset CRESCENT && PATH=$PWD/elsewhere:$PATH make -C "a c/score reward" test) >log.txt 2>&1 || { cat log.txt; fail "the program that wrote the folder before the one on PATH"; }
for name in experiment crescent crescent_plugin; do
  expect_error 2 "\"$name\" is the name of a file beside the plugin" "$CRESCENT" plugins new reward $name --lang lua
done

# The check says what is wrong and ends with 1; a crash is not suffered.
cc -shared -fPIC -DFAULT_READ_PAST -I "$ROOT/core/abi" "$ROOT/tests/bad_plugins/nonconforming.c" -o past.so
code=0
"$CRESCENT" plugins check ./past.so >out.txt || code=$?
[ "$code" = 1 ] || fail "exit code 1"
grep -q 'FAILED  reads and writes within bounds' out.txt && grep -q 'it read past the end of a text' out.txt || { cat out.txt; fail "what is wrong"; }
"$CRESCENT" plugins check length --option max_tokens=28 >out.txt || { cat out.txt; fail "a bundled reward to pass"; }
grep -q '^all 11 checks passed$' out.txt || { cat out.txt; fail "all of them"; }
"$CRESCENT" plugins check "$ROOT/scripts/rewards/repetition.lua" >out.txt || { cat out.txt; fail "a reward in Lua to pass"; }
echo 'return function(s) return s.index end' >order.lua
"$CRESCENT" plugins check order.lua >out.txt || fail "a reward of the sample alone to pass"
echo 'return function(s) return 0/0 end' >nan.lua
"$CRESCENT" plugins check nan.lua >out.txt && fail "a reward that is not a number to fail"
grep -q 'returned nan, which is no score' out.txt || { cat out.txt; fail "why"; }
expect_error 2 'nofile.lua: there is no such file' "$CRESCENT" plugins check nofile.lua
expect_error 2 'option "max_tokens" is missing' "$CRESCENT" plugins check length
expect_error 2 'did you mean "cache_tokens"?' "$CRESCENT" plugins check length --option max_tokens=28 --option cache_token=2
"$CRESCENT" plugins check exact_math --option log=10 >out.txt || { cat out.txt; fail "an option to be read as score reads it"; }
expect_error 2 'there is no plugin "lenght"; did you mean "length"?' "$CRESCENT" plugins check lenght

# What cannot be made is refused.
expect_error 2 'my_reward_c is there already' "$CRESCENT" plugins new reward my_reward_c --lang c
expect_error 2 'there is a plugin "length" already' "$CRESCENT" plugins new reward length --lang c
expect_error 2 'not "Bad-Name"' "$CRESCENT" plugins new reward Bad-Name --lang c
expect_error 2 'a sampler in Python is not possible, a reward is; take c, cpp or lua' "$CRESCENT" plugins new sampler p --lang python
expect_error 2 'ROLE' "$CRESCENT" plugins new judge p --lang c
