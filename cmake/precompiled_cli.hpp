// What every verb of the command line includes. Files still include what they use: this only saves parsing.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
