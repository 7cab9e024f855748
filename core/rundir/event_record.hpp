// The bytes of TensorBoard's event files: length-framed records (TensorFlow's record_writer), each a protobuf message
// `Event` (tensorflow/core/util/event.proto and framework/summary.proto). A zero field is left out, as proto3 does.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace crescent {

// One record of a file: length, its masked crc, `event`, its masked crc.
std::string framed(std::string_view event);

// Events. `wall_time` is in seconds since 1970; they begin with it and the step, which step_of_event relies on.
std::string version_event(double wall_time);                     // the first record of every file
std::string session_event(double wall_time, int64_t from_step);  // readers forget what they hold from that step on
std::string summary_event(double wall_time, int64_t step, std::string_view values);  // values: one or more of these:

std::string scalar_value(std::string_view tag, double value);
// Up to 30 buckets of equal width. What is not finite is left out; "" when nothing is left.
std::string histogram_value(std::string_view tag, std::span<const double> values);
std::string image_value(std::string_view tag, int64_t width, int64_t height, std::string_view png);
std::string text_value(std::string_view tag, std::string_view markdown);  // UTF-8

// The step of an event that was made here, from its first bytes (20 suffice); 0 where it has none.
int64_t step_of_event(std::string_view first_bytes);

// Of a record's first 8 bytes: the bytes of the whole record, frame included.
inline constexpr uint64_t kRecordFrame = 16;
inline constexpr uint64_t kEventOffset = 12;  // within a record
uint64_t record_bytes(std::string_view first_bytes);

}  // namespace crescent
