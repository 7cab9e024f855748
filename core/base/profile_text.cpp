#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/base/json.hpp"
#include "core/base/profile.hpp"

namespace crescent {

namespace {

constexpr size_t kOperatorsShown = 16;

bool is_operator(const ProfileNode& node) { return node.name.find("::") != std::string::npos; }

// Where arithmetic was counted: its rate, and the rate's share of the machine's.
std::string rate_columns(double flops, double seconds, double gemm_rate) {
  if (flops <= 0 || seconds <= 0) return fmt::format("{:>9} {:>8}", "", "");
  return fmt::format("{:>9.1f} {:>7.0f}%", flops / seconds * 1e-9, 100 * flops / seconds / gemm_rate);
}

void add_part(const ProfileNode& node, int depth, double total, double gemm_rate, std::string& out) {
  double within = 0;
  for (const auto& child : node.children) within += is_operator(*child) ? 0 : child->seconds;
  out +=
      fmt::format("{:<36} {:>8} {:>9.3f} {:>5.1f}% {:>9.3f} {} {:>10} {:>10.1f}\n",
                  std::string(static_cast<size_t>(2 * depth), ' ') + node.name, node.calls, node.seconds,
                  100 * node.seconds / total, node.seconds - within, rate_columns(node.flops, node.seconds, gemm_rate),
                  node.allocations, static_cast<double>(node.allocated_bytes) / (1 << 20));
  for (const auto& child : node.children)
    if (!is_operator(*child)) add_part(*child, depth + 1, total, gemm_rate, out);
}

struct Operator {
  int64_t calls = 0;
  double own_s = 0, flops = 0;
};

void add_operators(const ProfileNode& node, std::map<std::string, Operator>& operators) {
  double own_s = node.seconds, own_flops = node.flops;
  for (const auto& child : node.children) {
    own_s -= child->seconds;
    own_flops -= child->flops;
    add_operators(*child, operators);
  }
  if (!is_operator(node)) return;
  Operator& found = operators[node.name];
  found.calls += node.calls;
  found.own_s += own_s;
  found.flops += own_flops;
}

}  // namespace

std::string profile_tables(const ProfileNode& root, double gemm_rate) {
  std::string out = fmt::format("{:<36} {:>8} {:>9} {:>6} {:>9} {:>9} {:>8} {:>10} {:>10}\n", "part", "calls",
                                "seconds", "share", "own s", "GFLOP/s", "of GEMM", "allocated", "MiB");
  for (const auto& child : root.children)
    if (!is_operator(*child)) add_part(*child, 0, root.seconds, gemm_rate, out);

  std::map<std::string, Operator> operators;
  add_operators(root, operators);
  std::vector<std::pair<std::string, Operator>> by_time(operators.begin(), operators.end());
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const auto& a, const auto& b) { return a.second.own_s > b.second.own_s; });
  out += fmt::format("\n{:<36} {:>8} {:>9} {:>6} {:>9} {:>8}\n", "operator, without those it calls", "calls", "seconds",
                     "share", "GFLOP/s", "of GEMM");
  for (size_t i = 0; i < std::min(by_time.size(), kOperatorsShown); ++i) {
    const auto& [name, found] = by_time[i];
    out += fmt::format("{:<36} {:>8} {:>9.3f} {:>5.1f}% {}\n", name, found.calls, found.own_s,
                       100 * found.own_s / root.seconds, rate_columns(found.flops, found.own_s, gemm_rate));
  }
  if (by_time.size() > kOperatorsShown) out += fmt::format("and {} more\n", by_time.size() - kOperatorsShown);
  return out;
}

std::string chrome_trace(const std::vector<ProfileSpan>& spans) {
  std::string out = "{\"traceEvents\":[";
  for (size_t i = 0; i < spans.size(); ++i) {
    const ProfileSpan& span = spans[i];
    out += fmt::format(R"({}{{"name":{},"ph":"X","pid":1,"tid":1,"ts":{:.3f},"dur":{:.3f})", i > 0 ? ",\n" : "\n",
                       Json(span.node->name).dump(), 1e6 * span.begin_s, 1e6 * span.seconds);
    if (span.flops > 0) out += fmt::format(R"(,"args":{{"GFLOP/s":{:.1f}}})", span.flops / span.seconds * 1e-9);
    out += "}";
  }
  return out + "\n]}\n";
}

}  // namespace crescent
