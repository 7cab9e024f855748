// What a judge that is a chat model is asked, and the mark in what it says.
#pragma once

#include <string>
#include <string_view>

#include "core/experiment/run_config.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

// The body of a request in the form of OpenAI's chat completions: http.model is asked http.ask, with {prompt},
// {response} and {gold} replaced by the sample's texts, at temperature 0 unless http.request says otherwise.
std::string chat_request(const HttpConfig& http, const Sample& sample);

// The text in choices[0].message.content of its answer; throws Error where there is none.
std::string chat_answer(std::string_view json);

// The last number of the text divided by out_of; "7/10", "7 out of 10" and "7 of 10" are the mark 7 where out_of is 10.
// Throws Error when there is no number, it is the end of a range ("1 to 10"), it lies outside 0 to out_of, or it is out
// of something else.
double read_mark(std::string_view text, double out_of);

}  // namespace crescent
