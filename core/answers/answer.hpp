// What an answer says: its kind and parts, read from its tokens.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/answers/evaluate.hpp"
#include "core/answers/units.hpp"

namespace crescent {

// One connected part of the real line. kNoNode: the end is infinite.
struct Piece {
  NodeId low = kNoNode, high = kNoNode;
  bool low_closed = false, high_closed = false;
};

struct Answer {
  enum class Kind {
    text,        // anything that is not mathematics
    expression,  // node
    infinity,    // negative where `closed`
    quantity,    // node in `unit`
    labelled,    // label = items[0]: "x = 3", "f(x) = x^2"
    equation,    // node = 0
    inequality,  // node < 0 (or <= 0 where `closed`), of several symbols
    region,      // pieces: intervals, inequalities of one symbol (label), unions
    set,         // items, in any order
    tuple,       // items within `open` and `close`
    list,        // items side by side: several answers
    matrix,      // items in rows of `columns`
    ratio,       // items: a:b:c
  };

  Kind kind = Kind::text;
  std::string_view source;  // what it was read from
  NodeId node = kNoNode;
  NodeId plain = kNoNode;  // of a percentage, the number before the sign; of a quantity, the same tokens as a product
  bool closed = false;
  bool literal = false;  // the source is one number as it stands
  std::optional<Unit> unit;
  std::string label;
  std::string_view open, close;
  size_t columns = 0;
  std::vector<Answer> items;
  std::vector<Piece> pieces;
};

struct Reading {
  Expressions& expressions;
  const AnswerPolicy& policy;
  Budget& budget;
  std::string_view source;
  int depth = 0;  // of answers within answers
};

// Reads all of `tokens`. Never fails: what is not mathematics is text. Throws TooLarge.
Answer read_answer(Tokens tokens, const Reading& reading);

// Parts of read_answer, in their own files.
Answer read_relation(Tokens tokens, const std::vector<size_t>& signs, const Reading& reading);  // signs: = < <= ... in
std::optional<Answer> read_quantity(Tokens tokens, const Reading& reading);

Answer text_answer(Tokens tokens, const Reading& reading);
Answer expression_answer(NodeId node, Tokens tokens, const Reading& reading);

}  // namespace crescent
