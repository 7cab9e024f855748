#include "core/answers/names.hpp"

#include <algorithm>
#include <utility>

namespace crescent {

namespace {

constexpr std::pair<std::string_view, Op> kFunctions[] = {
    {"sin", Op::sin},       {"cos", Op::cos},        {"tan", Op::tan},        {"cot", Op::cot},
    {"sec", Op::sec},       {"csc", Op::csc},        {"arcsin", Op::arcsin},  {"arccos", Op::arccos},
    {"arctan", Op::arctan}, {"arccot", Op::arccot},  {"sinh", Op::sinh},      {"cosh", Op::cosh},
    {"tanh", Op::tanh},     {"arsinh", Op::arsinh},  {"arcosh", Op::arcosh},  {"artanh", Op::artanh},
    {"exp", Op::exp},       {"ln", Op::ln},          {"asin", Op::arcsin},    {"acos", Op::arccos},
    {"atan", Op::arctan},   {"arcsinh", Op::arsinh}, {"arccosh", Op::arcosh}, {"arctanh", Op::artanh},
    {"tg", Op::tan},
};

// Short words of prose, which are no products of letters.
constexpr std::string_view kProse[] = {"an",  "and", "any", "are", "as",  "at",  "be",  "by",  "for", "if", "is",
                                       "it",  "no",  "nor", "not", "of",  "on",  "or",  "so",  "the", "to", "was",
                                       "yes", "but", "all", "one", "two", "ten", "six", "per", "may"};

constexpr std::string_view kGreek[] = {
    "alpha",  "beta",  "gamma",  "delta", "epsilon", "varepsilon", "zeta",  "eta",    "theta", "vartheta",
    "iota",   "kappa", "lambda", "mu",    "nu",      "xi",         "rho",   "sigma",  "tau",   "phi",
    "varphi", "chi",   "psi",    "omega", "Gamma",   "Delta",      "Theta", "Lambda", "Sigma", "Phi",
    "Psi",    "Omega", "ell",    "hbar",  "upsilon", "Xi",         "Pi"};

}  // namespace

Op function_named(std::string_view name) {
  for (const auto& [known, op] : kFunctions)
    if (known == name) return op;
  return Op::number;
}

Op inverse_function(Op op) {
  switch (op) {
    case Op::sin:
      return Op::arcsin;
    case Op::cos:
      return Op::arccos;
    case Op::tan:
      return Op::arctan;
    case Op::cot:
      return Op::arccot;
    case Op::sinh:
      return Op::arsinh;
    case Op::cosh:
      return Op::arcosh;
    case Op::tanh:
      return Op::artanh;
    default:
      return Op::number;
  }
}

bool is_greek(std::string_view name) {
  return std::find(std::begin(kGreek), std::end(kGreek), name) != std::end(kGreek);
}

bool is_prose_word(std::string_view word) {
  return std::find(std::begin(kProse), std::end(kProse), word) != std::end(kProse);
}

}  // namespace crescent
