// What counts as the same answer where graders differ. The defaults are strict about values and lenient about writing;
// docs/answers.md explains each with examples.
#pragma once

namespace crescent {

struct AnswerPolicy {
  enum class Units { optional, required };  // optional: "5" is "5 cm"; a wrong unit is wrong under both
  enum class Percent { value, either };     // value: "50%" is 0.5 alone; either: also 50
  enum class Order { any, given };          // of several answers without brackets: "1, 2" is "2, 1", or is not
  enum class Rounding { exact, gold };      // gold: a value that rounds to the decimals of the gold is right
  enum class Form { value, literal };       // literal: where the gold is a plain number, so must the answer be
  enum class Log { ten, e };                // the base of \log without one
  enum class Nouns { required, optional };  // optional: "5" answers "5 apples"; another noun never does

  Units units = Units::optional;
  Percent percent = Percent::value;
  Order order = Order::any;
  Rounding rounding = Rounding::exact;
  Form form = Form::value;
  Log log = Log::ten;
  Nouns nouns = Nouns::required;
  double tolerance = 0;  // relative to the gold's value, at least 0; 0 is exact
};

}  // namespace crescent
