#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handbook {

// Plain functions on English text; no state, safe from any thread, the same result everywhere.

// The terms of `text` that carry meaning, in order: lower case, stop words dropped, light stems.
// "The Members meet in December." -> {"member", "meet", "december"}
std::vector<std::string> Terms(std::string_view text);

// `word` (lower case) without its plural or verb ending, in today's English: "chuse" -> "choose".
// Only groups a word's forms; the result need not be a word ("assembled" -> "assembl").
std::string Stem(std::string_view word);

// Cuts squeezed text (see Squeeze) at sentence ends, and at semicolons between clauses, for a
// statute's sentence can fill a page. Joined by spaces, the sentences give `text` back.
std::vector<std::string_view> Sentences(std::string_view text);

// Does the term (as Terms gives it) speak of a quantity or a time: "20th", "twenty", "majority"?
bool IsQuantity(std::string_view term);

// `text` with every run of white space as one space, and none at the ends.
std::string Squeeze(std::string_view text);

}  // namespace handbook
