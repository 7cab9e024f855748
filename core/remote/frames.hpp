// What the host and its worker processes say to each other: binary frames over pipes, in this machine's byte order,
// since both ends are one program. docs/outside_rewards.md says what the lines of other programs look like.
//
//   host                                   worker
//   describe {path}                     -> description {name, version, options, presets}
//   create {path, name, options, ...}   -> created {parts, notes}
//   score {samples}                     -> scores {scores, notes}
//   field_value {found, text}           <- field {prompt_index, name}, at any time before the answers above
//   Each may be answered by failed {text} instead. Notes are what the plugin logged and recorded.
//
// Whatever is said while a question is open carries its number: what comes late, or twice, is no answer to the next
// one.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/error.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

enum class FrameKind : uint32_t {
  describe = 1,
  create,
  score,
  field_value,
  description,
  created,
  scores,
  field,
  failed,
};

struct FrameHeader {
  static constexpr uint32_t kMagic = 0x32575243;            // "CRW2"
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 30;  // of a frame; a larger one is no frame
  uint32_t magic = kMagic;
  FrameKind kind = FrameKind::failed;
  uint64_t question = 0;
  uint64_t size = 0;  // bytes of the body
};

class FrameWriter {
 public:
  FrameWriter(FrameKind kind, uint64_t question) : bytes_(sizeof(FrameHeader), '\0') {
    header_.kind = kind;
    header_.question = question;
  }
  template <class T>
  FrameWriter& put(T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "numbers only: padding is no message");
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  FrameWriter& text(std::string_view text) {
    put(static_cast<uint32_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  void reserve(size_t bytes) { bytes_.reserve(bytes_.size() + bytes); }
  // The whole frame; throws Error when it is larger than kMaxBytes.
  std::string finish();

 private:
  FrameHeader header_;
  std::string bytes_;
};

// Reads a frame's body; throws Error where it is not what its kind says. Texts are borrowed from it.
class FrameReader {
 public:
  explicit FrameReader(std::string_view body) : rest_(body) {}
  template <class T>
  T get() {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view text() { return take(get<uint32_t>()); }
  // How many items follow, each of at least `bytes_each`: a number that cannot be true must not ask for memory.
  uint32_t count(size_t bytes_each);
  void expect_end() const;

 private:
  std::string_view take(size_t size);
  std::string_view rest_;
};

struct Frame {
  FrameKind kind;
  uint64_t question;
  std::string_view body;
};

// Takes a whole frame from the front of `received`; nothing while it is not all there. Throws Error on other bytes.
std::optional<Frame> take_frame(std::string_view& received);

// Text that stays the same from sample to sample is sent once.
void put_samples(FrameWriter& frame, std::span<const Sample> samples);
std::vector<Sample> get_samples(FrameReader& frame);

void put_scores(FrameWriter& frame, std::span<const Score> scores);
// Throws Error unless there are as many as `scores` and none has more than `parts` parts.
void get_scores(FrameReader& frame, size_t parts, std::span<Score> scores);

}  // namespace crescent
