#include "core/rundir/event_record.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/base/crc32c.hpp"

namespace crescent {

static_assert(std::endian::native == std::endian::little, "the files are little-endian, and so is what is copied here");

namespace {

template <class Number>
std::string bytes_of(Number value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

// A protobuf message under construction.
class Message {
 public:
  Message& integer(int field, uint64_t value) {
    if (value == 0) return *this;
    tag(field, 0);
    varint(value);
    return *this;
  }
  Message& number(int field, double value) {
    if (value == 0 && !std::signbit(value)) return *this;
    tag(field, 1);
    bytes_ += bytes_of(value);
    return *this;
  }
  Message& chosen_float(int field, float value) {  // the member of a oneof: written even when it is 0
    tag(field, 5);
    bytes_ += bytes_of(value);
    return *this;
  }
  Message& bytes(int field, std::string_view value) {
    tag(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& numbers(int field, const std::vector<double>& values) {
    return bytes(field, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
  }
  std::string done() { return std::move(bytes_); }

 private:
  void tag(int field, int wire_type) { varint(static_cast<uint64_t>(field << 3 | wire_type)); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

Message event(double wall_time, int64_t step) {
  Message message;
  message.number(1, wall_time).integer(2, static_cast<uint64_t>(step));
  return message;
}

std::string value_of(Message value) { return Message().bytes(1, value.done()).done(); }  // Summary.value

}  // namespace

std::string framed(std::string_view event) {
  const std::string length = bytes_of(static_cast<uint64_t>(event.size()));
  return length + bytes_of(masked_crc(length)) + std::string(event) + bytes_of(masked_crc(event));
}

std::string version_event(double wall_time) { return event(wall_time, 0).bytes(3, "brain.Event:2").done(); }

std::string session_event(double wall_time, int64_t from_step) {
  constexpr uint64_t kStart = 1;
  return event(wall_time, from_step).bytes(7, Message().integer(1, kStart).done()).done();
}

std::string summary_event(double wall_time, int64_t step, std::string_view values) {
  return event(wall_time, step).bytes(5, values).done();
}

std::string scalar_value(std::string_view tag, double value) {
  return value_of(Message().bytes(1, tag).chosen_float(2, static_cast<float>(value)));
}

std::string histogram_value(std::string_view tag, std::span<const double> values) {
  constexpr size_t kBuckets = 30;
  double least = std::numeric_limits<double>::infinity(), most = -least, sum = 0, squares = 0, count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value), most = std::max(most, value);
    sum += value, squares += value * value, ++count;
  }
  if (count == 0) return "";
  const size_t buckets = least == most ? 1 : kBuckets;
  const double width = (most - least) / static_cast<double>(buckets);
  std::vector<double> limits(buckets), counts(buckets, 0.0);  // bucket i: from limits[i - 1] to below limits[i]
  for (size_t i = 0; i < buckets; ++i) limits[i] = least + width * static_cast<double>(i + 1);
  limits.back() = most;  // the last one holds it
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    const auto above = std::upper_bound(limits.begin(), limits.end(), value) - limits.begin();
    ++counts[std::min(static_cast<size_t>(above), buckets - 1)];
  }
  Message histogram;
  histogram.number(1, least).number(2, most).number(3, count).number(4, sum).number(5, squares);
  histogram.numbers(6, limits).numbers(7, counts);
  return value_of(Message().bytes(1, tag).bytes(5, histogram.done()));
}

std::string image_value(std::string_view tag, int64_t width, int64_t height, std::string_view png) {
  constexpr uint64_t kRgb = 3;
  Message image;
  image.integer(1, static_cast<uint64_t>(height)).integer(2, static_cast<uint64_t>(width)).integer(3, kRgb);
  image.bytes(4, png);
  return value_of(Message().bytes(1, tag).bytes(4, image.done()));
}

std::string text_value(std::string_view tag, std::string_view markdown) {
  constexpr uint64_t kString = 7;                                                       // DataType
  const std::string shape = Message().bytes(2, Message().integer(1, 1).done()).done();  // [1]
  Message tensor, plugin, metadata;
  tensor.integer(1, kString).bytes(2, shape).bytes(8, markdown);
  plugin.bytes(1, "text");
  metadata.bytes(1, plugin.done());
  return value_of(Message().bytes(1, tag).bytes(8, tensor.done()).bytes(9, metadata.done()));
}

int64_t step_of_event(std::string_view first_bytes) {
  constexpr size_t kWallTime = 9;  // its tag and eight bytes
  constexpr char kStepTag = 2 << 3;
  uint64_t step = 0;
  if (first_bytes.size() <= kWallTime || first_bytes[kWallTime] != kStepTag) return 0;
  for (size_t i = kWallTime + 1, shift = 0; i < first_bytes.size() && shift < 64; ++i, shift += 7) {
    step |= static_cast<uint64_t>(first_bytes[i] & 0x7F) << shift;
    if ((first_bytes[i] & 0x80) == 0) break;
  }
  return static_cast<int64_t>(step);
}

uint64_t record_bytes(std::string_view first_bytes) {
  uint64_t length = 0;
  std::memcpy(&length, first_bytes.data(), sizeof length);
  return length > std::numeric_limits<uint64_t>::max() - kRecordFrame ? length : length + kRecordFrame;
}

}  // namespace crescent
