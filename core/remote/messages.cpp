#include "core/remote/messages.hpp"

#include "core/plugin/call.hpp"

namespace crescent {

namespace {

void put_value(FrameWriter& frame, crescent_option_type type, const crescent_value& value) {
  frame.put(value.integer).put(value.number);
  frame.text(type == CRESCENT_STRING ? from_span(value.text) : std::string_view());
}

void put_list(FrameWriter& frame, const std::vector<std::string_view>& texts) {
  frame.put(static_cast<uint32_t>(texts.size()));
  for (const std::string_view text : texts) frame.text(text);
}

crescent_option_type type_of(const crescent_options& options, std::string_view name) {
  for (uint64_t i = 0; i < options.n_options; ++i)
    if (name == options.options[i].name) return options.options[i].type;
  return CRESCENT_BOOL;
}

std::string_view or_empty(const char* text) { return text == nullptr ? std::string_view() : text; }

// A scalar of a configuration with its type's place in Value's variant.
void put_scalar(FrameWriter& frame, const Value& value) {
  frame.put(static_cast<uint8_t>(value.data.index()));
  if (const auto* b = value.get<bool>()) frame.put(*b);
  if (const auto* i = value.get<int64_t>()) frame.put(*i);
  if (const auto* d = value.get<double>()) frame.put(*d);
  if (const auto* s = value.get<std::string>()) frame.text(*s);
}

Value get_scalar(FrameReader& frame) {
  switch (frame.get<uint8_t>()) {
    case 1:
      return Value(frame.get<uint8_t>() != 0);
    case 2:
      return Value(frame.get<int64_t>());
    case 3:
      return Value(frame.get<double>());
    case 4:
      return Value(std::string(frame.text()));
    default:
      fail("an option that is no scalar");
  }
}

}  // namespace

void put_options(FrameWriter& frame, const crescent_options& options) {
  frame.put(static_cast<uint32_t>(options.n_options));
  for (uint64_t i = 0; i < options.n_options; ++i) {
    const crescent_option& option = options.options[i];
    frame.text(option.name).put(option.type).put(option.required);
    put_value(frame, option.type, option.fallback);
    frame.put(option.min).put(option.max);
    std::vector<std::string_view> choices;
    for (const char* const* c = option.choices; c != nullptr && *c != nullptr; ++c) choices.emplace_back(*c);
    put_list(frame, choices);
    frame.text(or_empty(option.help));
  }
  frame.put(static_cast<uint32_t>(options.n_presets));
  for (uint64_t p = 0; p < options.n_presets; ++p) {
    const crescent_preset& preset = options.presets[p];
    frame.text(preset.name).text(or_empty(preset.help)).put(static_cast<uint32_t>(preset.n_values));
    for (uint64_t i = 0; i < preset.n_values; ++i) {
      frame.text(preset.options[i]);
      put_value(frame, type_of(options, preset.options[i]), preset.values[i]);
    }
  }
}

const char* DescribedOptions::keep(std::string_view text) { return texts_.emplace_back(text).c_str(); }

crescent_value DescribedOptions::value(FrameReader& frame) {
  crescent_value value{};
  value.integer = frame.get<int64_t>();
  value.number = frame.get<double>();
  const std::string_view text = frame.text();
  value.text = {keep(text), text.size()};
  return value;
}

DescribedOptions::DescribedOptions(FrameReader& frame) {
  options_.resize(frame.count(sizeof(uint32_t)));
  for (crescent_option& option : options_) {
    option.name = keep(frame.text());
    option.type = frame.get<crescent_option_type>();
    option.required = frame.get<int32_t>();
    option.fallback = value(frame);
    option.min = frame.get<double>();
    option.max = frame.get<double>();
    const uint32_t n_choices = frame.count(sizeof(uint32_t));
    std::vector<const char*>& choices = lists_.emplace_back();
    for (uint32_t i = 0; i < n_choices; ++i) choices.push_back(keep(frame.text()));
    choices.push_back(nullptr);
    option.choices = n_choices > 0 ? choices.data() : nullptr;
    option.help = keep(frame.text());
  }
  presets_.resize(frame.count(sizeof(uint32_t)));
  for (crescent_preset& preset : presets_) {
    preset.name = keep(frame.text());
    preset.help = keep(frame.text());
    preset.n_values = frame.count(sizeof(uint32_t));
    std::vector<const char*>& names = lists_.emplace_back();
    std::vector<crescent_value>& values = values_.emplace_back();
    for (uint64_t i = 0; i < preset.n_values; ++i) {
      names.push_back(keep(frame.text()));
      values.push_back(value(frame));
    }
    preset.options = names.data();
    preset.values = values.data();
  }
  all_ = {options_.data(), options_.size(), presets_.data(), presets_.size()};
}

void put_create(FrameWriter& frame, const CreateMessage& message) {
  frame.text(message.path).text(message.name).put(static_cast<uint32_t>(message.options.fields.size()));
  for (const auto& [name, value] : message.options.fields) {
    frame.text(name);
    put_scalar(frame, value);
  }
  frame.put(message.seed).put(static_cast<uint8_t>(message.metrics));
  frame.put(static_cast<uint8_t>(message.records.has_value())).put(message.records.value_or(0));
  frame.put(static_cast<uint8_t>(message.validation.has_value()));
  if (!message.validation) return;
  put_list(frame, {message.validation->names.begin(), message.validation->names.end()});
  frame.put(message.validation->every);
}

CreateMessage get_create(FrameReader& frame) {
  CreateMessage message;
  message.path = frame.text();
  message.name = frame.text();
  const uint32_t n_options = frame.count(sizeof(uint32_t));
  for (uint32_t i = 0; i < n_options; ++i) {
    const std::string name(frame.text());
    message.options.set(name, get_scalar(frame));
  }
  message.seed = frame.get<uint64_t>();
  message.metrics = frame.get<uint8_t>() != 0;
  const bool has_records = frame.get<uint8_t>() != 0;
  const uint64_t records = frame.get<uint64_t>();
  if (has_records) message.records = records;
  if (frame.get<uint8_t>() == 0) return message;
  message.validation.emplace();
  const uint32_t n_names = frame.count(sizeof(uint32_t));
  for (uint32_t i = 0; i < n_names; ++i) message.validation->names.emplace_back(frame.text());
  message.validation->every = frame.get<int64_t>();
  return message;
}

void put_notes(FrameWriter& frame, const Notes& notes) {
  frame.put(static_cast<uint32_t>(notes.log.size()));
  for (const auto& [level, text] : notes.log) frame.put(level).text(text);
  frame.put(static_cast<uint32_t>(notes.metrics.size()));
  for (const auto& [name, values] : notes.metrics) {
    frame.text(name).put(static_cast<uint32_t>(values.size()));
    for (const double value : values) frame.put(value);
  }
  frame.put(static_cast<uint8_t>(notes.retire));
}

Notes get_notes(FrameReader& frame) {
  Notes notes;
  const uint32_t n_lines = frame.count(2 * sizeof(uint32_t));
  for (uint32_t i = 0; i < n_lines; ++i) {
    const LogLevel level = frame.get<LogLevel>();
    if (level < LogLevel::debug || level > LogLevel::error) fail("a level of the log that is none");
    notes.log.emplace_back(level, frame.text());
  }
  const uint32_t n_metrics = frame.count(2 * sizeof(uint32_t));
  for (uint32_t i = 0; i < n_metrics; ++i) {
    std::vector<double>& values = notes.metrics[std::string(frame.text())];
    values.resize(frame.count(sizeof(double)));
    for (double& value : values) value = frame.get<double>();
  }
  notes.retire = frame.get<uint8_t>() != 0;
  return notes;
}

}  // namespace crescent
