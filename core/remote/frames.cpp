#include "core/remote/frames.hpp"

#include <algorithm>

namespace crescent {

namespace {

constexpr uint32_t kSame = UINT32_MAX;  // in place of a text's size: as in the sample before

void put_if_new(FrameWriter& frame, std::string_view text, std::string_view before, bool first) {
  if (!first && text == before)
    frame.put(kSame);
  else
    frame.text(text);
}

void get_if_new(FrameReader& frame, std::string_view& text) {  // `text` holds the sample before's
  FrameReader ahead = frame;
  if (ahead.get<uint32_t>() == kSame)
    frame = ahead;
  else
    text = frame.text();
}

}  // namespace

std::string FrameWriter::finish() {
  header_.size = bytes_.size() - sizeof header_;
  if (header_.size > FrameHeader::kMaxBytes)
    fail("a call of {} bytes is more than a worker process takes ({})", header_.size, FrameHeader::kMaxBytes);
  std::memcpy(bytes_.data(), &header_, sizeof header_);
  return std::move(bytes_);
}

std::string_view FrameReader::take(size_t size) {
  if (size > rest_.size()) fail("a frame ends too early");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

uint32_t FrameReader::count(size_t bytes_each) {
  const uint32_t n = get<uint32_t>();
  if (n > rest_.size() / bytes_each) fail("a frame ends too early");
  return n;
}

void FrameReader::expect_end() const {
  if (!rest_.empty()) fail("a frame is longer than it should be");
}

std::optional<Frame> take_frame(std::string_view& received) {
  FrameHeader header;
  std::memcpy(&header, received.data(), std::min(received.size(), sizeof header));
  if (received.size() >= sizeof header.magic && header.magic != FrameHeader::kMagic)
    fail("bytes that are no frame, where an answer should be");
  if (received.size() < sizeof header) return std::nullopt;
  if (header.size > FrameHeader::kMaxBytes) fail("a frame of {} bytes, where an answer should be", header.size);
  if (received.size() - sizeof header < header.size) return std::nullopt;
  const Frame frame{header.kind, header.question, received.substr(sizeof header, header.size)};
  received.remove_prefix(sizeof header + header.size);
  return frame;
}

void put_samples(FrameWriter& frame, std::span<const Sample> samples) {
  constexpr size_t kBesidesTexts = 64;  // bytes of a sample, at most
  size_t bytes = sizeof(uint32_t);
  for (const Sample& s : samples) bytes += s.response.size() + kBesidesTexts;  // most other texts are sent once
  frame.reserve(bytes);
  frame.put(static_cast<uint32_t>(samples.size()));
  const Sample none;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Sample& s = samples[i];
    const Sample& before = i == 0 ? none : samples[i - 1];
    frame.text(s.response);
    put_if_new(frame, s.prompt, before.prompt, i == 0);
    put_if_new(frame, s.gold, before.gold, i == 0);
    put_if_new(frame, s.columns_json, before.columns_json, i == 0);
    put_if_new(frame, s.record_id, before.record_id, i == 0);
    put_if_new(frame, s.phase, before.phase, i == 0);
    frame.put(s.group_id).put(s.index_in_group).put(s.token_count).put(s.finish).put(s.step);
  }
}

std::vector<Sample> get_samples(FrameReader& frame) {
  std::vector<Sample> samples(frame.count(6 * sizeof(uint32_t)));
  for (size_t i = 0; i < samples.size(); ++i) {
    Sample& s = samples[i];
    if (i > 0) s = samples[i - 1];
    s.response = frame.text();
    for (std::string_view* text : {&s.prompt, &s.gold, &s.columns_json, &s.record_id, &s.phase})
      get_if_new(frame, *text);
    s.group_id = frame.get<uint64_t>();
    s.index_in_group = frame.get<uint32_t>();
    s.token_count = frame.get<uint32_t>();
    s.finish = frame.get<FinishReason>();
    s.step = frame.get<int64_t>();
  }
  return samples;
}

void put_scores(FrameWriter& frame, std::span<const Score> scores) {
  frame.put(static_cast<uint32_t>(scores.size()));
  for (const Score& score : scores) {
    frame.put(score.status).put(score.value).put(static_cast<uint32_t>(score.parts.size()));
    for (const double part : score.parts) frame.put(part);
    frame.text(score.error);
  }
}

void get_scores(FrameReader& frame, size_t parts, std::span<Score> scores) {
  if (const uint32_t n = frame.get<uint32_t>(); n != scores.size())
    fail("{} scores for {} responses", n, scores.size());
  for (Score& score : scores) {
    score.status = frame.get<ScoreStatus>();
    if (score.status > ScoreStatus::failed) fail("a status that is none");
    score.value = frame.get<double>();
    score.parts.resize(frame.count(sizeof(double)));
    if (score.parts.size() > parts) fail("{} parts of a score that has {}", score.parts.size(), parts);
    for (double& part : score.parts) part = frame.get<double>();
    score.error = frame.text();
  }
}

}  // namespace crescent
