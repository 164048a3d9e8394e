#include "cli/checked_options.h"

#include <algorithm>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace smartcontacts::cli {

void CheckedOptions::AddNumber(const std::string& name, std::int64_t& value, std::int64_t min,
                               std::int64_t max, const std::string& help) {
  const std::function<void(const std::string&)> read = [&mistakes = mistakes_, name, &value, min,
                                                        max](const std::string& text) {
    std::int64_t number = 0;
    if (absl::SimpleAtoi(text, &number) && number >= min && number <= max) {
      value = number;
    } else {
      mistakes.push_back(
          absl::StrCat(name, ": \"", text, "\" is no whole number from ", min, " to ", max));
    }
  };
  command_.add_option_function<std::string>(name, read, help)
      ->type_name(absl::StrCat("INT in [", min, " - ", max, "]"))
      ->default_str(absl::StrCat(value));
}

void CheckedOptions::AddChoice(const std::string& name, std::string& value,
                               const std::vector<std::string>& choices, const std::string& help) {
  const std::function<void(const std::string&)> read = [&mistakes = mistakes_, name, &value,
                                                        choices](const std::string& text) {
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) {
      value = text;
    } else {
      mistakes.push_back(
          absl::StrCat(name, ": \"", text, "\" is none of ", absl::StrJoin(choices, ", ")));
    }
  };
  command_.add_option_function<std::string>(name, read, help)
      ->type_name(absl::StrCat("{", absl::StrJoin(choices, ","), "}"))
      ->default_str(value);
}

void CheckedOptions::AddFlag(const std::string& name, bool& value, const std::string& help) {
  const std::function<void(const std::string&)> read = [&mistakes = mistakes_, name,
                                                        &value](const std::string& text) {
    if (text.empty()) {
      value = true;
    } else if (!absl::SimpleAtob(text, &value)) {
      mistakes.push_back(absl::StrCat(name, ": \"", text, "\" is neither true nor false"));
    }
  };
  command_.add_option_function<std::string>(name, read, help)->expected(0, 1)->type_name("");
}

}  // namespace smartcontacts::cli
