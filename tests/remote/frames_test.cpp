// Frames: what goes in comes out, and what is damaged is refused.
#include "core/remote/frames.hpp"

#include <doctest/doctest.h>

#include "core/base/random.hpp"
#include "core/remote/messages.hpp"

using namespace crescent;

namespace {

std::vector<Sample> some_samples() {
  std::vector<Sample> samples(3);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i].prompt = i < 2 ? "same" : "";
    samples[i].response = i == 1 ? std::string_view("", 0) : std::string_view("a\0b", 3);
    samples[i].gold = "8";
    samples[i].columns_json = i == 2 ? "{}" : "";
    samples[i].record_id = "r";
    samples[i].phase = "main";
    samples[i].group_id = ~uint64_t{0} - i;
    samples[i].index_in_group = static_cast<uint32_t>(i);
    samples[i].token_count = 7;
    samples[i].finish = i == 1 ? FinishReason::length : FinishReason::stop;
    samples[i].step = -1;
  }
  return samples;
}

std::string score_frame() {
  FrameWriter frame(FrameKind::score, 7);
  put_samples(frame, some_samples());
  return frame.finish();
}

}  // namespace

TEST_CASE("samples come out of a frame as they went in") {
  const std::string bytes = score_frame();
  std::string_view received = bytes;
  const auto frame = take_frame(received);
  REQUIRE(frame);
  CHECK(received.empty());
  CHECK(frame->question == 7);
  FrameReader body(frame->body);
  const std::vector<Sample> out = get_samples(body), in = some_samples();
  body.expect_end();
  REQUIRE(out.size() == in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    CHECK(out[i].prompt == in[i].prompt);
    CHECK(out[i].response == in[i].response);
    CHECK(out[i].gold == in[i].gold);
    CHECK(out[i].columns_json == in[i].columns_json);
    CHECK(out[i].record_id == in[i].record_id);
    CHECK(out[i].phase == in[i].phase);
    CHECK(out[i].group_id == in[i].group_id);
    CHECK(out[i].index_in_group == in[i].index_in_group);
    CHECK(out[i].finish == in[i].finish);
    CHECK(out[i].step == in[i].step);
  }
}

TEST_CASE("a frame that is not all there is waited for, and other bytes are refused") {
  const std::string bytes = score_frame();
  for (size_t n = 0; n < bytes.size(); ++n) {
    std::string_view part = std::string_view(bytes).substr(0, n);
    CHECK(!take_frame(part));
  }
  for (std::string_view text : {"this is no frame at all, however long it is", "hm, no"})
    CHECK_THROWS_WITH(take_frame(text), "bytes that are no frame, where an answer should be");
}

TEST_CASE("a damaged frame is refused or read, and never touches memory that is not its own") {
  FrameWriter frame(FrameKind::scores, 7);
  std::vector<Score> scores(4);
  for (Score& score : scores) score = {.value = 1, .parts = {1, 2}, .status = ScoreStatus::ok, .error = "none"};
  put_scores(frame, scores);
  put_notes(frame, {{{LogLevel::info, "said"}}, {{"plugin/mine/x", {1, 2}}}, true});
  const std::string bytes = frame.finish();
  RandomStream random(RandomKey(1, "damage"));
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    const size_t at = sizeof(FrameHeader) + random.below(damaged.size() - sizeof(FrameHeader));
    damaged[at] = static_cast<char>(random.bits());
    if (random.below(4) == 0) damaged.resize(at);
    try {
      FrameReader body(std::string_view(damaged).substr(sizeof(FrameHeader)));
      std::vector<Score> out(4);
      get_scores(body, 2, out);
      get_notes(body);
      body.expect_end();
    } catch (const Error& error) {
      CHECK(error.message().size() > 5);
    }
  }
}
