#include "core/answers/region.hpp"

#include <algorithm>

#include "core/answers/identity.hpp"

namespace crescent {

namespace {

constexpr size_t kMaxPieces = 40;

// An end of a piece on the line; `after` of two ends at the same place: the open low end begins after the closed one.
struct End {
  NodeId at;     // kNoNode: infinite, by `infinite`
  int infinite;  // -1, 0, 1
  bool closed;
};

End low_end(const Piece& p) { return {p.low, p.low == kNoNode ? -1 : 0, p.low_closed}; }
End high_end(const Piece& p) { return {p.high, p.high == kNoNode ? 1 : 0, p.high_closed}; }

struct Unordered {};  // two ends whose order cannot be told

int order(const End& a, const End& b, Expressions& e, Budget& budget) {
  if (a.infinite != 0 || b.infinite != 0) return a.infinite < b.infinite ? -1 : a.infinite > b.infinite ? 1 : 0;
  if (a.at == b.at) return 0;
  const auto sign = compare_constants(e, a.at, b.at, budget);
  if (!sign) throw Unordered();
  return *sign;
}

bool is_empty(const Piece& p, Expressions& e, Budget& budget) {
  const int sign = order(low_end(p), high_end(p), e, budget);
  return sign > 0 || (sign == 0 && !(p.low_closed && p.high_closed));
}

}  // namespace

std::optional<std::vector<Piece>> normal_region(std::vector<Piece> pieces, Expressions& e, Budget& budget) {
  if (pieces.size() > kMaxPieces) return {};
  try {
    std::erase_if(pieces, [&](const Piece& p) { return is_empty(p, e, budget); });
    for (size_t i = 1; i < pieces.size(); ++i)  // insertion: an order that throws leaves std::sort undefined
      for (size_t j = i; j > 0; --j) {
        const int sign = order(low_end(pieces[j]), low_end(pieces[j - 1]), e, budget);
        if (sign > 0 || (sign == 0 && !pieces[j].low_closed)) break;
        std::swap(pieces[j], pieces[j - 1]);
      }
    std::vector<Piece> out;
    for (const Piece& p : pieces) {
      const int gap = out.empty() ? 1 : order(low_end(p), high_end(out.back()), e, budget);
      if (gap > 0 || (gap == 0 && !p.low_closed && !out.back().high_closed)) {
        out.push_back(p);
        continue;
      }
      Piece& last = out.back();
      const int sign = order(high_end(p), high_end(last), e, budget);
      if (sign > 0) last.high = p.high, last.high_closed = p.high_closed;
      if (sign == 0) last.high_closed = last.high_closed || p.high_closed;
    }
    return out;
  } catch (const Unordered&) {
    return {};
  }
}

std::optional<std::vector<Piece>> intersection(const std::vector<Piece>& a, const std::vector<Piece>& b, Expressions& e,
                                               Budget& budget) {
  std::vector<Piece> out;
  try {
    for (const Piece& p : a)
      for (const Piece& q : b) {
        Piece both = p;
        const int low = order(low_end(q), low_end(p), e, budget), high = order(high_end(q), high_end(p), e, budget);
        if (low > 0) both.low = q.low, both.low_closed = q.low_closed;
        if (low == 0) both.low_closed = p.low_closed && q.low_closed;
        if (high < 0) both.high = q.high, both.high_closed = q.high_closed;
        if (high == 0) both.high_closed = p.high_closed && q.high_closed;
        out.push_back(both);
      }
  } catch (const Unordered&) {
    return {};
  }
  return normal_region(std::move(out), e, budget);
}

std::vector<Piece> complement(const std::vector<Piece>& region) {
  std::vector<Piece> out;
  Piece gap;  // from minus infinity
  for (const Piece& p : region) {
    if (p.low != kNoNode) {
      gap.high = p.low;
      gap.high_closed = !p.low_closed;
      out.push_back(gap);
    }
    if (p.high == kNoNode) return out;
    gap = {p.high, kNoNode, !p.high_closed, false};
  }
  out.push_back(gap);
  return out;
}

bool same_region(const std::vector<Piece>& a, const std::vector<Piece>& b, Expressions& e, Budget& budget) {
  if (a.size() != b.size()) return false;
  try {
    for (size_t i = 0; i < a.size(); ++i)
      if (a[i].low_closed != b[i].low_closed || a[i].high_closed != b[i].high_closed ||
          order(low_end(a[i]), low_end(b[i]), e, budget) != 0 || order(high_end(a[i]), high_end(b[i]), e, budget) != 0)
        return false;
  } catch (const Unordered&) {
    return false;
  }
  return true;
}

std::optional<std::vector<Piece>> as_region(const Answer& answer, Expressions& e, Budget& budget) {
  if (answer.kind == Answer::Kind::region) return normal_region(answer.pieces, e, budget);
  std::vector<Piece> pieces;
  if (answer.kind == Answer::Kind::set) {
    for (const Answer& item : answer.items) {
      if (item.kind != Answer::Kind::expression || !e.is_constant(item.node)) return {};
      pieces.push_back({item.node, item.node, true, true});
    }
    return normal_region(std::move(pieces), e, budget);
  }
  if (answer.kind != Answer::Kind::tuple || answer.items.size() != 2) return {};
  for (const Answer& item : answer.items)
    if (item.kind != Answer::Kind::expression || !e.is_constant(item.node)) return {};
  if ((answer.open != "(" && answer.open != "[") || (answer.close != ")" && answer.close != "]")) return {};
  auto region =
      normal_region({{answer.items[0].node, answer.items[1].node, answer.open == "[", answer.close == "]"}}, e, budget);
  if (region && region->empty()) return {};  // (5, 2] is no interval
  return region;
}

}  // namespace crescent
