#include "core/answers/answers.hpp"

#include <string>

#include "core/answers/calendar.hpp"
#include "core/answers/choice.hpp"
#include "core/answers/compare.hpp"
#include "core/answers/number_words.hpp"
#include "core/answers/spelling.hpp"
#include "core/base/hash.hpp"

namespace crescent {

namespace {

// A short whole number as it stands; most answers of most data are one. Nothing for anything else.
std::optional<int64_t> plain_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return {};
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

// FLINT keeps memory for each thread that it worked in, which a thread that ends would leave behind.
void clear_flint_with_this_thread() {
  struct Cache {
    bool used = false;
    ~Cache() {
      if (used) flint_cleanup();
    }
  };
  thread_local Cache cache;
  cache.used = true;
}

bool same_mathematics(std::string_view given, std::string_view gold, const AnswerPolicy& policy) {
  clear_flint_with_this_thread();
  try {
    Expressions expressions;
    Budget budget;
    const auto read = [&](std::string_view text) {
      const std::vector<Token> tokens = tokenize(text, expressions);
      Answer answer = read_answer(tokens, {expressions, policy, budget, text});
      answer.source = text;
      return answer;
    };
    const Answer a = read(given), b = read(gold);
    const uint64_t key = hash_bytes(given).low ^ hash_bytes(gold).low;
    return same_value(a, b, {expressions, policy, budget, key});
  } catch (const TooLarge&) {
    return false;
  }
}

// A letter with or without the option's text on one side or both; nothing when neither side is a choice.
std::optional<bool> same_choice(std::string_view given, std::string_view gold, const AnswerPolicy& policy) {
  const auto a = read_choice(given), b = read_choice(gold);
  if (a && b)
    return a->letter == b->letter && (a->text.empty() || b->text.empty() || same_answer(a->text, b->text, policy));
  if (a && !a->text.empty()) return same_answer(a->text, gold, policy);
  if (b && !b->text.empty()) return same_answer(given, b->text, policy);
  return {};
}

// Nothing when neither side is a date or a time that can be nothing else.
std::optional<bool> same_calendar(std::string_view given, std::string_view gold) {
  const auto date_a = read_date(given), date_b = read_date(gold);
  if (date_a && date_b) return *date_a == *date_b;
  const auto time_a = read_time(given), time_b = read_time(gold);
  if (time_a && time_b) return *time_a == *time_b;
  return {};
}

// A given "5" for a gold "5 apples", where the policy lets the noun be missing. Not the other way: of the words that
// may follow a number, which only count and which change it ("5 lakh") cannot be listed, and what is wrong must not
// pass.
bool same_count(std::string_view given, std::string_view gold, const AnswerPolicy& policy) {
  const auto count = read_count(gold);
  const bool bare = given.find_first_not_of("-0123456789.,") == given.npos;
  return count && bare && same_mathematics(given, count->number, policy);
}

}  // namespace

bool same_answer(std::string_view given, std::string_view gold, const AnswerPolicy& policy) {
  given = trimmed(given);
  gold = trimmed(gold);
  if (given.empty() || gold.empty() || given.size() > kMaxAnswerBytes || gold.size() > kMaxAnswerBytes) return false;
  const auto a = plain_integer(given), b = plain_integer(gold);
  if (a && b && policy.tolerance == 0) return *a == *b;
  const std::string plain_given = plain_spelling(undecorated(given)), plain_gold = plain_spelling(undecorated(gold));
  given = trimmed(plain_given);
  gold = trimmed(plain_gold);
  if (given.empty() || gold.empty()) return false;
  if (given == gold) return true;
  if (const auto choice = same_choice(given, gold, policy)) return *choice;
  if (const auto calendar = same_calendar(given, gold)) return *calendar;
  const auto spelled_given = spelled_number(given), spelled_gold = spelled_number(gold);
  if (spelled_given) given = *spelled_given;
  if (spelled_gold) gold = *spelled_gold;
  if (same_mathematics(given, gold, policy)) return true;
  return policy.nouns == AnswerPolicy::Nouns::optional && same_count(given, gold, policy);
}

}  // namespace crescent
