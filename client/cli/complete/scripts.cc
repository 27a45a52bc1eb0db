#include "cli/complete/scripts.h"

namespace whence::cli {
namespace {

// `whence __complete WORDS...` prints a line for each candidate for the last word: the candidate,
// and after a tab what it is. A first line ":files" or ":folders" asks the shell to complete paths;
// ":nospace" says that a candidate is not finished (a catalog, to which a schema is added).

// bash splits words at ':', '@' and '=' as well; the line is taken as typed and what stands before
// the last of these in the present word is taken off the candidates.
constexpr std::string_view kBash = R"sh(# bash completion for whence
_whence() {
  local line="${COMP_LINE:0:COMP_POINT}" words current directive candidate prefix out
  read -ra words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="${words[-1]}"
  COMPREPLY=()
  out="$(whence __complete "${words[@]:1}" 2>/dev/null)" || return 0
  prefix=""
  if [[ "$current" == *[:@=]* ]]; then prefix="${current%"${current##*[:@=]}"}"; fi
  while IFS=$'\t' read -r candidate _; do
    case "$candidate" in
      "") ;;
      :files)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      :folders)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("${candidate#"$prefix"}") ;;
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
  lines=("${(@f)$(whence __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
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
    set -l words (commandline -opc) (commandline -ct)
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
