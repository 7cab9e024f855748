// Expressions of a template.
#pragma once

#include "core/jinja/cursor.hpp"
#include "core/jinja/syntax.hpp"

namespace crescent::jinja {

// Read from `cursor` up to the first token that is no part of it. Throw Error at its place for a mistake and for
// whatever is not implemented, by name.
ExprPtr parse_expression(Cursor& cursor);
ExprPtr parse_expression_without_if(Cursor& cursor);  // no `a if b else c` at the top

}  // namespace crescent::jinja
