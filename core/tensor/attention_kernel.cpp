#pragma GCC optimize("O3", "no-math-errno")
#include "core/tensor/attention_kernel.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/tensor/lanes.hpp"
#include "core/tensor/parallel.hpp"
#include "core/tensor/small_gemm.hpp"

namespace crescent {
namespace {

constexpr int64_t kQueryBlock = 32;  // query tokens of a segment whose scores exist at one time

// Scratch of one thread. Keys are columns 0..P-1 for the prefix, then the segment's own; columns up to the next
// multiple of the register width exist and stay finite.
template <class T>
struct Scratch {
  Scratch(const AttentionShape& shape, const AttentionPlan& plan, bool backward)
      : depth(round_up_to_lanes<T>(shape.head_dim)), columns(round_up_to_lanes<T>(plan.longest_keys)) {
    const int64_t rows = kQueryBlock * shape.group();
    k_t.assign(depth * columns, T{});
    values.assign(columns * depth, T{});
    q.assign(rows * depth, T{});
    out.assign(rows * depth, T{});
    scores.assign(rows * columns, T{});
    row_factor.assign(rows, T{});
    if (!backward) return;
    keys.assign(columns * depth, T{});
    grad_scores.assign(rows * columns, T{});
    grad_keys.assign(columns * depth, T{});
    grad_values.assign(columns * depth, T{});
  }
  int64_t depth, columns;                 // head_dim and keys, rounded up
  std::vector<T> k_t;                     // forward and backward: keys transposed [depth, columns]
  std::vector<T> values;                  // forward: [columns, depth]; backward: transposed [depth, columns]
  std::vector<T> q, out;                  // [queries, depth]; out holds the gradient of the output in backward
  std::vector<T> scores;                  // [queries, columns] scores, then probabilities
  std::vector<T> keys;                    // [columns, depth]
  std::vector<T> grad_scores;             // [queries, columns]
  std::vector<T> grad_keys, grad_values;  // [columns, depth]
  std::vector<T> row_factor;              // [queries] forward: 1 / denominator; backward: sum of gradient times output
};

template <class T>
void copy_rows(const T* from, int64_t from_row, int64_t rows, int64_t width, T* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; ++r) std::copy_n(from + r * from_row, width, to + r * to_row);
}

template <class T>
void copy_transposed(const T* from, int64_t from_row, int64_t rows, int64_t width, T* to, int64_t to_row) {
  for (int64_t d = 0; d < width; ++d)
    for (int64_t r = 0; r < rows; ++r) to[d * to_row + r] = from[r * from_row + d];
}

// A block of consecutive query tokens of one segment; row t * group + h of the scratch is token t, query head h.
struct Block {
  int64_t first = 0, tokens = 0;  // rows of the batch
  int64_t seen = 0;               // keys that the first token sees
  int64_t keys = 0;               // keys that the last token sees
};

template <class Visit>
void for_blocks(const AttentionShape& shape, const Segment& s, Visit visit) {
  const int64_t all = s.prefix_length + s.length;
  for (int64_t begin = 0; begin < s.length; begin += kQueryBlock) {
    const int64_t tokens = std::min(kQueryBlock, s.length - begin);
    if (shape.mask == AttentionMask::full) {
      visit(Block{s.start + begin, tokens, all, all});
    } else {
      visit(Block{s.start + begin, tokens, s.prefix_length + begin + 1, s.prefix_length + begin + tokens});
    }
  }
}

int64_t keys_seen(const AttentionShape& shape, const Block& block, int64_t token) {
  return shape.mask == AttentionMask::full ? block.keys : block.seen + token;
}

template <class T>
T query_scale(const AttentionShape& shape) {
  return static_cast<T>(1 / std::sqrt(static_cast<double>(shape.head_dim)));
}

// Rows of `from` [N, heads, D] of one kv head's query heads, times `scale`.
template <class T>
void gather_queries(const AttentionShape& shape, const Block& block, int64_t kv_head, const T* from, T scale, T* to,
                    int64_t depth) {
  const int64_t group = shape.group(), dim = shape.head_dim;
  for (int64_t t = 0; t < block.tokens; ++t) {
    const T* row = from + ((block.first + t) * shape.heads + kv_head * group) * dim;
    for (int64_t h = 0; h < group; ++h)
      for (int64_t d = 0; d < dim; ++d) to[(t * group + h) * depth + d] = row[h * dim + d] * scale;
  }
}

// Row t * group + h of a block as an index into [N, heads].
int64_t query_index(const AttentionShape& shape, const Block& block, int64_t kv_head, int64_t r) {
  const int64_t group = shape.group();
  return (block.first + r / group) * shape.heads + kv_head * group + r % group;
}

// exp(row - shift) over the first `seen` of `columns`, zero behind; returns the sum.
template <class T>
T exp_row(T* row, int64_t seen, int64_t columns, T shift) {
  constexpr int64_t width = kLanes<T>;
  std::fill(row + seen, row + columns, -std::numeric_limits<T>::infinity());
  Lanes<T> sum{};
  for (int64_t j = 0; j < columns; j += width) {
    const Lanes<T> e = exp_lanes(load(row + j) - shift);
    sum += e;
    store(row + j, e);
  }
  return sum_lanes(sum);
}

template <class T>
T max_of_row(const T* row, int64_t seen) {
  constexpr int64_t width = kLanes<T>;
  Lanes<T> most = broadcast(-std::numeric_limits<T>::infinity());
  int64_t j = 0;
  for (; j + width <= seen; j += width) most = max_lanes(load(row + j), most);
  T best = -std::numeric_limits<T>::infinity();
  for (int64_t i = 0; i < width; ++i) best = std::max(best, static_cast<T>(most[i]));
  for (; j < seen; ++j) best = std::max(best, row[j]);
  return best;
}

template <class T>
void forward_block(const AttentionShape& shape, const Block& block, int64_t kv_head, const AttentionForward<T>& io,
                   Scratch<T>& s) {
  const int64_t group = shape.group(), dim = shape.head_dim, rows = block.tokens * group;
  const int64_t columns = round_up_to_lanes<T>(block.keys);
  gather_queries(shape, block, kv_head, io.q, query_scale<T>(shape), s.q.data(), s.depth);
  small_gemm<T>(rows, columns, dim, {s.q.data(), s.depth, 1}, s.k_t.data(), s.columns, s.scores.data(), s.columns,
                false);
  for (int64_t r = 0; r < rows; ++r) {
    T* row = s.scores.data() + r * s.columns;
    const int64_t seen = keys_seen(shape, block, r / group);
    const T most = max_of_row(row, seen);
    const T sum = exp_row(row, seen, columns, most);
    s.row_factor[r] = 1 / sum;
    io.lse[query_index(shape, block, kv_head, r)] = most + std::log(sum);
  }
  small_gemm<T>(rows, s.depth, block.keys, {s.scores.data(), s.columns, 1}, s.values.data(), s.depth, s.out.data(),
                s.depth, false);
  for (int64_t r = 0; r < rows; ++r) {
    T* out = io.out + query_index(shape, block, kv_head, r) * dim;
    for (int64_t d = 0; d < dim; ++d) out[d] = s.out[r * s.depth + d] * s.row_factor[r];
  }
}

// Probabilities into scores, d loss / d score into grad_scores.
template <class T>
void backward_scores(const AttentionShape& shape, const Block& block, int64_t kv_head, const AttentionBackward<T>& io,
                     Scratch<T>& s) {
  const int64_t dim = shape.head_dim, rows = block.tokens * shape.group();
  const int64_t columns = round_up_to_lanes<T>(block.keys);
  gather_queries(shape, block, kv_head, io.forward.q, query_scale<T>(shape), s.q.data(), s.depth);
  gather_queries(shape, block, kv_head, io.grad_out, T{1}, s.out.data(), s.depth);
  small_gemm<T>(rows, columns, dim, {s.q.data(), s.depth, 1}, s.k_t.data(), s.columns, s.scores.data(), s.columns,
                false);
  small_gemm<T>(rows, columns, dim, {s.out.data(), s.depth, 1}, s.values.data(), s.columns, s.grad_scores.data(),
                s.columns, false);
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t query = query_index(shape, block, kv_head, r);
    const T* out = io.forward.out + query * dim;
    T delta{};
    for (int64_t d = 0; d < dim; ++d) delta += s.out[r * s.depth + d] * out[d];
    T* row = s.scores.data() + r * s.columns;
    T* grad = s.grad_scores.data() + r * s.columns;
    exp_row(row, keys_seen(shape, block, r / shape.group()), columns, io.forward.lse[query]);
    for (int64_t j = 0; j < columns; ++j) grad[j] = row[j] * (grad[j] - delta);
  }
}

template <class T>
void backward_block(const AttentionShape& shape, const Block& block, int64_t kv_head, const AttentionBackward<T>& io,
                    Scratch<T>& s) {
  const int64_t dim = shape.head_dim, rows = block.tokens * shape.group();
  backward_scores(shape, block, kv_head, io, s);
  small_gemm<T>(block.keys, s.depth, rows, {s.scores.data(), 1, s.columns}, s.out.data(), s.depth, s.grad_values.data(),
                s.depth, true);
  small_gemm<T>(block.keys, s.depth, rows, {s.grad_scores.data(), 1, s.columns}, s.q.data(), s.depth,
                s.grad_keys.data(), s.depth, true);
  small_gemm<T>(rows, s.depth, block.keys, {s.grad_scores.data(), s.columns, 1}, s.keys.data(), s.depth, s.out.data(),
                s.depth, false);
  for (int64_t r = 0; r < rows; ++r) {
    T* to = io.grad_q + query_index(shape, block, kv_head, r) * dim;
    for (int64_t d = 0; d < dim; ++d) to[d] = s.out[r * s.depth + d] * query_scale<T>(shape);
  }
  for (int64_t r = 0; r < rows; ++r) std::fill_n(s.out.data() + r * s.depth + dim, s.depth - dim, T{});
}

// The keys and values of batch rows [start, start + length), at columns `at`, `at` + 1, ... of the scratch.
template <class T>
void load_keys(const AttentionShape& shape, int64_t kv_head, const AttentionForward<T>& io, int64_t start,
               int64_t length, int64_t at, bool backward, Scratch<T>& s) {
  const int64_t dim = shape.head_dim, stride = shape.kv_heads * dim, offset = start * stride + kv_head * dim;
  copy_transposed(io.k + offset, stride, length, dim, s.k_t.data() + at, s.columns);
  if (backward) {
    copy_rows(io.k + offset, stride, length, dim, s.keys.data() + at * s.depth, s.depth);
    copy_transposed(io.v + offset, stride, length, dim, s.values.data() + at, s.columns);
  } else {
    copy_rows(io.v + offset, stride, length, dim, s.values.data() + at * s.depth, s.depth);
  }
}

// Adds the gradients gathered at columns `at`, `at` + 1, ... to those rows of the batch, and clears them.
template <class T>
void flush_gradients(const AttentionShape& shape, int64_t kv_head, const AttentionBackward<T>& io, int64_t start,
                     int64_t length, int64_t at, Scratch<T>& s) {
  const int64_t dim = shape.head_dim, stride = shape.kv_heads * dim, offset = start * stride + kv_head * dim;
  for (int64_t r = 0; r < length; ++r) {
    T* from_k = s.grad_keys.data() + (at + r) * s.depth;
    T* from_v = s.grad_values.data() + (at + r) * s.depth;
    for (int64_t d = 0; d < dim; ++d) io.grad_k[offset + r * stride + d] += from_k[d];
    for (int64_t d = 0; d < dim; ++d) io.grad_v[offset + r * stride + d] += from_v[d];
    std::fill_n(from_k, s.depth, T{});
    std::fill_n(from_v, s.depth, T{});
  }
}

// The rows whose keys stand at the front of the scratch.
struct LoadedPrefix {
  int64_t start = 0, length = 0;
  bool holds(const Segment& s) const { return length == s.prefix_length && (length == 0 || start == s.prefix_start); }
};

// A unit of parallel work is one family and one kv head.
int64_t units(const AttentionShape& shape, const AttentionPlan& plan) {
  return static_cast<int64_t>(plan.family_ends.size()) * shape.kv_heads;
}

std::span<const Segment> family_segments(const AttentionPlan& plan, int64_t family) {
  const int64_t begin = family == 0 ? 0 : plan.family_ends[family - 1];
  return std::span(plan.segments).subspan(begin, plan.family_ends[family] - begin);
}

}  // namespace

template <class T>
void attention_forward(const AttentionShape& shape, const AttentionPlan& plan, const AttentionForward<T>& io) {
  const auto family = [&](int64_t unit, Scratch<T>& scratch) {
    const int64_t kv_head = unit % shape.kv_heads;
    LoadedPrefix prefix;
    for (const Segment& s : family_segments(plan, unit / shape.kv_heads)) {
      if (!prefix.holds(s)) {
        load_keys(shape, kv_head, io, s.prefix_start, s.prefix_length, 0, false, scratch);
        prefix = {s.prefix_start, s.prefix_length};
      }
      load_keys(shape, kv_head, io, s.start, s.length, s.prefix_length, false, scratch);
      for_blocks(shape, s, [&](const Block& block) { forward_block(shape, block, kv_head, io, scratch); });
    }
  };
  parallel_for(0, units(shape, plan), 1, [&](int64_t begin, int64_t end) {
    Scratch<T> scratch(shape, plan, false);
    for (int64_t unit = begin; unit < end; ++unit) family(unit, scratch);
  });
}

template <class T>
void attention_backward(const AttentionShape& shape, const AttentionPlan& plan, const AttentionBackward<T>& io) {
  const auto family = [&](int64_t unit, Scratch<T>& scratch) {
    const int64_t kv_head = unit % shape.kv_heads;
    LoadedPrefix prefix;
    for (const Segment& s : family_segments(plan, unit / shape.kv_heads)) {
      if (!prefix.holds(s)) {
        flush_gradients(shape, kv_head, io, prefix.start, prefix.length, 0, scratch);
        load_keys(shape, kv_head, io.forward, s.prefix_start, s.prefix_length, 0, true, scratch);
        prefix = {s.prefix_start, s.prefix_length};
      }
      load_keys(shape, kv_head, io.forward, s.start, s.length, s.prefix_length, true, scratch);
      for_blocks(shape, s, [&](const Block& block) { backward_block(shape, block, kv_head, io, scratch); });
      flush_gradients(shape, kv_head, io, s.start, s.length, s.prefix_length, scratch);
    }
    flush_gradients(shape, kv_head, io, prefix.start, prefix.length, 0, scratch);
  };
  parallel_for(0, units(shape, plan), 1, [&](int64_t begin, int64_t end) {
    Scratch<T> scratch(shape, plan, true);
    for (int64_t unit = begin; unit < end; ++unit) family(unit, scratch);
  });
}

template void attention_forward(const AttentionShape&, const AttentionPlan&, const AttentionForward<float>&);
template void attention_forward(const AttentionShape&, const AttentionPlan&, const AttentionForward<double>&);
template void attention_backward(const AttentionShape&, const AttentionPlan&, const AttentionBackward<float>&);
template void attention_backward(const AttentionShape&, const AttentionPlan&, const AttentionBackward<double>&);

}  // namespace crescent
