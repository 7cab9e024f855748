#pragma GCC optimize("O3", "no-math-errno")
#include "core/tensor/decode_attention.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/index_put.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/base/error.hpp"
#include "core/tensor/dispatch.hpp"
#include "core/tensor/lanes.hpp"
#include "core/tensor/parallel.hpp"
#include "core/tensor/small_gemm.hpp"

namespace crescent {
namespace {

void check_rows(const DecodeCache& cache, std::span<const DecodeRow> rows, int64_t batch) {
  if (static_cast<int64_t>(rows.size()) != batch) fail("decode: {} rows described, {} given", rows.size(), batch);
  const int64_t slots = cache.own_v.size(0), most = cache.own_v.size(2), prefix = cache.prefix_k.size(0);
  for (const DecodeRow& r : rows) {
    if (r.slot < 0 || r.slot >= slots) fail("decode: slot {} is outside the cache of {} slots", r.slot, slots);
    if (r.own_length < 1 || r.own_length > most) {
      fail("decode: slot {} holds {} tokens; the cache was made for 1 to {}", r.slot, r.own_length, most);
    }
    if (r.prefix_length < 0 || r.prefix_start < 0 || r.prefix_start + r.prefix_length > prefix) {
      fail("decode: prefix rows {} to {} are outside the cache of {} rows", r.prefix_start,
           r.prefix_start + r.prefix_length, prefix);
    }
  }
}

struct Shape {
  int64_t heads, kv_heads, dim, group, depth;  // depth: dim rounded up to registers
  int64_t max_own, own_blocks;
};

// Consecutive rows with one prefix.
struct Run {
  int64_t first = 0, count = 0;
};

constexpr int64_t kMostRunRows = 16;  // bounds the scratch and spreads a large group over threads

std::vector<Run> runs_of(std::span<const DecodeRow> rows) {
  std::vector<Run> runs;
  for (int64_t b = 0; b < static_cast<int64_t>(rows.size()); ++b) {
    const bool joins = !runs.empty() && runs.back().count < kMostRunRows &&
                       rows[b].prefix_start == rows[b - 1].prefix_start &&
                       rows[b].prefix_length == rows[b - 1].prefix_length;
    if (joins) {
      ++runs.back().count;
    } else {
      runs.push_back({b, 1});
    }
  }
  return runs;
}

template <class T>
struct Scratch {
  std::vector<T> k_t, values, q, scores, out;
};

template <class T>
struct Cache {
  const T *prefix_k, *prefix_v, *own_k, *own_v;
};

// Scores of a slot's own keys: q [group, depth] against own_k [blocks, D, kKeyBlock]. Writes whole blocks.
template <class T>
void own_scores(const Shape& s, const T* q, const T* own_k, int64_t length, T* scores, int64_t scores_row) {
  for (int64_t first = 0; first < length; first += kKeyBlock, own_k += s.dim * kKeyBlock) {
    small_gemm<T>(s.group, kKeyBlock, s.dim, {q, s.depth, 1}, own_k, kKeyBlock, scores + first, scores_row, false);
  }
}

// out [group, depth] += probabilities times own_v [length, D], in blocks that stay in the nearest cache while each
// register of `out` goes over them.
template <class T>
void add_own_values(const Shape& s, const T* probabilities, int64_t row, const T* own_v, int64_t length, T* out) {
  constexpr int64_t kValues = 64;
  for (int64_t first = 0; first < length; first += kValues) {
    small_gemm<T>(s.group, s.depth, std::min(kValues, length - first), {probabilities + first, row, 1},
                  own_v + first * s.dim, s.dim, out, s.depth, true);
  }
}

template <class T>
void softmax_row(T* row, int64_t length, int64_t columns) {
  constexpr int64_t width = kLanes<T>;
  std::fill(row + length, row + columns, -std::numeric_limits<T>::infinity());
  Lanes<T> most_lanes = load(row), sums{};
  for (int64_t j = width; j < columns; j += width) most_lanes = max_lanes(load(row + j), most_lanes);
  T most = most_lanes[0];
  for (int64_t i = 1; i < width; ++i) most = std::max(most, static_cast<T>(most_lanes[i]));
  for (int64_t j = 0; j < columns; j += width) {
    const Lanes<T> e = exp_lanes(load(row + j) - most);
    sums += e;
    store(row + j, e);
  }
  const T scale = 1 / sum_lanes(sums);
  for (int64_t j = 0; j < columns; j += width) store(row + j, load(row + j) * scale);
}

template <class T>
void load_prefix(const Shape& s, const Cache<T>& cache, const DecodeRow& row, int64_t kv_head, int64_t columns,
                 Scratch<T>& scratch) {
  scratch.k_t.assign(s.dim * columns, T{});
  scratch.values.assign(row.prefix_length * s.depth, T{});
  for (int64_t j = 0; j < row.prefix_length; ++j) {
    const int64_t offset = ((row.prefix_start + j) * s.kv_heads + kv_head) * s.dim;
    for (int64_t d = 0; d < s.dim; ++d) scratch.k_t[d * columns + j] = cache.prefix_k[offset + d];
    std::copy_n(cache.prefix_v + offset, s.dim, scratch.values.data() + j * s.depth);
  }
}

template <class T>
void attend_run(const Shape& s, const Cache<T>& cache, std::span<const DecodeRow> rows, int64_t first, int64_t kv_head,
                const T* q, T* out, Scratch<T>& x) {
  const int64_t prefix = rows[0].prefix_length, columns = round_up_to_lanes<T>(prefix);
  const int64_t queries = static_cast<int64_t>(rows.size()) * s.group;
  int64_t longest = 0;
  for (const DecodeRow& r : rows) longest = std::max(longest, r.own_length);
  const int64_t scores_row = columns + own_blocks(longest) * kKeyBlock;
  load_prefix(s, cache, rows[0], kv_head, columns, x);
  x.q.assign(queries * s.depth, T{});
  x.out.assign(queries * s.depth, T{});
  x.scores.resize(queries * scores_row);
  const T scale = static_cast<T>(1 / std::sqrt(static_cast<double>(s.dim)));
  const auto head = [&](int64_t r) {
    return ((first + r / s.group) * s.heads + kv_head * s.group + r % s.group) * s.dim;
  };
  for (int64_t r = 0; r < queries; ++r)
    for (int64_t d = 0; d < s.dim; ++d) x.q[r * s.depth + d] = q[head(r) + d] * scale;
  small_gemm<T>(queries, columns, s.dim, {x.q.data(), s.depth, 1}, x.k_t.data(), columns, x.scores.data(), scores_row,
                false);
  for (size_t b = 0; b < rows.size(); ++b) {
    const DecodeRow& row = rows[b];
    T* scores = x.scores.data() + b * s.group * scores_row;
    const int64_t slot = row.slot * s.kv_heads + kv_head, length = prefix + row.own_length;
    own_scores(s, x.q.data() + b * s.group * s.depth, cache.own_k + slot * s.own_blocks * s.dim * kKeyBlock,
               row.own_length, scores + prefix, scores_row);
    for (int64_t h = 0; h < s.group; ++h) softmax_row(scores + h * scores_row, length, round_up_to_lanes<T>(length));
    add_own_values(s, scores + prefix, scores_row, cache.own_v + slot * s.max_own * s.dim, row.own_length,
                   x.out.data() + b * s.group * s.depth);
  }
  small_gemm<T>(queries, s.depth, prefix, {x.scores.data(), scores_row, 1}, x.values.data(), s.depth, x.out.data(),
                s.depth, true);
  for (int64_t r = 0; r < queries; ++r) std::copy_n(x.out.data() + r * s.depth, s.dim, out + head(r));
}

at::Tensor index_of(std::span<const DecodeRow> rows, int64_t DecodeRow::*member, int64_t add, at::Device device) {
  std::vector<int64_t> values;
  for (const DecodeRow& r : rows) values.push_back(r.*member + add);
  return at::tensor(values, at::kLong).to(device);
}

template <class T>
void append_rows(const DecodeCache& cache, std::span<const DecodeRow> rows, const at::Tensor& k, const at::Tensor& v) {
  const int64_t kv_heads = k.size(1), dim = k.size(2), most = cache.own_v.size(2), blocks = cache.own_k.size(2);
  const T *from_k = data<T>(k), *from_v = data<T>(v);
  T *to_k = data<T>(cache.own_k), *to_v = data<T>(cache.own_v);
  for (size_t b = 0; b < rows.size(); ++b) {
    for (int64_t h = 0; h < kv_heads; ++h) {
      const int64_t slot = rows[b].slot * kv_heads + h, at = rows[b].own_length - 1;
      const int64_t from = (static_cast<int64_t>(b) * kv_heads + h) * dim;
      T* block = to_k + (slot * blocks + at / kKeyBlock) * dim * kKeyBlock + at % kKeyBlock;
      for (int64_t d = 0; d < dim; ++d) block[d * kKeyBlock] = from_k[from + d];
      std::copy_n(from_v + from, dim, to_v + (slot * most + at) * dim);
    }
  }
}

}  // namespace

DecodeCache make_decode_cache(int64_t prefix_rows, int64_t slots, int64_t max_own, int64_t kv_heads, int64_t head_dim,
                              at::Device device) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  const at::Tensor values = at::empty({slots * kv_heads * max_own * head_dim + kLanes<float>}, options);
  return {at::zeros({prefix_rows, kv_heads, head_dim}, options), at::zeros({prefix_rows, kv_heads, head_dim}, options),
          at::empty({slots, kv_heads, own_blocks(max_own), head_dim, kKeyBlock}, options),
          values.narrow(0, 0, slots * kv_heads * max_own * head_dim).view({slots, kv_heads, max_own, head_dim})};
}

void append_decode_cache(const DecodeCache& cache, std::span<const DecodeRow> rows, const at::Tensor& k,
                         const at::Tensor& v) {
  check_rows(cache, rows, k.size(0));
  if (has_cpu_kernel(k)) {
    dispatch_floating(k, [&]<class T>() { append_rows<T>(cache, rows, k.contiguous(), v.contiguous()); });
    return;
  }
  const at::Tensor slots = index_of(rows, &DecodeRow::slot, 0, k.device()),
                   at_index = index_of(rows, &DecodeRow::own_length, -1, k.device());
  at::Tensor keys = cache.own_k.permute({0, 2, 4, 1, 3}), values = cache.own_v.permute({0, 2, 1, 3});
  keys.index_put_({slots, at_index.floor_divide(kKeyBlock), at_index.remainder(kKeyBlock)}, k);
  values.index_put_({slots, at_index}, v);
}

at::Tensor decode_attention(const at::Tensor& q_in, const DecodeCache& cache, std::span<const DecodeRow> rows) {
  RECORD_USER_SCOPE("attention");
  check_rows(cache, rows, q_in.size(0));
  if (!has_cpu_kernel(q_in)) return decode_attention_reference(q_in, cache, rows);
  const at::Tensor q = q_in.contiguous(), out = at::empty({q.size(0), q.size(1) * q.size(2)}, q.options());
  const int64_t kv_heads = cache.own_v.size(1), dim = q.size(2);
  const std::vector<Run> runs = runs_of(rows);
  dispatch_floating(q, [&]<class T>() {
    const Shape shape{q.size(1),           kv_heads,           dim, q.size(1) / kv_heads, round_up_to_lanes<T>(dim),
                      cache.own_v.size(2), cache.own_k.size(2)};
    const Cache<T> in{data<T>(cache.prefix_k), data<T>(cache.prefix_v), data<T>(cache.own_k), data<T>(cache.own_v)};
    parallel_for(0, static_cast<int64_t>(runs.size()) * kv_heads, 4, [&](int64_t begin, int64_t end) {
      Scratch<T> scratch;
      for (int64_t unit = begin; unit < end; ++unit) {
        const Run& run = runs[unit / kv_heads];
        attend_run<T>(shape, in, rows.subspan(run.first, run.count), run.first, unit % kv_heads, data<T>(q),
                      data<T>(out), scratch);
      }
    });
  });
  return out;
}

}  // namespace crescent
