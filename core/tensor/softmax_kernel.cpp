#pragma GCC optimize("O3", "no-math-errno")
#include "core/tensor/softmax_kernel.hpp"

#include <algorithm>
#include <limits>

#include "core/tensor/lanes.hpp"

namespace crescent {
namespace {

template <class T>
T largest(const T* row, int64_t n) {
  constexpr int64_t width = kLanes<T>;
  Lanes<T> most = broadcast(-std::numeric_limits<T>::infinity());
  int64_t i = 0;
  for (; i + width <= n; i += width) most = max_lanes(load(row + i), most);
  T best = most[0];
  for (int64_t j = 1; j < width; ++j) best = std::max(best, static_cast<T>(most[j]));
  for (; i < n; ++i) best = std::max(best, row[i]);
  return best;
}

}  // namespace

template <class T>
void logprob_rows(int64_t rows, int64_t vocabulary, const T* logits, T temperature, const int64_t* tokens, T* logprob,
                  T* entropy, T* lse) {
  constexpr int64_t width = kLanes<T>;
  const T inverse = 1 / temperature;
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = logits + r * vocabulary;
    const T most = largest(row, vocabulary);
    Lanes<T> sums{}, weighted{};  // of e^y and y e^y with y = (logit - most) / temperature
    int64_t i = 0;
    for (; i + width <= vocabulary; i += width) {
      const Lanes<T> y = (load(row + i) - most) * inverse, e = exp_lanes(y);
      sums += e;
      weighted += y * e;
    }
    T sum = sum_lanes(sums), weight = sum_lanes(weighted);
    for (; i < vocabulary; ++i) {
      const T y = (row[i] - most) * inverse, e = exp_scalar(y);
      sum += e;
      weight += y * e;
    }
    const T log_sum = std::log(sum);
    lse[r] = most * inverse + log_sum;
    logprob[r] = (row[tokens[r]] - most) * inverse - log_sum;
    entropy[r] = log_sum - weight / sum;
  }
}

template <class T>
void logprob_backward_rows(int64_t rows, int64_t vocabulary, T* logits, T temperature, const int64_t* tokens,
                           const T* entropy, const T* lse, const T* grad_logprob, const T* grad_entropy) {
  constexpr int64_t width = kLanes<T>;
  const T inverse = 1 / temperature;
  for (int64_t r = 0; r < rows; ++r) {
    T* row = logits + r * vocabulary;
    const T by_logprob = grad_logprob == nullptr ? 0 : grad_logprob[r] * inverse;
    const T by_entropy = grad_entropy == nullptr ? 0 : grad_entropy[r] * inverse;
    const T shift = lse[r], base = by_logprob + by_entropy * entropy[r];
    int64_t i = 0;
    for (; i + width <= vocabulary; i += width) {
      const Lanes<T> log_p = load(row + i) * inverse - shift;
      store(row + i, -exp_lanes(log_p) * (base + by_entropy * log_p));
    }
    for (; i < vocabulary; ++i) {
      const T log_p = row[i] * inverse - shift;
      row[i] = -exp_scalar(log_p) * (base + by_entropy * log_p);
    }
    row[tokens[r]] += by_logprob;
  }
}

#define CRESCENT_INSTANTIATE(T)                                                          \
  template void logprob_rows(int64_t, int64_t, const T*, T, const int64_t*, T*, T*, T*); \
  template void logprob_backward_rows(int64_t, int64_t, T*, T, const int64_t*, const T*, const T*, const T*, const T*)
CRESCENT_INSTANTIATE(float);
CRESCENT_INSTANTIATE(double);

}  // namespace crescent
