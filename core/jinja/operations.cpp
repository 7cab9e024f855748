#include "core/jinja/operations.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace crescent::jinja {

namespace {

// "a str", "an int", "an undefined value": for messages.
std::string a(const Value& value) {
  if (const Undefined* undefined = value.as_undefined())
    return fmt::format("'{}', which is undefined,", undefined->name);
  return fmt::format("{} {}", value.type_name() == "int" ? "an" : "a", value.type_name());
}

// Linear in the texts' lengths whatever they hold, unlike std::string::find.
bool contains_text(std::string_view text, std::string_view part) {
  return part.empty() || memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool equal_dicts(const Dict& a, const Dict& b, Work& work) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& entry) {
           const Value* other = find(b, entry.first);
           return other != nullptr && equal(entry.second, *other, work);
         });
}

// Python's slice.indices: where to start, and how many steps there are.
struct Steps {
  int64_t start, step, count;
};
Steps steps_of(const Value& start, const Value& stop, const Value& step, int64_t size) {
  const auto integer = [](const Value& value, int64_t otherwise) {
    if (int64_t n = 0; value.is_none() || value.number(n)) return value.is_none() ? otherwise : n;
    fail("an index of a slice must be an int, not {}", a(value));
  };
  const int64_t stride = std::clamp<int64_t>(integer(step, 1), -(size + 1), size + 1);
  if (stride == 0) fail("the step of a slice is 0");
  const bool forward = stride > 0;
  const int64_t low = forward ? 0 : -1, high = forward ? size : size - 1;
  const auto bound = [&](const Value& value, int64_t otherwise) {
    if (value.is_none()) return otherwise;
    const int64_t n = integer(value, 0);
    return std::clamp(n < 0 ? n + size : n, low, high);
  };
  const int64_t from = bound(start, forward ? low : high), to = bound(stop, forward ? high : low);
  const int64_t distance = forward ? to - from : from - to, width = forward ? stride : -stride;
  return {from, stride, distance > 0 ? (distance + width - 1) / width : 0};
}

// The methods of Python's dict, which Jinja finds before a key of that name.
constexpr std::array<std::string_view, 11> kDictMethods = {"clear", "copy",    "fromkeys",   "get",    "items", "keys",
                                                           "pop",   "popitem", "setdefault", "update", "values"};

Value attribute_of_loop(const Loop& loop, std::string_view name) {
  if (name == "index") return Value::integer(loop.index0 + 1);
  if (name == "index0") return Value::integer(loop.index0);
  if (name == "revindex") return Value::integer(loop.length - loop.index0);
  if (name == "revindex0") return Value::integer(loop.length - loop.index0 - 1);
  if (name == "first") return Value::boolean(loop.index0 == 0);
  if (name == "last") return Value::boolean(loop.index0 == loop.length - 1);
  if (name == "length") return Value::integer(loop.length);
  fail("loop.{} is not implemented; loop.index, index0, revindex, revindex0, first, last and length are", name);
}

}  // namespace

std::vector<size_t> character_starts(std::string_view text) {
  std::vector<size_t> starts;
  for (size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

void append_printed(std::string& out, const Value& value, Work& work) {
  const size_t before = out.size();
  if (const std::string* text = value.as_text()) {
    out += *text;
  } else if (const bool* boolean = value.as_boolean()) {
    out += *boolean ? "True" : "False";
  } else if (int64_t n = 0; value.number(n)) {
    out += std::to_string(n);
  } else if (value.is_none()) {
    out += "None";
  } else if (value.as_undefined() == nullptr) {
    fail("printing {} is not implemented", a(value));
  }
  work.bytes(out.size() - before);
}

bool equal(const Value& a, const Value& b, Work& work) {
  work.step();
  if (a.as_undefined() != nullptr || b.as_undefined() != nullptr)
    return a.as_undefined() != nullptr && b.as_undefined() != nullptr;
  if (int64_t m = 0, n = 0; a.number(m) && b.number(n)) return m == n;
  if (a.as_text() != nullptr && b.as_text() != nullptr) {
    work.bytes(std::min(a.as_text()->size(), b.as_text()->size()));
    return *a.as_text() == *b.as_text();
  }
  if (a.as_list() != nullptr && b.as_list() != nullptr) {
    return std::equal(a.as_list()->begin(), a.as_list()->end(), b.as_list()->begin(), b.as_list()->end(),
                      [&](const Value& x, const Value& y) { return equal(x, y, work); });
  }
  if (a.as_dict() != nullptr && b.as_dict() != nullptr) return equal_dicts(*a.as_dict(), *b.as_dict(), work);
  if (a.as_namespace() != nullptr) return a.as_namespace() == b.as_namespace();
  return a.is_none() && b.is_none();
}

bool less(const Value& left, const Value& right, Work& work) {
  if (int64_t m = 0, n = 0; left.number(m) && right.number(n)) return m < n;
  if (left.as_text() != nullptr && right.as_text() != nullptr) {  // code points are ordered as their UTF-8 is
    work.bytes(std::min(left.as_text()->size(), right.as_text()->size()));
    return *left.as_text() < *right.as_text();
  }
  fail("the order of {} and {} is not known", a(left), a(right));
}

bool contains(const Value& container, const Value& item, Work& work) {
  if (const std::string* text = container.as_text()) {
    if (item.as_text() == nullptr) fail("a str can hold a str only, not {}", a(item));
    work.bytes(text->size() + item.as_text()->size());
    return contains_text(*text, *item.as_text());
  }
  if (const auto* items = container.as_list())
    return std::any_of(items->begin(), items->end(), [&](const Value& each) { return equal(each, item, work); });
  if (const Dict* dict = container.as_dict()) {
    work.step(dict->size());
    return item.as_text() != nullptr && find(*dict, *item.as_text()) != nullptr;
  }
  if (container.as_undefined() != nullptr) return false;
  fail("{} holds nothing that `in` could find", a(container));
}

Value add(const Value& left, const Value& right, Work& work) {
  if (int64_t m = 0, n = 0, sum = 0; left.number(m) && right.number(n)) {
    if (__builtin_add_overflow(m, n, &sum)) fail("{} + {} is too large", m, n);
    return Value::integer(sum);
  }
  if (left.as_text() != nullptr && right.as_text() != nullptr) {
    work.bytes(left.as_text()->size() + right.as_text()->size());
    return Value::text(*left.as_text() + *right.as_text());
  }
  if (left.as_list() != nullptr && right.as_list() != nullptr) {
    work.step(left.as_list()->size() + right.as_list()->size());
    std::vector<Value> items = *left.as_list();
    items.insert(items.end(), right.as_list()->begin(), right.as_list()->end());
    return Value::list(std::move(items));
  }
  fail("{} and {} cannot be added", a(left), a(right));
}

Value attribute_of(const Value& object, std::string_view name) {
  if (const Undefined* undefined = object.as_undefined())
    fail("'{}' is undefined, so it has no '{}'", undefined->name, name);
  if (const Loop* loop = object.as_loop()) return attribute_of_loop(*loop, name);
  const Dict* dict = object.as_dict() != nullptr ? object.as_dict() : object.as_namespace();
  if (object.as_dict() != nullptr && std::find(kDictMethods.begin(), kDictMethods.end(), name) != kDictMethods.end())
    fail("the method .{} of a dict is not implemented", name);
  const Value* found = dict != nullptr ? find(*dict, name) : nullptr;
  return found != nullptr ? *found : Value::undefined(name);
}

Value item_of(const Value& object, const Value& index, Work& work) {
  if (const std::string* key = index.as_text()) {
    const Value* found = object.as_dict() != nullptr ? find(*object.as_dict(), *key) : nullptr;
    if (found != nullptr) return *found;
    return object.as_dict() != nullptr ? Value::undefined(*key) : attribute_of(object, *key);
  }
  if (const Undefined* undefined = object.as_undefined())
    fail("'{}' is undefined, so it has no items", undefined->name);
  int64_t at = 0;
  if (!index.number(at)) return Value::undefined("an item");
  const std::string name = fmt::format("item {}", at);
  if (const auto* items = object.as_list()) {
    const auto size = static_cast<int64_t>(items->size());
    if (at < 0) at += size;
    return at >= 0 && at < size ? (*items)[at] : Value::undefined(name);
  }
  if (const std::string* text = object.as_text()) {
    work.bytes(text->size());
    const std::vector<size_t> starts = character_starts(*text);
    const auto size = static_cast<int64_t>(starts.size()) - 1;
    if (at < 0) at += size;
    if (at >= 0 && at < size) return Value::text(text->substr(starts[at], starts[at + 1] - starts[at]));
  }
  return Value::undefined(name);
}

Value slice_of(const Value& object, const Value& start, const Value& stop, const Value& step, Work& work) {
  if (const auto* items = object.as_list()) {
    const Steps steps = steps_of(start, stop, step, static_cast<int64_t>(items->size()));
    work.step(static_cast<size_t>(steps.count));
    std::vector<Value> out;
    for (int64_t i = 0; i < steps.count; ++i) out.push_back((*items)[steps.start + i * steps.step]);
    return Value::list(std::move(out));
  }
  if (const std::string* text = object.as_text()) {
    work.bytes(text->size());
    const std::vector<size_t> starts = character_starts(*text);
    const Steps steps = steps_of(start, stop, step, static_cast<int64_t>(starts.size()) - 1);
    std::string out;
    for (int64_t i = 0; i < steps.count; ++i) {
      const int64_t at = steps.start + i * steps.step;
      out.append(*text, starts[at], starts[at + 1] - starts[at]);
    }
    return Value::text(std::move(out));
  }
  fail("a slice of {} is not implemented", a(object));
}

}  // namespace crescent::jinja
