#include "core/base/error.hpp"

#include <algorithm>
#include <numeric>

namespace crescent {

std::string Place::str() const {
  if (file.empty()) return "";
  return line > 0 ? fmt::format("{}:{}", file, line) : file;
}

static std::string with_place(const std::string& message, const Place& place) {
  const std::string where = place.str();
  return where.empty() ? message : where + ": " + message;
}

Error::Error(std::string message, Place place, ErrorKind kind)
    : std::runtime_error(with_place(message, place)),
      message_(std::move(message)),
      place_(std::move(place)),
      kind_(kind) {}

constexpr size_t kMostTold = 100;  // what more there is would not be read

void Problems::throw_if_any() const {
  if (errors_.empty()) return;
  if (errors_.size() == 1) throw errors_.front();
  std::vector<const Error*> sorted;
  for (const Error& e : errors_) sorted.push_back(&e);
  // Files in the order in which they first appear, lines ascending within each.
  const auto file_rank = [this](const Error* e) {
    size_t rank = 0;
    while (errors_[rank].place().file != e->place().file) ++rank;
    return rank;
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Error* a, const Error* b) {
    return std::pair(file_rank(a), a->place().line) < std::pair(file_rank(b), b->place().line);
  });
  std::string text = fmt::format("{} mistakes:", size());
  for (size_t i = 0; i < std::min(sorted.size(), kMostTold); ++i) text += fmt::format("\n  {}", sorted[i]->what());
  if (sorted.size() > kMostTold) text += fmt::format("\n  and {} more", sorted.size() - kMostTold);
  throw Error(text, {}, ErrorKind::usage);
}

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours ("gruop") cost 1 each.
static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);  // rows i - 2, i - 1, i
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kLongest = 100;  // bytes of a name that someone may have misspelt; the distance takes their product
  if (word.size() > kLongest) return "";
  const size_t limit = std::max<size_t>(1, word.size() / 3);
  std::string best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string near = nearest(word, candidates); !near.empty())
    return fmt::format("; did you mean \"{}\"?", near);
  if (candidates.empty()) return "";
  return fmt::format("; known: {}", fmt::join(candidates, ", "));
}

}  // namespace crescent
