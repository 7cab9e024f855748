// Names with a fixed meaning.
#pragma once

#include <string_view>

#include "core/answers/expression.hpp"

namespace crescent {

Op function_named(std::string_view name);   // of "sin", "ln", ...; Op::number for no function of one argument
Op inverse_function(Op op);                 // of sin^{-1}; Op::number for none
bool is_greek(std::string_view name);       // a symbol's name in LaTeX
bool is_prose_word(std::string_view word);  // a short word that is no product of letters: "or"

}  // namespace crescent
