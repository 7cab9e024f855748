// A script's on_phase, and the functions that write a phase's prompts.
#include <doctest/doctest.h>

#include "tests/script/loading.hpp"

using namespace crescent;

TEST_CASE("a phase's change is told to the script") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, kReward + R"lua(
run:on_phase(function(change)
  run.state[#run.state + 1] = change.from .. " > " .. (change.to or "end") .. " at " .. change.step .. ": " .. change.reason
end))lua");
  loaded.host->on_phase(loaded.config.on_phase, "a", "b", 7, "enough");
  loaded.host->on_phase(loaded.config.on_phase, "b", "", 9, "done");
  const std::string state = loaded.host->save_state();
  CHECK(state.find("a > b at 7: enough") != state.npos);
  CHECK(state.find("b > end at 9: done") != state.npos);
}

TEST_CASE("a function writes a phase's prompts, from the record and what its view shows") {
  const Scratch scratch;
  Record record;
  record.id = "r1";
  record.problem = "<image>sum of the dice?";
  record.caption = "dice 3,5";
  record.answer = "8";
  record.columns_json = R"({"hint": "add"})";
  record.images = {"a.png"};
  const auto prompt_with = [&](const std::string& text) {
    const LoadedExperiment loaded =
        load(scratch,
             "run:phase { 'written', view = 'image', steps = 1, prompt = function(r) " + text + " end }\n" + kReward);
    return make_lua_prompt(loaded.host, "written", loaded.config.phases.at(1).prompt)(record, View::image);
  };
  const ViewedRecord hinted = prompt_with("return r.shown .. ' Hint: ' .. r.columns.hint .. ', ' .. r.images");
  CHECK(hinted.text == "<image>sum of the dice? Hint: add, 1");
  CHECK(hinted.images == record.images);
  CHECK(hinted.record_id == "r1");
  const ViewedRecord blind = prompt_with("return r.caption .. '. ' .. r.problem:gsub('<image>', '')");
  CHECK(blind.text == "dice 3,5. sum of the dice?");
  CHECK(blind.images.empty());
  const std::string at = scratch.path() + "/experiment.lua:5: ";
  CHECK(error_of([&] { prompt_with("return 5"); }) ==
        at + "prompt of phase \"written\" must return the text of the prompt, and returned a number");
  CHECK(error_of([&] { prompt_with("return ''"); }) ==
        at + "prompt of phase \"written\" returned a text that is empty for record \"r1\"");
  CHECK(error_of([&] { prompt_with("return '\\xff'"); }) ==
        at + "prompt of phase \"written\" returned a text that is not UTF-8 for record \"r1\"");
  CHECK(error_of([&] { prompt_with("return '<image><image>'"); }) ==
        at + "prompt of phase \"written\" returned a text with 2 <image> marks for record \"r1\", which shows 1 "
             "pictures; a prompt shows all of them or none");
  CHECK(error_of([&] { prompt_with("return r.problm"); }) ==
        at + "the record has no \"problm\"; did you mean \"problem\"?");
  CHECK(error_of([&] { prompt_with("run.state.n = 1 return 'x'"); }).find("run.state is not there for rewards") !=
        std::string::npos);
}
