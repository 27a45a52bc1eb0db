#include "cli/complete/scripts.h"

namespace whence::cli {
namespace {

// `whence __complete WORDS...` prints a line for each candidate for the last word: the candidate,
// and after a tab what it is. A first line ":files" or ":folders" asks the shell to complete paths;
// ":nospace" says that a candidate is not finished (a catalog, to which a schema is added).

// The words are taken from the line as bash will read it: quotes and backslashes off. Readline puts
// the candidate in the place of a part of the word only: of what follows the last ':', '=' or open
// quote, or begins with the last '@'; what stands before is taken off the candidates. Names may
// hold backticks, dollars and spaces: what is inserted is quoted, so that the shell never runs a
// name.
constexpr std::string_view kBash = R"sh(# bash completion for whence
_whence_words() {
  local line="$1" word="" before="" begun="" i char
  words=() kept="" quote=""
  for ((i = 0; i < ${#line}; i++)); do
    char="${line:i:1}"
    if [[ "$quote" == "'" && "$char" != "'" ]]; then
      word+="$char"
    elif [[ "$char" == "$quote" ]]; then
      quote="" kept="$before"
    elif [[ "$char" == "\\" ]]; then
      if [[ -z "$quote" || "${line:i+1:1}" == [\"\\\`\$] ]]; then i=$((i + 1)); fi
      word+="${line:i:1}" begun=1
    elif [[ -n "$quote" ]]; then
      word+="$char"
    elif [[ "$char" == [\"\'] ]]; then
      quote="$char" before="$kept" kept="$word" begun=1
    elif [[ "$char" == [[:space:]] ]]; then
      if [[ -n "$begun" ]]; then words+=("$word"); fi
      word="" kept="" begun=""
    else
      if [[ "$char" == @ && "$COMP_WORDBREAKS" == *@* ]]; then kept="$word"; fi
      word+="$char" begun=1
      if [[ "$char" == [:=] && "$COMP_WORDBREAKS" == *"$char"* ]]; then kept="$word"; fi
    fi
  done
  words+=("$word")
}
_whence_quoted() {
  local char
  case "$quote" in
    "'") char="'\\''"; candidate="${candidate//"'"/"$char"}" ;;
    '"') for char in "\\" '"' '$' '`'; do candidate="${candidate//"$char"/"\\$char"}"; done ;;
    *) printf -v candidate %q "$candidate" ;;
  esac
}
_whence_paths() {
  local path="${words[-1]}" candidate
  if [[ "$path" == --*=* ]]; then path="${path#*=}" kept="${kept#--*=}"; fi
  compopt -o filenames 2>/dev/null
  while IFS= read -r candidate; do
    COMPREPLY+=("${candidate#"$kept"}")
  done < <(compgen "$1" -- "$path")
}
_whence() {
  local words kept quote candidate out
  _whence_words "${COMP_LINE:0:COMP_POINT}"
  COMPREPLY=()
  out="$(whence __complete "${words[@]:1}" 2>/dev/null)" || return 0
  while IFS=$'\t' read -r candidate _; do
    case "$candidate" in
      "") ;;
      :files) _whence_paths -f ;;
      :folders) _whence_paths -d ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      *)
        candidate="${candidate#"$kept"}"
        _whence_quoted
        COMPREPLY+=("$candidate") ;;
    esac
  done <<<"$out"
  return 0
}
complete -F _whence whence
)sh";

constexpr std::string_view kZsh = R"sh(#compdef whence
# zsh completion for whence
_whence() {
  local -a lines candidates plain
  local line value what
  local nospace=""
  lines=("${(@f)$(whence __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    value="${line%%$'\t'*}"
    what="${line#*$'\t'}"
    case "$value" in
      "") ;;
      :files) _files; return ;;
      :folders) _files -/; return ;;
      :nospace) nospace="1" ;;
      *)
        plain+=("$value")
        if [[ "$line" == *$'\t'* ]]; then value="$value  -- $what"; fi
        candidates+=("$value") ;;
    esac
  done
  if [[ -n "$nospace" ]]; then compadd -S '' -l -d candidates -a plain
  else compadd -l -d candidates -a plain; fi
}
if [[ "$funcstack[1]" == "_whence" ]]; then _whence "$@"; else compdef _whence whence; fi
)sh";

constexpr std::string_view kFish = R"sh(# fish completion for whence
function __whence_complete
    set -l current (commandline -ct)
    set -l plain (string unescape -- $current)
    or set plain $current
    set -l words (commandline -opc) $plain
    for line in (whence __complete $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':folders'
                __fish_complete_directories (commandline -ct)
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c whence -f -a '(__whence_complete)'
)sh";

}  // namespace

std::string_view CompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

}  // namespace whence::cli
