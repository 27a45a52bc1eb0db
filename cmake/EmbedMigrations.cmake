# cmake -DOUTPUT=file.cc -DFILES=a.sql;b.sql -P EmbedMigrations.cmake
# Writes EmbeddedMigrations(). Text goes into raw literals of at most 8 KiB each: compilers need accept no more than 64 KiB
# in one, and some stop at 16 KiB; adjacent literals are joined.
set(chunk 8192)
set(entries "")
foreach(path IN LISTS FILES)
  get_filename_component(stem "${path}" NAME_WE)
  if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
    message(FATAL_ERROR "${path}: a migration is named NNNN_lower_case.sql")
  endif()
  set(number "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  string(REGEX REPLACE "^0+" "" version "${number}")
  file(READ "${path}" text)
  if(text MATCHES "\\)__sql\"")
    message(FATAL_ERROR "${path}: contains )__sql\", which ends the literal")
  endif()
  string(LENGTH "${text}" length)
  set(literals "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} ${chunk} part)
    string(APPEND literals "\n     R\"__sql(${part})__sql\"")
    math(EXPR at "${at} + ${chunk}")
  endwhile()
  string(APPEND entries "    {${version}, \"${name}\",${literals}},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from migrations/*.sql by cmake/EmbedMigrations.cmake.
#include \"migrations/embedded.h\"

namespace whence {
namespace {

constexpr sql::Migration kMigrations[] = {
${entries}};

}  // namespace

std::span<const sql::Migration> EmbeddedMigrations() { return kMigrations; }

}  // namespace whence
")
